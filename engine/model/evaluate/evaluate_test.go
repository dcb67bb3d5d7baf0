package evaluate

import (
	"errors"
	"math"
	"strings"
	"testing"
)

// scored is one case.
type scored struct {
	score float64
	bad   bool
}

func tally(t interface{ Fatal(...any) }, cases []scored) *Tally {
	counted := new(Tally)
	for _, c := range cases {
		if err := counted.Add(c.score, c.bad); err != nil {
			t.Fatal(err)
		}
	}
	return counted
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-12*max(1, math.Abs(a), math.Abs(b)) }

// example has a tie between a good and a bad case. Pairs of good over bad, out of 12: the good 2 beats 1 of the 3 bad
// and ties with one, 3 beats 2, 4 and 5 beat 3: 1.5 + 2 + 3 + 3 = 9.5.
var example = []scored{{1, true}, {2, false}, {2, true}, {3, false}, {3.5, true}, {4, false}, {5, false}}

func TestDiscriminationHandComputed(t *testing.T) {
	e, err := Evaluate(tally(t, example), Options{})
	if err != nil {
		t.Fatal(err)
	}
	d := e.Discrimination
	if !near(d.AUC, 9.5/12) || !near(d.Gini, 7.0/12) {
		t.Errorf("AUC %g, Gini %g", d.AUC, d.Gini)
	}
	// Cumulative shares of bad and good: 1/3, 0; 2/3, 1/4; 2/3, 2/4; 1, 2/4; … The greatest distance is 1/2 at 3.5.
	if !near(d.KS, 0.5) || d.KSScore != 3.5 {
		t.Errorf("KS %g at %g", d.KS, d.KSScore)
	}
	// Shares of bad that the good cases beat: 1.5/3, 2/3, 1, 1, mean 19/24; of good that beat the bad: 1, 3.5/4, 2/4.
	ofGood := (sq(12-19) + sq(16-19) + 2*sq(24-19)) / sq(24) / 3
	ofBad := (sq(24-19) + sq(21-19) + sq(12-19)) / sq(24) / 2
	if want := math.Sqrt(ofGood/4 + ofBad/3); !near(d.AUCError, want) || !near(d.AUCInterval[0], 19.0/24-normal95*want) || d.AUCInterval[1] != 1 {
		t.Errorf("standard error %g, want %g; interval %v", d.AUCError, want, d.AUCInterval)
	}
	if e.Cases != 7 || e.Good != 4 || e.Bad != 3 || e.Levels != 6 || !near(e.BadRate, 3.0/7) {
		t.Errorf("counts %+v", e)
	}
	want := []CurvePoint{{}, {1, 0, 1.0 / 3}, {2, 0.25, 2.0 / 3}, {3, 0.5, 2.0 / 3}, {3.5, 0.5, 1}, {4, 0.75, 1}, {5, 1, 1}}
	for i, p := range d.Curve {
		if p != want[i] {
			t.Errorf("point %d of the curve %v, want %v", i, p, want[i])
		}
	}
}

func sq(x float64) float64 { return x * x }

func TestHigherIsBadTurnsTheScoresRound(t *testing.T) {
	var turned []scored
	for _, c := range example {
		turned = append(turned, scored{-c.score, c.bad})
	}
	d, _ := Evaluate(tally(t, example), Options{})
	r, err := Evaluate(tally(t, turned), Options{HigherIsBad: true})
	if err != nil || d.Discrimination.AUC != r.Discrimination.AUC || d.Discrimination.KS != r.Discrimination.KS ||
		r.Discrimination.KSScore != -d.Discrimination.KSScore || !near(d.Discrimination.AUCError, r.Discrimination.AUCError) {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestEvaluateRefuses(t *testing.T) {
	unlabelled := tally(t, example)
	unlabelled.AddUnlabelled(3)
	for name, c := range map[string]struct {
		tally   *Tally
		options Options
		want    error
	}{
		"no case":           {new(Tally), Options{}, ErrOneOutcome},
		"one good case":     {tally(t, []scored{{1, false}}), Options{}, ErrOneOutcome},
		"bad cases only":    {tally(t, []scored{{1, true}, {2, true}}), Options{}, ErrOneOutcome},
		"without outcome":   {unlabelled, Options{}, ErrUnlabelled},
		"reference of none": {tally(t, example), Options{Reference: new(Tally)}, ErrNoReference},
	} {
		if e, err := Evaluate(c.tally, c.options); !errors.Is(err, c.want) || e != nil {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestTallyRefuses(t *testing.T) {
	counted := new(Tally)
	for _, score := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1.1e15, -1.1e15} {
		if err := counted.Add(score, true); !errors.Is(err, ErrScore) {
			t.Errorf("%g: %v", score, err)
		}
		if err := counted.AddUnlabelled(score); !errors.Is(err, ErrScore) {
			t.Errorf("%g without outcome: %v", score, err)
		}
	}
	if counted.Cases() != 0 {
		t.Errorf("%d cases", counted.Cases())
	}
	full := &Tally{cases: MaxCases}
	if err := full.Add(1, true); !errors.Is(err, ErrTooManyCases) {
		t.Error(err)
	}
}

func TestTallyIsBounded(t *testing.T) {
	counted := new(Tally)
	for i := range MaxLevels {
		if err := counted.Add(float64(i), i%2 == 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := counted.Add(0.5, true); !errors.Is(err, ErrTooManyLevels) {
		t.Error(err)
	}
	if err := counted.Add(7, true); err != nil || counted.Cases() != MaxLevels+1 {
		t.Errorf("a known score: %v, %d cases", err, counted.Cases())
	}
}

func TestWarnings(t *testing.T) {
	var many []scored
	for i := range 200 {
		many = append(many, scored{float64(i % 100), i%100 < 50})
	}
	sure := func(score float64) float64 { return score - 50 }
	for name, c := range map[string]struct {
		cases   []scored
		options Options
		want    []string
	}{
		"tiny":           {example, Options{}, []string{"4 good cases; fewer than 30", "3 bad cases; fewer than 30"}},
		"wrong way":      {many, Options{HigherIsBad: true}, []string{"wrong way round"}},
		"complete":       {many, Options{}, []string{"separate good from bad completely"}},
		"small groups":   {many, Options{LogOdds: sure}, []string{"completely", "10 of 10 groups expect fewer than 5"}},
		"tiny reference": {many, Options{Reference: tally(t, example)}, []string{"completely", "7 reference cases for a stability index of 6 bins"}},
		"one score":      {many, Options{Reference: tally(t, []scored{{1, true}})}, []string{"completely", "one bin", "1 reference cases"}},
	} {
		e, err := Evaluate(tally(t, c.cases), c.options)
		if err != nil || len(e.Warnings) != len(c.want) {
			t.Errorf("%s: %v, %q", name, err, e.Warnings)
			continue
		}
		for i, want := range c.want {
			if !strings.Contains(e.Warnings[i], want) {
				t.Errorf("%s: warning %q, want %q", name, e.Warnings[i], want)
			}
		}
	}
}
