package expression

import (
	"fmt"

	"weir/engine/modelfile/value"
)

// Apply is a built-in function of PMML applied to operands. Make one with NewApply.
//
// An operand that is missing gives MissingTo where that is set. Else a missing operand makes the result missing, except
// that aggregates leave it out, that and, or follow three-valued logic, and that the tests for missing values see it. A
// missing result becomes Default where that is set.
type Apply struct {
	Function           string
	Operands           []Expression
	MissingTo, Default value.Value

	builtin builtin
}

// NewApply checks the name of the function and the number of its operands.
func NewApply(function string, operands []Expression) (*Apply, error) {
	b, ok := builtins[function]
	if !ok {
		return nil, fmt.Errorf("function %.60q is not supported", function)
	}
	if len(operands) < b.least || len(operands) > b.most {
		return nil, fmt.Errorf("function %q with %d operands", function, len(operands))
	}
	return &Apply{Function: function, Operands: operands, builtin: b}, nil
}

// Evaluate is the function's result.
func (a *Apply) Evaluate(row []value.Value) value.Value {
	result := a.result(row)
	if result.IsMissing() {
		return a.Default
	}
	return result
}

func (a *Apply) result(row []value.Value) value.Value {
	if a.Function == "if" {
		return a.branch(row)
	}
	var space [4]value.Value
	operands := space[:0]
	for _, o := range a.Operands {
		v := o.Evaluate(row)
		if v.IsFault() {
			return v
		}
		if v.IsMissing() {
			if !a.MissingTo.IsMissing() {
				return a.MissingTo
			}
			if a.builtin.missing == propagates {
				return v
			}
		}
		if !v.IsMissing() || a.builtin.missing == sees {
			operands = append(operands, v)
		}
	}
	if len(operands) == 0 {
		return value.Value{}
	}
	return a.builtin.of(operands)
}

// branch is the function if: only the operand that the condition chooses is evaluated.
func (a *Apply) branch(row []value.Value) value.Value {
	condition := a.Operands[0].Evaluate(row)
	if condition.IsFault() {
		return condition
	}
	if condition.IsMissing() {
		return a.MissingTo
	}
	holds, ok := condition.Truth()
	switch {
	case !ok:
		return value.Undefine("the condition of an if is no boolean")
	case holds:
		return a.chosen(a.Operands[1], row)
	case len(a.Operands) == 3:
		return a.chosen(a.Operands[2], row)
	}
	return value.Value{}
}

func (a *Apply) chosen(e Expression, row []value.Value) value.Value {
	v := e.Evaluate(row)
	if v.IsMissing() {
		return a.MissingTo
	}
	return v
}
