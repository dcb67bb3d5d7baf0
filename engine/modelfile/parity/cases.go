// Package parity compares a model with what is expected of it: lists of cases with inputs and outcomes, and tables of rows
// with a result each. It is what a bank runs to see that an imported model answers as its old engine does.
//
// The two formats are the project's own, for open test vectors: {"format": 1, "cases": [...]} with the outcomes score,
// invalid, reject, nonfinite and refuse, and {"format": 1, "compare": [...]} with the columns of a table. It opens no
// files itself, and refuses formats and outcomes that it does not know. Its reports name rows and outputs and hold
// differences, which are for the bank alone.
package parity

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"weir/engine/modelfile/jsontree"
	"weir/engine/modelfile/refusal"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
)

// Tolerance is how far a number may be from the one expected. A probability may be off by the larger of the two.
type Tolerance struct {
	Score                                  float64 // absolute
	ProbabilityAbsolute, ProbabilityFactor float64 // absolute; relative to the expected probability
}

// Cases is a list of cases.
type Cases struct {
	Model     string // the file name of the model that the list is about, as written
	Tolerance Tolerance
	List      []Case
	Refused   []string // names of files that must not be imported (outcome refuse), Model where a case names none
}

// Case is one row and what is expected of it.
type Case struct {
	Input         map[string]value.Value
	Outcome       string
	Score         float64 // NaN where none is expected
	Label         string  // empty where none is expected
	Probabilities []scoring.Probability
	Reasons       []string
	HasReasons    bool
	Line          int // in the list's file
}

// ReadCases reads a list of cases; file is only the name used in errors, which are *refusal.Error.
func ReadCases(text []byte, file string) (*Cases, error) {
	root, err := jsontree.ParseJSON(text, file)
	if err != nil {
		return nil, err
	}
	list := &refusal.List{File: file}
	if root.Get("format").Text != "1" || root.Get("cases").Kind != jsontree.List {
		list.Fault(root.At(""), "not a list of cases of format 1")
	}
	c := &Cases{Model: root.Get("model").Text}
	tolerance := root.Get("tolerance")
	c.Tolerance.Score = number(list, tolerance, "score_abs", 0)
	c.Tolerance.ProbabilityAbsolute = number(list, tolerance, "probability_abs", 0)
	c.Tolerance.ProbabilityFactor = number(list, tolerance, "probability_rel", 0)
	items := root.Get("cases").Items
	for i := range items {
		if items[i].Get("outcome").Text == "refuse" {
			c.Refused = append(c.Refused, cmp.Or(items[i].Get("file").Text, c.Model))
			continue
		}
		c.List = append(c.List, readCase(list, &items[i]))
	}
	return c, list.Err()
}

func number(list *refusal.List, v *jsontree.Value, key string, fallback float64) float64 {
	if !v.Has(key) {
		return fallback
	}
	x, ok := v.Get(key).Float()
	if !ok {
		list.Fault(v.Get(key).At(key), "not a number")
	}
	return x
}

func readCase(list *refusal.List, v *jsontree.Value) Case {
	c := Case{Input: map[string]value.Value{}, Outcome: v.Get("outcome").Text, Line: v.At("").Line}
	if !slices.Contains([]string{"score", "invalid", "reject", "nonfinite"}, c.Outcome) {
		list.Fault(v.At("outcome"), "outcome %.20q is not one of score, invalid, reject, nonfinite, refuse", c.Outcome)
	}
	for _, m := range v.Get("input").Members {
		c.Input[m.Key] = scalar(list, &m.Value)
	}
	c.Score = number(list, v, "score", math.NaN())
	c.Label = v.Get("label").Text
	for _, m := range v.Get("probabilities").Members {
		x, ok := m.Value.Float()
		if !ok {
			list.Fault(m.Value.At("probabilities"), "not a number")
		}
		c.Probabilities = append(c.Probabilities, scoring.Probability{Class: m.Key, P: x})
	}
	reasons, ok := v.Get("reasons").Texts()
	if !ok {
		list.Fault(v.Get("reasons").At("reasons"), "not a list of texts")
	}
	c.Reasons, c.HasReasons = reasons, v.Has("reasons")
	return c
}

// scalar is an input as a value; null is missing.
func scalar(list *refusal.List, v *jsontree.Value) value.Value {
	switch v.Kind {
	case jsontree.Null:
		return value.Value{}
	case jsontree.Bool:
		return value.FromBool(v.Text == "true")
	case jsontree.Text:
		return value.FromText(v.Text)
	case jsontree.Number:
		if x, ok := value.FromLiteral(v.Text); ok {
			return x
		}
	}
	list.Fault(v.At("input"), "neither a number, a text, a boolean nor null")
	return value.Value{}
}

// Refusal compares what became of a file with the list; about is false where the list does not say that it is to be refused.
func (c *Cases) Refusal(file string, refused bool) (r Report, about bool) {
	about = slices.Contains(c.Refused, file)
	if about && refused {
		r.add(1, 0, "")
	} else if about {
		r.add(1, 0, "outcome: imported, expected a refusal")
	}
	return r, about
}

// Run scores every case.
func (c *Cases) Run(m *scoring.Model) Report {
	var r Report
	for i := range c.List {
		p := m.EvaluateNamed(c.List[i].Input)
		why, difference := c.List[i].compare(p, c.Tolerance)
		r.add(i+1, difference, why)
	}
	return r
}

// compare says how a prediction differs from the case, or nothing, and by how much its numbers are off.
func (c *Case) compare(p scoring.Prediction, t Tolerance) (why string, difference float64) {
	if c.Outcome != "score" {
		if p.Outcome == scoring.Scored || c.Outcome == "reject" != (p.Outcome == scoring.Rejected) {
			return fmt.Sprintf("outcome %s, expected %s", p.Outcome, c.Outcome), 0
		}
		return "", 0
	}
	if p.Outcome != scoring.Scored {
		return fmt.Sprintf("outcome %s (%s), expected a score", p.Outcome, p.Why), 0
	}
	if !math.IsNaN(c.Score) {
		difference = math.Abs(p.Score - c.Score)
		if !(difference <= t.Score) {
			why = "score"
		}
	}
	if c.Label != "" && p.Label != c.Label {
		why = "label"
	}
	for _, q := range c.Probabilities {
		x, ok := p.Probability(q.Class)
		d := math.Abs(x - q.P)
		if difference = max(difference, d); !ok || !(d <= max(t.ProbabilityAbsolute, t.ProbabilityFactor*q.P)) {
			why = fmt.Sprintf("probability(%s)", q.Class)
		}
	}
	if c.HasReasons && !slices.Equal(p.Reasons, c.Reasons) {
		why = "reason codes"
	}
	return why, difference
}
