package consent

import (
	"crypto/ed25519"
	"errors"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/poseidon"
)

// ErrPublic is returned for a public entry or revocation that is malformed or not signed by its consent key.
var ErrPublic = errors.New("public consent refused")

// Nonce is a random string of 31 bytes, read as a big-endian integer.
type Nonce [31]byte

// Tag is P2_4(D_tag, subject, nonce1, nonce2) as a canonical big-endian field element: it binds a consent to a subject
// and hides the subject whatever becomes of Poseidon2.
func Tag(subject engine.Subject, nonce1, nonce2 Nonce) [32]byte {
	var in [4]fr.Element
	in[0].SetUint64(poseidon.DomainTag)
	in[1].SetBytes(subject[:])
	in[2].SetBytes(nonce1[:])
	in[3].SetBytes(nonce2[:])
	tag := poseidon.Hash4(in)
	return tag.Bytes()
}

// Public is what the ledger shows of a consent: { pk_c, tag, terms } signed by pk_c, a key made for this consent alone.
type Public struct {
	_         struct{} `cbor:",toarray"`
	Chain     engine.Name
	Key       Key // pk_c
	Tag       [32]byte
	Terms     Terms
	Signature []byte
}

func (p *Public) digest() engine.Digest {
	return canonical.Digest("weir/consent-entry/v1", []any{p.Chain, p.Key, p.Tag, &p.Terms})
}

// Sign completes the entry with the consent key.
func (p *Public) Sign(key ed25519.PrivateKey) {
	p.Key = Key(key.Public().(ed25519.PublicKey))
	digest := p.digest()
	p.Signature = ed25519.Sign(key, digest[:])
}

// OpenPublic reads an entry: its chain, terms, tag (a canonical field element) and signature.
func OpenPublic(b []byte, chain engine.Name) (*Public, error) {
	var p Public
	if err := canonical.Decode(b, maxMessage, &p); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPublic, err)
	}
	if p.Chain != chain {
		return nil, fmt.Errorf("%w: made for another chain", ErrPublic)
	}
	if err := p.Terms.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPublic, err)
	}
	if _, err := fr.BigEndian.Element(&p.Tag); err != nil {
		return nil, fmt.Errorf("%w: tag is not a canonical field element", ErrPublic)
	}
	digest := p.digest()
	if !ed25519.Verify(p.Key[:], digest[:], p.Signature) {
		return nil, fmt.Errorf("%w: not signed by its consent key", ErrPublic)
	}
	return &p, nil
}

// Revocation takes a consent back, signed by pk_c. It is public and final.
type Revocation struct {
	_         struct{} `cbor:",toarray"`
	Chain     engine.Name
	Key       Key // pk_c
	Signature []byte
}

func (r *Revocation) digest() engine.Digest {
	return canonical.Digest("weir/consent-revocation/v1", []any{r.Chain, r.Key})
}

// Revoke signs a revocation with the consent key.
func Revoke(chain engine.Name, key ed25519.PrivateKey) []byte {
	r := Revocation{Chain: chain, Key: Key(key.Public().(ed25519.PublicKey))}
	digest := r.digest()
	r.Signature = ed25519.Sign(key, digest[:])
	return canonical.Encode(r)
}

// OpenRevocation reads a revocation and gives the consent key it ends.
func OpenRevocation(b []byte, chain engine.Name) (Key, error) {
	var r Revocation
	if err := canonical.Decode(b, maxMessage, &r); err != nil {
		return Key{}, fmt.Errorf("%w: %w", ErrPublic, err)
	}
	digest := r.digest()
	if r.Chain != chain || !ed25519.Verify(r.Key[:], digest[:], r.Signature) {
		return Key{}, fmt.Errorf("%w: revocation not signed by the consent key for this chain", ErrPublic)
	}
	return r.Key, nil
}
