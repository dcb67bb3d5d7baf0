// Package contribution proves and verifies that a holder's contribution to a score fits its committed records, without
// telling anything about them (protocol, section 6; records section 3, tag section 3a, lines section 4). Holders prove;
// the ledger's contract, the bank and every reader of a receipt verify.
//
// Public are the slice of the model — 256 commitments, 224 edges, the map of lines to features, all folded into the
// verifying key once per sealing — and for each proof a Statement. Proven is that one Witness exists with:
//
//	tag      = P2_4(D_tag, subject, nonce1, nonce2)
//	root     = the ten-level positional tree over a bucket of four, at the place the subject itself gives
//	features = the record's 32 values if the bucket has the subject, else 32 zeros; each below 2^32
//	C        = Σ over 32 lines of W_(row whose bin holds the line's feature) + ρ·H
//
// and the context is bound to the proof. Whether there was a record stays hidden. It is no proof that the records are
// true or that the tree is complete, and the proof bytes identify nothing: anybody can re-randomise a Groth16 proof, so
// the statement is what to file and to compare.
//
// The package refuses, before any library decoder runs, proofs in any other than their one form, and field elements,
// points and tables that are not canonical. Errors never contain a value of the witness. Randomness is crypto/rand's.
package contribution

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"weir/circuits/gadget"
	"weir/engine"
	"weir/engine/pedersen"
)

// The fixed shape of the statement (protocol, sections 3 and 4).
const (
	Lines      = 32 // lines of a slice
	Features   = 32 // features of a source, unused ones 0
	Rows       = Lines * gadget.Bins
	Levels     = 10 // 8-ary levels above the buckets
	BucketSize = 4  // subjects that share a slot
	SecretSize = 31 // bytes of a nonce or salt: big-endian, below the field's modulus
)

// ErrStatement is returned for a statement that no proof can have: a root, tag or context that is not a canonical field
// element, or a commitment that is not a point.
var ErrStatement = errors.New("contribution statement refused")

// ErrWitness is returned by a prover whose records, nonces or blinding do not make the statement true. The message
// names the part that fails, never a value.
var ErrWitness = errors.New("contribution witness does not fit")

// Statement is what one proof says, beside the slice. Field elements are 32 bytes, big-endian, below BN254's scalar
// modulus: one encoding each, so that adding the modulus is refused and not a second statement.
type Statement struct {
	Root    [32]byte       // of the source's record tree
	Tag     [32]byte       // of the consent
	Context [32]byte       // protocol, section 2: label, party, response, pairs and circuit id; a zero byte, then field(·)
	C       pedersen.Point // the holder's commitment
}

// dynamicInputs is the number of public inputs of a Statement.
const dynamicInputs = 5

// public gives root, tag, context and C + Z in Montgomery form, the order of Circuit's dynamic inputs.
func (s *Statement) public() (fr.Vector, error) {
	inputs := make(fr.Vector, dynamicInputs)
	for i, part := range []struct {
		name  string
		value [32]byte
	}{{"root", s.Root}, {"tag", s.Tag}, {"context", s.Context}} {
		if err := inputs[i].SetBytesCanonical(part.value[:]); err != nil {
			return nil, fmt.Errorf("%w: the %s is not below the field's modulus", ErrStatement, part.name)
		}
	}
	if s.C == (pedersen.Point{}) {
		return nil, fmt.Errorf("%w: no commitment", ErrStatement)
	}
	sum, ok := gadget.Montgomery(s.C.Add(gadget.Offset()))
	if !ok {
		return nil, fmt.Errorf("%w: the commitment is the offset's negative", ErrStatement)
	}
	inputs[3], inputs[4] = sum.U, sum.V
	return inputs, nil
}

// Witness is what only the holder knows.
type Witness struct {
	Subject        engine.Subject
	Nonce1, Nonce2 [SecretSize]byte // from the consent's envelope
	Present        bool             // whether the bucket has the subject
	Values         [Features]uint32 // of the record; all 0 when absent
	Salt           [SecretSize]byte // of the record; ignored when absent
	Bucket         [BucketSize]Entry
	Siblings       [Levels][8]fr.Element // all eight children at each height from 0 up, the one on the path included
	Rho            *big.Int              // any integer, taken mod ℓ
}

// Entry is one place of a bucket. The zero value is an empty place.
type Entry struct {
	Subject engine.Subject
	Content fr.Element
}
