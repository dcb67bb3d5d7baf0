package link_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"weir/engine/modelfile/link"
)

// Values of the inverse links at 0.5, from tables of the functions with 15 digits.
func TestKnownValues(t *testing.T) {
	for f, want := range map[link.Inverse]float64{link.Identity: 0.5, link.Logit: 0.622459331201855, link.Probit: 0.691462461274013,
		link.CLogLog: 0.807704354452035, link.LogLog: 0.545239211892605, link.Cauchit: 0.647583617650433, link.LogC: -0.648721270700128,
		link.Exp: 1.648721270700128, link.SignedSquare: 0.25, link.Log1pExp: 0.974076984180107, link.Step: 1,
		link.Power(-1): 2, link.Power(0.5): 0.25, link.Power(0): 1.648721270700128, link.OddsPower(0): 0.622459331201855, link.OddsPower(2): 0.585786437626905,
		link.NegativeBinomial(-2): 1.270747041268399} {
		if got := f.Of(0.5); math.Abs(got-want) > 1e-14 {
			t.Errorf("link %v at 0.5 is %.15f, want %.15f", f, got, want)
		}
	}
	if got := link.SignedSquare.Of(-3); got != -9 {
		t.Errorf("the signed square of -3 is %v", got)
	}
}

func TestNoNaN(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64().Draw(t, "x")
		if math.IsNaN(x) || math.IsInf(x, 0) {
			x = 0
		}
		for _, f := range []link.Inverse{link.Identity, link.Logit, link.Probit, link.CLogLog, link.LogLog, link.Cauchit, link.LogC, link.Exp,
			link.SignedSquare, link.Log1pExp, link.Step} {
			y := f.Of(x)
			if math.IsNaN(y) {
				t.Fatalf("link %v at %v is not a number", f, x)
			}
			if f.Probability() && f != link.LogC && (y < 0 || y > 1) {
				t.Fatalf("link %v at %v is the probability %v", f, x, y)
			}
		}
	})
}

func TestSoftmax(t *testing.T) {
	for _, scores := range [][]float64{{1000, 1001, -1000}, {0}, {-2889, -2888}} {
		before := append([]float64{}, scores...)
		link.Softmax(scores)
		sum := 0.0
		for i, p := range scores {
			sum += p
			for k, q := range scores {
				if before[i] > before[k] && p < q {
					t.Errorf("the softmax of %v is out of order", before)
				}
			}
		}
		if math.Abs(sum-1) > 1e-15 {
			t.Errorf("the softmax of %v sums to %v", before, sum)
		}
	}
}
