package relation

import (
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/frontend"

	"weir/circuits/model/ring"
)

// Key is the witness that a public polynomial b is an honest ring-LWE key: over the integers
//
//	b + a'·sk = e' + Q·r' + (X^N+1)·q'
//
// with ternary sk, e' within 19 and r' in [−256, 256), coefficients of b and a' centred (protocol, section 4). Its
// identity stands alone: folded with another one under a common quotient it would prove only their sum, and b = 0 would
// pass. T is frontend.Variable in a circuit and fr.Element in a prover.
type Key[T any] struct {
	Secret   [ring.N]T // sk, as places of Ternary
	Noise    [ring.N]T // e', as places of Noise
	Overflow [ring.N]T // r' + 256
	Quotient [ring.N]T // q' as WriteQuotient writes it, any field elements
}

// overflowOffset brings r' into [0, 512).
const overflowOffset = 256

// SecretAt is sk(x) for the wires of a key's secret.
func (c Challenge) SecretAt(api frontend.API, secret []frontend.Variable) frontend.Variable {
	return c.Evaluate(api, shift(api, secret, big.NewInt(int64(Ternary.Low))))
}

// Wires are all wires of the witness in their order in the circuit.
func (k *Key[T]) Wires() []T {
	return Concat(k.Secret[:], k.Noise[:], k.Overflow[:], k.Quotient[:])
}

// AssertKey states the identity at the challenge and hands the ranges to the lookups; secret is sk(x), by
// c.SecretAt. Why the field equation is one over the integers: each coefficient of both sides, reduced mod X^N+1, stays
// below Q·2^14. Native twin: AssignKey.
func AssertKey(api frontend.API, c Challenge, k *Key[frontend.Variable], secret, b, aPrime frontend.Variable, ternary, noise, nine *Lookup) {
	ternary.Admit(k.Secret[:]...)
	noise.Admit(k.Noise[:]...)
	right := make([]frontend.Variable, ring.N)
	q := ring.Q()
	for i := range right {
		right[i] = api.Add(Noise.Value(api, k.Noise[i]), api.Mul(api.Sub(k.Overflow[i], overflowOffset), q))
	}
	nine.Admit(k.Overflow[:]...)
	api.AssertIsEqual(api.Add(b, api.Mul(secret, aPrime)), api.Add(c.Evaluate(api, right), c.TimesModulus(api, k.Quotient[:])))
}

// AssignKey finds the witness of b = −a'·sk + e' mod Q. Values out of range show in the tallies; false where the
// identity does not hold for any r'.
func AssignKey(k *Key[fr.Element], secret, noise *[ring.N]int8, b, aPrime ring.Polynomial, ternary, noises, nine *Tally) bool {
	product, quotient := ring.Divide(aPrime, ring.Small(secret))
	WriteQuotient(k.Quotient[:], quotient)
	exact := true
	for i := range ring.N {
		k.Secret[i] = ternary.Take(int64(secret[i]))
		k.Noise[i] = noises.Take(int64(noise[i]))
		var multiple, e fr.Element
		multiple.Add(&b[i], &product[i])
		multiple.Sub(&multiple, e.SetInt64(int64(noise[i])))
		overflow, divides := ring.QuotientByQ(&multiple)
		exact = exact && divides
		k.Overflow[i] = nine.Take(overflow + overflowOffset)
	}
	return exact
}
