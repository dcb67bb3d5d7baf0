package ensemble_test

import (
	"fmt"
	"math"
	"testing"

	. "weir/engine/modelfile/ensemble"
	"weir/engine/modelfile/predicate"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
)

// says is a predictor with a fixed answer.
type says scoring.Prediction

func (s says) Predict([]value.Value) scoring.Prediction { return scoring.Prediction(s) }

func segment(weight float64, p scoring.Prediction) Segment {
	return Segment{When: predicate.Always(true), Weight: weight, Unit: &scoring.Unit{Predictor: says(p)}}
}

func numbers(weighted ...float64) (segments []Segment) {
	for i := 0; i < len(weighted); i += 2 {
		segments = append(segments, segment(weighted[i], scoring.Numeric(weighted[i+1])))
	}
	return segments
}

func TestNumbers(t *testing.T) {
	for method, want := range map[Method]float64{Sum: 14, WeightedSum: 1 + 2*2 + 1*11, Average: 14.0 / 3, WeightedAverage: 16.0 / 4, Median: 2,
		Max: 11, SelectFirst: 1, Chain: 11} {
		m := &Model{Method: method, Segments: numbers(1, 1, 2, 2, 1, 11)}
		if p := m.Predict(nil); math.Abs(p.Score-want) > 1e-15 {
			t.Errorf("method %d gives %v, want %v", method, p.Score, want)
		}
	}
	even := &Model{Method: Median, Segments: numbers(1, 9, 1, 1, 1, 3, 1, 5)}
	if p := even.Predict(nil); p.Score != 4 {
		t.Errorf("the median of four is %v", p.Score)
	}
	single := &Model{Method: Sum, Single: true, Segments: numbers(1, 1, 1, 1e-9)}
	if p := single.Predict(nil); p.Score != 1 {
		t.Errorf("the float32 sum is %v", p.Score)
	}
}

func classes(yes float64) scoring.Prediction {
	return scoring.Classified([]scoring.Probability{{Class: "no", P: 1 - yes}, {Class: "yes", P: yes}})
}

func TestClasses(t *testing.T) {
	segments := []Segment{segment(1, classes(0.9)), segment(5, classes(0.4)), segment(1, classes(0.6))}
	for method, want := range map[Method]float64{Average: 1.9 / 3, WeightedAverage: 3.5 / 7, MajorityVote: 2.0 / 3, WeightedMajorityVote: 2.0 / 7} {
		p := (&Model{Method: method, Segments: segments}).Predict(nil)
		if got, _ := p.Probability("yes"); math.Abs(got-want) > 1e-15 {
			t.Errorf("method %d gives %v, want %v", method, got, want)
		}
	}
	tie := &Model{Method: MajorityVote, Segments: []Segment{segment(1, classes(0.1)), segment(1, classes(0.9))}}
	if p := tie.Predict(nil); p.Label != "no" {
		t.Errorf("a tied vote goes to %s, not to the class named first", p.Label)
	}
}

func TestMissingPredictions(t *testing.T) {
	segments := append(numbers(1, 5), segment(1, scoring.NoScore("none")))
	rejecting := append(numbers(1, 5), segment(1, scoring.Failed(value.Reject("r"))))
	for _, c := range []struct {
		method  Method
		missing OnMissing
		want    scoring.Outcome
	}{
		{Sum, Continue, scoring.Invalid}, {Sum, Return, scoring.Invalid}, {Sum, Skip, scoring.Scored},
		{Chain, Continue, scoring.Invalid}, {Chain, Return, scoring.Invalid}, {Chain, Skip, scoring.Scored},
	} {
		m := &Model{Method: c.method, Missing: c.missing, Segments: segments}
		if p := m.Predict(nil); p.Outcome != c.want {
			t.Errorf("method %d, missing %d: %s", c.method, c.missing, p.Outcome)
		}
		m.Segments = rejecting
		if p := m.Predict(nil); p.Outcome != scoring.Rejected {
			t.Errorf("method %d, missing %d: a rejected input gives %s", c.method, c.missing, p.Outcome)
		}
	}
	for _, method := range []Method{Sum, Chain, SelectFirst, MajorityVote} {
		none := &Model{Method: method, Segments: []Segment{{When: predicate.Always(false)}}}
		if p := none.Predict(nil); p.Outcome != scoring.Invalid {
			t.Errorf("method %d without a segment that applies: %s", method, p.Outcome)
		}
	}
}

func ExampleModel() {
	m := &Model{Method: WeightedAverage, Segments: numbers(1, 600, 3, 640)}
	fmt.Println(m.Predict(nil).Score)
	// Output: 630
}
