// Package pmml reads PMML 3.1 to 4.4: scorecards, regressions, general regressions, trees and ensembles of them, with
// their fields, treatments, transformations, outputs, targets and verification records.
//
// It refuses what it cannot carry with the list of elements and lines: other models, user-defined functions, dates, text
// mining, tables in other files, ordinal targets, survival models. Unknown attributes become notes. What a file says for
// people (headers, statistics, extensions) is left aside. Source: the Data Mining Group's PMML 4.4; where engines differ,
// the project's notes on open test vectors.
package pmml

import (
	"strings"

	"weir/engine/modelfile/pmml/formula"
	"weir/engine/modelfile/pmml/vocabulary"
	"weir/engine/modelfile/pmml/xmltree"
	"weir/engine/modelfile/refusal"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
)

// versions are the versions of PMML that are read; a file may add a third number.
var versions = []string{"3.1", "3.2", "4.0", "4.1", "4.2", "4.3", "4.4"}

// Read makes a model of a document. The error is a *refusal.Error with all faults.
func Read(root *xmltree.Element, file string) (*scoring.Model, error) {
	list := &refusal.List{File: file}
	if root.Name != "PMML" {
		list.Fault(root.At(), "an XML file whose root is not <PMML>")
		return nil, list.Err()
	}
	version, _ := root.Attr("version")
	if !supported(version) {
		list.Fault(root.At(), "PMML version %.20q is not between 3.1 and 4.4", version)
	}
	vocabulary.Check(list, root)
	element := onlyModel(list, root)
	if err := list.Err(); err != nil {
		return nil, err
	}
	r := &reader{File: &formula.File{List: list}, root: root}
	model := r.model(element)
	model.Format = "PMML " + version + " " + element.Name
	if err := list.Err(); err != nil {
		return nil, err
	}
	model.Notes = list.Notes()
	return model, nil
}

func supported(version string) bool {
	for _, v := range versions {
		if version == v || strings.HasPrefix(version, v+".") {
			return true
		}
	}
	return false
}

func isModel(name string) bool {
	switch name {
	case "Scorecard", "RegressionModel", "GeneralRegressionModel", "TreeModel", "MiningModel":
		return true
	}
	return false
}

// onlyModel is the one model of a file.
func onlyModel(list *refusal.List, root *xmltree.Element) (model *xmltree.Element) {
	for _, c := range root.Children {
		switch {
		case !isModel(c.Name):
		case model == nil:
			model = c
		default:
			list.Fault(c.At(), "a second model in one file: keep one, so that it is plain which is meant")
		}
	}
	if model == nil {
		list.Fault(root.At(), "no model in the file")
	}
	return model
}

// reader makes the common form of one document.
type reader struct {
	*formula.File
	root      *xmltree.Element
	inputs    []scoring.Input
	published []scoring.Published
}

// model reads the model of the file.
func (r *reader) model(e *xmltree.Element) *scoring.Model {
	r.ReadDictionary(r.root.Child("DataDictionary"))
	s := formula.NewScope(r.File, nil)
	s.AddDerived(r.root.Child("TransformationDictionary"))
	target := r.schema(s, e, true)
	unit := r.unit(s, e, target, true)
	name, _ := e.Attr("modelName")
	m := &scoring.Model{Name: name, Inputs: r.inputs, Root: unit, Published: r.published}
	if t := target.name; t != "" {
		f := s.Define(t, target.outputType(e))
		unit.Outputs = append(unit.Outputs, scoring.Output{Name: t, Slot: f.Slot, Type: f.Type})
		m.Published = append(m.Published, scoring.Published{Name: t, Slot: f.Slot})
	}
	m.Slots = r.Slots
	m.Verification = r.verification(s, e)
	return m
}

// target is what a model predicts.
type target struct {
	name  string
	field *formula.DataField // nil where the file has none
}

// outputType is the type of the predicted value: a number for a regression, else that of the field.
func (t target) outputType(e *xmltree.Element) value.Type {
	if function(e) == "regression" {
		return value.Double
	}
	return value.String
}

func function(e *xmltree.Element) string {
	name, _ := e.Attr("functionName")
	return name
}

// unit reads a model element into its scope's unit: transformations, predictor, targets, outputs.
func (r *reader) unit(s *formula.Scope, e *xmltree.Element, t target, root bool) *scoring.Unit {
	if f := function(e); f != "regression" && f != "classification" {
		r.Fault(e.At(), "functionName=%.40q is not supported", f)
	}
	if scorable, ok := e.Attr("isScorable"); ok && scorable != "true" && scorable != "1" {
		r.Fault(e.At(), "the file says that the model is not to be scored")
	}
	s.AddDerived(e.Child("LocalTransformations"))
	switch e.Name {
	case "Scorecard":
		s.Unit.Predictor = r.scorecard(s, e)
	case "RegressionModel":
		s.Unit.Predictor = r.regression(s, e, t)
	case "GeneralRegressionModel":
		s.Unit.Predictor = r.general(s, e, t)
	case "TreeModel":
		s.Unit.Predictor = r.tree(s, e)
	case "MiningModel":
		s.Unit.Predictor = r.ensemble(s, e, root)
	}
	r.targets(s, e)
	r.outputs(s, e, root)
	return s.Unit
}

// schema reads a mining schema: inputs for the model of the file, treatments of the outer fields for a nested one.
func (r *reader) schema(s *formula.Scope, e *xmltree.Element, root bool) (t target) {
	schema := e.Child("MiningSchema")
	if schema == nil {
		r.Fault(e.At(), "no mining schema")
		return t
	}
	seen := map[string]bool{}
	for _, c := range schema.Children {
		if c.Name != "MiningField" {
			continue
		}
		name, _ := c.Attr("name")
		if seen[name] || name == "" {
			r.Fault(c.At(), "a mining field without a name of its own")
		}
		seen[name] = true
		switch usage, given := c.Attr("usageType"); {
		case usage == "active" || !given:
			r.active(s, c, name, root)
		case isTarget(usage):
			if chained := chainTarget(e); t.name == "" || name == chained {
				t = target{name, r.Dictionary[name]}
			} else if chained == "" {
				r.Fault(c.At(), "a second target")
			}
		case usage != "supplementary" && usage != "frequencyWeight" && usage != "analysisWeight" && usage != "order":
			r.Fault(c.At(), "usageType=%.40q is not supported", usage)
		}
	}
	return t
}

func isTarget(usage string) bool { return usage == "target" || usage == "predicted" }

func (r *reader) active(s *formula.Scope, e *xmltree.Element, name string, root bool) {
	if root {
		d := r.Dictionary[name]
		if d == nil {
			r.Fault(e.At(), "field %.60q is not in the data dictionary", name)
			return
		}
		s.Define(name, d.Type)
		r.inputs = append(r.inputs, s.Input(e, name, d.Type))
		return
	}
	outer, ok := s.Resolve(e, name)
	if !ok {
		return
	}
	in := s.Input(e, name, outer.Type)
	if in.Plain() {
		s.Alias(name, outer)
		return
	}
	f := s.Define(name, outer.Type)
	s.Unit.Derived = append(s.Unit.Derived, scoring.Derived{Name: name, Slot: f.Slot, Type: f.Type, Of: in.Again(outer.Slot)})
}
