package rns

import "math/bits"

// Primes is how many primes a basis has.
const Primes = 3

// Residues is one number modulo Q, by its residue modulo each prime of a basis.
type Residues [Primes]uint64

// Basis is three distinct primes of one bit length with Q = q₁q₂q₃ below 2^180.
type Basis struct {
	moduli      [Primes]Modulus
	inverse12   Factor  // q₁^-1 mod q₂
	first3      Factor  // q₁ mod q₃
	inverse123  Factor  // (q₁q₂)^-1 mod q₃
	productHigh uint64  // q₁q₂ = productHigh·2^64 + productLow
	productLow  uint64  //
	product     Integer // Q
}

// NewBasis prepares the basis of three primes.
func NewBasis(primes [Primes]uint64) *Basis {
	b := &Basis{moduli: [Primes]Modulus{Modulus(primes[0]), Modulus(primes[1]), Modulus(primes[2])}}
	q2, q3 := b.moduli[1], b.moduli[2]
	b.inverse12 = q2.Factor(q2.Inverse(primes[0]))
	b.first3 = q3.Factor(primes[0])
	b.inverse123 = q3.Factor(q3.Inverse(q3.Mul(primes[1], b.first3)))
	b.productHigh, b.productLow = bits.Mul64(primes[0], primes[1])
	b.product = b.timesProduct(primes[2])
	return b
}

// Modulus is the prime number i of the basis, 0 ≤ i < Primes.
func (b *Basis) Modulus(i int) Modulus { return b.moduli[i] }

// Product is Q.
func (b *Basis) Product() Integer { return b.product }

// Compose is the integer in [0, Q) with the given residues, each below its prime (H. L. Garner, "The residue number
// system", 1959): x = r₁ + q₁·(v₂ + q₂·v₃) with digits v below their primes.
func (b *Basis) Compose(r Residues) Integer {
	q2, q3 := b.moduli[1], b.moduli[2]
	// The primes have one bit length, so 2q₂ > q₁ and 4q₃ > q₁ + q₃: no difference below is negative.
	v2 := q2.Mul(r[1]+2*uint64(q2)-r[0], b.inverse12)
	v3 := q3.Mul(r[2]+4*uint64(q3)-r[0]-q3.Mul(v2, b.first3), b.inverse123)
	x := b.timesProduct(v3)
	high, low := bits.Mul64(uint64(b.moduli[0]), v2)
	low, carry := bits.Add64(low, r[0], 0)
	high += carry
	x[0], carry = bits.Add64(x[0], low, 0)
	x[1], carry = bits.Add64(x[1], high, carry)
	x[2] += carry
	return x
}

// timesProduct is q₁q₂·v.
func (b *Basis) timesProduct(v uint64) Integer {
	carryWord, low := bits.Mul64(b.productLow, v)
	high, middle := bits.Mul64(b.productHigh, v)
	middle, carry := bits.Add64(middle, carryWord, 0)
	return Integer{low, middle, high + carry}
}
