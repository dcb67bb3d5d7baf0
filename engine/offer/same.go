package offer

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/big"

	"weir/engine/canonical"
	"weir/engine/message"
	"weir/engine/model"
	"weir/engine/pedersen"
)

// weightBits is the length of ψ_k.
const weightBits = 125

// SameWeights are ψ_0 … ψ_255 for one slice of two sealings of a version: the first 125 bits of
// SHA-256("weir/same-psi/v1" ‖ sliceDigest of sealing 0 ‖ sliceDigest of the later one ‖ k as 4 bytes little-endian).
// The digests contain both lists of commitments, so that nobody chooses commitments after the weights.
func SameWeights(first, later *Sealed, slice int) [model.Rows]*big.Int {
	var weights [model.Rows]*big.Int
	for k := range weights {
		h := sha256.New()
		h.Write([]byte("weir/same-psi/v1"))
		h.Write(first.SliceDigests[slice][:])
		h.Write(later.SliceDigests[slice][:])
		binary.Write(h, binary.LittleEndian, uint32(k))
		weights[k] = new(big.Int).SetBytes(h.Sum(nil)[:16])
		weights[k].Rsh(weights[k], 128-weightBits)
	}
	return weights
}

// sameDifference is Σ ψ_k (W'_k − W_k), a multiple of H exactly when all points are the same (but for chance 2^-125).
func sameDifference(first, later *Sealed, slice int) pedersen.Point {
	points := make([]pedersen.Point, model.Rows)
	for k, psi := range SameWeights(first, later, slice) {
		points[k] = later.W[slice][k].Sub(first.W[slice][k]).Times(psi)
	}
	return pedersen.Sum(points...)
}

// SameChallenge is e = H("weir/same/v1", [slice digests of both sealings, D, T]) mod ℓ.
func SameChallenge(first, later *Sealed, slice int) pedersen.Challenge {
	difference := sameDifference(first, later, slice).Encode()
	return func(t pedersen.Point) *big.Int {
		digest := canonical.Digest("weir/same/v1", []any{first.SliceDigests[slice], later.SliceDigests[slice], difference, t.Encode()})
		e := new(big.Int).SetBytes(digest[:])
		return e.Mod(e, pedersen.Order())
	}
}

// CheckSame tells whether a later sealing of a version carries the points of sealing 0, slice by slice; an error wraps
// message.ErrUnproven. Its model proofs are checked apart.
func CheckSame(first, later *Sealed) error {
	if first.Number != 0 || later.Number == 0 || first.VersionDigest != later.VersionDigest || len(later.Same) != len(later.Slices) {
		return fmt.Errorf("%w: not sealing 0 and a later sealing of one version, or proofs missing", message.ErrUnproven)
	}
	for i, b := range later.Same {
		proof, err := pedersen.DecodeBlindingProof(b)
		if err == nil {
			err = proof.Verify(sameDifference(first, later, i), SameChallenge(first, later, i))
		}
		if err != nil {
			return fmt.Errorf("%w: same points, slice of %s: %w", message.ErrUnproven, first.Version.Slices[i].Party, err)
		}
	}
	return nil
}
