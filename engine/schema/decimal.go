package schema

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// Decimal is a number as exact text: -?(0|[1-9][0-9]*)(\.[0-9]+)? (formats, "A source's folder"). Make one with
// ParseDecimal only. Two different texts may be the same number.
type Decimal string

// ParseDecimal checks the form of a number, of any length. The error wraps ErrNotDecimal, says what is wrong where that is
// plain, and does not repeat the text.
func ParseDecimal(text string) (Decimal, error) {
	whole, fraction, point := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	if digits(whole) && (whole[0] != '0' || len(whole) == 1) && (!point || digits(fraction)) {
		return Decimal(text), nil
	}
	switch exponent := strings.IndexAny(text, "eE"); {
	case digits(whole) && (!point || digits(fraction)):
		return "", fmt.Errorf("%w: leading zero", ErrNotDecimal)
	case exponent > 0 && digits(text[exponent-1:exponent]):
		return "", fmt.Errorf("%w: it has an exponent, write it out", ErrNotDecimal)
	case strings.ContainsAny(text, " \u00a0"):
		return "", fmt.Errorf("%w: it has a space", ErrNotDecimal)
	case strings.Contains(text, ","):
		return "", fmt.Errorf("%w: it has a comma", ErrNotDecimal)
	}
	return "", ErrNotDecimal
}

func digits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}

// Digits is the number of digits after the point, as written.
func (d Decimal) Digits() int {
	_, fraction, _ := strings.Cut(string(d), ".")
	return len(fraction)
}

// Rat is the number itself. It is the arithmetic of the plaintext reference, which must not share the scaled integers
// that encodings and edges are computed with.
func (d Decimal) Rat() *big.Rat {
	r, ok := new(big.Rat).SetString(string(d))
	if !ok {
		panic("schema: Decimal that ParseDecimal did not make")
	}
	return r
}

// far is further from zero than every allowed min·10^scale and max·10^scale, and takes the place of all that is.
const far = int64(1e18)

// errFar is for a bound of a schema beyond far.
var errFar = errors.New("more than 18 digits at the feature's scale")

// scaled is d·10^scale, exactly if it is between −far and far, else ±far.
func (d Decimal) scaled(scale uint8) (int64, error) {
	unsigned, negative := strings.CutPrefix(string(d), "-")
	whole, fraction, _ := strings.Cut(unsigned, ".")
	if len(fraction) > int(scale) {
		return 0, fmt.Errorf("%w: %d where the scale is %d", ErrTooManyDigits, len(fraction), scale)
	}
	limit := far
	if negative {
		limit = -far
	}
	n := int64(0)
	for _, part := range [3]string{whole, fraction, "000000000"[:int(scale)-len(fraction)]} {
		for i := range len(part) {
			if n >= far/10 {
				return limit, nil
			}
			n = n*10 + int64(part[i]-'0')
		}
	}
	if negative {
		return -n, nil
	}
	return n, nil
}

// decimalOf writes an integer count of 10^-scale with exactly scale digits after the point.
func decimalOf(scaled int64, scale uint8) Decimal {
	sign, magnitude := "", uint64(scaled)
	if scaled < 0 {
		sign, magnitude = "-", -magnitude
	}
	text := fmt.Sprintf("%0*d", int(scale)+1, magnitude)
	point := len(text) - int(scale)
	if scale == 0 {
		return Decimal(sign + text)
	}
	return Decimal(sign + text[:point] + "." + text[point:])
}
