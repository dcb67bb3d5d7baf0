package period

import (
	"crypto/hkdf"
	"crypto/hpke"
	"crypto/sha256"
	"fmt"
	"io"

	"weir/engine"
	"weir/engine/canonical"
)

// PairKey is key_ij, known to two parties for one period.
type PairKey [32]byte

// Format keeps the key out of every log line.
func (PairKey) Format(f fmt.State, _ rune) { io.WriteString(f, "[pair key]") }

// Encapsulation is the public message by which the first of a pair sends the key to the second.
type Encapsulation struct {
	_             struct{} `cbor:",toarray"`
	First, Second engine.PartyID
	Period        Period
	Ciphertext    []byte // EncapsulationSize bytes
}

// Confirmation is the public message by which one end says which pair key it holds, without showing it.
type Confirmation struct {
	_             struct{} `cbor:",toarray"`
	From          engine.PartyID
	First, Second engine.PartyID
	Period        Period
	Digest        engine.Digest // SHA-256("weir/pair-ok/v1" ‖ key_ij)
}

const kemInfo = "weir/pair-kem/v1"

// Encapsulate makes the pair's key towards the second party's period key, as the first. The shared secret ss is HPKE's
// exporter secret over the hybrid KEM.
func Encapsulate(chain engine.Name, pair Pair, first, second *Key) (*Encapsulation, PairKey, error) {
	public, err := publicKey(second.Public)
	if err != nil {
		return nil, PairKey{}, err
	}
	ciphertext, sender, err := hpke.NewSender(public, hpke.HKDFSHA256(), hpke.ExportOnly(), []byte(kemInfo))
	if err != nil {
		return nil, PairKey{}, fmt.Errorf("%w: it agrees on no secret", ErrKey) // its X25519 half has small order
	}
	shared, err := sender.Export(kemInfo, 32)
	if err != nil {
		return nil, PairKey{}, fmt.Errorf("pair key: %w", err)
	}
	e := &Encapsulation{First: pair.First, Second: pair.Second, Period: second.Period, Ciphertext: ciphertext}
	key, err := derive(chain, e, first, second, shared)
	return e, key, err
}

// Decapsulate gives the pair's key to its second party.
func (s *Secret) Decapsulate(chain engine.Name, e *Encapsulation, first, second *Key) (PairKey, error) {
	if len(e.Ciphertext) != EncapsulationSize {
		return PairKey{}, fmt.Errorf("%w: encapsulation of %d bytes, want %d", ErrKey, len(e.Ciphertext), EncapsulationSize)
	}
	if e.Period != s.period {
		return PairKey{}, fmt.Errorf("%w: encapsulation of another period", ErrKey)
	}
	recipient, err := hpke.NewRecipient(e.Ciphertext, s.private, hpke.HKDFSHA256(), hpke.ExportOnly(), []byte(kemInfo))
	if err != nil {
		return PairKey{}, fmt.Errorf("%w: encapsulation does not open", ErrKey)
	}
	shared, err := recipient.Export(kemInfo, 32)
	if err != nil {
		return PairKey{}, fmt.Errorf("%w: encapsulation does not open", ErrKey)
	}
	return derive(chain, e, first, second, shared)
}

// derive is key_ij = HKDF(ss, "weir/pair/v1", enc[chain, period, i, j, pk_i, pk_j, ct]) (RFC 5869 with that salt and
// info): bound to both identities, or copied responses would combine.
func derive(chain engine.Name, e *Encapsulation, first, second *Key, shared []byte) (PairKey, error) {
	info := canonical.Encode([]any{chain, e.Period, e.First, e.Second, first.Public, second.Public, e.Ciphertext})
	key, err := hkdf.Key(sha256.New, shared, []byte("weir/pair/v1"), string(info), len(PairKey{}))
	if err != nil {
		return PairKey{}, fmt.Errorf("pair key: %w", err)
	}
	return PairKey(key), nil
}

// Confirm says which key the end from holds for the pair.
func (k PairKey) Confirm(from engine.PartyID, pair Pair, p Period) Confirmation {
	digest := sha256.Sum256(append([]byte("weir/pair-ok/v1"), k[:]...))
	return Confirmation{From: from, First: pair.First, Second: pair.Second, Period: p, Digest: digest}
}
