package value

import (
	"math"
	"strconv"
)

// Type is the type that a model gives to a field.
type Type uint8

// The types of fields. Single is rounded to float32 on entry and compared as such.
const (
	Double Type = iota
	Single
	Integer
	String
	Logical
)

// Numeric tells whether values of the type are numbers.
func (t Type) Numeric() bool { return t <= Integer }

// String is the type's name in a PMML file.
func (t Type) String() string {
	return [...]string{"double", "float", "integer", "string", "boolean"}[t]
}

// ParseType reads a PMML dataType; ok is false for dates, times and unknown ones.
func ParseType(name string) (t Type, ok bool) {
	for t := Double; t <= Logical; t++ {
		if t.String() == name {
			return t, true
		}
	}
	return Double, false
}

// Cast brings a value to a type. Missing values and faults pass unchanged. It is false where the value is none of the
// type: a boolean or a word for a number, a fraction for an integer, anything that is not finite.
func Cast(v Value, t Type) (Value, bool) {
	if v.kind == Missing || v.IsFault() {
		return v, true
	}
	switch t {
	case String:
		return FromText(v.Literal()), true
	case Logical:
		return castLogical(v)
	}
	if v.kind == Text {
		x, ok := ParseNumber(v.text)
		if !ok {
			return v, false
		}
		v = Value{kind: Number, number: x, text: v.text}
	}
	return castNumber(v, t)
}

func castNumber(v Value, t Type) (Value, bool) {
	if v.kind != Number || math.IsInf(v.number, 0) {
		return v, false
	}
	switch t {
	case Single:
		rounded := float64(float32(v.number))
		return Value{kind: Number, number: rounded}, !math.IsInf(rounded, 0)
	case Integer:
		return v, v.number == math.Trunc(v.number)
	}
	return v, true
}

func castLogical(v Value) (Value, bool) {
	switch {
	case v.kind == Boolean:
		return v, true
	case v.kind == Number && (v.number == 0 || v.number == 1):
		return FromBool(v.number == 1), true
	case v.kind == Text && (v.text == "true" || v.text == "false"):
		return FromBool(v.text == "true"), true
	}
	return v, false
}

// MaxLiteral is the longest text that is read as a number, in bytes.
const MaxLiteral = 400

// ParseNumber reads [+-]digits[.digits][e[+-]digits], correctly rounded to a double. It is false for everything else:
// hexadecimal, underscores, infinities, NaN, spaces, more than MaxLiteral bytes, and what overflows a double.
func ParseNumber(text string) (float64, bool) {
	if !isNumeral(text) {
		return 0, false
	}
	x, err := strconv.ParseFloat(text, 64)
	return x, err == nil
}

// ParseSingle is ParseNumber rounded once, to a float32: what a library that stores float32 reads.
func ParseSingle(text string) (float32, bool) {
	if !isNumeral(text) {
		return 0, false
	}
	x, err := strconv.ParseFloat(text, 32)
	return float32(x), err == nil
}

func isNumeral(text string) bool {
	if len(text) > MaxLiteral {
		return false
	}
	digit := false
	for i := range len(text) {
		switch c := text[i]; {
		case '0' <= c && c <= '9':
			digit = true
		case c != '+' && c != '-' && c != '.' && c != 'e' && c != 'E':
			return false
		}
	}
	return digit
}
