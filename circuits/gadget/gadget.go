// Package gadget is the constraints that weir's circuits share, for whoever states a relation in circuits/contribution,
// circuits/model or circuits/accusation. Each gadget names its native twin, the plain Go function that gives the same
// value, and a test compares the two.
//
// Where a gadget saves constraints over the obvious way, its comment says why a cheating prover gains nothing. It holds
// no statement of its own and takes no witness: what must be range-checked or bound first is said at each gadget and is
// the duty of the circuit that uses it. The relations are in the protocol, sections 3 to 6.
package gadget

import (
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
)

// API is gnark's interface to a circuit under construction, with weir's gadgets as methods. It is made once at the
// beginning of a circuit's Define.
type API struct {
	frontend.API
	product constraint.BlueprintID
	direct  bool
}

// New prepares the gadgets over a rank-1 builder, or over gnark's test engine.
func New(api frontend.API) *API {
	a := &API{API: api}
	compiler := api.Compiler()
	if _, a.direct = compiler.ToCanonicalVariable(api.Add(0, 1)).(constraint.LinearExpression); a.direct {
		a.product = compiler.AddBlueprint(&constraint.BlueprintGenericR1C{})
	}
	return a
}

// AssertProduct states left·right = out in exactly one constraint, where gnark's AssertIsEqual(Mul(left, right), out)
// takes two. It writes the constraint that gnark's own Mul writes, with out where Mul would put a fresh wire; the
// compiled system knows no difference. The wires of right enter the B side of Groth16, which the prover computes in
// both groups, so the caller puts the shorter expression there. Without a rank-1 builder (in gnark's test engine) the
// two-constraint form says the same.
func (a *API) AssertProduct(left, right, out frontend.Variable) {
	if !a.direct {
		a.AssertIsEqual(a.Mul(left, right), out)
		return
	}
	calldata := []uint32{0, 0, 0, 0}
	for side, v := range []frontend.Variable{left, right, out} {
		// Adding 0 makes a constant an expression in the ONE wire, as a constraint needs it.
		expression := a.Compiler().ToCanonicalVariable(a.API.Add(v, 0)).(constraint.LinearExpression)
		calldata[1+side] = uint32(len(expression))
		for _, term := range expression {
			calldata = append(calldata, uint32(term.CoeffID()), uint32(term.WireID()))
		}
	}
	calldata[0] = uint32(len(calldata))
	a.Compiler().AddInstruction(a.product, calldata)
}

// Sum is Σ v, 0 of none. It costs no constraint.
func (a *API) Sum(v ...frontend.Variable) frontend.Variable {
	switch len(v) {
	case 0:
		return 0
	case 1:
		return v[0]
	}
	return a.API.Add(v[0], v[1], v[2:]...)
}
