// Package link holds the functions that turn a linear predictor into a prediction: the inverse links of generalised
// linear models and the transforms of boosted trees. None of them overflows into NaN for a finite argument; what
// overflows becomes an infinity, which the caller reports as not finite.
//
// Sources: PMML 4.4 "Regression" (normalizationMethod) and "General Regression" (linkFunction); McCullagh and Nelder,
// Generalized Linear Models, chapter 2.
package link

import "math"

// Inverse is an inverse link: it takes the linear predictor to the mean.
type Inverse uint8

// The inverse links. Those from Logit to Cauchit give a value between 0 and 1.
const (
	Identity Inverse = iota
	Logit
	Probit
	CLogLog // 1 - exp(-exp(x))
	LogLog  // exp(-exp(-x))
	Cauchit
	LogC // 1 - exp(x)
	Exp
	SignedSquare // sign(x)·x²
	Log1pExp     // log(1 + exp(x))
	Step         // 1 above 0, else 0
)

// Of is the mean for a linear predictor x.
func (f Inverse) Of(x float64) float64 {
	switch f {
	case Logit:
		return Sigmoid(x)
	case Probit:
		return 0.5 * math.Erfc(-x/math.Sqrt2)
	case CLogLog:
		return -math.Expm1(-math.Exp(x))
	case LogLog:
		return math.Exp(-math.Exp(-x))
	case Cauchit:
		return 0.5 + math.Atan(x)/math.Pi
	case LogC:
		return 1 - math.Exp(x)
	case Exp:
		return math.Exp(x)
	case SignedSquare:
		return math.Copysign(x*x, x)
	case Log1pExp:
		return log1pExp(x)
	case Step:
		if x > 0 {
			return 1
		}
		return 0
	}
	return x
}

// Sigmoid is 1/(1 + exp(-x)).
func Sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func log1pExp(x float64) float64 {
	if x > 0 {
		return x + math.Log1p(math.Exp(-x))
	}
	return math.Log1p(math.Exp(x))
}

// Probability tells whether the mean is a probability of an event.
func (f Inverse) Probability() bool { return f >= Logit && f <= LogC }

// Softmax turns scores into probabilities in place. The largest score is taken off first, so that nothing overflows.
func Softmax(scores []float64) {
	highest := math.Inf(-1)
	for _, s := range scores {
		highest = math.Max(highest, s)
	}
	sum := 0.0
	for i, s := range scores {
		scores[i] = math.Exp(s - highest)
		sum += scores[i]
	}
	for i := range scores {
		scores[i] /= sum
	}
}
