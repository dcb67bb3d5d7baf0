package scoring_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"weir/engine/modelfile/expression"
	"weir/engine/modelfile/predicate"
	. "weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
)

func number(x float64) value.Value { return value.FromNumber(x) }

func TestPrepare(t *testing.T) {
	set := predicate.NewSet([]value.Value{number(1), number(2)})
	null := predicate.NewSet([]value.Value{number(-999), value.FromText("?")})
	within := []expression.Interval{{Left: 0, Right: 10, LeftClosed: true}}
	for _, c := range []struct {
		name string
		in   Input
		from value.Value
		want value.Value
		kind value.Kind
	}{
		{"word rejected", Input{}, value.FromText("many"), value.Value{}, value.Rejected},
		{"word as is is still rejected", Input{Invalid: InvalidAsIs}, value.FromText("many"), value.Value{}, value.Rejected},
		{"word as missing", Input{Invalid: InvalidAsMissing}, value.FromText("many"), value.Value{}, value.Missing},
		{"word replaced", Input{Invalid: InvalidAsValue, Substitute: number(7)}, value.FromText("many"), number(7), value.Number},
		{"as missing, then replaced", Input{Invalid: InvalidAsMissing, Replacement: number(5)}, value.FromText("many"), number(5), value.Number},
		{"as missing, but required", Input{Invalid: InvalidAsMissing, RejectMissing: true}, value.FromText("many"), value.Value{}, value.Rejected},
		{"missing rejected", Input{RejectMissing: true}, value.Value{}, value.Value{}, value.Rejected},
		{"missing replaced", Input{Replacement: number(5)}, value.Value{}, number(5), value.Number},
		{"not in the set", Input{Valid: set}, number(3), value.Value{}, value.Rejected},
		{"not in the set as is", Input{Valid: set, Invalid: InvalidAsIs}, number(3), number(3), value.Number},
		{"in the set", Input{Valid: set}, value.FromText("2.0"), number(2), value.Number},
		{"outside of the interval", Input{Intervals: within}, number(10), value.Value{}, value.Rejected},
		{"inside of the interval", Input{Intervals: within}, number(0), number(0), value.Number},
		{"forbidden", Input{Forbidden: set}, number(1), value.Value{}, value.Rejected},
		{"null number", Input{Null: null}, number(-999), value.Value{}, value.Missing},
		{"null text in a number's field", Input{Null: null}, value.FromText("?"), value.Value{}, value.Missing},
		{"outlier missing", Input{Outlier: expression.OutlierAsMissing, Low: 0, High: 9}, number(10), value.Value{}, value.Missing},
		{"outlier extreme", Input{Outlier: expression.OutlierAsExtreme, Low: 0, High: 9}, number(10), number(9), value.Number},
	} {
		got := c.in.Prepare(c.from)
		if got.Kind() != c.kind || c.kind == value.Number && !value.Equal(got, c.want) {
			t.Errorf("%s: kind %d, %q", c.name, got.Kind(), got.Why())
		}
		if again := c.in.Again(0).Evaluate([]value.Value{c.from}); again.Kind() != c.kind {
			t.Errorf("%s: kind %d as an expression", c.name, again.Kind())
		}
	}
}

// constant predicts what it is told.
type constant Prediction

func (c constant) Predict([]value.Value) Prediction { return Prediction(c) }

func TestTarget(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		target  Target
		x, want float64
	}{
		{Target{Low: -inf, High: inf, Factor: 2, Constant: 1}, 10, 21},
		{Target{Low: 0, High: 5, Factor: 2, Constant: 1}, 10, 11},
		{Target{Low: -inf, High: inf, Factor: 1, Rounding: RoundHalfUp}, 2.5, 3},
		{Target{Low: -inf, High: inf, Factor: 1, Rounding: Ceiling}, 2.1, 3},
		{Target{Low: -inf, High: inf, Factor: 1, Rounding: Floor}, -2.1, -3},
		{Target{Low: -inf, High: inf, Factor: 1, Constant: 0.1, Single: true}, 0, float64(float32(0.1))},
	} {
		m := &Model{Root: &Unit{Predictor: constant(Numeric(c.x)), Target: &c.target}}
		if got := m.Evaluate(nil); got.Score != c.want {
			t.Errorf("%+v of %v is %v", c.target, c.x, got.Score)
		}
	}
}

func TestNotFinite(t *testing.T) {
	for _, p := range []Prediction{Numeric(math.Inf(1)), Numeric(math.NaN()), Classified([]Probability{{"a", math.NaN()}})} {
		m := &Model{Root: &Unit{Predictor: constant(p)}}
		if got := m.Evaluate(nil); got.Outcome != NonFinite || !math.IsNaN(got.Score) {
			t.Errorf("%v is %s", p, got.Outcome)
		}
	}
}

