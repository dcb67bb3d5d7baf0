package value

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// ErrDecimal is wrapped where a text is no decimal number that can be carried exactly.
var ErrDecimal = errors.New("not a decimal number of at most 60 digits within 1e-300 to 1e300")

const (
	maxDigits = 60
	maxScale  = 360
)

// Decimal is an exact decimal number, unscaled · 10^-scale. The zero Decimal is 0.
type Decimal struct {
	small int64
	large *big.Int // used instead of small where it is not nil
	scale int
}

// ParseDecimal reads the grammar of ParseNumber exactly. The error is ErrDecimal.
func ParseDecimal(text string) (Decimal, error) {
	x, ok := ParseNumber(text)
	if !ok || math.Abs(x) > 1e300 {
		return Decimal{}, ErrDecimal
	}
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	shift := 0
	if exponent != "" {
		shift, _ = strconv.Atoi(exponent)
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits, ok := new(big.Int).SetString(strings.TrimPrefix(whole+fraction, "+"), 10)
	scale := len(fraction) - shift
	if !ok || len(whole)+len(fraction) > maxDigits || scale > maxScale || scale < -maxScale {
		return Decimal{}, ErrDecimal
	}
	if scale < 0 {
		digits.Mul(digits, power10(-scale))
		scale = 0
	}
	return NewDecimal(digits, scale), nil
}

// NewDecimal is unscaled · 10^-scale, for a scale of 0 or more. It keeps no reference to unscaled.
func NewDecimal(unscaled *big.Int, scale int) Decimal {
	if unscaled.IsInt64() {
		return Decimal{small: unscaled.Int64(), scale: scale}
	}
	return Decimal{large: new(big.Int).Set(unscaled), scale: scale}
}

// SmallDecimal is unscaled · 10^-scale, for a scale of 0 or more.
func SmallDecimal(unscaled int64, scale int) Decimal { return Decimal{small: unscaled, scale: scale} }

// Scale is the number of digits after the point that the decimal carries.
func (d Decimal) Scale() int { return d.scale }

// Unscaled is the decimal times 10^scale, for a scale not below its own.
func (d Decimal) Unscaled(scale int) *big.Int {
	n := big.NewInt(d.small)
	if d.large != nil {
		n.Set(d.large)
	}
	if scale < d.scale {
		panic("value: a decimal asked for in fewer digits than it has")
	}
	return n.Mul(n, power10(scale-d.scale))
}

// Rat is the decimal as a fraction.
func (d Decimal) Rat() *big.Rat { return new(big.Rat).SetFrac(d.Unscaled(d.scale), power10(d.scale)) }

// Float is the double nearest to the decimal.
func (d Decimal) Float() float64 {
	const exact = 1 << 53 // below it, and up to 10^22, one division rounds once
	if d.large == nil && d.scale < len(tens) && -exact <= d.small && d.small <= exact {
		return float64(d.small) / tens[d.scale]
	}
	x, _ := d.Rat().Float64()
	return x
}

// String writes the decimal with exactly its scale of digits after the point.
func (d Decimal) String() string { return d.Rat().FloatString(d.scale) }

var tens = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
	1e18, 1e19, 1e20, 1e21, 1e22}

func power10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }
