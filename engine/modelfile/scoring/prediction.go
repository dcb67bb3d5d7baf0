package scoring

import (
	"math"
	"slices"
	"strings"

	"weir/engine/modelfile/value"
)

// Outcome is how the evaluation of a row ended.
type Outcome uint8

// The outcomes. Invalid: the model answers without a score. Rejected: the model does not take the input. NonFinite: the
// result is not a finite number.
const (
	Scored Outcome = iota
	Invalid
	Rejected
	NonFinite
)

// String is the outcome's name in the format of test vectors.
func (o Outcome) String() string { return [...]string{"score", "invalid", "reject", "nonfinite"}[o] }

// Probability is the probability of one class.
type Probability struct {
	Class string
	P     float64
}

// Prediction is what a model says of one row.
type Prediction struct {
	Outcome Outcome
	Why     string // where there is no score: the field or characteristic, never a value

	Score         float64       // NaN for a classification
	Exact         value.Decimal // the score itself where IsExact: a sum of the file's decimals
	IsExact       bool
	Margin        float64 // of boosted models: the sum of the leaves before the link
	Label         string  // of a classification
	Probabilities []Probability
	Reasons       []string // reason codes by rank

	outputs []named
}

type named struct {
	name  string
	value value.Value
}

// Numeric is a prediction that is one number.
func Numeric(score float64) Prediction { return Prediction{Score: score} }

// Classified is the prediction of the likeliest class, the first of several.
func Classified(probabilities []Probability) Prediction {
	p := Prediction{Score: math.NaN(), Probabilities: probabilities}
	best := math.Inf(-1)
	for _, q := range probabilities {
		if q.P > best {
			best, p.Label = q.P, q.Class
		}
	}
	return p
}

// NoScore is the prediction of a model that answers without a score.
func NoScore(why string) Prediction {
	return Prediction{Outcome: Invalid, Why: why, Score: math.NaN()}
}

// Failed is the prediction for a row with a fault.
func Failed(fault value.Value) Prediction {
	p := NoScore(fault.Why())
	if fault.Kind() == value.Rejected {
		p.Outcome = Rejected
	}
	return p
}

// Probability is the probability of a class; ok is false where the prediction has none.
func (p Prediction) Probability(class string) (float64, bool) {
	i := slices.IndexFunc(p.Probabilities, func(q Probability) bool { return q.Class == class })
	if i < 0 {
		return math.NaN(), false
	}
	return p.Probabilities[i].P, true
}

// Named is one result by name: label, score (also predictedValue), margin (also raw), probability(CLASS), or an output
// field of the file. A result that the prediction does not have is missing; ok is false for an unknown name.
func (p Prediction) Named(name string) (v value.Value, ok bool) {
	for _, o := range p.outputs {
		if o.name == name {
			return o.value, true
		}
	}
	switch name {
	case "label":
		return p.labelValue(), true
	case "score":
		return value.FromNumber(p.Score), true
	case "predictedValue":
		return p.value(), true
	case "margin", "raw":
		return value.FromNumber(p.Margin), true
	}
	if class, found := strings.CutPrefix(name, "probability("); found && strings.HasSuffix(class, ")") {
		x, ok := p.Probability(strings.TrimSuffix(class, ")"))
		return value.FromNumber(x), ok || p.Outcome != Scored
	}
	return value.Value{}, false
}

func (p Prediction) labelValue() value.Value {
	if p.Outcome != Scored || p.Probabilities == nil && p.Label == "" {
		return value.Value{}
	}
	return value.FromText(p.Label)
}

// value is the predicted value: the label of a classification, else the score.
func (p Prediction) value() value.Value {
	if math.IsNaN(p.Score) {
		return p.labelValue()
	}
	return value.FromNumber(p.Score)
}

func (p Prediction) finite() bool {
	numeric := p.Label == "" && p.Probabilities == nil
	if math.IsInf(p.Score, 0) || numeric && math.IsNaN(p.Score) {
		return false
	}
	for _, q := range p.Probabilities {
		if math.IsNaN(q.P) || math.IsInf(q.P, 0) {
			return false
		}
	}
	return true
}
