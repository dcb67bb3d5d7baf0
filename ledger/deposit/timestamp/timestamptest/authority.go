// Package timestamptest is a time stamp authority for tests, that also makes such tokens as no honest one makes. No program
// imports it.
package timestamptest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"testing"
	"time"

	"weir/engine"
)

// Object identifiers of what a token is made of.
var (
	SignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	TSTInfo       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	ContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	MessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	SigningCert   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	SHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	SHA512        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}
	ecdsaSHA256   = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
)

// Began is the time of tokens; an authority's certificates are good for an hour before and after.
var Began = time.Date(2026, 10, 1, 8, 0, 0, 0, time.UTC)

// Authority makes tokens over Digest at At. New makes an honest one; each other field spoils something.
type Authority struct {
	Roots  *x509.CertPool
	At     time.Time
	Digest []byte

	Key                       *ecdsa.PrivateKey
	Signer                    *x509.Certificate
	ImprintOf, Kind, Contents asn1.ObjectIdentifier // hash of the digest; kind of content as signed, and as it is
	Version                   int
	Named                     []byte // digest of the signer's certificate
	Serial                    *big.Int
	Without                   asn1.ObjectIdentifier // a signed attribute
	Over                      []byte                // what the message digest is of, nil for the content
	Twice                     bool                  // two signers
	Repeat                    bool                  // attributes twice
	Forged                    bool                  // signs other attributes than it shows
}

// Purpose is the extended key usage of an authority's certificate.
func Purpose(critical bool, more ...asn1.ObjectIdentifier) []pkix.Extension {
	return []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: critical, Value: value(append([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}}, more...))}}
}

// New is an honest authority over a digest, whose certificate has these extensions, for instance Purpose(true).
func New(t testing.TB, digest engine.Digest, extensions []pkix.Extension) *Authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	certify := func(c, by *x509.Certificate) *x509.Certificate {
		c.NotBefore, c.NotAfter = Began.Add(-time.Hour), Began.Add(time.Hour)
		if by == nil {
			by = c
		}
		made, err := x509.CreateCertificate(rand.Reader, c, by, &key.PublicKey, key)
		if err == nil {
			c, err = x509.ParseCertificate(made)
		}
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	root := certify(&x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, nil)
	signer := certify(&x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "authority"}, ExtraExtensions: extensions}, root)
	sum := sha256.Sum256(signer.Raw)
	a := &Authority{Roots: x509.NewCertPool(), At: Began, Digest: digest[:], Key: key, Signer: signer, ImprintOf: SHA256, Kind: TSTInfo, Contents: TSTInfo,
		Version: 1, Named: sum[:], Serial: signer.SerialNumber}
	a.Roots.AddCert(root)
	return a
}

// Token is a token in DER.
func (a *Authority) Token() []byte {
	algorithm := func(id asn1.ObjectIdentifier) []byte { return der(0x30, value(id)) }
	info := der(0x30, value(a.Version), value(asn1.ObjectIdentifier{1, 2, 3}), der(0x30, algorithm(a.ImprintOf), value(a.Digest)), value(big.NewInt(7)),
		der(0x18, []byte(a.At.Format("20060102150405Z"))))
	over := a.Over
	if over == nil {
		over = info
	}
	sum := sha256.Sum256(over)
	var attributes []byte
	for _, of := range []struct {
		id    asn1.ObjectIdentifier
		value []byte
	}{{ContentType, value(a.Kind)}, {MessageDigest, value(sum[:])}, {SigningCert, der(0x30, der(0x30, der(0x30, value(a.Named))))}} {
		if !of.id.Equal(a.Without) {
			attributes = append(attributes, der(0x30, value(of.id), der(0x31, of.value))...)
		}
	}
	if a.Repeat {
		attributes = append(attributes, attributes...)
	}
	signedOver := attributes
	if a.Forged {
		signedOver = append(bytes.Clone(attributes), 5, 0)
	}
	hashed := sha256.Sum256(der(0x31, signedOver))
	signature, err := ecdsa.SignASN1(rand.Reader, a.Key, hashed[:])
	if err != nil {
		panic(err)
	}
	by := der(0x30, value(1), der(0x30, a.Signer.RawIssuer, value(a.Serial)), algorithm(SHA256), der(0xa0, attributes),
		algorithm(ecdsaSHA256), value(signature))
	if a.Twice {
		by = append(by, by...)
	}
	data := der(0x30, value(3), der(0x31, algorithm(SHA256)), der(0x30, value(a.Contents), der(0xa0, value(info))), der(0xa0, a.Signer.Raw), der(0x31, by))
	return der(0x30, value(SignedData), der(0xa0, data))
}

// der is one value of a tag around others.
func der(tag byte, parts ...[]byte) []byte {
	content := bytes.Join(parts, nil)
	b, err := asn1.Marshal(asn1.RawValue{Class: int(tag >> 6), Tag: int(tag & 31), IsCompound: tag&32 != 0, Bytes: content})
	if err != nil {
		panic(err)
	}
	return b
}

func value(v any) []byte {
	b, err := asn1.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
