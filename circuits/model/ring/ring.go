// Package ring is weir's ring R = Z[X]/(X^N+1) as the model and accusation circuits see it: polynomials with integer
// coefficients, written in BN254's scalar field F, which is so much larger than every integer that occurs (below 2^200)
// that field arithmetic is exact integer arithmetic (protocol, section 2, parameter set P2, and section 4).
//
// It is for provers, who divide products by X^N+1, and verifiers, who evaluate public polynomials at a challenge. It
// refuses residues that are not below their prime. It does not encrypt: engine/seal does, with the same parameters. It
// is not constant time.
package ring

import (
	"errors"
	"math/big"
	"sync"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// N is the degree of X^N+1, and the number of coefficients of a polynomial.
const N = 8192

// Limbs is the number of primes of Q.
const Limbs = 3

// Primes are q₁, q₂, q₃ of parameter set P2; each is 1 mod 2N, and Q = q₁q₂q₃ has 132 bits.
var Primes = [Limbs]uint64{17592186028033, 17592185438209, 17592184717313}

// T is the plaintext modulus t of parameter set P2: 61 bits, prime, 1 mod 2N, Q/t > 1.61·2^70.
const T uint64 = 2305843009213317121

// ErrResidue is returned for a residue that is not below its prime.
var ErrResidue = errors.New("residue not below its prime")

// Q is the ciphertext modulus. The caller owns the result.
func Q() *big.Int {
	q := big.NewInt(1)
	for _, prime := range Primes {
		q.Mul(q, new(big.Int).SetUint64(prime))
	}
	return q
}

// Tau is τ = t⁻¹ mod Q, centred in (−Q/2, Q/2]: a message m is encoded as τ·m. The caller owns the result.
func Tau() *big.Int {
	q := Q()
	tau := new(big.Int).ModInverse(new(big.Int).SetUint64(T), q)
	if new(big.Int).Lsh(tau, 1).Cmp(q) > 0 {
		tau.Sub(tau, q)
	}
	return tau
}

// constants are the parameters as field elements.
type constants struct {
	q, qInverse, tau fr.Element
	weights          [Limbs]fr.Element // 1, q₁, q₁q₂
	half             [Limbs]uint64     // mixed-radix digits of (Q−1)/2
	inverse12        uint64            // q₁⁻¹ mod q₂
	inverse13        uint64            // q₁⁻¹ mod q₃
	inverse23        uint64            // q₂⁻¹ mod q₃
}

var parameters = sync.OnceValue(func() *constants {
	c := new(constants)
	c.q.SetBigInt(Q())
	c.qInverse.Inverse(&c.q)
	c.tau.SetBigInt(Tau())
	weight, half := big.NewInt(1), new(big.Int).Rsh(Q(), 1)
	for i, prime := range Primes {
		c.weights[i].SetBigInt(weight)
		p, digit := new(big.Int).SetUint64(prime), new(big.Int)
		weight.Mul(weight, p)
		half.DivMod(half, p, digit)
		c.half[i] = digit.Uint64()
	}
	inverse := func(a, modulus uint64) uint64 {
		return new(big.Int).ModInverse(new(big.Int).SetUint64(a), new(big.Int).SetUint64(modulus)).Uint64()
	}
	c.inverse12, c.inverse13 = inverse(Primes[0], Primes[1]), inverse(Primes[0], Primes[2])
	c.inverse23 = inverse(Primes[1], Primes[2])
	return c
})

// QElement is Q in F.
func QElement() fr.Element { return parameters().q }

// TauElement is τ in F.
func TauElement() fr.Element { return parameters().tau }
