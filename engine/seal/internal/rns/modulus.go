// Package rns is exact arithmetic on integers modulo a product of three primes, kept as their residues (a residue
// number system), without allocation: Shoup's multiplication by fixed factors, Garner's way back to one integer, and
// the few operations on that integer which sealing needs. It is for engine/seal alone.
//
// It refuses to be general: primes have the same bit length and stay below 2^60, and nothing here is constant time.
package rns

import "math/bits"

// Modulus is a prime, at least 2 and below 2^60.
type Modulus uint64

// Factor is a number prepared for many multiplications modulo one prime.
type Factor struct {
	w        uint64 // the number, below its modulus q
	quotient uint64 // ⌊w·2^64 / q⌋
}

// Factor prepares w, any number, for Mul under the same modulus.
func (q Modulus) Factor(w uint64) Factor {
	w %= uint64(q)
	quotient, _ := bits.Div64(w, 0, uint64(q))
	return Factor{w: w, quotient: quotient}
}

// Mul is x·w mod q for any x (V. Shoup's method: Harvey, "Faster arithmetic for number-theoretic transforms", 2014,
// section 2): with ⌊x·quotient/2^64⌋ for the quotient the remainder is below 2q.
func (q Modulus) Mul(x uint64, f Factor) uint64 {
	estimate, _ := bits.Mul64(x, f.quotient)
	r := x*f.w - estimate*uint64(q)
	if r >= uint64(q) {
		r -= uint64(q)
	}
	return r
}

// Lift is the residue of a small signed number, |v| < q.
func (q Modulus) Lift(v int8) uint64 {
	if v < 0 {
		return uint64(q) - uint64(-int64(v))
	}
	return uint64(v)
}

// power is w^e mod q.
func (q Modulus) power(w, e uint64) uint64 {
	result := uint64(1)
	for base := q.Factor(w); e > 0; e >>= 1 {
		if e&1 == 1 {
			result = q.Mul(result, base)
		}
		base = q.Factor(q.Mul(base.w, base))
	}
	return result
}

// Inverse is w^-1 mod q for w not a multiple of q: w^(q-2), by Fermat.
func (q Modulus) Inverse(w uint64) uint64 { return q.power(w, uint64(q)-2) }
