package evaluate

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The definitions over all cases one by one, quadratic where the definition is.

func plainAUC(cases []scored) float64 {
	sum, pairs := 0.0, 0.0
	for _, good := range cases {
		for _, bad := range cases {
			if good.bad || !bad.bad {
				continue
			}
			pairs++
			switch {
			case good.score > bad.score:
				sum++
			case good.score == bad.score:
				sum += 0.5
			}
		}
	}
	return sum / pairs
}

// share of the cases of a kind with scores up to s.
func share(cases []scored, bad bool, s float64) float64 {
	n, all := 0.0, 0.0
	for _, c := range cases {
		if c.bad == bad {
			all++
			if c.score <= s {
				n++
			}
		}
	}
	return n / all
}

func plainKS(cases []scored) (most float64) {
	for _, c := range cases {
		most = max(most, math.Abs(share(cases, true, c.score)-share(cases, false, c.score)))
	}
	return most
}

// plainError is the standard error of the AUC from the AUC of each case against all of the other kind.
func plainError(cases []scored) float64 {
	variance := func(bad bool) float64 {
		var own []float64
		mean := 0.0
		for i, c := range cases {
			if c.bad != bad {
				continue
			}
			one := []scored{cases[i]}
			for _, other := range cases {
				if other.bad != bad {
					one = append(one, other)
				}
			}
			own = append(own, plainAUC(one))
		}
		for _, a := range own {
			mean += a / float64(len(own))
		}
		sum := 0.0
		for _, a := range own {
			sum += (a - mean) * (a - mean)
		}
		return sum / float64(len(own)-1) / float64(len(own))
	}
	return math.Sqrt(variance(false) + variance(true))
}

// drawCases has both outcomes at least twice, and ties.
func drawCases(t *rapid.T) []scored {
	one := rapid.Custom(func(t *rapid.T) scored {
		return scored{float64(rapid.IntRange(-20, 60).Draw(t, "score")) / 4, rapid.Bool().Draw(t, "bad")}
	})
	cases := rapid.SliceOfN(one, 0, 60).Draw(t, "cases")
	for i := range 4 {
		cases = append(cases, scored{float64(rapid.IntRange(0, 9).Draw(t, "score")), i%2 == 0})
	}
	return cases
}

func TestDiscriminationIsItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cases := drawCases(t)
		e, err := Evaluate(tally(t, cases), Options{})
		if err != nil {
			t.Fatal(err)
		}
		d := e.Discrimination
		if want := plainAUC(cases); !near(d.AUC, want) || !near(d.Gini, 2*want-1) {
			t.Fatalf("AUC %g, want %g", d.AUC, want)
		}
		if want := plainKS(cases); !near(d.KS, want) || !near(d.KS, math.Abs(share(cases, true, d.KSScore)-share(cases, false, d.KSScore))) {
			t.Fatalf("KS %g at %g, want %g", d.KS, d.KSScore, want)
		}
		if want := plainError(cases); math.Abs(d.AUCError-want) > 1e-9 {
			t.Fatalf("standard error %g, want %g", d.AUCError, want)
		}
		area := 0.0
		for i := 1; i < len(d.Curve); i++ {
			a, b := d.Curve[i-1], d.Curve[i]
			area += (b.Good - a.Good) * (a.Bad + b.Bad) / 2
		}
		if !near(area, d.AUC) {
			t.Fatalf("area under the curve by trapezoids %g, AUC %g", area, d.AUC)
		}
	})
}

func TestGroupsAndCalibrationAreTheirDefinitions(t *testing.T) {
	logOdds := func(score float64) float64 { return score/5 - 0.7 }
	rapid.Check(t, func(t *rapid.T) {
		cases := drawCases(t)
		e, err := Evaluate(tally(t, cases), Options{LogOdds: logOdds})
		if err != nil {
			t.Fatal(err)
		}
		brier, loss, mean, hl := 0.0, 0.0, 0.0, 0.0
		for _, c := range cases {
			p := 1 / (1 + math.Exp(logOdds(c.score)))
			mean += p / float64(len(cases))
			if c.bad {
				brier, loss = brier+(1-p)*(1-p), loss-math.Log(p)
			} else {
				brier, loss = brier+p*p, loss-math.Log(1-p)
			}
		}
		c := e.Calibration
		if n := float64(len(cases)); !near(c.Brier, brier/n) || !near(c.LogLoss, loss/n) || !near(c.Predicted, mean) || c.Observed != e.BadRate {
			t.Fatalf("calibration %+v, want Brier %g, log loss %g", c, brier/n, loss/n)
		}
		if len(e.Groups) > Bins {
			t.Fatalf("%d groups", len(e.Groups))
		}
		var seen uint64
		for i, g := range e.Groups {
			n, bad, expected := 0.0, 0.0, 0.0
			for _, c := range cases {
				if c.score < g.From || c.score > g.To {
					continue
				}
				n, expected = n+1, expected+1/(1+math.Exp(logOdds(c.score)))
				if c.bad {
					bad++
				}
			}
			if n != float64(g.Cases) || bad != float64(g.Bad) || !near(expected/n, *g.Predicted) || i > 0 && g.From <= e.Groups[i-1].To {
				t.Fatalf("group %d: %+v holds %g cases, %g bad, %g expected", i, g, n, bad, expected)
			}
			if !(0 <= g.Interval[0] && g.Interval[0] <= g.BadRate+1e-12 && g.BadRate <= g.Interval[1]+1e-12 && g.Interval[1] <= 1) {
				t.Fatalf("interval of %+v", g)
			}
			hl += (bad - expected) * (bad - expected) / (n * (expected / n) * (1 - expected/n))
			seen += g.Cases
		}
		if seen != uint64(len(cases)) || !near(c.HosmerLemeshow.Statistic, hl) || c.HosmerLemeshow.Degrees != len(e.Groups) {
			t.Fatalf("%d of %d cases in groups; Hosmer–Lemeshow %+v, want %g", seen, len(cases), c.HosmerLemeshow, hl)
		}
	})
}

func TestStabilityIsItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, now := drawCases(t), drawCases(t)
		e, err := Evaluate(tally(t, now), Options{Reference: tally(t, before)})
		if err != nil {
			t.Fatal(err)
		}
		s, sum := e.Stability, 0.0
		in := func(cases []scored, b StabilityBin) (n float64) {
			for _, c := range cases {
				if (b.From == nil || c.score >= *b.From) && (b.Below == nil || c.score < *b.Below) {
					n++
				}
			}
			return n
		}
		var seen uint64
		for _, b := range s.Bins {
			was, is := in(before, b), in(now, b)
			if was != float64(b.Reference) || is != float64(b.Cases) || was == 0 {
				t.Fatalf("bin %+v holds %g and %g", b, was, is)
			}
			a, r := max(is, 0.5)/float64(len(now)), was/float64(len(before))
			sum += (a - r) * math.Log(a/r)
			seen += b.Cases
		}
		if !near(s.PSI, sum) || seen != uint64(len(now)) || s.P < 0 || s.P > 1 {
			t.Fatalf("stability %+v, want %g", s, sum)
		}
		same, err := Evaluate(tally(t, before), Options{Reference: tally(t, before)})
		if err != nil || same.Stability.PSI != 0 || same.Stability.P != 1 {
			t.Fatalf("against itself: %+v, %v", same.Stability, err)
		}
	})
}

func TestDistributionIsItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cases := drawCases(t)
		e, err := Evaluate(tally(t, cases), Options{})
		if err != nil {
			t.Fatal(err)
		}
		s := e.Distribution.All
		sorted := slices.SortedFunc(slices.Values(cases), func(a, b scored) int { return cmp.Compare(a.score, b.score) })
		n, mean, squares := len(sorted), 0.0, 0.0
		for _, c := range cases {
			mean += c.score / float64(n)
		}
		for _, c := range cases {
			squares += (c.score - mean) * (c.score - mean)
		}
		quantile := func(percent int) float64 { return sorted[max((percent*n+99)/100-1, 0)].score }
		if !near(s.Mean, mean) || math.Abs(s.Deviation-math.Sqrt(squares/float64(n-1))) > 1e-9 || s.Cases != uint64(n) ||
			s.Least != quantile(0) || s.P5 != quantile(5) || s.P25 != quantile(25) || s.Median != quantile(50) ||
			s.P75 != quantile(75) || s.P95 != quantile(95) || s.Most != quantile(100) {
			t.Fatalf("summary %+v of %v", s, sorted)
		}
		var good, bad uint64
		for i, b := range e.Distribution.Histogram {
			var inGood, inBad uint64
			for _, c := range cases {
				if c.score < b.From || c.score >= b.Below {
					continue
				}
				if c.bad {
					inBad++
				} else {
					inGood++
				}
			}
			if inGood != b.Good || inBad != b.Bad || i > 0 && b.From != e.Distribution.Histogram[i-1].Below {
				t.Fatalf("bin %+v holds %d good and %d bad", b, inGood, inBad)
			}
			good, bad = good+b.Good, bad+b.Bad
		}
		if good != e.Good || bad != e.Bad || len(e.Distribution.Histogram) > histogramBins+1 {
			t.Fatalf("histogram %+v", e.Distribution.Histogram)
		}
	})
}

