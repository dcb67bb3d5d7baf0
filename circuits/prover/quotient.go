package prover

import (
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/fft"
	cs "github.com/consensys/gnark/constraint/bn254"
)

// quotient is h with a·b − c = h·(X^n − 1), its n − 1 coefficients in the bit-reversed order of the key's points Z. The
// polynomials take the constraints' sides as values at the n-th roots of unity; c is the rest of a·b, so on a coset, where
// X^n − 1 is one constant, the product interpolates to c + constant·h. It takes the solution's vectors as its own.
func quotient(solution *cs.R1CSSolution, domain *fft.Domain) fr.Vector {
	n := domain.Cardinality
	a, b, c := interpolate(solution.A, domain), interpolate(solution.B, domain), interpolate(solution.C, domain)
	domain.FFT(a, fft.DIT, fft.OnCoset())
	domain.FFT(b, fft.DIT, fft.OnCoset())
	a.Mul(a, b)
	domain.FFTInverse(a, fft.DIF, fft.OnCoset())
	var constant fr.Element
	one := fr.One()
	constant.Exp(domain.FrMultiplicativeGen, new(big.Int).SetUint64(n))
	constant.Sub(&constant, &one).Inverse(&constant)
	a.Sub(a, c)
	a.ScalarMul(a, &constant)
	return a[:n-1]
}

// interpolate gives the coefficients, bit-reversed.
func interpolate(values fr.Vector, domain *fft.Domain) fr.Vector {
	values = append(values, make(fr.Vector, int(domain.Cardinality)-len(values))...)
	domain.FFTInverse(values, fft.DIF)
	return values
}
