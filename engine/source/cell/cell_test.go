package cell

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"weir/engine/record"
	"weir/engine/schema"
)

func TestCells(t *testing.T) {
	for name, c := range map[string]struct {
		got  record.Cell
		want string // the text, or the beginning of the fault
	}{
		"least int":              {Int(math.MinInt64), "-9223372036854775808"},
		"greatest uint":          {Uint(math.MaxUint64), "18446744073709551615"},
		"a tenth":                {Float64(0.1), "0.1"},
		"a sum of tenths":        {Float64(math.Nextafter(0.3, 1)), "a binary float with more than 15"},
		"15 digits":              {Float64(123456789.012345), "123456789.012345"},
		"16 digits":              {Float64(1234567890.123456), "a binary float with more than 15"},
		"2^53 + 1":               {Float64(1<<53 + 1), "a binary float with more than 15"},
		"a large round float":    {Float64(1e17), "100000000000000000"},
		"a negative zero":        {Float64(math.Copysign(0, -1)), "-0"},
		"NaN":                    {Float64(math.NaN()), notFinite},
		"infinity":               {Float64(math.Inf(-1)), notFinite},
		"a short tenth":          {Float32(0.1), "0.1"},
		"2^24":                   {Float32(1 << 24), "a binary float with more than 6"},
		"filled":                 {Decimal("-0012.500"), "-12.5"},
		"a whole decimal":        {Decimal("7.000"), "7"},
		"zero":                   {Decimal("0.00"), "0"},
		"hundred":                {Decimal("100"), "100"},
		"no number":              {Decimal("NaN"), notFinite},
		"infinite decimal":       {Decimal("-Infinity"), notFinite},
		"a decimal with nothing": {Decimal("-"), notFinite},
		"unscaled":               {Unscaled(big.NewInt(-5), 3), "-0.005"},
		"unscaled whole":         {Unscaled(big.NewInt(1200), 2), "12"},
		"unscaled by nothing":    {Unscaled(big.NewInt(1200), 0), "1200"},
		"truth":                  {Bool(true), "true"},
	} {
		if c.got.Text+c.got.Fault != c.want && !(c.got.Fault != "" && strings.HasPrefix(c.got.Fault, c.want)) {
			t.Errorf("%s: %+v, want %q", name, c.got, c.want)
		}
	}
}

// A decimal that fits a float without loss of digits comes back from it as the same number, and as no other.
func TestFloatGivesBackTheDecimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(-999999999999999, 999999999999999).Draw(t, "n")
		want := Unscaled(big.NewInt(n), rapid.IntRange(0, 9).Draw(t, "scale"))
		f, err := strconv.ParseFloat(want.Text, 64)
		if err != nil {
			t.Fatal(err)
		}
		if got := Float64(f); got != want {
			t.Fatalf("%+v, want %+v", got, want)
		}
	})
}

// What Decimal writes is the same number in the grammar of records.csv.
func TestDecimalIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`-?[0-9]{1,20}(\.[0-9]{1,20})?`).Draw(t, "text")
		d, err := schema.ParseDecimal(Decimal(text).Text)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := new(big.Rat).SetString(text)
		if d.Rat().Cmp(want) != 0 {
			t.Fatalf("%s became %s", text, d)
		}
	})
}
