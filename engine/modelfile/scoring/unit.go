package scoring

import (
	"math"

	"weir/engine/modelfile/expression"
	"weir/engine/modelfile/value"
)

// Predictor is one model family. Predict reads and may write the slots of row that its own units own; it never fails:
// a row without a score gives a Prediction that says why.
type Predictor interface {
	Predict(row []value.Value) Prediction
}

// Unit is one model element of a file, alone or as a segment of another: the fields derived for it, its predictor, what
// is done to the predicted number, and the outputs that others may read.
type Unit struct {
	Derived   []Derived
	Predictor Predictor
	Target    *Target // or nil
	Outputs   []Output
}

// Derived is a slot that is computed before the predictor runs. Later ones may read earlier ones.
type Derived struct {
	Name string
	Slot int
	Type value.Type
	Of   expression.Expression
}

// Predict derives, predicts, and writes the outputs.
func (u *Unit) Predict(row []value.Value) Prediction {
	for _, d := range u.Derived {
		row[d.Slot] = d.Of.Evaluate(row)
		if row[d.Slot].IsFault() {
			return Failed(row[d.Slot])
		}
	}
	p := u.Predictor.Predict(row)
	if u.Target != nil && p.Outcome == Scored {
		p.Score, p.IsExact = u.Target.of(p.Score), false
	}
	for _, o := range u.Outputs {
		row[o.Slot] = o.of(p, row)
	}
	return p
}

// Rounding is how a target of integers is reached.
type Rounding uint8

// The roundings of a Target.
const (
	NotRounded Rounding = iota
	RoundHalfUp
	Ceiling
	Floor
)

// Target rescales a predicted number: first clamped to [Low, High], then ·Factor + Constant, then rounded.
type Target struct {
	Low, High        float64 // infinite where there is no limit
	Factor, Constant float64
	Rounding         Rounding
	Single           bool // in float32
}

func (t *Target) of(x float64) float64 {
	x = math.Min(math.Max(x, t.Low), t.High)*t.Factor + t.Constant
	if t.Single {
		x = float64(float32(x))
	}
	switch t.Rounding {
	case RoundHalfUp:
		return math.Floor(x + 0.5)
	case Ceiling:
		return math.Ceil(x)
	case Floor:
		return math.Floor(x)
	}
	return x
}

// Feature is what an output shows.
type Feature uint8

// The features of outputs that are computed.
const (
	PredictedValue Feature = iota
	ClassProbability
	ReasonCode
	TransformedValue
)

// Output is a slot written after the predictor ran.
type Output struct {
	Name    string
	Slot    int
	Feature Feature
	Class   string                // of ClassProbability; empty for that of the predicted label
	Rank    int                   // of ReasonCode, from 1
	Of      expression.Expression // of TransformedValue
	Type    value.Type
}

func (o *Output) of(p Prediction, row []value.Value) value.Value {
	v := o.feature(p, row)
	if cast, ok := value.Cast(v, o.Type); ok {
		return cast
	}
	return v
}

func (o *Output) feature(p Prediction, row []value.Value) value.Value {
	switch {
	case o.Feature == TransformedValue:
		return o.Of.Evaluate(row)
	case p.Outcome != Scored:
		return value.Value{}
	case o.Feature == PredictedValue:
		return p.value()
	case o.Feature == ReasonCode && o.Rank <= len(p.Reasons):
		return value.FromText(p.Reasons[o.Rank-1])
	case o.Feature == ReasonCode:
		return value.Value{}
	}
	class := o.Class
	if class == "" {
		class = p.Label
	}
	x, _ := p.Probability(class)
	return value.FromNumber(x)
}
