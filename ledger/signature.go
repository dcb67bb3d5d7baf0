package ledger

import (
	"io"

	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519"

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
	if len(signatures) == 0 {
		return nil
	}
	batch := ed25519.NewBatchVerifierWithCapacity(len(signatures))
	expanded := map[[32]byte]*ed25519.ExpandedPublicKey{}
	for i := range signatures {
		s := &signatures[i]
		key, seen := expanded[s.Key]
		if !seen {
			key, _ = ed25519.NewExpandedPublicKey(s.Key[:]) // nil for a key that is no point: the batch then says no
			expanded[s.Key] = key
		}
		batch.AddExpandedWithOptions(key, s.Digest[:], s.Signature[:], zip215)
	}
	_, verdicts := batch.Verify(random)
	return verdicts
}
