package relation

import (
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/frontend"

	"weir/circuits/model/ring"
)

// quotientOffset is added to each coefficient of a quotient, so that honest ones are positive: they stay below Q·N.
var quotientOffset = new(big.Int).Lsh(big.NewInt(1), 150)

// TimesModulus is (x^N+1)·q(x) for the wires of a quotient q.
func (c Challenge) TimesModulus(api frontend.API, quotient []frontend.Variable) frontend.Variable {
	return api.Mul(c.Modulus, c.Evaluate(api, ReadQuotient(api, quotient)))
}

// ReadQuotient are the coefficients that WriteQuotient wrote, without a constraint.
func ReadQuotient(api frontend.API, wires []frontend.Variable) []frontend.Variable {
	return shift(api, wires, new(big.Int).Neg(quotientOffset))
}

// WriteQuotient puts the first coefficients of a quotient, or of any product below Q·N, into as many wires.
func WriteQuotient(wires []fr.Element, quotient ring.Polynomial) {
	var offset fr.Element
	offset.SetBigInt(quotientOffset)
	for i := range wires {
		wires[i].Add(&quotient[i], &offset)
	}
}

// shift adds a constant to each wire, without a constraint.
func shift(api frontend.API, wires []frontend.Variable, by *big.Int) []frontend.Variable {
	shifted := make([]frontend.Variable, len(wires))
	for i, wire := range wires {
		shifted[i] = api.Add(wire, by)
	}
	return shifted
}
