package formula

import (
	"math"
	"strconv"

	"weir/engine/modelfile/expression"
	"weir/engine/modelfile/pmml/xmltree"
	"weir/engine/modelfile/predicate"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
)

// DataField is one field of the data dictionary.
type DataField struct {
	Element    *xmltree.Element
	Type       value.Type
	Supported  bool     // its data type is; a field of dates is no fault until it is used
	Ordinal    bool     // its operational type is
	Categories []string // its valid values, in order
}

// ReadDictionary reads the data dictionary.
func (f *File) ReadDictionary(e *xmltree.Element) {
	f.Dictionary = map[string]*DataField{}
	if e == nil {
		return
	}
	if n, ok := e.Attr("numberOfFields"); ok && n != strconv.Itoa(fieldCount(e)) {
		f.Note(e.At(), "numberOfFields is not the number of its fields")
	}
	for _, c := range e.Children {
		name, _ := c.Attr("name")
		if c.Name != "DataField" {
			continue
		}
		if f.Dictionary[name] != nil || name == "" {
			f.Fault(c.At(), "a data field without a name of its own")
			continue
		}
		typeName, _ := c.Attr("dataType")
		d := &DataField{Element: c}
		d.Type, d.Supported = value.ParseType(typeName)
		kind, _ := c.Attr("optype")
		d.Ordinal = kind == "ordinal"
		for _, v := range c.Children {
			if text, ok := v.Attr("value"); ok && v.Name == "Value" && property(v) == "valid" {
				d.Categories = append(d.Categories, text)
			}
		}
		f.Dictionary[name] = d
	}
}

func fieldCount(e *xmltree.Element) (n int) {
	for _, c := range e.Children {
		if c.Name == "DataField" {
			n++
		}
	}
	return n
}

func property(v *xmltree.Element) string {
	if text, ok := v.Attr("property"); ok {
		return text
	}
	return "valid"
}

var (
	invalidTreatments = map[string]scoring.OnInvalid{"returnInvalid": scoring.RejectInvalid, "asIs": scoring.InvalidAsIs,
		"asMissing": scoring.InvalidAsMissing, "asValue": scoring.InvalidAsValue}
	missingTreatments = map[string]bool{"asIs": false, "asMean": false, "asMode": false, "asMedian": false, "asValue": false,
		"returnInvalid": true}
	outlierTreatments = map[string]expression.Outlier{"asIs": expression.OutlierAsIs, "asMissingValues": expression.OutlierAsMissing,
		"asExtremeValues": expression.OutlierAsExtreme}
)

// Input reads a MiningField: its type and values from the dictionary, its treatments from the schema. An output of
// another model, which the dictionary does not have, has the type given and no values.
func (s *Scope) Input(e *xmltree.Element, name string, t value.Type) scoring.Input {
	in := scoring.Input{Name: name, Type: t}
	if d := s.File.Dictionary[name]; d != nil {
		s.validity(&in, d)
	}
	in.RejectMissing = Choice(s, e, "missingValueTreatment", false, missingTreatments)
	in.Invalid = Choice(s, e, "invalidValueTreatment", scoring.RejectInvalid, invalidTreatments)
	if text, ok := e.Attr("missingValueReplacement"); ok {
		in.Replacement = s.Typed(e, text, t)
	}
	for _, attribute := range []string{"invalidValueReplacement", "x-invalidValueReplacement"} {
		if text, ok := e.Attr(attribute); ok {
			in.Substitute = s.Typed(e, text, t)
		}
	}
	if in.Invalid == scoring.InvalidAsValue && in.Substitute.IsMissing() {
		s.File.Fault(e.At(), "invalidValueTreatment=asValue without a replacement")
	}
	in.Outlier = Choice(s, e, "outliers", expression.OutlierAsIs, outlierTreatments)
	in.Low, in.High = s.Number(e, "lowValue", math.Inf(-1)), s.Number(e, "highValue", math.Inf(1))
	if in.Outlier != expression.OutlierAsIs && !t.Numeric() {
		s.File.Fault(e.At(), "a treatment of outliers for what is no number")
	}
	return in
}

// validity reads the values and intervals of a data field.
func (s *Scope) validity(in *scoring.Input, d *DataField) {
	if !d.Supported {
		s.File.Fault(d.Element.At(), "the data type of %.60q is not supported", in.Name)
	}
	for _, attribute := range []string{"taxonomy", "isCyclic"} {
		if text, ok := d.Element.Attr(attribute); ok && text != "0" {
			s.File.Fault(d.Element.At(), "attribute %s of %.60q is not supported", attribute, in.Name)
		}
	}
	var lists [3][]value.Value
	for _, c := range d.Element.Children {
		switch c.Name {
		case "Interval":
			if !in.Type.Numeric() {
				s.File.Fault(c.At(), "an interval of what is no number")
			}
			in.Intervals = append(in.Intervals, s.Interval(c))
		case "Value":
			text, _ := c.Attr("value")
			i := map[string]int{"valid": 0, "invalid": 1, "missing": 2}[property(c)]
			if v, ok := value.Cast(value.FromText(text), in.Type); ok {
				lists[i] = append(lists[i], v)
			} else if lists[i] = append(lists[i], value.FromText(text)); i == 0 {
				s.File.Fault(c.At(), "a value that is no %s", in.Type)
			}
		}
	}
	for i, target := range []**predicate.Set{&in.Valid, &in.Forbidden, &in.Null} {
		if lists[i] != nil {
			*target = predicate.NewSet(lists[i])
		}
	}
}

// Interval reads an Interval element.
func (s *Scope) Interval(e *xmltree.Element) expression.Interval {
	i := expression.Interval{Left: s.Number(e, "leftMargin", math.Inf(-1)), Right: s.Number(e, "rightMargin", math.Inf(1))}
	closure, _ := e.Attr("closure")
	switch closure {
	case "openOpen":
	case "openClosed":
		i.RightClosed = true
	case "closedOpen":
		i.LeftClosed = true
	case "closedClosed":
		i.LeftClosed, i.RightClosed = true, true
	default:
		s.File.Fault(e.At(), "closure=%.40q is not supported", closure)
	}
	return i
}
