package model

import (
	"weir/circuits/model/relation"
	"weir/circuits/model/ring"
)

// Shape of a slice (protocol, section 4).
const (
	Lines    = 32               // lines of a slice
	LineRows = 8                // rows of a line
	Rows     = Lines * LineRows // commitments of a slice
	Groups   = 4                // G, sums that a score can carry
	Limbs    = 28               // L, nine-bit limbs of a blinding
	Chunks   = 4                // chunks of seven limbs, in which blindings are opened
	Openings = Groups + Chunks  // numbers that open the weighted sum of the commitments
)

const (
	chunkLimbs          = Limbs / Chunks
	pointOverflowOffset = 4096 // brings r of a point into [0, 2^13)
)

// Public are the public inputs in the circuit's order. T is frontend.Variable in the circuit and fr.Element outside.
type Public[T any] struct {
	Statement  T            `gnark:",public"` // field(H("weir/sealing/v1", …)), part of the challenge
	C0         T            `gnark:",public"` // c0(x)
	A          T            `gnark:",public"` // a(x)
	B          T            `gnark:",public"` // b(x)
	APrime     T            `gnark:",public"` // a'(x)
	Psi        [Rows]T      `gnark:",public"` // ψ_k, 125 bits of a hash of x
	Out        [Openings]T  `gnark:",public"` // masked openings
	Continues  [Lines - 1]T `gnark:",public"` // cont_1 … cont_31, 0 or 1
	Feature    [Lines]T     `gnark:",public"` // x^(map_l)
	Caps       [Groups]T    `gnark:",public"` // B_g
	FeatureCap T            `gnark:",public"` // max(1, 2^resolution / 2)
}

// Wires are the public inputs in order.
func (p *Public[T]) Wires() []T {
	return relation.Concat([]T{p.Statement, p.C0, p.A, p.B, p.APrime}, p.Psi[:], p.Out[:], p.Continues[:], p.Feature[:],
		p.Caps[:], []T{p.FeatureCap})
}

// Secret is the witness in the circuit's order.
type Secret[T any] struct {
	Key               relation.Key[T]  // sk and the second identity
	Noise             [ring.N]T        // e, as places of relation.Noise
	Quotient          [ring.N]T        // q, as relation.WriteQuotient writes it
	PointLow          [Rows][Groups]T  // w mod 2^9
	PointHigh         [Rows][Groups]T  // ⌊w/2^9⌋, 3 bits
	PointOverflowLow  [Rows][Groups]T  // (r + 4096) mod 2^9
	PointOverflowHigh [Rows][Groups]T  // ⌊(r + 4096)/2^9⌋, 4 bits
	Limbs             [Rows][Limbs]T   // z
	LimbOverflow      [Rows][Limbs]T   // r, as places of limbOverflows
	Mask              [Openings]T      // y
	Bound             [Lines][Groups]T // M
	GapHigh           [Rows][Groups]T  // ⌊(M − w)/2^9⌋, 3 bits
	SpareHigh         [Groups]T        // ⌊(B − Σ (1 − cont) M)/2^9⌋, 9 bits
	FeatureSpareLow   [Lines][Groups]T // what a feature leaves of FeatureCap, mod 2^9
	FeatureSpareHigh  [Lines][Groups]T // the same, ⌊/2^9⌋, 9 bits
	Counts            Counts[T]
}

// Counts are the multiplicities of the lookups.
type Counts[T any] struct {
	Ternary      [3]T
	Noise        [39]T
	Nine         [512]T
	LimbOverflow [1024]T
	Three        [8]T
	Four         [16]T
}

// Wires are all wires of the witness in order.
func (s *Secret[T]) Wires() []T {
	return relation.Concat(s.Key.Wires(), s.Noise[:], s.Quotient[:],
		flat(s.PointLow[:]), flat(s.PointHigh[:]), flat(s.PointOverflowLow[:]), flat(s.PointOverflowHigh[:]),
		flatLimbs(s.Limbs[:]), flatLimbs(s.LimbOverflow[:]), s.Mask[:],
		flat(s.Bound[:]), flat(s.GapHigh[:]), s.SpareHigh[:], flat(s.FeatureSpareLow[:]), flat(s.FeatureSpareHigh[:]),
		s.Counts.Ternary[:], s.Counts.Noise[:], s.Counts.Nine[:], s.Counts.LimbOverflow[:], s.Counts.Three[:], s.Counts.Four[:])
}

func flat[T any](rows [][Groups]T) []T {
	all := make([]T, 0, len(rows)*Groups)
	for i := range rows {
		all = append(all, rows[i][:]...)
	}
	return all
}

func flatLimbs[T any](rows [][Limbs]T) []T {
	all := make([]T, 0, len(rows)*Limbs)
	for i := range rows {
		all = append(all, rows[i][:]...)
	}
	return all
}
