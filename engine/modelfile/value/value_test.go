package value_test

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"weir/engine/modelfile/value"
)

func TestNotNumbers(t *testing.T) {
	for _, text := range []string{"", " 1", "1 ", "0x10", "1_000", "inf", "NaN", "Infinity", "1e999", "-1e999", "--1", "1e", ".", "+", "1,5",
		"٣", strings.Repeat("1", value.MaxLiteral+1)} {
		if _, ok := value.ParseNumber(text); ok {
			t.Errorf("%.20q was read as a number", text)
		}
		if _, err := value.ParseDecimal(text); err == nil {
			t.Errorf("%.20q was read as a decimal", text)
		}
	}
}

func TestDecimalLimits(t *testing.T) {
	for _, text := range []string{"1e-400", "1e301", "0e99999999999", strings.Repeat("9", 61), "1." + strings.Repeat("0", 60)} {
		if _, err := value.ParseDecimal(text); err == nil {
			t.Errorf("%.20q was read as a decimal", text)
		}
	}
	for text, want := range map[string]string{"-9.157406526057804E-4": "-0.0009157406526057804", "1e3": "1000", "+5": "5", "-.5": "-0.5",
		"5.": "5", "12.50": "12.50", "0.03": "0.03", "123456789012345678901234567890.5": "123456789012345678901234567890.5"} {
		d, err := value.ParseDecimal(text)
		if err != nil || d.String() != want {
			t.Errorf("%s is %s (%v), want %s", text, d, err, want)
		}
	}
}

// A decimal is the number that big.Rat reads from the same text, and its Float the double that strconv does.
func TestDecimalAgainstRat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`-?[0-9]{1,24}(\.[0-9]{1,24})?([eE][-+]?[0-9]{1,2})?`).Draw(t, "text")
		d, err := value.ParseDecimal(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		want, _ := new(big.Rat).SetString(text)
		if d.Rat().Cmp(want) != 0 {
			t.Fatalf("%s is %s", text, d)
		}
		double, _ := value.ParseNumber(text)
		if d.Float() != double {
			t.Fatalf("%s as a double is %v, want %v", text, d.Float(), double)
		}
		scale := d.Scale() + rapid.IntRange(0, 5).Draw(t, "more digits")
		if value.NewDecimal(d.Unscaled(scale), scale).Rat().Cmp(want) != 0 {
			t.Fatalf("%s changes when it is given %d digits", text, scale)
		}
	})
}

func TestCast(t *testing.T) {
	number := value.FromNumber
	for _, c := range []struct {
		name string
		from value.Value
		to   value.Type
		want value.Value
		ok   bool
	}{
		{"boolean is no number", value.FromBool(true), value.Double, value.Value{}, false},
		{"word is no number", value.FromText("many"), value.Double, value.Value{}, false},
		{"fraction is no integer", number(25.5), value.Integer, value.Value{}, false},
		{"infinity is no number", number(math.Inf(1)), value.Double, value.Value{}, false},
		{"too large for float32", number(1e300), value.Single, value.Value{}, false},
		{"2 is no boolean", number(2), value.Logical, value.Value{}, false},
		{"text to number", value.FromText("5.0"), value.Double, number(5), true},
		{"text to integer", value.FromText("5.0"), value.Integer, number(5), true},
		{"float32", number(0.1), value.Single, number(float64(float32(0.1))), true},
		{"1 to boolean", number(1), value.Logical, value.FromBool(true), true},
		{"number to text", number(7), value.String, value.FromText("7"), true},
		{"boolean to text", value.FromBool(false), value.String, value.FromText("false"), true},
	} {
		got, ok := value.Cast(c.from, c.to)
		if ok != c.ok || ok && !value.Equal(got, c.want) {
			t.Errorf("%s: %q, %v", c.name, got.Literal(), ok)
		}
	}
	if v, ok := value.Cast(value.Value{}, value.Double); !ok || !v.IsMissing() {
		t.Error("a missing value does not stay missing")
	}
	if literal, _ := value.FromLiteral("7.0"); literal.Literal() != "7.0" || value.Equal(literal, value.FromText("7")) {
		t.Error("a number forgets how it was written")
	}
	if !value.FromNumber(math.NaN()).IsMissing() {
		t.Error("NaN is not missing")
	}
}

func TestCompare(t *testing.T) {
	if _, ok := value.Compare(value.FromNumber(1), value.FromText("1")); ok {
		t.Error("a number was ordered against a text")
	}
	for _, c := range []struct {
		a, b value.Value
		want int
	}{
		{value.FromNumber(1), value.FromNumber(2), -1}, {value.FromNumber(2), value.FromNumber(2), 0},
		{value.FromNumber(3), value.FromNumber(2), 1}, {value.FromText("a"), value.FromText("b"), -1},
		{value.FromText("b"), value.FromText("b"), 0}, {value.FromBool(true), value.FromBool(false), 1},
	} {
		if got, ok := value.Compare(c.a, c.b); !ok || got != c.want {
			t.Errorf("%s against %s is %d, want %d", c.a.Literal(), c.b.Literal(), got, c.want)
		}
	}
}
