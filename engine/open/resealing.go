package open

import (
	"fmt"
	"io"
	"math/big"

	"weir/engine/offer"
	"weir/engine/pedersen"
	"weir/engine/seal"
)

// Reseal makes another sealing of the same version, with a fresh key and fresh openings, and proves for each slice that
// its points are those of sealing 0 (protocol, section 4): holders adopt it without approving anew. s must be sealing 0;
// number is the new sealing's, from 1.
func (s *Sealing) Reseal(number uint32, random io.Reader) (*Sealing, error) {
	if s.Sealed.Number != 0 || number == 0 {
		return nil, fmt.Errorf("reseal %s: from sealing %d to %d, want from 0 to a later one", s.Sealed.Version.Name, s.Sealed.Number, number)
	}
	streams, err := sealingStreams(random)
	if err != nil {
		return nil, fmt.Errorf("reseal %s: %w", s.Sealed.Version.Name, err)
	}
	points := make([]SlicePoints, len(s.Rows))
	for i := range s.Rows {
		for k := range s.Rows[i] {
			points[i][k] = s.Rows[i][k].Points
		}
	}
	later := &Sealing{Base: s.Base, Beta: s.Beta, Package: offer.Package{Sealing: number}}
	if err := later.seal(s.Sealed.Version, points, streams); err != nil {
		return nil, fmt.Errorf("reseal %s: %w", s.Sealed.Version.Name, err)
	}
	same, err := s.proveSame(later, random)
	if err != nil {
		return nil, fmt.Errorf("reseal %s: %w", s.Sealed.Version.Name, err)
	}
	later.Package.Same, later.Sealed.Same = same, same
	return later, nil
}

// proveSame proves knowledge of x with Σ ψ_k (W'_k − W_k) = x·H, slice by slice: x = Σ ψ_k (s'_k − s_k).
func (s *Sealing) proveSame(later *Sealing, random io.Reader) ([][]byte, error) {
	var proofs [][]byte
	for i := range s.Rows {
		weights := offer.SameWeights(s.Sealed, later.Sealed, i)
		x := new(big.Int)
		for k, psi := range weights {
			difference := new(big.Int).Sub(openingOf(&later.Rows[i][k]), openingOf(&s.Rows[i][k]))
			x.Add(x, difference.Mul(difference, psi))
		}
		x.Mod(x, pedersen.Order())
		proof, err := pedersen.ProveBlinding(x, offer.SameChallenge(s.Sealed, later.Sealed, i), random)
		if err != nil {
			return nil, err
		}
		proofs = append(proofs, proof.Encode())
	}
	return proofs, nil
}

// openingOf is s_k of a row, from its limbs.
func openingOf(row *seal.Row) *big.Int {
	var limbs [seal.Limbs]uint64
	for j, z := range row.Limbs {
		limbs[j] = uint64(z)
	}
	return seal.Recompose(limbs)
}
