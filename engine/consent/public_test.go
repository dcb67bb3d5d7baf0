package consent

import (
	"crypto/ed25519"
	"math/big"
	"strings"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/poseidon2"
	"pgregory.net/rapid"

	"weir/engine"
	"weir/engine/canonical"
)

// The tag is (perm(D_tag, subject, nonce1, nonce2) + D_tag)[0], all read big-endian (protocol, sections 2 and 3a).
func TestTagEqualsTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(n int, name string) []byte { return rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, name) }
		subject, nonce1, nonce2 := draw(30, "subject"), draw(31, "nonce1"), draw(31, "nonce2")
		x := make([]fr.Element, 4)
		x[0].SetUint64(0x7702)
		for i, b := range [][]byte{subject, nonce1, nonce2} {
			x[i+1].SetBigInt(new(big.Int).SetBytes(b))
		}
		first := x[0]
		if err := poseidon2.NewPermutation(4, 8, 56).Permutation(x); err != nil {
			t.Fatal(err)
		}
		want := first.Add(&first, &x[0]).Bytes()
		if got := Tag(engine.Subject(subject), Nonce(nonce1), Nonce(nonce2)); got != want {
			t.Fatalf("tag %x, want %x", got, want)
		}
	})
}

func TestPublicRefuses(t *testing.T) {
	modulus := fr.Modulus()
	for name, spoil := range map[string]func(*Public){
		"another chain":        func(p *Public) { p.Chain = "other" },
		"tag = modulus":        func(p *Public) { modulus.FillBytes(p.Tag[:]) },
		"tag + modulus":        func(p *Public) { tag := new(big.Int).SetBytes(p.Tag[:]); tag.Add(tag, modulus).FillBytes(p.Tag[:]) },
		"tag of all ones":      func(p *Public) { copy(p.Tag[:], strings.Repeat("\xff", 32)) },
		"terms without a bank": func(p *Public) { p.Terms.Bank = "" },
		"terms with a path":    func(p *Public) { p.Terms.Bank = "../bank" },
		"no model":             func(p *Public) { p.Terms.Model = "" },
		"model of 129 bytes":   func(p *Public) { p.Terms.Model = strings.Repeat("m", 129) },
		"unknown purpose":      func(p *Public) { p.Terms.Purpose = "marketing" },
		"no purpose":           func(p *Public) { p.Terms.Purpose = "" },
		"unknown output":       func(p *Public) { p.Terms.Output = "records" },
		"no uses":              func(p *Public) { p.Terms.Uses = 0 },
		"no resolution":        func(p *Public) { p.Terms.Resolution = 0 },
		"17 bits":              func(p *Public) { p.Terms.Resolution = 17 },
		"255 bits":             func(p *Public) { p.Terms.Resolution = 255 },
	} {
		s := newScene(t)
		spoil(&s.public)
		s.public.Sign(s.consentKey) // all of it signed as it should be
		p, err := OpenPublic(canonical.Encode(s.public), testChain)
		refused(t, name, err, ErrPublic)
		if p != nil {
			t.Errorf("%s: an entry comes with the error", name)
		}
	}
}

func TestPublicBoundsAreInclusive(t *testing.T) {
	for name, arrange := range map[string]func(*Public){
		"1 bit": func(p *Public) { p.Terms.Resolution = 1 }, "16 bits": func(p *Public) { p.Terms.Resolution = 16 },
		"model of 128 bytes": func(p *Public) { p.Terms.Model = strings.Repeat("m", 128) },
		"tag = modulus − 1":  func(p *Public) { new(big.Int).Sub(fr.Modulus(), big.NewInt(1)).FillBytes(p.Tag[:]) },
		"tag 0":              func(p *Public) { p.Tag = [32]byte{} },
		"one use":            func(p *Public) { p.Terms.Uses = 1 }, "2^32 − 1 uses": func(p *Public) { p.Terms.Uses = 1<<32 - 1 },
	} {
		s := newScene(t)
		arrange(&s.public)
		s.public.Sign(s.consentKey)
		if _, err := OpenPublic(canonical.Encode(s.public), testChain); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEveryFlippedByteOfAPublicEntryIsRefused(t *testing.T) {
	s := newScene(t)
	flips(s.given.Public, func(name string, spoiled []byte) {
		_, err := OpenPublic(spoiled, testChain)
		refused(t, name, err, ErrPublic)
	})
}

func TestPublicSignedByAnotherKeyIsRefused(t *testing.T) {
	s := newScene(t)
	key := s.public.Key
	s.public.Sign(testKey("bank"))
	s.public.Key = key
	_, err := OpenPublic(canonical.Encode(s.public), testChain)
	refused(t, "another key", err, ErrPublic)
	digest := s.public.digest()
	s.public.Signature = ed25519.Sign(s.consentKey, digest[:])[:32]
	_, err = OpenPublic(canonical.Encode(s.public), testChain)
	refused(t, "half a signature", err, ErrPublic)
}

func TestRevocation(t *testing.T) {
	s := newScene(t)
	b := Revoke(testChain, s.consentKey)
	if key, err := OpenRevocation(b, testChain); err != nil || key != s.public.Key {
		t.Fatalf("%x, %v", key, err)
	}
	_, err := OpenRevocation(b, "other")
	refused(t, "another chain", err, ErrPublic)
	r := Revocation{Chain: testChain, Key: s.public.Key}
	digest := r.digest()
	r.Signature = ed25519.Sign(s.enterprise, digest[:]) // even EK cannot end a consent in public: that would link them
	_, err = OpenRevocation(canonical.Encode(r), testChain)
	refused(t, "signed by the enterprise's long-term key", err, ErrPublic)
	entry := s.public.digest()
	r.Signature = ed25519.Sign(s.consentKey, entry[:])
	_, err = OpenRevocation(canonical.Encode(r), testChain)
	refused(t, "the consent's own signature", err, ErrPublic)
	flips(b, func(name string, spoiled []byte) {
		key, err := OpenRevocation(spoiled, testChain)
		refused(t, name, err, ErrPublic)
		if key != (Key{}) {
			t.Fatalf("%s: a key comes with the error", name)
		}
	})
}
