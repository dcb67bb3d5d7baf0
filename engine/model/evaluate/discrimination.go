package evaluate

import (
	"math"
	"slices"
)

// Discrimination is how far scores separate good cases from bad ones.
type Discrimination struct {
	// KS is the two-sample Kolmogorov–Smirnov statistic: the greatest distance between the two cumulative distributions
	// of scores, 0 to 1 (N. Smirnov, Bull. Univ. Moscou 2, 1939).
	KS float64 `json:"ks"`
	// KSScore is the score at and on the risky side of which the two shares differ by KS; the riskiest where there are several.
	KSScore float64 `json:"ks_score"`
	// AUC is the area under the ROC curve, ties joined by straight lines (the trapezoid rule): the chance that a random
	// good case scores better than a random bad one, ties counting half (J. Hanley, B. McNeil, Radiology 143, 1982).
	AUC float64 `json:"auc"`
	// AUCError is the standard error of AUC after E. DeLong, D. DeLong, D. Clarke-Pearson, Biometrics 44, 1988; 0 where
	// there are fewer than two good or two bad cases, or the separation is complete.
	AUCError float64 `json:"auc_standard_error"`
	// AUCInterval is AUC ± 1.96 standard errors, within 0 and 1.
	AUCInterval [2]float64 `json:"auc_interval_95"`
	// Gini is 2·AUC − 1, the accuracy ratio: −1 to 1.
	Gini float64 `json:"gini"`
	// Curve is the ROC curve from (0, 0) to (1, 1), at most a few hundred points of it.
	Curve []CurvePoint `json:"-"`
}

// CurvePoint is the share of good and of bad cases at Score or on its risky side. Score means nothing at the first point,
// (0, 0).
type CurvePoint struct{ Score, Good, Bad float64 }

// discriminate needs good and bad cases; levels ascend.
func discriminate(levels []level, higherIsBad bool) Discrimination {
	levels = slices.Clone(levels)
	if higherIsBad {
		slices.Reverse(levels)
	}
	all := total(levels)
	d := Discrimination{AUC: areaUnderCurve(levels, all)}
	d.Gini = 2*d.AUC - 1
	d.KS, d.KSScore = kolmogorovSmirnov(levels, all)
	d.AUCError = deLong(levels, all, d.AUC)
	d.AUCInterval = [2]float64{max(0, d.AUC-normal95*d.AUCError), min(1, d.AUC+normal95*d.AUCError)}
	d.Curve = curve(levels, all, d.KSScore)
	return d
}

// normal95 is the 97.5 % point of the standard normal distribution.
const normal95 = 1.959963984540054

// areaUnderCurve is U/(good·bad) with the Mann–Whitney statistic U in whole numbers. Levels go from the riskiest on.
func areaUnderCurve(levels []level, all level) float64 {
	var twice, bad uint64 // twice U: 2 for a bad case below a good one, 1 for a tie
	for _, l := range levels {
		twice += l.Good * (2*bad + l.Bad)
		bad += l.Bad
	}
	return float64(twice) / (2 * float64(all.Good) * float64(all.Bad))
}

func kolmogorovSmirnov(levels []level, all level) (statistic, score float64) {
	var good, bad, most int64
	for _, l := range levels {
		good, bad = good+int64(l.Good), bad+int64(l.Bad)
		distance := bad*int64(all.Good) - good*int64(all.Bad)
		if distance = max(distance, -distance); distance > most {
			most, score = distance, l.Score
		}
	}
	if most == 0 {
		score = levels[0].Score
	}
	return float64(most) / (float64(all.Good) * float64(all.Bad)), score
}

// deLong is √(S₁₀/good + S₀₁/bad), S being the variance of a case's own share of the AUC among its kind.
func deLong(levels []level, all level, auc float64) float64 {
	if all.Good < 2 || all.Bad < 2 {
		return 0
	}
	var ofGood, ofBad, goodBefore, badBefore float64
	for _, l := range levels {
		good, bad := float64(l.Good), float64(l.Bad)
		beats := (badBefore + bad/2) / float64(all.Bad)                                // what a good case of this score beats
		beaten := (float64(all.Good) - goodBefore - good + good/2) / float64(all.Good) // by how many a bad one is beaten
		ofGood += good * (beats - auc) * (beats - auc)
		ofBad += bad * (beaten - auc) * (beaten - auc)
		goodBefore, badBefore = goodBefore+good, badBefore+bad
	}
	good, bad := float64(all.Good), float64(all.Bad)
	return math.Sqrt(ofGood/(good-1)/good + ofBad/(bad-1)/bad)
}

// curvePoints is how finely a long curve is drawn: a point for each such part of good and of bad cases.
const curvePoints = 256

func curve(levels []level, all level, keep float64) []CurvePoint {
	points := []CurvePoint{{}}
	var sum level
	for i, l := range levels {
		sum.Good, sum.Bad = sum.Good+l.Good, sum.Bad+l.Bad
		p := CurvePoint{l.Score, ratio(sum.Good, all.Good), ratio(sum.Bad, all.Bad)}
		last := points[len(points)-1]
		step := max(p.Good-last.Good, p.Bad-last.Bad)
		if len(levels) <= curvePoints || step >= 1.0/curvePoints || l.Score == keep || i == len(levels)-1 {
			points = append(points, p)
		}
	}
	return points
}
