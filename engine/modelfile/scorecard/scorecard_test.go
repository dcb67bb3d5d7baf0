package scorecard_test

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"weir/engine/modelfile/expression"
	"weir/engine/modelfile/predicate"
	. "weir/engine/modelfile/scorecard"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
)

func decimal(text string) value.Decimal {
	d, err := value.ParseDecimal(text)
	if err != nil {
		panic(err)
	}
	return d
}

// chosen makes a card whose characteristic i gives points[i], whatever the row.
func chosen(points, baselines, codes []string) *Card {
	c := &Card{UseReasons: true}
	for i, p := range points {
		ch := Characteristic{Name: fmt.Sprint("c", i), Attributes: []Attribute{{When: predicate.Always(true), Points: decimal(p)}}}
		if baselines != nil {
			ch.Baseline, ch.Reason = decimal(baselines[i]), codes[i]
		}
		c.Characteristics = append(c.Characteristics, ch)
	}
	return c
}

func TestNoAttributes(t *testing.T) {
	if err := (&Card{Characteristics: []Characteristic{{Name: "x"}}}).Prepare(); !errors.Is(err, ErrNoAttribute) {
		t.Errorf("a characteristic without attributes: %v", err)
	}
}

func TestNoAttributeHolds(t *testing.T) {
	c := &Card{Characteristics: []Characteristic{{Name: "age", Attributes: []Attribute{{When: predicate.Always(false)}}}}}
	if err := c.Prepare(); err != nil {
		t.Fatal(err)
	}
	if p := c.Predict(nil); p.Outcome != scoring.Invalid || !strings.Contains(p.Why, "age") || p.Reasons != nil {
		t.Errorf("%s because %q", p.Outcome, p.Why)
	}
}

func TestMissingFormula(t *testing.T) {
	c := chosen([]string{"1"}, nil, nil)
	c.Characteristics[0].Attributes[0].Formula = expression.Constant{}
	if err := c.Prepare(); err != nil {
		t.Fatal(err)
	}
	if p := c.Predict(nil); p.Outcome != scoring.Invalid {
		t.Errorf("a formula without a value gives %s", p.Outcome)
	}
}

// The exact score is the sum of the fractions, and Score the double nearest to it.
func TestExactAgainstRat(t *testing.T) {
	number := rapid.StringMatching(`-?[0-9]{1,6}(\.[0-9]{1,22})?`)
	rapid.Check(t, func(t *rapid.T) {
		points := rapid.SliceOfN(number, 1, 12).Draw(t, "points")
		c := chosen(points, nil, nil)
		c.Initial = decimal(number.Draw(t, "initial"))
		if err := c.Prepare(); err != nil {
			t.Fatal(err)
		}
		want := c.Initial.Rat()
		for _, p := range points {
			want.Add(want, decimal(p).Rat())
		}
		p := c.Predict(nil)
		if nearest, _ := want.Float64(); !p.IsExact || p.Exact.Rat().Cmp(want) != 0 || p.Score != nearest {
			t.Fatalf("the sum is %s (%v), want %s", p.Exact, p.Score, want.FloatString(30))
		}
	})
}

func TestReasons(t *testing.T) {
	for _, c := range []struct {
		name                     string
		points, baselines, codes []string
		above                    bool
		ranks                    int
		want                     []string
	}{
		{"largest first", []string{"3", "0", "26"}, []string{"19", "18", "10"}, []string{"A", "B", "C"}, false, 3, []string{"B", "A"}},
		{"ties in document order", []string{"1", "1", "1"}, []string{"2", "2", "2"}, []string{"C", "A", "B"}, false, 3, []string{"C", "A", "B"}},
		{"zero is kept", []string{"5"}, []string{"5"}, []string{"A"}, false, 1, []string{"A"}},
		{"negative is dropped", []string{"5.1"}, []string{"5"}, []string{"A"}, false, 1, []string{}},
		{"summed per code", []string{"0", "0", "0"}, []string{"3", "5", "3"}, []string{"A", "B", "A"}, false, 3, []string{"A", "B"}},
		{"a negative part counts in the sum", []string{"0", "9"}, []string{"5", "0"}, []string{"A", "A"}, false, 2, []string{}},
		{"above", []string{"10", "5", "0"}, []string{"1", "1", "1"}, []string{"A", "B", "C"}, true, 3, []string{"A", "B"}},
		{"ranks cut off", []string{"1", "1", "1"}, []string{"2", "3", "4"}, []string{"A", "B", "C"}, false, 2, []string{"C", "B"}},
		{"no double rounding", []string{"0.1", "0"}, []string{"0.3", "0.2"}, []string{"A", "B"}, false, 2, []string{"A", "B"}},
		{"no code, no reason", []string{"0", "0"}, []string{"3", "5"}, []string{"", "B"}, false, 2, []string{"B"}},
		{"beyond 64 bits", []string{"0", "1e40", "1"}, []string{"1e30", "0", "2e30"}, []string{"A", "B", "C"}, false, 3, []string{"C", "A"}},
	} {
		card := chosen(c.points, c.baselines, c.codes)
		card.Above, card.Ranks = c.above, c.ranks
		if err := card.Prepare(); err != nil {
			t.Fatal(err)
		}
		if got := card.Predict(nil).Reasons; !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		card.Characteristics[0].Attributes[0].Formula = expression.Constant{Value: value.FromNumber(decimal(c.points[0]).Float())}
		if got := card.Predict(nil).Reasons; !slices.Equal(got, c.want) && c.name != "no double rounding" {
			t.Errorf("%s, with a formula: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestAttributeReason(t *testing.T) {
	c := chosen([]string{"1"}, []string{"2"}, []string{"characteristic"})
	c.Characteristics[0].Attributes[0].Reason = "attribute"
	if err := c.Prepare(); err != nil {
		t.Fatal(err)
	}
	if got := c.Predict(nil).Reasons; !slices.Equal(got, []string{"attribute"}) {
		t.Errorf("the reason is %v", got)
	}
}

func ExampleCard() {
	below := func(x float64) predicate.Predicate {
		return &predicate.Compare{Name: "age", Slot: 0, Op: predicate.LessThan, Value: value.FromNumber(x)}
	}
	card := &Card{Initial: value.NewDecimal(big.NewInt(500), 0), UseReasons: true, Characteristics: []Characteristic{
		{Name: "age", Reason: "young", Baseline: decimal("18"), Attributes: []Attribute{
			{When: predicate.IsMissing{Name: "age"}, Points: decimal("-1.5")},
			{When: below(30), Points: decimal("2.25")},
			{When: predicate.Always(true), Points: decimal("18")}}}}}
	if err := card.Prepare(); err != nil {
		panic(err)
	}
	for _, row := range [][]value.Value{{{}}, {value.FromNumber(29)}, {value.FromNumber(30)}} {
		p := card.Predict(row)
		fmt.Println(p.Exact, p.Reasons)
	}
	// Output:
	// 498.50 [young]
	// 502.25 [young]
	// 518.00 [young]
}
