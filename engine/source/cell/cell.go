// Package cell writes one value of a typed column as the exact text that a CSV file would hold, for the readers of other
// kinds of sources.
//
// Nothing is rounded: a value without exact decimal text becomes a cell with a fault, which says what to do at the source and
// never repeats the value.
package cell

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"weir/engine/record"
)

// Null is a missing value.
var Null = record.Cell{Null: true}

// Text is a category, an identifier, or a number that the source keeps as text.
func Text(text string) record.Cell { return record.Cell{Text: text} }

// Fault is a value that cannot be read.
func Fault(reason string) record.Cell { return record.Cell{Fault: reason} }

// Bool is a truth value as the text true or false, which only a feature with such categories takes.
func Bool(b bool) record.Cell { return number(strconv.FormatBool(b)) }

// Int is a whole number.
func Int(n int64) record.Cell { return number(strconv.FormatInt(n, 10)) }

// Uint is a whole number that is not negative.
func Uint(n uint64) record.Cell { return number(strconv.FormatUint(n, 10)) }

func number(text string) record.Cell { return record.Cell{Text: text, Number: true} }

// Every decimal of so many significant digits is another float: of those that are a float's shortest text, at most one has
// no more, and it is the number that was written into the float (IEEE 754: DBL_DIG and FLT_DIG of C).
const (
	digits64 = 15
	digits32 = 6
)

// Float64 is the number of at most 15 significant digits that a binary float of 64 bits stands for; a fault if there is none.
func Float64(f float64) record.Cell { return float(f, 64, digits64) }

// Float32 is the number of at most 6 significant digits that a binary float of 32 bits stands for; a fault if there is none.
func Float32(f float32) record.Cell { return float(float64(f), 32, digits32) }

func float(f float64, bits, digits int) record.Cell {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return Fault(notFinite)
	}
	mantissa, _, _ := strings.Cut(strconv.FormatFloat(math.Abs(f), 'e', -1, bits), "e")
	if len(strings.Replace(mantissa, ".", "", 1)) > digits {
		return Fault("a binary float with more than " + strconv.Itoa(digits) + " significant digits: cast it to a decimal at the source")
	}
	return number(strconv.FormatFloat(f, 'f', -1, bits))
}

const notFinite = "NaN or infinite"

// Decimal is a number of an exact decimal type, as the source writes it. Zeros that only fill it up, before the number or
// after the last digit of its fraction, belong to the type and are dropped.
func Decimal(text string) record.Cell {
	unsigned, negative := strings.CutPrefix(text, "-")
	whole, fraction, _ := strings.Cut(unsigned, ".")
	if whole+fraction == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		return Fault(notFinite)
	}
	whole, fraction = strings.TrimLeft(whole, "0"), strings.TrimRight(fraction, "0")
	if whole == "" {
		whole = "0"
	}
	if fraction != "" {
		whole += "." + fraction
	}
	if negative {
		whole = "-" + whole
	}
	return number(whole)
}

// Unscaled is n·10^-scale, for a scale of 0 or more.
func Unscaled(n *big.Int, scale int) record.Cell {
	text := new(big.Int).Abs(n).String()
	if missing := scale + 1 - len(text); missing > 0 {
		text = strings.Repeat("0", missing) + text
	}
	point := len(text) - scale
	text = text[:point] + "." + text[point:]
	if n.Sign() < 0 {
		text = "-" + text
	}
	return Decimal(text)
}
