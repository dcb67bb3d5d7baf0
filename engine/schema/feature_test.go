package schema

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestEncodeCells(t *testing.T) {
	s := mustParse(t, `{"source": "tax", "epoch": "2026-10", "features": [
		{"name": "strict", "scale": 2, "min": -1.5, "max": 3}, {"name": "clamp", "scale": 0, "min": 0, "max": 9, "outside": "clamp"},
		{"name": "lose", "scale": 0, "min": 0, "max": 4294967293, "outside": "missing"}, {"name": "class", "categories": ["A", "优"]}]}`)
	for _, c := range []struct {
		feature int
		cell    string
		value   uint32
		outcome Outcome
		err     error
	}{
		{0, "", Missing, Empty, nil},
		{0, "-1.5", 2, Exact, nil},
		{0, "-1.49", 3, Exact, nil},
		{0, "-0", 152, Exact, nil},
		{0, "-0.00", 152, Exact, nil},
		{0, "3.00", 452, Exact, nil},
		{0, "3.01", 0, Exact, ErrOutside},
		{0, "-1.51", 0, Exact, ErrOutside},
		{0, "3.000", 0, Exact, ErrTooManyDigits},
		{0, " ", 0, Exact, ErrNotDecimal},
		{1, "10", 11, Clamped, nil},
		{1, "-1", 2, Clamped, nil},
		{1, strings.Repeat("9", 1000), 11, Clamped, nil},
		{1, "-" + strings.Repeat("9", 1000), 2, Clamped, nil},
		{1, "9.9", 0, Exact, ErrTooManyDigits},
		{2, "4294967293", 1<<32 - 1, Exact, nil},
		{2, "4294967294", Missing, SetMissing, nil},
		{3, "优", 3, Exact, nil},
		{3, "a", 0, Exact, ErrCategory},
		{3, "2", 0, Exact, ErrCategory},
	} {
		value, outcome, err := s.Features[c.feature].Encode(c.cell)
		if value != c.value || outcome != c.outcome || !errors.Is(err, c.err) {
			t.Errorf("%s %.20q: %d, %d, %v; want %d, %d, %v", s.Features[c.feature].Name, c.cell, value, outcome, err, c.value, c.outcome, c.err)
		}
	}
}

func TestParseDecimal(t *testing.T) {
	for _, text := range []string{"0", "-0", "7", "10", "-10.0", "0.5", "0.000000000000000000000001", strings.Repeat("9", 100)} {
		if d, err := ParseDecimal(text); err != nil || string(d) != text {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{"", "-", ".", ".5", "5.", "+1", "--1", "00", "01", "-01", "1.2.3", "1e5", "1E-5", "NaN", "Inf", "0x1", "1_000", "1 000", "1,0", "１", "٣", "1\x00", "e", "1-"} {
		if d, err := ParseDecimal(text); !errors.Is(err, ErrNotDecimal) || d != "" {
			t.Errorf("%q: %q, %v", text, d, err)
		}
	}
}

// drawFeature draws a feature whose range is written with its own scale.
func drawFeature(t *rapid.T) *Feature {
	scale := rapid.Uint8Range(0, MaxScale).Draw(t, "scale")
	least := rapid.Int64Range(-1e12, 1e12).Draw(t, "min")
	greatest := least + rapid.Int64Range(0, 1<<32-3).Draw(t, "width")
	text := one(fmt.Sprintf(`"name": "x", "scale": %d, "min": %s, "max": %s`, scale, plainDecimal(least, scale), plainDecimal(greatest, scale)))
	s, err := Parse(strings.NewReader(text), "s.json")
	if err != nil {
		t.Fatal(err)
	}
	return &s.Features[0]
}

// plainDecimal writes n·10^-scale by the rational arithmetic of the standard library.
func plainDecimal(n int64, scale uint8) string { return rational(n, scale).FloatString(int(scale)) }

func rational(n int64, scale uint8) *big.Rat {
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)
	return new(big.Rat).SetFrac(big.NewInt(n), power)
}

// TestEncodeIsTheDefinition compares with value·10^scale − min·10^scale + 2 in rational arithmetic.
func TestEncodeIsTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFeature(t)
		cell := plainDecimal(rapid.Int64Range(f.min, f.max).Draw(t, "value"), f.Scale)
		got, _, err := f.Encode(cell)
		if err != nil {
			t.Fatal(err)
		}
		least, _ := f.Range()
		value, _ := new(big.Rat).SetString(cell)
		want := value.Sub(value, least.Rat())
		want.Mul(want, new(big.Rat).Inv(rational(1, f.Scale)))
		want.Add(want, big.NewRat(2, 1))
		if want.Cmp(new(big.Rat).SetInt64(int64(got))) != 0 {
			t.Fatalf("%s encoded as %d, want %s", cell, got, want)
		}
		if back, err := f.Decode(got); err != nil || back != cell {
			t.Fatalf("%s decoded as %s, %v", cell, back, err)
		}
	})
}

