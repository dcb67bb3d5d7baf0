package timestamp

import (
	"bytes"
	"crypto"
	_ "crypto/sha256" // for crypto.Hash
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"math/big"
)

// Object identifiers of RFC 5652, RFC 3161, RFC 5035 and of algorithms.
var (
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidTSTInfo       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningCert   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidEKU           = asn1.ObjectIdentifier{2, 5, 29, 37}

	oidSHA256 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidSHA384 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}
	oidSHA512 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}
)

// signatures are the algorithms that count: by the signature's identifier, or RSA's own and the digest's beside it.
var signatures = []struct {
	id, digest asn1.ObjectIdentifier
	algorithm  x509.SignatureAlgorithm
}{
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}, oidSHA256, x509.SHA256WithRSA},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}, oidSHA384, x509.SHA384WithRSA},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}, oidSHA512, x509.SHA512WithRSA},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}, oidSHA256, x509.SHA256WithRSA},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 12}, oidSHA384, x509.SHA384WithRSA},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 13}, oidSHA512, x509.SHA512WithRSA},
	{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}, oidSHA256, x509.ECDSAWithSHA256},
	{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}, oidSHA384, x509.ECDSAWithSHA384},
	{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4}, oidSHA512, x509.ECDSAWithSHA512},
}

// maxCertificates bounds those in a token.
const maxCertificates = 8

// signed is CMS SignedData (RFC 5652, section 5.1) with one signer, in DER, and its certificates read.
type signed struct {
	Version      int
	Digests      asn1.RawValue
	Content      content
	Certificates asn1.RawValue `asn1:"optional,tag:0"`
	Revocations  asn1.RawValue `asn1:"optional,tag:1"`
	Signers      []signer      `asn1:"set"`
}

type content struct {
	Type    asn1.ObjectIdentifier
	Content []byte `asn1:"explicit,tag:0"`
}

type signer struct {
	Version    int
	Who        issuer // RFC 3161 wants it so: signers are named by issuer and number
	Digest     algorithm
	Attributes asn1.RawValue `asn1:"tag:0"`
	Algorithm  algorithm
	Signature  []byte
	Unsigned   asn1.RawValue `asn1:"optional,tag:1"`
}

type issuer struct {
	Name   asn1.RawValue
	Number *big.Int
}

type algorithm struct {
	ID         asn1.ObjectIdentifier
	Parameters asn1.RawValue `asn1:"optional"`
}

type attribute struct {
	Type   asn1.ObjectIdentifier
	Values []asn1.RawValue `asn1:"set"`
}

// exactly reads one DER value, nothing after it.
func exactly(b []byte, into any) error {
	rest, err := asn1.Unmarshal(b, into)
	if err != nil || len(rest) > 0 {
		return errors.New("not in the form that it should have")
	}
	return nil
}

// readSigned reads a ContentInfo over a time stamp, with one signer.
func readSigned(token []byte) (*signed, []*x509.Certificate, error) {
	if len(token) > Max {
		return nil, nil, errors.New("too long")
	}
	var outer struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"explicit,tag:0"`
	}
	if err := exactly(token, &outer); err != nil || !outer.Type.Equal(oidSignedData) {
		return nil, nil, errors.New("not signed data")
	}
	s := new(signed)
	if err := exactly(outer.Content.Bytes, s); err != nil || !s.Content.Type.Equal(oidTSTInfo) || len(s.Signers) != 1 {
		return nil, nil, errors.New("not a time stamp with one signer")
	}
	certificates, err := x509.ParseCertificates(s.Certificates.Bytes)
	if err != nil || len(certificates) > maxCertificates {
		return nil, nil, errors.New("its certificates are malformed, or too many")
	}
	return s, certificates, nil
}

// verify judges the one signature, over the signed attributes, and gives the certificate that it holds under.
func (s *signed) verify(certificates []*x509.Certificate) (*x509.Certificate, error) {
	by := &s.Signers[0]
	attributes, err := by.attributes()
	if err != nil {
		return nil, err
	}
	var kind asn1.ObjectIdentifier
	if err := exactly(attributes[oidContentType.String()], &kind); err != nil || !kind.Equal(oidTSTInfo) {
		return nil, errors.New("the signature is over another kind of content")
	}
	var digest []byte
	if err := exactly(attributes[oidMessageDigest.String()], &digest); err != nil || !bytes.Equal(digest, sum(by.Digest.ID, s.Content.Content)) {
		return nil, errors.New("the signature is over another content")
	}
	for _, c := range certificates {
		if bytes.Equal(c.RawIssuer, by.Who.Name.FullBytes) && c.SerialNumber.Cmp(by.Who.Number) == 0 && bound(attributes[oidSigningCert.String()], c) {
			return c, by.check(c)
		}
	}
	return nil, errors.New("the signer's certificate is not in it")
}

// check judges the signature under a certificate.
func (s *signer) check(c *x509.Certificate) error {
	over := bytes.Clone(s.Attributes.FullBytes)
	over[0] = 0x31 // as a SET: RFC 5652, section 5.4
	for _, known := range signatures {
		if known.id.Equal(s.Algorithm.ID) && known.digest.Equal(s.Digest.ID) && c.CheckSignature(known.algorithm, over, s.Signature) == nil {
			return nil
		}
	}
	return errors.New("the signature does not verify")
}

// attributes are the signed ones by type, each once and with one value.
func (s *signer) attributes() (map[string][]byte, error) {
	var list []attribute
	set := bytes.Clone(s.Attributes.FullBytes)
	set[0] = 0x31
	if rest, err := asn1.UnmarshalWithParams(set, &list, "set"); err != nil || len(rest) > 0 {
		return nil, errors.New("its signed attributes are malformed")
	}
	values := map[string][]byte{}
	for _, a := range list {
		if _, twice := values[a.Type.String()]; twice || len(a.Values) != 1 {
			return nil, errors.New("a signed attribute stands twice, or has no single value")
		}
		values[a.Type.String()] = a.Values[0].FullBytes
	}
	return values, nil
}

// bound tells whether the signer named this certificate: RFC 5035, section 3, as RFC 5816 wants it.
func bound(attribute []byte, c *x509.Certificate) bool {
	var named struct {
		Certificates []struct {
			Algorithm algorithm `asn1:"optional"`
			Hash      []byte
			Issuer    asn1.RawValue `asn1:"optional"`
		}
	}
	if exactly(attribute, &named) != nil || len(named.Certificates) == 0 {
		return false
	}
	first := named.Certificates[0]
	id := first.Algorithm.ID
	if len(id) == 0 {
		id = oidSHA256
	}
	want := sum(id, c.Raw)
	return want != nil && bytes.Equal(first.Hash, want)
}

// sum hashes with an algorithm that counts, nil with another.
func sum(id asn1.ObjectIdentifier, b []byte) []byte {
	for _, known := range []struct {
		id   asn1.ObjectIdentifier
		hash crypto.Hash
	}{{oidSHA256, crypto.SHA256}, {oidSHA384, crypto.SHA384}, {oidSHA512, crypto.SHA512}} {
		if known.id.Equal(id) {
			h := known.hash.New()
			h.Write(b)
			return h.Sum(nil)
		}
	}
	return nil
}
