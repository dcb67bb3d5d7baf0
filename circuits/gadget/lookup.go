package gadget

import (
	"errors"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/constraint/solver"
	"github.com/consensys/gnark/frontend"
)

// AssertLookup states that every query is an entry of the table, entry t being asked for multiplicity_t times, by the
// logarithmic derivative (Haböck, ePrint 2022/1530): Σ_i 1/(X − query_i) = Σ_t multiplicity_t/(X − entry_t). It costs
// one constraint for each query and entry, and one. Its native twin is counting.
//
// The challenge X must be fixed after the queries, the multiplicities and every entry that is not a constant, so all of
// these must be in the proof's commitment. Then both sides are one rational function but for a share of at most
// (queries + entries)/p of all X, and since there are far fewer queries than the field's characteristic p, a query that
// is no entry leaves a pole that the right side lacks. Multiplicities need no range: as field elements they are what the
// identity makes them.
func (a *API) AssertLookup(challenge frontend.Variable, table, multiplicities, queries []frontend.Variable) error {
	ones := make([]frontend.Variable, len(queries))
	for i := range ones {
		ones[i] = 1
	}
	left, err := a.sumOfFractions(challenge, ones, queries)
	if err != nil {
		return err
	}
	right, err := a.sumOfFractions(challenge, multiplicities, table)
	if err != nil {
		return err
	}
	a.AssertIsEqual(left, right)
	return nil
}

// sumOfFractions is Σ numerator_i/(challenge − pole_i), one constraint a fraction. The fractions are the prover's hints
// and constrained here; they fill the field, so they stand on the A side and the mostly small poles on the B side, which
// the prover pays for twice. (Where challenge = pole and numerator = 0 a fraction is free: a chance of 1/p a pole.)
func (a *API) sumOfFractions(challenge frontend.Variable, numerators, poles []frontend.Variable) (frontend.Variable, error) {
	inputs := append(append([]frontend.Variable{challenge}, numerators...), poles...)
	fractions, err := a.NewHint(divide, len(poles), inputs...)
	if err != nil {
		return nil, err
	}
	for i, fraction := range fractions {
		a.AssertProduct(fraction, a.Sub(challenge, poles[i]), numerators[i])
	}
	return a.Sum(fractions...), nil
}

func init() { solver.RegisterHint(divide) }

// divide is the hint of sumOfFractions: challenge, n numerators, n poles to n fractions, with one inversion for all.
func divide(_ *big.Int, in, out []*big.Int) error {
	n := len(out)
	if len(in) != 1+2*n {
		return errors.New("divide takes a challenge and as many numerators and poles as it gives fractions")
	}
	var challenge, numerator fr.Element
	challenge.SetBigInt(in[0])
	fractions := make([]fr.Element, n)
	for i := range fractions {
		fractions[i].SetBigInt(in[1+n+i])
		fractions[i].Sub(&challenge, &fractions[i])
	}
	for i, inverse := range fr.BatchInvert(fractions) {
		numerator.SetBigInt(in[1+i])
		inverse.Mul(&inverse, &numerator).BigInt(out[i])
	}
	return nil
}
