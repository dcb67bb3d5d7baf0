// Package scoring is the common form that every importer produces and the engine that evaluates it on plain rows: a
// Model takes named inputs, prepares them as its file says, runs its predictor, and answers with a Prediction.
//
// It is for banks: what a sealed score is later compared with, and what a model file is read into before its terms are
// bound to features. The families (scorecards, regressions, trees, ensembles, boosted forests) are packages of their
// own that implement Predictor; their fields are exported, so that a reader can see what a model consists of. The
// package reads no files, and no message that it makes repeats an input, a score or a coefficient.
//
// Sources: PMML 4.4 "Mining Schema", "Targets", "Output", "Model Verification"; the project's formats for test vectors.
package scoring

import (
	"math"

	"weir/engine/modelfile/refusal"
	"weir/engine/modelfile/value"
)

// Model is an imported model. Slots 0 to len(Inputs)-1 of a row are its inputs; the units of the model own the others.
// It is not changed by Evaluate and may be used by several goroutines at once.
type Model struct {
	Name   string // as the file has it, may be empty
	Format string // for people: "PMML 4.4 Scorecard", "XGBoost 3.4 JSON"
	Inputs []Input
	Slots  int // length of a row, at least len(Inputs)
	Root   *Unit

	Published    []Published // outputs that the file names, by slot
	Verification []Check     // what the file itself says that it answers
	Notes        []refusal.Remark
}

// Published is an output field that the file makes visible.
type Published struct {
	Name string
	Slot int
}

// Evaluate scores one row; values are in the order of Inputs, and what is not there is missing.
func (m *Model) Evaluate(values []value.Value) Prediction {
	row := make([]value.Value, m.Slots)
	for i := range m.Inputs {
		if i < len(values) {
			row[i] = values[i]
		}
		row[i] = m.Inputs[i].Prepare(row[i])
		if row[i].IsFault() {
			return Failed(row[i])
		}
	}
	p := m.Root.Predict(row)
	if p.Outcome == Scored && !p.finite() {
		p = Prediction{Outcome: NonFinite, Why: "the result is not finite", Score: math.NaN()}
	}
	for _, o := range m.Published {
		p.outputs = append(p.outputs, named{o.Name, row[o.Slot]})
	}
	return p
}

// EvaluateNamed scores one row given by name. Names that the model does not take are left aside.
func (m *Model) EvaluateNamed(inputs map[string]value.Value) Prediction {
	values := make([]value.Value, len(m.Inputs))
	for i, in := range m.Inputs {
		values[i] = inputs[in.Name]
	}
	return m.Evaluate(values)
}
