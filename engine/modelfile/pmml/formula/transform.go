package formula

import (
	"slices"
	"strings"

	"weir/engine/modelfile/expression"
	"weir/engine/modelfile/pmml/xmltree"
	"weir/engine/modelfile/value"
)

// Expression reads one expression element. It is false, and a fault unless e is nil, where it cannot be carried.
func (s *Scope) Expression(e *xmltree.Element) (expression.Expression, bool) {
	if e == nil {
		return nil, false
	}
	switch e.Name {
	case "Constant":
		return s.constant(e), true
	case "FieldRef":
		f, ok := s.field(e)
		return f, ok
	case "Apply":
		return s.apply(e)
	case "NormContinuous":
		return s.polyline(e)
	case "NormDiscrete":
		return s.indicator(e)
	case "Discretize":
		return s.discretize(e)
	case "MapValues":
		return s.lookupTable(e)
	}
	s.File.Fault(e.At(), "expression is not supported")
	return nil, false
}

func (s *Scope) constant(e *xmltree.Element) expression.Expression {
	if missing, _ := e.Attr("missing"); missing == "true" {
		return expression.Constant{}
	}
	name, ok := e.Attr("dataType")
	if !ok {
		return expression.Constant{Value: literal(strings.TrimSpace(e.Text))}
	}
	t, ok := value.ParseType(name)
	if !ok {
		s.File.Fault(e.At(), "data type %.40q is not supported", name)
	}
	text := e.Text
	if t != value.String {
		text = strings.TrimSpace(text)
	}
	return expression.Constant{Value: s.Typed(e, text, t)}
}

// literal is a number where the text is one, else the text.
func literal(text string) value.Value {
	if v, ok := value.FromLiteral(text); ok {
		return v
	}
	return value.FromText(text)
}

// optional is an attribute as a literal, missing where there is none.
func optional(e *xmltree.Element, name string) value.Value {
	text, ok := e.Attr(name)
	if !ok {
		return value.Value{}
	}
	return literal(text)
}

// field is the field that an element names, with what a missing value becomes at a FieldRef.
func (s *Scope) field(e *xmltree.Element) (expression.Field, bool) {
	name, _ := e.Attr("field")
	f, ok := s.Resolve(e, name)
	out := expression.Field{Name: name, Slot: f.Slot}
	if e.Name == "FieldRef" {
		if text, given := e.Attr("mapMissingTo"); given && ok {
			out.MissingTo = s.Typed(e, text, f.Type)
		}
	}
	return out, ok
}

func (s *Scope) apply(e *xmltree.Element) (expression.Expression, bool) {
	if treatment, ok := e.Attr("invalidValueTreatment"); ok && treatment != "returnInvalid" {
		s.File.Fault(e.At(), "invalidValueTreatment=%.40q is not supported", treatment)
	}
	var operands []expression.Expression
	complete := true
	for _, c := range e.Children {
		if c.Name == "Extension" {
			continue
		}
		operand, ok := s.Expression(c)
		operands, complete = append(operands, operand), complete && ok
	}
	function, _ := e.Attr("function")
	a, err := expression.NewApply(function, operands)
	if err != nil {
		s.File.Fault(e.At(), "%s", err)
		return nil, false
	}
	a.MissingTo, a.Default = optional(e, "mapMissingTo"), optional(e, "defaultValue")
	return a, complete
}

var outliers = map[string]expression.Outlier{"asIs": expression.OutlierAsIs, "asMissingValues": expression.OutlierAsMissing,
	"asExtremeValues": expression.OutlierAsExtreme}

func (s *Scope) polyline(e *xmltree.Element) (expression.Expression, bool) {
	f, ok := s.field(e)
	p := expression.Polyline{Field: f, MissingTo: optional(e, "mapMissingTo"), Outlier: Choice(s, e, "outliers", 0, outliers)}
	for _, c := range e.Children {
		if c.Name == "LinearNorm" {
			p.From, p.To = append(p.From, s.Required(c, "orig")), append(p.To, s.Required(c, "norm"))
		}
	}
	if p.Outlier == expression.OutlierAsMissing && !p.MissingTo.IsMissing() {
		s.File.Note(e.At(), "an outlier becomes missing, not mapMissingTo, on which engines differ")
	}
	ok = s.numeric(e) && ok
	rising := len(p.From) >= 2
	for i := 1; i < len(p.From); i++ {
		rising = rising && p.From[i-1] < p.From[i]
	}
	if !rising {
		s.File.Fault(e.At(), "not at least two points with rising orig")
	}
	return p, ok && rising
}

