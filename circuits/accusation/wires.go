package accusation

import (
	"weir/circuits/model/relation"
	"weir/circuits/model/ring"
)

// Shape of a response (protocol, section 5).
const (
	Groups = 4              // sums of points, slots 0 to 3
	Limbs  = 28             // sums of blinding limbs, slots 4 to 31
	Slots  = Groups + Limbs // coefficients of c0 that are sent
)

const (
	numberBits = 61  // of t
	scalarBits = 252 // of κ, in an even number
)

// Public are the public inputs in the circuit's order. T is frontend.Variable in the circuit and fr.Element outside.
type Public[T any] struct {
	Statement T              `gnark:",public"` // field(H("weir/accusation/v1", …)), part of the challenge
	Z         Coordinates[T] `gnark:",public"` // part of the challenge
	C0        [Slots]T       `gnark:",public"` // c0_l, in [0, Q)
	Claim     Coordinates[T] `gnark:",public"` // C + P, of which the response should be an opening
	B         T              `gnark:",public"` // b(x)
	APrime    T              `gnark:",public"` // a'(x)
	C1        T              `gnark:",public"` // c1(x), as h·2^58 + 2^57, not reduced
}

// Coordinates are a point's, on the twisted Edwards curve.
type Coordinates[T any] struct{ X, Y T }

// Wires are the public inputs in order.
func (p *Public[T]) Wires() []T {
	return relation.Concat([]T{p.Statement, p.Z.X, p.Z.Y}, p.C0[:], []T{p.Claim.X, p.Claim.Y, p.B, p.APrime, p.C1})
}

// Secret is the witness in the circuit's order.
type Secret[T any] struct {
	Key      relation.Key[T]              // sk and the key identity
	Quotient [ring.N]T                    // q, as relation.WriteQuotient writes it
	Free     [ring.N - Slots]T            // coefficients 32 and up of sk·c1 mod X^N+1, written likewise
	Noise    [Slots][noiseDigits]T        // E + 160·2^63
	Overflow [Slots][overflowDigits]T     // r + 2^62
	Number   [Slots][numberBits]T         // bits of D, of D + (t−1)/2 in the four groups
	Below    [Slots][overflowDigits - 1]T // upper digits of t − 1 − Number; the lowest is what they leave
	Scalar   [scalarBits]T                // bits of κ
	Counts   struct {
		Ternary [3]T
		Noise   [39]T
		Nine    [512]T
	}
}

// Wires are all wires of the witness in order.
func (s *Secret[T]) Wires() []T {
	wires := relation.Concat(s.Key.Wires(), s.Quotient[:], s.Free[:])
	for l := range s.Noise {
		wires = append(wires, s.Noise[l][:]...)
	}
	for l := range s.Overflow {
		wires = append(wires, s.Overflow[l][:]...)
	}
	for l := range s.Number {
		wires = append(wires, s.Number[l][:]...)
	}
	for l := range s.Below {
		wires = append(wires, s.Below[l][:]...)
	}
	return relation.Concat(wires, s.Scalar[:], s.Counts.Ternary[:], s.Counts.Noise[:], s.Counts.Nine[:])
}