func TestFaultsOfDerivedFields(t *testing.T) {
	for kind, fault := range map[Outcome]value.Value{Rejected: value.Reject("r"), Invalid: value.Undefine("u")} {
		m := &Model{Slots: 1, Root: &Unit{Derived: []Derived{{Of: expression.Constant{Value: fault}}}, Predictor: constant(Numeric(1))}}
		if got := m.Evaluate(nil); got.Outcome != kind {
			t.Errorf("a derived field with a fault gives %s, want %s", got.Outcome, kind)
		}
	}
}

func TestNoValueInMessages(t *testing.T) {
	m := &Model{Inputs: []Input{{Name: "income"}}, Slots: 1, Root: &Unit{Predictor: constant(Numeric(1))}}
	p := m.Evaluate([]value.Value{value.FromText("canary-4711")})
	if p.Outcome != Rejected || !strings.Contains(p.Why, "income") || strings.Contains(p.Why, "canary") {
		t.Errorf("rejected with %q", p.Why)
	}
}

func TestVerify(t *testing.T) {
	m := &Model{Inputs: []Input{{Name: "x"}}, Slots: 1, Root: &Unit{Predictor: constant(Numeric(100))}}
	check := func(want string, precision float64) error {
		m.Verification = []Check{{Line: 9, Inputs: map[string]value.Value{"x": number(1)},
			Want: []Expectation{{Output: "score", Want: value.FromText(want), Precision: precision, ZeroThreshold: 1e-16}}}}
		return m.Verify()
	}
	for _, wrong := range []error{check("100.1", 1e-6), check("0", 1e-6), check("many", 1), check("-100", 1e-6)} {
		if !errors.Is(wrong, ErrVerification) || !strings.Contains(wrong.Error(), "line 9") {
			t.Errorf("a model that does not meet its records: %v", wrong)
		}
	}
	if err := check("100.00001", 1e-6); err != nil {
		t.Error(err)
	}
	m.Verification[0].Want[0].Output = "nothing"
	if err := m.Verify(); !errors.Is(err, ErrVerification) {
		t.Errorf("an output that there is not: %v", err)
	}
}

func TestOutputs(t *testing.T) {
	p := Classified([]Probability{{"bad", 0.2}, {"good", 0.8}})
	p.Reasons = []string{"R1"}
	formula, _ := expression.NewApply("*", []expression.Expression{expression.Field{Slot: 0}, expression.Constant{Value: number(100)}})
	m := &Model{Slots: 5, Root: &Unit{Predictor: constant(p), Outputs: []Output{
		{Slot: 0, Feature: ClassProbability}, {Slot: 1, Feature: TransformedValue, Of: formula},
		{Slot: 2, Feature: ReasonCode, Rank: 1, Type: value.String}, {Slot: 3, Feature: ReasonCode, Rank: 2, Type: value.String},
		{Slot: 4, Feature: PredictedValue, Type: value.String}}},
		Published: []Published{{"p", 0}, {"percent", 1}, {"r1", 2}, {"r2", 3}, {"class", 4}}}
	got := m.EvaluateNamed(nil)
	for name, want := range map[string]string{"p": "0.8", "percent": "80", "r1": "R1", "r2": "", "class": "good", "label": "good",
		"probability(bad)": "0.2", "predictedValue": "good", "score": ""} {
		if v, ok := got.Named(name); !ok || v.Literal() != want {
			t.Errorf("output %s is %q (%v), want %q", name, v.Literal(), ok, want)
		}
	}
	if _, ok := got.Named("probability(other)"); ok {
		t.Error("a class that there is not has a probability")
	}
}

func ExampleModel_EvaluateNamed() {
	double, _ := expression.NewApply("*", []expression.Expression{expression.Field{Name: "x", Slot: 0}, expression.Constant{Value: number(2)}})
	m := &Model{Inputs: []Input{{Name: "x", RejectMissing: true}}, Slots: 2,
		Root: &Unit{Derived: []Derived{{Name: "y", Slot: 1, Of: double}}, Predictor: slot(1)}}
	fmt.Println(m.EvaluateNamed(map[string]value.Value{"x": number(21)}).Score)
	fmt.Println(m.EvaluateNamed(nil).Outcome)
	// Output:
	// 42
	// reject
}

// slot predicts the number in a slot.
type slot int

func (s slot) Predict(row []value.Value) Prediction { return Numeric(row[s].Float()) }
