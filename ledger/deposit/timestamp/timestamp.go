// Package timestamp verifies RFC 3161 time stamp tokens: that an authority, by its own clock, saw a SHA-256 digest. It is for
// whoever checks a certificate that carries such a token beside the ledger's own time.
//
// It reads bounded DER alone, as encoding/asn1 does, with one signer and its certificate inside (RFC 3161, section 2.4.2,
// with the second signing-certificate attribute of RFC 5816), and the algorithms of its list: no SHA-1, no token in BER.
// It asks nobody: revocation of an authority's certificate is not judged.
package timestamp

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"time"

	"weir/engine"
)

// Max bounds a token with its certificates, in bytes.
const Max = 16 << 10

// ErrToken is returned for a token that does not show that an authority of the roots saw the digest.
var ErrToken = errors.New("time stamp refused")

// tstInfo is RFC 3161, section 2.4.2.
type tstInfo struct {
	Version    int
	Policy     asn1.ObjectIdentifier
	Imprint    imprint
	Serial     *big.Int
	Time       time.Time     `asn1:"generalized"`
	Accuracy   accuracy      `asn1:"optional"`
	Ordering   bool          `asn1:"optional"`
	Nonce      *big.Int      `asn1:"optional"`
	TSA        asn1.RawValue `asn1:"optional,tag:0"`
	Extensions asn1.RawValue `asn1:"optional,tag:1"`
}

type imprint struct {
	Algorithm algorithm
	Message   []byte
}

type accuracy struct {
	Seconds int `asn1:"optional"`
	Millis  int `asn1:"optional,tag:0"`
	Micros  int `asn1:"optional,tag:1"`
}

// Verify reads a token and tells when, by its authority's clock, the authority saw the digest, UTC. The chain is judged
// at that time, against the roots and the certificates in the token; revocation is not judged. Errors wrap ErrToken.
func Verify(token []byte, digest engine.Digest, roots *x509.CertPool) (time.Time, error) {
	s, certificates, info, err := open(token, digest)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: %w", ErrToken, err)
	}
	signer, err := s.verify(certificates)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: %w", ErrToken, err)
	}
	if err := checkChain(signer, certificates, roots, info.Time); err != nil {
		return time.Time{}, fmt.Errorf("%w: %w", ErrToken, err)
	}
	return info.Time.UTC(), nil
}

// Covers tells whether a token is readable here and over a digest. Who made it, and when, is not judged: that takes Verify,
// and roots. Errors wrap ErrToken.
func Covers(token []byte, digest engine.Digest) error {
	if _, _, _, err := open(token, digest); err != nil {
		return fmt.Errorf("%w: %w", ErrToken, err)
	}
	return nil
}

func open(token []byte, digest engine.Digest) (*signed, []*x509.Certificate, *tstInfo, error) {
	s, certificates, err := readSigned(token)
	if err != nil {
		return nil, nil, nil, err
	}
	var info tstInfo
	if err := exactly(s.Content.Content, &info); err != nil || info.Version != 1 {
		return nil, nil, nil, errors.New("it is no time stamp of version 1")
	}
	if !info.Imprint.Algorithm.ID.Equal(oidSHA256) || !bytes.Equal(info.Imprint.Message, digest[:]) {
		return nil, nil, nil, errors.New("it is over another digest")
	}
	return s, certificates, &info, nil
}

// checkChain: a certificate for time stamps alone, as RFC 3161, section 2.3, wants it, that leads to a root.
func checkChain(c *x509.Certificate, certificates []*x509.Certificate, roots *x509.CertPool, at time.Time) error {
	critical := false
	for _, e := range c.Extensions {
		critical = critical || e.Id.Equal(oidEKU) && e.Critical
	}
	if !critical || len(c.ExtKeyUsage) != 1 || c.ExtKeyUsage[0] != x509.ExtKeyUsageTimeStamping || len(c.UnknownExtKeyUsage) != 0 {
		return errors.New("the signer's certificate is not for time stamps alone")
	}
	between := x509.NewCertPool()
	for _, other := range certificates {
		between.AddCert(other)
	}
	_, err := c.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: at,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}})
	if err != nil {
		return errors.New("the signer's certificate leads to none of the roots, at the time stamped")
	}
	return nil
}
