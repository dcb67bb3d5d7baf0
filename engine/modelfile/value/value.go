// Package value is what a foreign model computes with: missing values, double numbers, texts, booleans, and the types
// that a model file gives to its fields. Decimals, for what has to be exact, are in the same package.
//
// It refuses to guess: a text that is not a number of the decimal grammar is not a number, a boolean is never one, and
// nothing is trimmed. A Value has no String method, so that none lands in a log by accident. Sources: PMML 4.4,
// "Data Dictionary" (dataType) and "Mining Schema".
package value

import (
	"math"
	"strconv"
)

// Kind is what a Value holds.
type Kind uint8

// The kinds of values. A Fault says why there is no value; it is either a rejected input or an undefined result.
const (
	Missing Kind = iota
	Number
	Text
	Boolean
	Rejected
	Undefined
)

// Value is one value of a row. The zero Value is missing.
type Value struct {
	kind   Kind
	number float64
	text   string // the text, or a number as it was written, or the reason of a fault
}

// FromNumber is a number. NaN is missing, as every originating library has it.
func FromNumber(x float64) Value {
	if math.IsNaN(x) {
		return Value{}
	}
	return Value{kind: Number, number: x}
}

// FromText is a text, which may be empty.
func FromText(s string) Value { return Value{kind: Text, text: s} }

// FromBool is a boolean.
func FromBool(b bool) Value {
	v := Value{kind: Boolean}
	if b {
		v.number = 1
	}
	return v
}

// FromLiteral is a number that remembers how it was written, so that the category 7.0 stays apart from 7. It is false
// for what is not a number or not finite.
func FromLiteral(text string) (Value, bool) {
	x, ok := ParseNumber(text)
	return Value{kind: Number, number: x, text: text}, ok
}

// Reject is the fault of an input that the model does not take; why names the field and never the value.
func Reject(why string) Value { return Value{kind: Rejected, text: why} }

// Undefine is the fault of a result that the model does not define; why names the place and never the value.
func Undefine(why string) Value { return Value{kind: Undefined, text: why} }

// Kind tells what v holds.
func (v Value) Kind() Kind { return v.kind }

// IsMissing tells whether v is missing.
func (v Value) IsMissing() bool { return v.kind == Missing }

// IsFault tells whether v is a rejected input or an undefined result.
func (v Value) IsFault() bool { return v.kind >= Rejected }

// Why is the reason of a fault.
func (v Value) Why() string { return v.text }

// Float is the number held, 1 or 0 for a boolean, and NaN for everything else.
func (v Value) Float() float64 {
	if v.kind == Number || v.kind == Boolean {
		return v.number
	}
	return math.NaN()
}

// Truth is the boolean held; ok is false for everything else.
func (v Value) Truth() (truth, ok bool) { return v.number != 0, v.kind == Boolean }

// Literal is the value as text: a number as it was written where that is known, else in its shortest form.
func (v Value) Literal() string {
	switch {
	case v.kind == Boolean:
		return strconv.FormatBool(v.number != 0)
	case v.kind == Number && v.text == "":
		return strconv.FormatFloat(v.number, 'g', -1, 64)
	}
	return v.text
}

// Equal compares two values that are neither missing nor faults: numbers as numbers, everything else by its text.
func Equal(a, b Value) bool {
	if a.kind == b.kind && a.kind != Text {
		return a.number == b.number
	}
	return a.Literal() == b.Literal()
}

// Compare orders two numbers, two texts or two booleans; ok is false for a mixture.
func Compare(a, b Value) (order int, ok bool) {
	switch {
	case a.kind != b.kind:
		return 0, false
	case a.kind == Text && a.text < b.text, a.kind != Text && a.number < b.number:
		return -1, true
	case a.kind == Text && a.text == b.text, a.kind != Text && a.number == b.number:
		return 0, true
	}
	return 1, true
}
