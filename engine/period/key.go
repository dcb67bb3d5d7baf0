// Package period holds what two parties share for one calendar month (protocol, section 5): hybrid ML-KEM-768 + X25519
// keys, the pair keys they agree on, the masks that come from them, and sealed envelopes to such keys.
//
// Keys are made from a randomness argument; encapsulation draws its own randomness inside crypto/hpke. Secrets of this
// package are never encoded. When a month's last dispute closes, its Secret is dropped and recorded traffic stays closed.
package period

import (
	"crypto/hpke"
	"errors"
	"fmt"
	"io"
	"time"

	"weir/engine"
)

// ErrKey is returned for a period key, encapsulation or sealed envelope that is malformed or of another period.
var ErrKey = errors.New("period key refused")

// PublicKeySize is the length of an encoded hybrid public key: ML-KEM-768 (FIPS 203) 1,184 bytes and X25519 32 bytes.
const PublicKeySize = 1184 + 32

// EncapsulationSize is the length of an encapsulated key: ML-KEM-768 ciphertext 1,088 bytes and X25519 32 bytes.
const EncapsulationSize = 1088 + 32

// Period is a calendar month, UTC, as "2026-11".
type Period string

// Of is the period of a block time.
func Of(at time.Time) Period { return Period(at.UTC().Format("2006-01")) }

var kem = hpke.MLKEM768X25519()

// Key is the public message by which a party (or, under its bare name, a bank) registers its key for a period.
type Key struct {
	_      struct{} `cbor:",toarray"`
	Owner  string   // engine.PartyID, or the engine.Name of a bank
	Period Period
	Public []byte // PublicKeySize bytes
}

// Check refuses keys of the wrong length or period, or that are no keys.
func (k *Key) Check(owner string, p Period) error {
	switch {
	case k.Owner != owner:
		return fmt.Errorf("%w: of another owner", ErrKey)
	case k.Period != p:
		return fmt.Errorf("%w: of %s, want %s", ErrKey, k.Owner, p)
	}
	_, err := publicKey(k.Public)
	return err
}

func publicKey(b []byte) (hpke.PublicKey, error) {
	if len(b) != PublicKeySize {
		return nil, fmt.Errorf("%w: %d bytes, want %d", ErrKey, len(b), PublicKeySize)
	}
	public, err := kem.NewPublicKey(b)
	if err != nil {
		return nil, fmt.Errorf("%w: not a hybrid ML-KEM-768 + X25519 key", ErrKey)
	}
	return public, nil
}

// Secret is a party's private side of one period: its KEM key and secret_period, the random 32 bytes from which all
// randomness of its contributions derives.
type Secret struct {
	period  Period
	private hpke.PrivateKey
	random  [32]byte
}

// Format keeps the secret out of every log line.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "[secret of %s]", s.period) }

// NewSecret makes the secret of a period from 64 bytes of randomness.
func NewSecret(p Period, random io.Reader) (*Secret, error) {
	s := &Secret{period: p}
	var seed [32]byte
	for _, into := range [][]byte{seed[:], s.random[:]} {
		if _, err := io.ReadFull(random, into); err != nil {
			return nil, fmt.Errorf("period key: randomness: %w", err)
		}
	}
	var err error
	s.private, err = kem.DeriveKeyPair(seed[:])
	if err != nil {
		return nil, fmt.Errorf("period key: %w", err)
	}
	return s, nil
}

// Key is the public message of this secret for an owner.
func (s *Secret) Key(owner string) Key {
	return Key{Owner: owner, Period: s.period, Public: s.private.PublicKey().Bytes()}
}

// Period is the month the secret is for.
func (s *Secret) Period() Period { return s.period }

// ContributionSecret is secret_period, for deriving a contribution's seed.
func (s *Secret) ContributionSecret() [32]byte { return s.random }

// MaxSealed bounds a sealed envelope, in bytes.
const MaxSealed = 160 << 10

// SealTo seals a message to a period key (HPKE base mode, RFC 9180). The info string names the message's kind.
func SealTo(k *Key, info string, message []byte) ([]byte, error) {
	public, err := publicKey(k.Public)
	if err != nil {
		return nil, err
	}
	sealed, err := hpke.Seal(public, hpke.HKDFSHA256(), hpke.AES256GCM(), sealInfo(k.Owner, k.Period, info), message)
	if err != nil {
		return nil, fmt.Errorf("%w: it agrees on no secret", ErrKey) // its X25519 half has small order
	}
	return sealed, nil
}

// Open opens a message that was sealed to this secret's key under its owner's name.
func (s *Secret) Open(owner, info string, sealed []byte) ([]byte, error) {
	if len(sealed) < EncapsulationSize || len(sealed) > MaxSealed {
		return nil, fmt.Errorf("%w: sealed message of %d bytes, want %d to %d", ErrKey, len(sealed), EncapsulationSize, MaxSealed)
	}
	message, err := hpke.Open(s.private, hpke.HKDFSHA256(), hpke.AES256GCM(), sealInfo(owner, s.period, info), sealed)
	if err != nil {
		return nil, fmt.Errorf("%w: sealed message does not open", ErrKey)
	}
	return message, nil
}

func sealInfo(owner string, p Period, info string) []byte {
	return fmt.Appendf(nil, "weir/sealed/v1/%s/%s/%s", info, p, owner)
}

// Pair is an ordered pair of parties: First < Second by id bytes. The first encapsulates, adds its masks; the second
// decapsulates, subtracts.
type Pair struct{ First, Second engine.PartyID }

// PairOf orders two parties.
func PairOf(a, b engine.PartyID) Pair {
	if b < a {
		a, b = b, a
	}
	return Pair{First: a, Second: b}
}
