package poseidon

import (
	"math/big"
	"math/bits"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// The limbs of the modulus, least first: 1.51·2^253.
const (
	q0 = 0x43e1f593f0000001
	q1 = 0x2833e84879b97091
	q2 = 0xb85045b68181585d
	q3 = 0x30644e72e131a029
)

// add is z = x + y mod q without a branch, for x + y < 2q.
func add(z, x, y *fr.Element) {
	z0, carry := bits.Add64(x[0], y[0], 0)
	z1, carry := bits.Add64(x[1], y[1], carry)
	z2, carry := bits.Add64(x[2], y[2], carry)
	z3, _ := bits.Add64(x[3], y[3], carry) // 2q < 2^256
	d0, borrow := bits.Sub64(z0, q0, 0)
	d1, borrow := bits.Sub64(z1, q1, borrow)
	d2, borrow := bits.Sub64(z2, q2, borrow)
	d3, borrow := bits.Sub64(z3, q3, borrow)
	keep := -borrow // all ones where x + y < q
	z[0] = d0 ^ (d0^z0)&keep
	z[1] = d1 ^ (d1^z1)&keep
	z[2] = d2 ^ (d2^z2)&keep
	z[3] = d3 ^ (d3^z3)&keep
}

// sum is z = x0 + … + x7 mod q. It is taken over the integers, where it is below 8q, and then loses the greatest multiple of q
// that its first bits show.
func (x *state) sum(z *fr.Element) {
	var z0, z1, z2, z3, z4, carry uint64
	for i := range x {
		z0, carry = bits.Add64(z0, x[i][0], 0)
		z1, carry = bits.Add64(z1, x[i][1], carry)
		z2, carry = bits.Add64(z2, x[i][2], carry)
		z3, carry = bits.Add64(z3, x[i][3], carry)
		z4 += carry
	}
	m := &multiples[(z4<<3|z3>>61)%uint64(len(multiples))]
	z[0], carry = bits.Sub64(z0, m[0], 0)
	z[1], carry = bits.Sub64(z1, m[1], carry)
	z[2], carry = bits.Sub64(z2, m[2], carry)
	z[3], _ = bits.Sub64(z3, m[3], carry)
	add(z, z, &fr.Element{}) // now below 2q
}

// multiples are, for each s, the greatest multiple of q up to s·2^253, mod 2^256. A number in [s·2^253, (s+1)·2^253) less
// this is below q + 2^253 < 2q. Sums of eight words have s ≤ 12.
var multiples = func() (m [16][4]uint64) {
	for s := range m {
		least := new(big.Int).Lsh(big.NewInt(int64(s)), 253)
		least.Sub(least, new(big.Int).Mod(least, fr.Modulus()))
		for i := range m[s] {
			m[s][i] = new(big.Int).Rsh(least, uint(64*i)).Uint64() // Uint64 is the low 64 bits
		}
	}
	return m
}()
