package pmml

import (
	"math"

	"weir/engine/modelfile/pmml/formula"
	"weir/engine/modelfile/pmml/xmltree"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
)

var roundings = map[string]scoring.Rounding{"round": scoring.RoundHalfUp, "ceiling": scoring.Ceiling, "floor": scoring.Floor}

// targets reads what is done to the predicted number.
func (r *reader) targets(s *formula.Scope, e *xmltree.Element) {
	list := e.Child("Targets")
	if list == nil {
		return
	}
	for i, c := range list.Children {
		if i > 0 {
			r.Fault(c.At(), "a second target")
		}
		t := &scoring.Target{Low: s.Number(c, "min", math.Inf(-1)), High: s.Number(c, "max", math.Inf(1)),
			Factor: s.Number(c, "rescaleFactor", 1), Constant: s.Number(c, "rescaleConstant", 0),
			Rounding: formula.Choice(s, c, "castInteger", scoring.NotRounded, roundings), Single: single(e)}
		plain := *t == scoring.Target{Low: math.Inf(-1), High: math.Inf(1), Factor: 1, Single: t.Single}
		if !plain && function(e) != "regression" {
			r.Fault(c.At(), "a classification that is rescaled")
		}
		if !plain {
			s.Unit.Target = t
		}
		for _, v := range c.Children {
			for _, attribute := range []string{"priorProbability", "defaultValue"} {
				if _, ok := v.Attr(attribute); ok {
					r.Fault(v.At(), "a %s, which would stand for a missing result", attribute)
				}
			}
		}
	}
}

// single tells whether a model is to be computed in float32 (an attribute of the JPMML exporters).
func single(e *xmltree.Element) bool {
	context, _ := e.Attr("x-mathContext")
	return context == "float"
}

// outputs reads the output fields, gives them slots, and makes those of the file's model known by name.
func (r *reader) outputs(s *formula.Scope, e *xmltree.Element, root bool) {
	list := e.Child("Output")
	if list == nil {
		return
	}
	for _, c := range list.Children {
		if c.Name != "OutputField" {
			continue
		}
		name, _ := c.Attr("name")
		o := scoring.Output{Name: name, Type: r.outputType(c, e)}
		if !r.feature(s, c, &o) {
			continue
		}
		o.Slot = s.Define(name, o.Type).Slot
		s.Unit.Outputs = append(s.Unit.Outputs, o)
		if final, ok := c.Attr("isFinalResult"); root && (!ok || final != "false") {
			r.published = append(r.published, scoring.Published{Name: name, Slot: o.Slot})
		}
	}
}

func (r *reader) outputType(c, model *xmltree.Element) value.Type {
	name, ok := c.Attr("dataType")
	feature, _ := c.Attr("feature")
	if !ok {
		if feature == "probability" || function(model) == "regression" && feature != "reasonCode" {
			return value.Double
		}
		return value.String
	}
	t, ok := value.ParseType(name)
	if !ok {
		r.Fault(c.At(), "data type %.40q is not supported", name)
	}
	return t
}

// feature reads what an output shows. It is false, with a note, for what has no part in a score.
func (r *reader) feature(s *formula.Scope, c *xmltree.Element, o *scoring.Output) bool {
	if _, ok := c.Attr("segmentId"); ok {
		r.Fault(c.At(), "an output of one segment of an ensemble")
	}
	name, ok := c.Attr("feature")
	if !ok {
		name = "predictedValue"
	}
	switch name {
	case "predictedValue", "predictedDisplayValue":
		o.Feature = scoring.PredictedValue
	case "probability":
		o.Feature = scoring.ClassProbability
		o.Class, _ = c.Attr("value")
	case "reasonCode":
		o.Feature = scoring.ReasonCode
		if o.Rank, ok = reasonRank(c); !ok {
			r.Fault(c.At(), "rank is not a number from 1")
		}
	case "transformedValue", "decision":
		o.Feature = scoring.TransformedValue
		of, _ := s.Expression(expressionIn(c))
		if of == nil {
			r.Fault(c.At(), "no expression")
		}
		o.Of = of
	default:
		r.Note(c.At(), "output %.60q (feature %.40q) is not computed", o.Name, name)
		return false
	}
	return true
}

func expressionIn(e *xmltree.Element) *xmltree.Element {
	for _, c := range e.Children {
		if c.Name != "Extension" {
			return c
		}
	}
	return nil
}

// maxChecks is the most verification records that an import runs.
const maxChecks = 10_000

// verification reads the records by which the file lets itself be checked: fields that are inputs, and results.
func (r *reader) verification(s *formula.Scope, e *xmltree.Element) []scoring.Check {
	v := e.Child("ModelVerification")
	if v == nil {
		return nil
	}
	fields, table := v.Child("VerificationFields"), v.Child("InlineTable")
	if fields == nil || table == nil || len(table.Children) > maxChecks {
		r.Fault(v.At(), "no fields, no inline table, or more than %d records: leave out some", maxChecks)
		return nil
	}
	inputs := map[string]bool{}
	for _, in := range r.inputs {
		inputs[in.Name] = true
	}
	var checks []scoring.Check
	for _, row := range table.Children {
		check := scoring.Check{Line: row.Line, Inputs: map[string]value.Value{}}
		for _, f := range fields.Children {
			name, _ := f.Attr("field")
			column, ok := f.Attr("column")
			if !ok {
				column = name
			}
			text, found := formula.Cell(row, column)
			switch {
			case !found:
			case inputs[name]:
				check.Inputs[name] = value.FromText(text)
			default:
				check.Want = append(check.Want, scoring.Expectation{Output: name, Want: value.FromText(text),
					Precision: s.Number(f, "precision", 1e-6), ZeroThreshold: s.Number(f, "zeroThreshold", 1e-16)})
			}
		}
		checks = append(checks, check)
	}
	return checks
}
