package regression_test

import (
	"fmt"
	"math"
	"testing"

	"weir/engine/modelfile/link"
	. "weir/engine/modelfile/regression"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
)

func n(x float64) value.Value { return value.FromNumber(x) }

func power(slot int, exponent float64) Factor {
	return Factor{Name: "x", Slot: slot, Exponent: exponent}
}

func TestMissing(t *testing.T) {
	strict := Factor{Name: "c", IsCategory: true, Category: value.FromText("a")}
	lenient := strict
	lenient.MissingIsZero = true
	for _, c := range []struct {
		factor Factor
		row    value.Value
		want   scoring.Outcome
		score  float64
	}{
		{power(0, 1), value.Value{}, scoring.Invalid, 0}, {strict, value.Value{}, scoring.Invalid, 0}, {lenient, value.Value{}, scoring.Scored, 1},
		{lenient, value.FromText("a"), scoring.Scored, 3}, {strict, value.FromText("b"), scoring.Scored, 1},
		{power(0, 1), value.Reject("r"), scoring.Rejected, 0},
	} {
		m := &Model{Tables: []Table{{Intercept: 1, Terms: []Term{{2, []Factor{c.factor}}}}}}
		if p := m.Predict([]value.Value{c.row}); p.Outcome != c.want || c.want == scoring.Scored && p.Score != c.score {
			t.Errorf("%+v: %s, %v", c.factor, p.Outcome, p.Score)
		}
	}
}

func TestProducts(t *testing.T) {
	m := &Model{Tables: []Table{{Intercept: 0.5, Terms: []Term{{2, []Factor{power(0, 2), power(1, 1)}}, {-1, []Factor{power(1, 0)}}}}}}
	if p := m.Predict([]value.Value{n(3), n(4)}); p.Score != 0.5+2*9*4-1 {
		t.Errorf("the predictor is %v", p.Score)
	}
}

func TestNormalizations(t *testing.T) {
	tables := []Table{{Category: "a", Intercept: 1}, {Category: "b", Intercept: 3}}
	e := math.Exp(2)
	for _, c := range []struct {
		m     Model
		wantA float64
		label string
	}{
		{Model{Normalization: Binary, Link: link.Logit}, 1 / (1 + math.Exp(-1)), "a"},
		{Model{Normalization: Softmax}, 1 / (1 + e), "b"}, {Model{Normalization: Simplemax}, 0.25, "b"},
	} {
		c.m.Tables = tables
		p := c.m.Predict(nil)
		if got, _ := p.Probability("a"); math.Abs(got-c.wantA) > 1e-15 || p.Label != c.label || !c.m.IsClassification() {
			t.Errorf("normalisation %d: probability %v, label %s", c.m.Normalization, got, p.Label)
		}
	}
}

func TestSingle(t *testing.T) {
	m := &Model{Single: true, Tables: []Table{{Intercept: 1, Terms: []Term{{1e-9, nil}, {1e-9, nil}}}}}
	if p := m.Predict(nil); p.Score != 1 {
		t.Errorf("the float32 sum is %v", p.Score)
	}
}

func ExampleModel() {
	m := &Model{Link: link.Logit, Tables: []Table{{Intercept: 5, Terms: []Term{{2, []Factor{power(0, 1)}}, {1, []Factor{power(1, 1)}}}}}}
	fmt.Printf("%.4f\n", m.Predict([]value.Value{n(-8), n(12.5)}).Score)
	fmt.Printf("%.4f\n", m.Predict([]value.Value{n(-1701), n(508)}).Score)
	// Output:
	// 0.8176
	// 0.0000
}