// TestEdgeSeparates holds what an edge is for: a value is ≥ the bound exactly if its encoding is ≥ the edge.
func TestEdgeSeparates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFeature(t)
		near := rapid.Int64Range(f.min-2, f.max+2)
		bound := near.Draw(t, "bound")
		edge, err := f.Edge(Decimal(plainDecimal(bound, f.Scale)))
		if err != nil || edge < uint64(First) || edge > Beyond {
			t.Fatalf("edge %d, %v", edge, err)
		}
		value := min(max(rapid.OneOf(near, rapid.Int64Range(bound-2, bound+2)).Draw(t, "value"), f.min), f.max)
		encoded, _, err := f.Encode(plainDecimal(value, f.Scale))
		if err != nil {
			t.Fatal(err)
		}
		if (value >= bound) != (uint64(encoded) >= edge) {
			t.Fatalf("value %d, bound %d: encoded %d, edge %d", value, bound, encoded, edge)
		}
	})
}

func TestEdgeAtTheEnds(t *testing.T) {
	f := mustParse(t, one(`"name": "x", "scale": 1, "min": -2, "max": 2`)).Features[0]
	for bound, want := range map[Decimal]uint64{
		"-2.1": 2, "-2": 2, "-1.9": 3, "2.0": 42, "2.1": Beyond, "9999999999999999999999": Beyond, "-9999999999999999999999": 2,
	} {
		if got, err := f.Edge(bound); err != nil || got != want {
			t.Errorf("Edge(%s) = %d, %v; want %d", bound, got, err, want)
		}
	}
	if _, err := f.Edge("0.55"); !errors.Is(err, ErrTooManyDigits) {
		t.Errorf("a bound between two values: %v", err)
	}
	class := mustParse(t, example).Features[3]
	if _, err := class.Edge("1"); !errors.Is(err, ErrKind) {
		t.Errorf("the edge of a category: %v", err)
	}
}

func TestDecodeValueRefuses(t *testing.T) {
	s := mustParse(t, example)
	late, rating := s.Features[2], s.Features[3]
	for _, c := range []struct {
		f    Feature
		last uint32
	}{{late, 14}, {rating, 6}} {
		for _, v := range []uint32{Absent, Missing, c.last + 1, 1<<32 - 1} {
			if text, err := c.f.Decode(v); err == nil {
				t.Errorf("%s: %d decoded as %q", c.f.Name, v, text)
			}
		}
		if _, err := c.f.Decode(c.last); err != nil {
			t.Errorf("%s: the last value: %v", c.f.Name, err)
		}
	}
}

// TestErrorsRepeatNoCell plants values in cells that every rule refuses.
func TestErrorsRepeatNoCell(t *testing.T) {
	s := mustParse(t, example)
	for i, cell := range []string{"31415926535", "0.31415", "31415926535", "31415"} {
		if _, _, err := s.Features[i].Encode(cell + "1"); err != nil && strings.Contains(err.Error(), "31415") {
			t.Errorf("%s: %v", s.Features[i].Name, err)
		}
	}
	if _, err := ParseDecimal("31415e"); strings.Contains(err.Error(), "31415") {
		t.Error(err)
	}
}
