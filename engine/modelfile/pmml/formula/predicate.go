package formula

import (
	"strconv"
	"strings"

	"weir/engine/modelfile/pmml/xmltree"
	"weir/engine/modelfile/predicate"
	"weir/engine/modelfile/value"
)

// Predicate reads the predicate among the children of an element. It is nil, and a fault, where there is none.
func (s *Scope) Predicate(e *xmltree.Element) predicate.Predicate {
	for _, c := range e.Children {
		switch c.Name {
		case "SimplePredicate", "SimpleSetPredicate", "CompoundPredicate", "True", "False":
			return s.predicate(c)
		}
	}
	s.File.Fault(e.At(), "no predicate")
	return nil
}

func (s *Scope) predicate(e *xmltree.Element) predicate.Predicate {
	switch e.Name {
	case "True", "False":
		return predicate.Always(e.Name == "True")
	case "CompoundPredicate":
		return s.compound(e)
	}
	name, _ := e.Attr("field")
	field, ok := s.Resolve(e, name)
	if !ok {
		return nil
	}
	if e.Name == "SimpleSetPredicate" {
		return s.set(e, name, field)
	}
	return s.simple(e, name, field)
}

func (s *Scope) compound(e *xmltree.Element) predicate.Predicate {
	name, _ := e.Attr("booleanOperator")
	op, ok := predicate.ParseConnective(name)
	if !ok {
		s.File.Fault(e.At(), "booleanOperator=%.40q is not supported", name)
	}
	c := predicate.Compound{Op: op}
	for _, child := range e.Children {
		if child.Name != "Extension" {
			c.Parts = append(c.Parts, s.predicate(child))
		}
	}
	if len(c.Parts) == 0 {
		s.File.Fault(e.At(), "no predicate in it")
	}
	return c
}

func (s *Scope) simple(e *xmltree.Element, name string, field Field) predicate.Predicate {
	operator, _ := e.Attr("operator")
	switch operator {
	case "isMissing":
		return predicate.IsMissing{Name: name, Slot: field.Slot}
	case "isNotMissing":
		return predicate.IsMissing{Name: name, Slot: field.Slot, Not: true}
	}
	op, ok := predicate.ParseOperator(operator)
	text, given := e.Attr("value")
	if !ok || !given {
		s.File.Fault(e.At(), "operator=%.40q is not supported, or has no value", operator)
		return nil
	}
	of := field.Type
	switch {
	case op > predicate.NotEqual && !of.Numeric():
		s.File.Fault(e.At(), "an order relation on %.60q, which is no number", name)
	case op > predicate.NotEqual && of == value.Integer:
		of = value.Double // exporters write the middle between two integers
	}
	return &predicate.Compare{Name: name, Slot: field.Slot, Op: op, Value: s.Typed(e, text, of)}
}

func (s *Scope) set(e *xmltree.Element, name string, field Field) predicate.Predicate {
	operator, _ := e.Attr("booleanOperator")
	array := e.Child("Array")
	if operator != "isIn" && operator != "isNotIn" || array == nil {
		s.File.Fault(e.At(), "booleanOperator=%.40q is not supported, or has no array", operator)
		return nil
	}
	words, ok := arrayWords(array.Text, maxWords-s.File.words)
	if s.File.words += len(words); s.File.words >= maxWords {
		s.File.Fault(array.At(), "more than %d values in the arrays of a file", maxWords)
		return nil
	}
	if n, given := array.Attr("n"); given && n != strconv.Itoa(len(words)) || !ok {
		s.File.Fault(array.At(), "an array that does not hold n values")
	}
	values := make([]value.Value, len(words))
	for i, w := range words {
		values[i] = s.Typed(array, w, field.Type)
	}
	return &predicate.Member{Name: name, Slot: field.Slot, Set: predicate.NewSet(values), Not: operator == "isNotIn"}
}

// arrayWords splits an array at white space, up to so many words; a word may be quoted, with \" for a quotation mark inside.
func arrayWords(text string, most int) (words []string, ok bool) {
	for {
		text = strings.TrimLeft(text, " \t\r\n")
		if text == "" || len(words) == most {
			return words, true
		}
		if text[0] != '"' {
			end := strings.IndexAny(text, " \t\r\n")
			if end < 0 {
				end = len(text)
			}
			words, text = append(words, text[:end]), text[end:]
			continue
		}
		word, rest, ok := quotedWord(text[1:])
		if !ok {
			return words, false
		}
		words, text = append(words, word), rest
	}
}

func quotedWord(text string) (word, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text) && (text[i+1] == '"' || text[i+1] == '\\'):
			i++
			b.WriteByte(text[i])
		case text[i] == '"':
			return b.String(), text[i+1:], true
		default:
			b.WriteByte(text[i])
		}
	}
	return "", "", false
}
