package ring

import (
	"math/big"
	"sync"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/fft"
)

// Polynomial is N integer coefficients, lowest first, each as its element of F; negative integers are F's upper end.
type Polynomial []fr.Element

// Small is the polynomial with the given small coefficients.
func Small(coefficients *[N]int8) Polynomial {
	p := make(Polynomial, N)
	for j, v := range coefficients {
		p[j].SetInt64(int64(v))
	}
	return p
}

// At is the polynomial's value at x (W. G. Horner, 1819).
func (p Polynomial) At(x *fr.Element) fr.Element {
	var value fr.Element
	for j := len(p) - 1; j >= 0; j-- {
		value.Mul(&value, x)
		value.Add(&value, &p[j])
	}
	return value
}

// doubled is the domain in which a product of two polynomials is not reduced.
var doubled = sync.OnceValue(func() *fft.Domain { return fft.NewDomain(2 * N) })

// Divide multiplies a by s over the integers and divides by X^N+1: a·s = remainder + (X^N+1)·quotient, both with N
// coefficients; the last of the quotient is 0. Exact as long as no coefficient of a·s reaches 2^252.
func Divide(a, s Polynomial) (remainder, quotient Polynomial) {
	domain := doubled()
	product, factor := make([]fr.Element, 2*N), make([]fr.Element, 2*N)
	copy(product, a)
	copy(factor, s)
	domain.FFT(product, fft.DIF)
	domain.FFT(factor, fft.DIF)
	for j := range product {
		product[j].Mul(&product[j], &factor[j])
	}
	domain.FFTInverse(product, fft.DIT)
	remainder, quotient = product[:N:N], product[N:]
	for j := range remainder {
		remainder[j].Sub(&remainder[j], &quotient[j])
	}
	return remainder, quotient
}

// QuotientByQ is v/Q for a multiple of Q whose quotient has at most 63 bits; false where v is no such multiple.
func QuotientByQ(v *fr.Element) (int64, bool) {
	var quotient fr.Element
	quotient.Mul(v, &parameters().qInverse)
	return Signed(&quotient)
}

// Integer is the integer of absolute value below half the field's modulus that an element stands for.
func Integer(v *fr.Element) *big.Int {
	integer := v.BigInt(new(big.Int))
	if v.LexicographicallyLargest() {
		integer.Sub(integer, fr.Modulus())
	}
	return integer
}

// Signed is the integer of absolute value below 2^63 that an element stands for; false where there is none.
func Signed(v *fr.Element) (int64, bool) {
	var negated fr.Element
	if negated.Neg(v); v.IsUint64() {
		magnitude := v.Uint64()
		return int64(magnitude), magnitude < 1<<63
	} else if negated.IsUint64() {
		magnitude := negated.Uint64()
		return -int64(magnitude), magnitude < 1<<63
	}
	return 0, false
}
