package pmml

import (
	"weir/engine/modelfile/link"
	"weir/engine/modelfile/pmml/formula"
	"weir/engine/modelfile/pmml/xmltree"
	"weir/engine/modelfile/regression"
	"weir/engine/modelfile/scoring"
)

var generalLinks = map[string]link.Inverse{"identity": link.Identity, "logit": link.Logit, "log": link.Exp, "probit": link.Probit,
	"cloglog": link.CLogLog, "loglog": link.LogLog, "cauchit": link.Cauchit, "logc": link.LogC}

// general reads a GeneralRegressionModel: parameters, each a product of factors and powers of covariates, with one
// coefficient for each category that is predicted.
func (r *reader) general(s *formula.Scope, e *xmltree.Element, t target) scoring.Predictor {
	m := &regression.Model{Single: single(e)}
	for _, attribute := range []string{"trialsVariable", "trialsValue", "cumulativeLink", "endTimeVariable", "startTimeVariable",
		"statusVariable", "baselineStrataVariable"} {
		if _, ok := e.Attr(attribute); ok {
			r.Fault(e.At(), "attribute %s is not supported", attribute)
		}
	}
	products := r.products(s, e)
	tables := r.coefficients(s, e, products)
	for i := range tables {
		r.offset(s, e, &tables[i])
	}
	kind, _ := e.Attr("modelType")
	inverse := r.link(s, e)
	if kind != "generalizedLinear" && inverse != link.Identity {
		r.Note(e.At(), "linkFunction has no part in a model of type %.40q", kind)
	}
	switch {
	case function(e) == "regression" && (kind == "regression" || kind == "generalLinear" || kind == "generalizedLinear"):
		if kind == "generalizedLinear" {
			m.Link = inverse
		}
		m.Tables = tables
		if len(tables) != 1 {
			r.Fault(e.At(), "a regression with coefficients for several categories")
		}
	case kind == "generalizedLinear" && inverse.Probability():
		m.Link, m.Normalization = inverse, regression.Binary
		m.Tables = r.withReference(e, tables, t)
		if len(m.Tables) != 2 {
			r.Fault(e.At(), "a binary model whose two categories are not both known")
		}
	case kind == "multinomialLogistic":
		m.Normalization = regression.Softmax
		m.Tables = r.withReference(e, tables, t)
	default:
		r.Fault(e.At(), "modelType=%.40q is not supported for a %s", kind, function(e))
	}
	return m
}

// link reads the link function of a generalised linear model; two take a parameter, one that of the distribution.
func (r *reader) link(s *formula.Scope, e *xmltree.Element) link.Inverse {
	switch name, _ := e.Attr("linkFunction"); name {
	case "power":
		return link.Power(s.Required(e, "linkParameter"))
	case "oddspower":
		return link.OddsPower(s.Required(e, "linkParameter"))
	case "negbin":
		return link.NegativeBinomial(s.Required(e, "distParameter"))
	}
	return formula.Choice(s, e, "linkFunction", link.Identity, generalLinks)
}

// products reads the predictor-to-parameter matrix: for each parameter its factors.
func (r *reader) products(s *formula.Scope, e *xmltree.Element) map[string][]regression.Factor {
	factors := predictors(e.Child("FactorList"))
	products := map[string][]regression.Factor{}
	for _, c := range childrenOf(e.Child("ParameterList"), "Parameter") {
		name, _ := c.Attr("name")
		products[name] = nil
	}
	for _, c := range childrenOf(e.Child("PPMatrix"), "PPCell") {
		parameter, _ := c.Attr("parameterName")
		predictor, _ := c.Attr("predictorName")
		if _, known := products[parameter]; !known {
			r.Fault(c.At(), "parameter %.60q is not in the list", parameter)
		}
		if _, ok := c.Attr("targetCategory"); ok {
			r.Fault(c.At(), "a cell for one category only")
		}
		text, _ := c.Attr("value")
		if factors[predictor] {
			products[parameter] = append(products[parameter], r.category(s, c, "predictorName", text, false)...)
		} else {
			products[parameter] = append(products[parameter], r.numeric(s, c, "predictorName", s.Number(c, "value", 1))...)
		}
	}
	for _, list := range []string{"FactorList", "CovariateList"} {
		for _, c := range childrenOf(e.Child(list), "Predictor") {
			if name, ok := c.Attr("contrastMatrixType"); ok {
				r.Fault(c.At(), "a contrast matrix (%.40q)", name)
			}
		}
	}
	return products
}

func predictors(list *xmltree.Element) map[string]bool {
	names := map[string]bool{}
	for _, c := range childrenOf(list, "Predictor") {
		name, _ := c.Attr("name")
		names[name] = true
	}
	return names
}

func childrenOf(e *xmltree.Element, name string) (children []*xmltree.Element) {
	if e == nil {
		return nil
	}
	for _, c := range e.Children {
		if c.Name == name {
			children = append(children, c)
		}
	}
	return children
}

// coefficients reads the parameter matrix: one table for each category, or one without.
func (r *reader) coefficients(s *formula.Scope, e *xmltree.Element, products map[string][]regression.Factor) []regression.Table {
	var tables []regression.Table
	given, position := map[[2]string]bool{}, map[string]int{}
	for _, c := range childrenOf(e.Child("ParamMatrix"), "PCell") {
		category, _ := c.Attr("targetCategory")
		parameter, _ := c.Attr("parameterName")
		factors, known := products[parameter]
		if !known || given[[2]string{category, parameter}] {
			r.Fault(c.At(), "parameter %.60q is not in the list, or given twice", parameter)
		}
		given[[2]string{category, parameter}] = true
		i, found := position[category]
		if !found {
			i = len(tables)
			position[category] = i
			tables = append(tables, regression.Table{Category: category})
		}
		tables[i].Terms = append(tables[i].Terms, regression.Term{Coefficient: s.Required(c, "beta"), Factors: factors})
	}
	if len(tables) == 0 {
		r.Fault(e.At(), "no coefficients")
	}
	return tables
}

func (r *reader) offset(s *formula.Scope, e *xmltree.Element, t *regression.Table) {
	t.Intercept += s.Number(e, "offsetValue", 0)
	if _, ok := e.Attr("offsetVariable"); ok {
		t.Terms = append(t.Terms, regression.Term{Coefficient: 1, Factors: r.numeric(s, e, "offsetVariable", 1)})
	}
}

// withReference adds the category whose table is zero, and names the category of the only table that has none.
func (r *reader) withReference(e *xmltree.Element, tables []regression.Table, t target) []regression.Table {
	reference, given := e.Attr("targetReferenceCategory")
	named := map[string]bool{}
	for _, table := range tables {
		named[table.Category] = true
	}
	var others []string
	if t.field != nil {
		for _, c := range t.field.Categories {
			if !named[c] && (!given || c != reference) {
				others = append(others, c)
			}
		}
	}
	switch {
	case len(tables) == 1 && tables[0].Category == "" && given && len(others) == 1:
		tables[0].Category = others[0]
	case !given && len(others) == 1:
		reference = others[0]
	case !given || len(others) > 0:
		r.Fault(e.At(), "categories of the target for which there are neither coefficients nor a reference")
	}
	if named[reference] {
		return tables
	}
	return append(tables, regression.Table{Category: reference})
}
