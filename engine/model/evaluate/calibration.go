package evaluate

import "math"

// Calibration is how well the probabilities that scores stand for came true.
type Calibration struct {
	Predicted float64 `json:"predicted"` // mean probability of bad
	Observed  float64 `json:"observed"`  // share of bad cases
	// Brier is the mean of (p − y)², y being 1 for bad: 0 is perfect (G. Brier, Monthly Weather Review 78, 1950).
	Brier float64 `json:"brier"`
	// BrierOfRate is what the share of bad cases, told of everybody, would get.
	BrierOfRate float64 `json:"brier_of_rate"`
	// LogLoss is the mean of −ln of the probability given to what happened (I. Good, J. R. Stat. Soc. B 14, 1952).
	LogLoss       float64 `json:"log_loss"`
	LogLossOfRate float64 `json:"log_loss_of_rate"`
	// HosmerLemeshow tests whether predicted and observed bad cases of the groups differ by more than chance (D. Hosmer,
	// S. Lemeshow, Comm. Stat. A 9, 1980), with a degree of freedom for each group, as for cases that the model was not
	// fitted on. Nil where a group's expectation is so near to 0 or to all that the statistic has no value.
	HosmerLemeshow *Test `json:"hosmer_lemeshow"`
	// SmallGroups is how many groups expect fewer than 5 good or fewer than 5 bad cases.
	SmallGroups int `json:"small_groups"`
}

// Test is a statistic that follows the χ² distribution if there is nothing to find.
type Test struct {
	Statistic float64 `json:"statistic"`
	Degrees   int     `json:"degrees"`
	P         float64 `json:"p"` // chance of a statistic this great or greater
}

func calibrate(levels []level, logOdds func(float64) float64, groups []Group) *Calibration {
	all := total(levels)
	n, rate := float64(all.cases()), ratio(all.Bad, all.cases())
	c := &Calibration{Observed: rate, BrierOfRate: rate * (1 - rate), LogLossOfRate: -rate*math.Log(rate) - (1-rate)*math.Log(1-rate)}
	for _, l := range levels {
		o := logOdds(l.Score)
		p, good, bad := probabilityOfBad(o), float64(l.Good), float64(l.Bad)
		c.Predicted += (good + bad) * p / n
		c.Brier += (good*p*p + bad*(1-p)*(1-p)) / n
		c.LogLoss += (good*logOnePlusExp(-o) + bad*logOnePlusExp(o)) / n
	}
	c.HosmerLemeshow, c.SmallGroups = hosmerLemeshow(groups)
	return c
}

// logOnePlusExp is ln(1 + e^x) without overflow.
func logOnePlusExp(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

// hosmerLemeshow is Σ (observed − expected)²/(n·p·(1 − p)) over the groups, p being a group's mean probability.
func hosmerLemeshow(groups []Group) (test *Test, small int) {
	sum := 0.0
	for _, g := range groups {
		n := float64(g.Cases)
		expected := n * *g.Predicted
		if min(expected, n-expected) < fewExpected {
			small++
		}
		difference := float64(g.Bad) - expected
		sum += difference * difference / (expected * (1 - *g.Predicted))
	}
	if math.IsNaN(sum) || math.IsInf(sum, 0) {
		return nil, small
	}
	return &Test{sum, len(groups), chiSquareTail(sum, len(groups))}, small
}
