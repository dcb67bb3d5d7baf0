package relation

import (
	"fmt"
	"math/bits"

	"github.com/consensys/gnark/frontend"

	"weir/circuits/model/ring"
)

// Challenge is the point at which a circuit compares polynomials.
type Challenge struct {
	X       frontend.Variable // drawn after every wire it was drawn from was fixed
	Modulus frontend.Variable // x^N + 1
}

// Draw commits to wires and draws the challenge from the commitment. Wires must be all the circuit's witnesses and those
// public inputs that x must depend on.
func Draw(api frontend.API, wires []frontend.Variable) (Challenge, error) {
	committer, ok := api.(frontend.Committer)
	if !ok {
		return Challenge{}, fmt.Errorf("challenge: %T cannot commit", api)
	}
	x, err := committer.Commit(wires...)
	if err != nil {
		return Challenge{}, fmt.Errorf("challenge: %w", err)
	}
	power := x
	for range bits.Len(ring.N) - 1 {
		power = api.Mul(power, power)
	}
	return Challenge{X: x, Modulus: api.Add(power, 1)}, nil
}

// Evaluate is Σ coefficients[i]·x^i, one constraint for each coefficient but the first. Native twin:
// ring.Polynomial.At.
func (c Challenge) Evaluate(api frontend.API, coefficients []frontend.Variable) frontend.Variable {
	last := len(coefficients) - 1
	value := coefficients[last]
	for i := last - 1; i >= 0; i-- {
		value = api.Add(api.Mul(value, c.X), coefficients[i])
	}
	return value
}
