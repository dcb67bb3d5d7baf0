package ledger

import (
	"io"

	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519"
	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519/extra/cache"

	"weir/engine"
)

// SignatureSize is the length of an Ed25519 signature, in bytes.
const SignatureSize = 64

// Everything that a block or a contract judges follows one rule for Ed25519, ZIP 215: any encoding of a point counts,
// the equation is the one with the cofactor. Unlike RFC 8032 as commonly implemented, it makes a single verification and
// a verification in batches accept the same signatures, so that all nodes decide alike.
//
// The rule accepts keys of small order, under which anybody can sign anything. Whoever registers such a key gives it
// away, exactly as by publishing a private key.
var zip215 = &ed25519.Options{Verify: ed25519.VerifyOptionsZIP_215}

// Signature is a claim to be verified: that the key signed the digest.
type Signature struct {
	Key       [32]byte
	Digest    engine.Digest
	Signature [SignatureSize]byte
}

// Verify judges one signature under the ZIP 215 rule.
func (s *Signature) Verify() bool {
	return ed25519.VerifyWithOptions(s.Key[:], s.Digest[:], s.Signature[:], zip215)
}

// VerifyBatch judges each signature, all in one multiplication when all hold and one by one otherwise; verdict i is that
// of signature i and equals what Verify says. random must be unpredictable to the signers (crypto/rand): a wrong
// signature passes with a chance of 2^-128 only then.
func VerifyBatch(random io.Reader, signatures []Signature) []bool {
	return NewKeys(max(1, len(signatures))).VerifyBatch(random, signatures)
}

// Keys keeps the keys that were used last in the form that verification needs, about 1.3 KB each, for whoever verifies
// many signatures of the same senders. It may be used by several goroutines.
type Keys struct{ cached *cache.Verifier }

// NewKeys keeps at most so many keys, at least one.
func NewKeys(most int) *Keys { return &Keys{cache.NewVerifier(cache.NewLRUCache(most))} }

// VerifyBatch is the function of that name, with the keys at hand.
func (k *Keys) VerifyBatch(random io.Reader, signatures []Signature) []bool {
	if len(signatures) == 0 {
		return nil
	}
	batch := ed25519.NewBatchVerifierWithCapacity(len(signatures))
	for i := range signatures {
		s := &signatures[i]
		k.cached.AddWithOptions(batch, s.Key[:], s.Digest[:], s.Signature[:], zip215) // says no to a key that is no point
	}
	_, verdicts := batch.Verify(random)
	return verdicts
}
