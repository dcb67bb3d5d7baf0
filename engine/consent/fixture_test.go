package consent

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/canonical"
)

const (
	testChain = engine.Name("weir-test")
	testCode  = "91440300708461136T"
	otherCode = "91350100M000100Y43"
)

// at is the block time of the tests.
var at = time.Date(2026, 11, 5, 12, 0, 0, 0, time.UTC)

// testKey is a signing key made from a name.
func testKey(name string) ed25519.PrivateKey {
	var seed [ed25519.SeedSize]byte
	copy(seed[:], name)
	return ed25519.NewKeyFromSeed(seed[:])
}

func publicKey(key ed25519.PrivateKey) Key { return Key(key.Public().(ed25519.PublicKey)) }

func testTerms() Terms {
	return Terms{Bank: "bank", Model: "sme-working-capital", Purpose: PreLoan, Output: OutputScore, Uses: 3, Resolution: 10,
		NotAfter: at.Add(24 * time.Hour).Unix()}
}

// scene is one enterprise's consent and everything that a holder judges it by. Tests spoil one thing of it.
type scene struct {
	registrar, enterprise ed25519.PrivateKey
	evidence              Evidence
	public                Public
	consentKey            ed25519.PrivateKey
	given                 *Given
	authority             Authority
	at                    time.Time
}

func newScene(t testing.TB) *scene {
	s := &scene{registrar: testKey("registrar"), enterprise: testKey("enterprise"), at: at}
	certificate := Certificate{Chain: testChain, Serial: 77, Kind: engine.USCC, Identifier: testCode, Key: publicKey(s.enterprise),
		From: at.AddDate(0, -1, 0).Unix(), To: at.AddDate(1, 0, 0).Unix()}
	if err := certificate.Certify(s.registrar); err != nil {
		t.Fatal(err)
	}
	var err error
	s.given, err = Give(certificate, s.enterprise, testTerms(), Options{}, canonical.Stream([]byte("weir/test"), "consent"))
	if err != nil {
		t.Fatal(err)
	}
	s.consentKey = s.given.Key
	public, err := OpenPublic(s.given.Public, testChain)
	if err != nil {
		t.Fatal(err)
	}
	s.public = *public
	if err := canonical.Decode(s.given.Evidence, maxMessage, &s.evidence); err != nil {
		t.Fatal(err)
	}
	s.authority = Authority{Chain: testChain, Registrar: publicKey(s.registrar)}
	return s
}

// sign signs the envelope anew.
func (s *scene) sign(key ed25519.PrivateKey) {
	digest := s.evidence.Envelope.Digest()
	s.evidence.Signature = ed25519.Sign(key, digest[:])
}

// certify signs the certificate anew.
func (s *scene) certify(t testing.TB, registrar ed25519.PrivateKey) {
	if err := s.evidence.Certificate.Certify(registrar); err != nil {
		t.Fatal(err)
	}
}

func (s *scene) check() (engine.Identifier, *Evidence, error) {
	return s.authority.Check(canonical.Encode(s.evidence), &s.public, s.at)
}

// refused tells whether err wraps the sentinel and keeps the enterprise and its secrets to itself.
func refused(t *testing.T, name string, err, sentinel error) {
	t.Helper()
	if !errors.Is(err, sentinel) {
		t.Errorf("%s: %v, want %v", name, err, sentinel)
		return
	}
	discreet(t, name, err)
}

func discreet(t *testing.T, name string, err error) {
	t.Helper()
	subject := engine.Identifier{Kind: engine.USCC, Text: testCode}.Subject()
	for _, secret := range []string{testCode, testCode[:8], testCode[10:], otherCode, hex.EncodeToString(subject[:8])} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error names the enterprise: %v", name, err)
		}
	}
}

// flips calls check with every byte of b changed in turn, each in two ways, then with b shortened and extended.
func flips(b []byte, check func(name string, spoiled []byte)) {
	for i := range b {
		for _, change := range []byte{0x01, 0x80} {
			spoiled := bytes.Clone(b)
			spoiled[i] ^= change
			check("a flipped bit", spoiled)
		}
		check("truncated", b[:i])
	}
	check("extended", append(bytes.Clone(b), 0))
	check("over the limit", append(bytes.Clone(b), make([]byte, maxMessage)...))
}
