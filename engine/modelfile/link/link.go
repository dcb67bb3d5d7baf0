// Package link holds the functions that turn a linear predictor into a prediction: the inverse links of generalised
// linear models and the transforms of boosted trees. None without a parameter overflows into NaN for a finite argument;
// what overflows becomes an infinity. The caller reports either as not finite.
//
// Sources: PMML 4.4 "Regression" (normalizationMethod) and "General Regression" (linkFunction); McCullagh and Nelder,
// Generalized Linear Models, chapter 2.
package link

import "math"

// Inverse is an inverse link: it takes the linear predictor to the mean. The zero Inverse is Identity.
type Inverse struct {
	family    family
	parameter float64
}

type family uint8

const (
	identity family = iota
	logit
	probit
	cloglog
	loglog
	cauchit
	logc
	oddspower
	exp
	signedSquare
	log1pexp
	step
	power
	negbin
)

// The inverse links without a parameter. Logit, Probit, CLogLog, LogLog and Cauchit give a value between 0 and 1.
var (
	Identity     = Inverse{}
	Logit        = Inverse{family: logit}
	Probit       = Inverse{family: probit}
	CLogLog      = Inverse{family: cloglog} // 1 - exp(-exp(x))
	LogLog       = Inverse{family: loglog}  // exp(-exp(-x))
	Cauchit      = Inverse{family: cauchit}
	LogC         = Inverse{family: logc} // 1 - exp(x)
	Exp          = Inverse{family: exp}
	SignedSquare = Inverse{family: signedSquare} // sign(x)·x²
	Log1pExp     = Inverse{family: log1pexp}     // log(1 + exp(x))
	Step         = Inverse{family: step}         // 1 above 0, else 0
)

// Power is x^(1/d), for the link mean^d; for d = 0 it is Exp. What has no such root is NaN.
func Power(d float64) Inverse {
	if d == 0 {
		return Exp
	}
	return Inverse{power, d}
}

// OddsPower is odds/(1 + odds) with odds (1 + d·x)^(1/d); for d = 0 it is Logit.
func OddsPower(d float64) Inverse {
	if d == 0 {
		return Logit
	}
	return Inverse{oddspower, d}
}

// NegativeBinomial is 1/(d·(exp(-x) - 1)), for the canonical link of the distribution with dispersion d.
func NegativeBinomial(d float64) Inverse { return Inverse{negbin, d} }

// Of is the mean for a linear predictor x.
func (f Inverse) Of(x float64) float64 {
	switch f.family {
	case logit:
		return Sigmoid(x)
	case probit:
		return 0.5 * math.Erfc(-x/math.Sqrt2)
	case cloglog:
		return -math.Expm1(-math.Exp(x))
	case loglog:
		return math.Exp(-math.Exp(-x))
	case cauchit:
		return 0.5 + math.Atan(x)/math.Pi
	case logc:
		return 1 - math.Exp(x)
	case oddspower:
		return 1 / (1 + math.Pow(1+f.parameter*x, -1/f.parameter))
	case exp:
		return math.Exp(x)
	case signedSquare:
		return math.Copysign(x*x, x)
	case log1pexp:
		return log1pExp(x)
	case step:
		return positive(x)
	case power:
		return math.Pow(x, 1/f.parameter)
	case negbin:
		return 1 / (f.parameter * math.Expm1(-x))
	}
	return x
}

func positive(x float64) float64 {
	if x > 0 {
		return 1
	}
	return 0
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
func (f Inverse) Probability() bool { return f.family >= logit && f.family <= oddspower }

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
