package pmml

import (
	"weir/engine/modelfile/link"
	"weir/engine/modelfile/pmml/formula"
	"weir/engine/modelfile/pmml/xmltree"
	"weir/engine/modelfile/regression"
	"weir/engine/modelfile/scoring"
)

var links = map[string]link.Inverse{"none": link.Identity, "logit": link.Logit, "probit": link.Probit, "cloglog": link.CLogLog,
	"loglog": link.LogLog, "cauchit": link.Cauchit}

// regression reads a RegressionModel: one table for a number, two or more for a classification.
func (r *reader) regression(s *formula.Scope, e *xmltree.Element, t target) scoring.Predictor {
	m := &regression.Model{Single: single(e)}
	for _, c := range e.Children {
		if c.Name == "RegressionTable" {
			m.Tables = append(m.Tables, r.table(s, c))
		}
	}
	method, ok := e.Attr("normalizationMethod")
	if !ok {
		method = "none"
	}
	if function(e) == "regression" {
		r.regressionLink(e, m, method)
	} else {
		r.classification(e, m, method, t)
	}
	return m
}

func (r *reader) regressionLink(e *xmltree.Element, m *regression.Model, method string) {
	if len(m.Tables) != 1 {
		r.Fault(e.At(), "a regression with %d tables", len(m.Tables))
	}
	inverse, ok := links[method]
	switch {
	case method == "softmax": // of one table, PMML takes it for the logistic function
		inverse, ok = link.Logit, true
	case method == "exp":
		inverse, ok = link.Exp, true
	}
	if !ok {
		r.Fault(e.At(), "normalizationMethod=%.40q is not supported for a regression", method)
	}
	m.Link = inverse
}

func (r *reader) classification(e *xmltree.Element, m *regression.Model, method string, t target) {
	if t.field != nil && t.field.Ordinal && method != "softmax" {
		r.Fault(e.At(), "an ordinal target, with cumulative probabilities")
	}
	if len(m.Tables) < 2 {
		r.Fault(e.At(), "a classification with %d tables", len(m.Tables))
	}
	seen := map[string]bool{}
	for _, table := range m.Tables {
		if seen[table.Category] || table.Category == "" {
			r.Fault(e.At(), "tables without a category of their own")
		}
		seen[table.Category] = true
	}
	inverse, binary := links[method]
	switch {
	case method == "softmax":
		m.Normalization = regression.Softmax
	case method == "simplemax":
		m.Normalization = regression.Simplemax
	case binary && len(m.Tables) == 2:
		m.Normalization, m.Link = regression.Binary, inverse
		if second := m.Tables[1]; len(second.Terms) > 0 {
			r.Note(e.At(), "the second of two tables has terms, but with %s its probability is 1 less the first", method)
		}
	default:
		r.Fault(e.At(), "normalizationMethod=%.40q with %d categories is not supported", method, len(m.Tables))
	}
}

func (r *reader) table(s *formula.Scope, e *xmltree.Element) regression.Table {
	t := regression.Table{Intercept: s.Required(e, "intercept")}
	t.Category, _ = e.Attr("targetCategory")
	for _, c := range e.Children {
		term := regression.Term{}
		switch c.Name {
		case "NumericPredictor":
			term.Factors = r.numeric(s, c, "name", s.Number(c, "exponent", 1))
		case "CategoricalPredictor":
			text, _ := c.Attr("value")
			term.Factors = r.category(s, c, "name", text, true)
		case "PredictorTerm":
			for _, ref := range c.Children {
				if ref.Name == "FieldRef" {
					term.Factors = append(term.Factors, r.numeric(s, ref, "field", 1)...)
				}
			}
		default:
			continue
		}
		term.Coefficient = s.Required(c, "coefficient")
		t.Terms = append(t.Terms, term)
	}
	return t
}

// numeric is the power of a field that an attribute names.
func (r *reader) numeric(s *formula.Scope, e *xmltree.Element, attribute string, exponent float64) []regression.Factor {
	name, _ := e.Attr(attribute)
	f, ok := s.Resolve(e, name)
	if ok && !f.Type.Numeric() {
		r.Fault(e.At(), "field %.60q is no number", name)
	}
	return []regression.Factor{{Name: name, Slot: f.Slot, Exponent: exponent}}
}

// category is the indicator of a value of a field that an attribute names.
func (r *reader) category(s *formula.Scope, e *xmltree.Element, attribute, text string, missingIsZero bool) []regression.Factor {
	name, _ := e.Attr(attribute)
	f, _ := s.Resolve(e, name)
	return []regression.Factor{{Name: name, Slot: f.Slot, IsCategory: true, Category: s.Typed(e, text, f.Type),
		MissingIsZero: missingIsZero}}
}