// numeric tells whether the field that an element names is a number; it is a fault if not.
func (s *Scope) numeric(e *xmltree.Element) bool {
	name, _ := e.Attr("field")
	f, ok := s.lookup(e, name)
	if ok && !f.Type.Numeric() {
		s.File.Fault(e.At(), "field %.60q is no number", name)
	}
	return ok && f.Type.Numeric()
}

func (s *Scope) indicator(e *xmltree.Element) (expression.Expression, bool) {
	name, _ := e.Attr("field")
	f, ok := s.Resolve(e, name)
	text, given := e.Attr("value")
	if method, has := e.Attr("method"); has && method != "indicator" || !given {
		s.File.Fault(e.At(), "no value, or a method that is not supported")
	}
	return expression.Indicator{Field: expression.Field{Name: name, Slot: f.Slot}, Value: s.Typed(e, text, f.Type),
		MissingTo: optional(e, "mapMissingTo")}, ok
}

func (s *Scope) discretize(e *xmltree.Element) (expression.Expression, bool) {
	f, ok := s.field(e)
	d := expression.Discretize{Field: f, Default: optional(e, "defaultValue"), MissingTo: optional(e, "mapMissingTo")}
	ok = s.numeric(e) && ok
	for _, c := range e.Children {
		if c.Name != "DiscretizeBin" {
			continue
		}
		text, given := c.Attr("binValue")
		interval := c.Child("Interval")
		if !given || interval == nil {
			s.File.Fault(c.At(), "no binValue or no interval")
			continue
		}
		d.Bins = append(d.Bins, expression.Bin{Interval: s.Interval(interval), Value: literal(text)})
	}
	return d, ok
}

// lookupTable reads MapValues. Where two rows have the same operands, the first counts.
func (s *Scope) lookupTable(e *xmltree.Element) (expression.Expression, bool) {
	output, _ := e.Attr("outputColumn")
	l := expression.Lookup{Rows: map[string]value.Value{}, Default: optional(e, "defaultValue"), MissingTo: optional(e, "mapMissingTo")}
	var columns []string
	var types []value.Type
	for _, c := range e.Children {
		if c.Name != "FieldColumnPair" {
			continue
		}
		name, _ := c.Attr("field")
		column, _ := c.Attr("column")
		f, _ := s.Resolve(c, name)
		l.Fields = append(l.Fields, expression.Field{Name: name, Slot: f.Slot})
		columns, types = append(columns, column), append(types, f.Type)
	}
	table := e.Child("InlineTable")
	if table == nil || len(columns) == 0 || output == "" {
		s.File.Fault(e.At(), "no inline table, no columns or no output column")
		return nil, false
	}
	for _, row := range table.Children {
		result, ok := Cell(row, output)
		operands := make([]value.Value, len(columns))
		for i, column := range columns {
			text, found := Cell(row, column)
			operands[i], ok = s.Typed(row, text, types[i]), ok && found
		}
		if !ok {
			s.File.Fault(row.At(), "a row without all of its columns")
			continue
		}
		if key := expression.Key(operands); l.Rows[key].IsMissing() {
			l.Rows[key] = literal(result)
		}
	}
	return l, true
}

// Cell is the text of a column of a row. A column may be named with or without its prefix.
func Cell(row *xmltree.Element, column string) (string, bool) {
	i := slices.IndexFunc(row.Children, func(c *xmltree.Element) bool {
		return c.Name == column || c.Prefix != "" && c.Prefix+":"+c.Name == column
	})
	if i < 0 {
		_, local, found := strings.Cut(column, ":")
		if !found {
			return "", false
		}
		return Cell(row, local)
	}
	return row.Children[i].Text, true
}
