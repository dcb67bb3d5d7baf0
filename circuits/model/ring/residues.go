package ring

import (
	"fmt"
	"math/bits"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// Residues is a polynomial with coefficients in [0, Q), by the residues of each coefficient: Residues[i][j] is coefficient
// j modulo Primes[i].
type Residues [Limbs][N]uint64

// Check refuses a residue that is not below its prime, naming prime and coefficient. Errors wrap ErrResidue.
func (r *Residues) Check() error {
	for i, prime := range Primes {
		for j, v := range r[i] {
			if v >= prime {
				return fmt.Errorf("%w: prime %d, coefficient %d", ErrResidue, i+1, j)
			}
		}
	}
	return nil
}

// Centred is the same polynomial with coefficients in (−Q/2, Q/2], in F. The residues must have passed Check.
func (r *Residues) Centred() Polynomial {
	c := parameters()
	p := make(Polynomial, N)
	for j := range p {
		c.lift(&p[j], r[0][j], r[1][j], r[2][j])
	}
	return p
}

// lift finds the digits v of Garner's mixed radix ("The residue number system", 1959), x = v₁ + q₁·(v₂ + q₂·v₃), and
// subtracts Q where x > (Q−1)/2.
func (c *constants) lift(x *fr.Element, r1, r2, r3 uint64) {
	q2, q3 := Primes[1], Primes[2]
	v2 := mulmod(r2+2*q2-r1, c.inverse12, q2) // the primes have one length, so 2q₂ > q₁
	v3 := mulmod(r3+2*q3-r1, c.inverse13, q3)
	v3 = mulmod(v3+2*q3-v2, c.inverse23, q3)
	x.SetUint64(r1)
	var term fr.Element
	x.Add(x, term.Mul(term.SetUint64(v2), &c.weights[1]))
	x.Add(x, term.Mul(term.SetUint64(v3), &c.weights[2]))
	if c.aboveHalf(r1, v2, v3) {
		x.Sub(x, &c.q)
	}
}

func (c *constants) aboveHalf(v1, v2, v3 uint64) bool {
	switch {
	case v3 != c.half[2]:
		return v3 > c.half[2]
	case v2 != c.half[1]:
		return v2 > c.half[1]
	}
	return v1 > c.half[0]
}

func mulmod(a, b, modulus uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return bits.Rem64(high, low, modulus)
}
