// Package expression evaluates the formulas of a model file over one row: constants, fields, transformations and
// built-in functions, as PMML defines them. A row is a slice of values; a formula knows the slots
// that it reads, so that no name is looked up while rows are scored.
//
// It refuses what PMML leaves to the application (user-defined functions, dates, text mining, aggregation over
// records): such a formula cannot be built here. Nothing here fails on a row: a formula without a result gives a
// missing value, or an undefined one that says why. Sources: PMML 4.4, "Transformations", "Built-in functions".
package expression

import (
	"weir/engine/modelfile/value"
)

// Expression is a formula. Evaluate reads row and never changes it; a fault among its operands is its result.
type Expression interface {
	Evaluate(row []value.Value) value.Value
}

// Constant is a formula without operands.
type Constant struct {
	Value value.Value
}

// Evaluate is the constant.
func (c Constant) Evaluate([]value.Value) value.Value { return c.Value }

// Field reads a slot of the row; a missing value is replaced by MissingTo, which may itself be missing.
type Field struct {
	Name      string
	Slot      int
	MissingTo value.Value
}

// Evaluate is the field's value.
func (f Field) Evaluate(row []value.Value) value.Value {
	if row[f.Slot].IsMissing() {
		return f.MissingTo
	}
	return row[f.Slot]
}

// Cast brings the result of a formula to a type; what the type cannot hold is undefined.
type Cast struct {
	Of Expression
	To value.Type
}

// Evaluate is the cast result.
func (c Cast) Evaluate(row []value.Value) value.Value {
	v, ok := value.Cast(c.Of.Evaluate(row), c.To)
	if !ok {
		return value.Undefine("a derived value is no " + c.To.String())
	}
	return v
}
