package gadget

import (
	"fmt"
	"math/big"

	"github.com/consensys/gnark/frontend"
)

// DigitValues is the size of the table that every digit is looked up in: digits are 0 to 85.
const DigitValues = 86

// Digits writes the integers of [0, 2^bits), and no others, as Σ weight_i·digit_i with each digit in [0, DigitValues).
// A circuit looks the digits up in one small table and has an exact range check, 5 digits for 32 bits.
//
// Why exact: all weights are powers of 86 but the last, which is chosen so that all digits at 85 give 2^bits − 1. That
// needs 85 = 5·17 to divide 2^bits − 1, true when bits is a multiple of 8. A plain base would overshoot (85^5 > 2^32),
// and the excess of one value packed in a word would be taken from its neighbour. Some values have two spellings; only
// the value is used.
type Digits struct {
	bits    int
	weights []*big.Int
}

// NewDigits prepares the digits of [0, 2^bits). It panics unless bits is a positive multiple of 8: the width belongs to
// a circuit, never to input.
func NewDigits(bits int) Digits {
	if bits <= 0 || bits%8 != 0 {
		panic(fmt.Sprintf("gadget: digits of %d bits, want a positive multiple of 8", bits))
	}
	limit := new(big.Int).Lsh(big.NewInt(1), uint(bits))
	d := Digits{bits: bits}
	power, base := big.NewInt(1), big.NewInt(DigitValues)
	for {
		next := new(big.Int).Mul(power, base)
		if next.Cmp(limit) >= 0 {
			break
		}
		d.weights = append(d.weights, power)
		power = next
	}
	// The lower digits reach power − 1; 85 times the last weight must reach from there to limit − 1.
	last := new(big.Int).Sub(limit, power)
	d.weights = append(d.weights, last.Div(last, big.NewInt(DigitValues-1)))
	return d
}

// Len is the number of digits.
func (d Digits) Len() int { return len(d.weights) }

// Split writes x in digits, least weight first. It panics when x is outside [0, 2^bits), which callers rule out.
func (d Digits) Split(x *big.Int) []uint8 {
	if x.Sign() < 0 || x.BitLen() > d.bits {
		panic(fmt.Sprintf("gadget: value outside %d bits", d.bits))
	}
	digits := make([]uint8, len(d.weights))
	rest, quotient := new(big.Int).Set(x), new(big.Int)
	for i := len(d.weights) - 1; i >= 0; i-- {
		quotient.Div(rest, d.weights[i])
		if quotient.Cmp(big.NewInt(DigitValues-1)) > 0 {
			quotient.SetUint64(DigitValues - 1)
		}
		digits[i] = uint8(quotient.Uint64())
		rest.Sub(rest, quotient.Mul(quotient, d.weights[i]))
	}
	return digits
}

// Join is Σ weight_i·digit_i, without a constraint; its native twin is Split. The result is in range only if the
// circuit looks every digit up.
func (d Digits) Join(a *API, digits []frontend.Variable) frontend.Variable {
	terms := make([]frontend.Variable, len(d.weights))
	for i, weight := range d.weights {
		terms[i] = a.Mul(digits[i], weight)
	}
	return a.Sum(terms...)
}