// TestAnyScoresAreEvaluated holds that no scores, however far apart or near, and no probabilities break a figure: all of
// them are numbers that JSON has.
func TestAnyScoresAreEvaluated(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		score := rapid.OneOf(rapid.Float64Range(-MaxScore, MaxScore), rapid.Float64Range(-1e-300, 1e-300), rapid.Just(MaxScore), rapid.Just(MaxScore-0.125),
			rapid.Just(0.3), rapid.Just(math.Copysign(0, -1)))
		cases := []scored{{score.Draw(t, "good"), false}, {score.Draw(t, "bad"), true}}
		for _, s := range rapid.SliceOfN(score, 0, 20).Draw(t, "more") {
			cases = append(cases, scored{s, rapid.Bool().Draw(t, "kind")})
		}
		slope := rapid.OneOf(rapid.Just(1e9), rapid.Float64Range(-1, 1)).Draw(t, "slope")
		e, err := Evaluate(tally(t, cases), Options{LogOdds: func(s float64) float64 { return s * slope }, Reference: tally(t, cases[:1])})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := json.Marshal(e); err != nil {
			t.Fatal(err)
		}
		var held uint64
		for _, b := range e.Distribution.Histogram {
			held += b.Good + b.Bad
		}
		if held != e.Cases || len(e.Distribution.Histogram) > histogramBins+1 {
			t.Fatalf("histogram %+v of %d cases", e.Distribution.Histogram, e.Cases)
		}
	})
}

func TestLongCurveKeepsItsShape(t *testing.T) {
	counted := new(Tally)
	for i := range 20_000 {
		counted.Add(float64(i), i*i%20_000 < 20_000-i)
	}
	e, err := Evaluate(counted, Options{})
	if err != nil {
		t.Fatal(err)
	}
	curve, area, found := e.Discrimination.Curve, 0.0, false
	for i := 1; i < len(curve); i++ {
		area += (curve[i].Good - curve[i-1].Good) * (curve[i-1].Bad + curve[i].Bad) / 2
		found = found || curve[i].Score == e.Discrimination.KSScore
	}
	if len(curve) > 3*curvePoints || math.Abs(area-e.Discrimination.AUC) > 1e-3 || !found || curve[len(curve)-1] != (CurvePoint{19_999, 1, 1}) {
		t.Errorf("%d points, area %g, AUC %g", len(curve), area, e.Discrimination.AUC)
	}
}

func TestChiSquareTail(t *testing.T) {
	for degrees, at5 := range map[int]float64{1: 3.841458820694124, 2: 5.991464547107979, 3: 7.814727903251179,
		8: 15.50731305586545, 9: 16.91897760462045, 10: 18.30703805327515} {
		if p := chiSquareTail(at5, degrees); math.Abs(p-0.05) > 1e-12 {
			t.Errorf("%d degrees: %g", degrees, p)
		}
		if p := chiSquareTail(0, degrees); p != 1 {
			t.Errorf("%d degrees at 0: %g", degrees, p)
		}
		if p := chiSquareTail(1e6, degrees); p != 0 {
			t.Errorf("%d degrees far out: %g", degrees, p)
		}
	}
}

func TestStabilityHandComputed(t *testing.T) {
	before, now := new(Tally), new(Tally)
	for score := range 10 {
		for range 10 {
			before.AddUnlabelled(float64(score))
		}
		for range map[bool]int{true: 15, false: 5}[score < 5] {
			now.Add(float64(score), score%2 == 0)
		}
	}
	e, err := Evaluate(now, Options{Reference: before})
	if err != nil {
		t.Fatal(err)
	}
	// Five bins go from 10 % to 15 %, five to 5 %: 5·0.05·ln 1.5 + 5·0.05·ln 2 = 0.25·ln 3.
	s := e.Stability
	if !near(s.PSI, 0.25*math.Log(3)) || len(s.Bins) != 10 || !near(s.Expected, 9*0.02) || s.ReferenceCases != 100 || s.Cases != 100 {
		t.Errorf("%+v", s)
	}
	if want := chiSquareTail(0.25*math.Log(3)/0.02, 9); !near(s.P, want) || s.P < 0.1 || s.P > 0.2 {
		t.Errorf("p %g, want %g", s.P, want)
	}
	if s.Bins[0].From != nil || *s.Bins[0].Below != 1 || *s.Bins[9].From != 9 || s.Bins[9].Below != nil {
		t.Errorf("bins %+v", s.Bins)
	}
}

func BenchmarkEvaluate(b *testing.B) {
	for _, cases := range []int{10_000, 1_000_000} {
		b.Run("cases="+map[int]string{10_000: "1e4", 1_000_000: "1e6"}[cases], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				counted := new(Tally)
				for i := range cases {
					counted.Add(float64(i*7919%1024), i%3 == 0)
				}
				if _, err := Evaluate(counted, Options{LogOdds: func(s float64) float64 { return s/100 - 5 }}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
