// Package formula turns the fields, transformations and predicates of a PMML file into the common form: it knows what a
// name means inside a model (a data field, a derived field, the output of an earlier segment), in which slot of a row it
// lives, and which type it has.
//
// It refuses what a name does not stand for, circles of derived fields, values that are none of a field's type, order
// relations on texts, and functions that the engine does not have; every fault carries its element and line. Sources:
// PMML 4.4 "Field Scope", "Data Dictionary", "Mining Schema", "Transformations".
package formula

import (
	"math"

	"weir/engine/modelfile/expression"
	"weir/engine/modelfile/pmml/xmltree"
	"weir/engine/modelfile/refusal"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
)

// File is what all models of a file share: the data dictionary, the slots given out so far, the faults and notes.
type File struct {
	*refusal.List
	Slots      int
	Dictionary map[string]*DataField

	words int // of all arrays so far
}

// maxWords is the most words in all arrays of a file.
const maxWords = 200_000

// Field is what a name stands for.
type Field struct {
	Slot int
	Type value.Type
}

// Scope is what names mean inside one model. A name that a scope does not have is looked for in the scope around it.
type Scope struct {
	File *File
	Unit *scoring.Unit // of the model: derived fields are added to it when they are first used

	outer    *Scope
	fields   map[string]Field
	pending  map[string]*xmltree.Element // derived fields not used so far
	building map[string]bool             // derived fields whose formula is being read
}

// NewScope is a scope inside outer, which is nil for the model of a file.
func NewScope(file *File, outer *Scope) *Scope {
	return &Scope{File: file, Unit: &scoring.Unit{}, outer: outer, fields: map[string]Field{},
		pending: map[string]*xmltree.Element{}, building: map[string]bool{}}
}

// Define gives a name a slot of its own.
func (s *Scope) Define(name string, t value.Type) Field {
	f := Field{s.File.Slots, t}
	s.File.Slots++
	s.fields[name] = f
	return f
}

// Alias gives a name to a field that there is already.
func (s *Scope) Alias(name string, f Field) { s.fields[name] = f }

// AddDerived takes the DerivedField children of an element, which may be nil, for use when they are named.
func (s *Scope) AddDerived(e *xmltree.Element) {
	if e == nil {
		return
	}
	for _, d := range e.Children {
		name, _ := d.Attr("name")
		if d.Name != "DerivedField" {
			continue
		}
		if _, twice := s.pending[name]; twice || name == "" {
			s.File.Fault(d.At(), "a derived field without a name of its own")
		}
		s.pending[name] = d
	}
}

// Resolve is the field that a name stands for. A name that stands for nothing is a fault at the element.
func (s *Scope) Resolve(e *xmltree.Element, name string) (Field, bool) {
	f, found := s.lookup(e, name)
	if !found {
		s.File.Fault(e.At(), "field %.60q is neither in the mining schema nor derived", name)
	}
	return f, found
}

func (s *Scope) lookup(e *xmltree.Element, name string) (Field, bool) {
	for ; s != nil; s = s.outer {
		if f, ok := s.fields[name]; ok {
			return f, true
		}
		if d, ok := s.pending[name]; ok {
			return s.derive(e, name, d), true
		}
	}
	return Field{}, false
}

// maxChain bounds how deep derived fields may stand on each other.
const maxChain = 1000

// derive reads a derived field that is named for the first time; the fields that it names come before it.
func (s *Scope) derive(e *xmltree.Element, name string, d *xmltree.Element) Field {
	if s.building[name] {
		s.File.Fault(e.At(), "derived field %.60q is defined by itself", name)
		return Field{}
	}
	if len(s.building) == maxChain {
		s.File.Fault(d.At(), "derived fields that need each other in a chain longer than %d", maxChain)
		return Field{}
	}
	s.building[name] = true
	defer delete(s.building, name)
	typeName, _ := d.Attr("dataType")
	t, ok := value.ParseType(typeName)
	if !ok {
		s.File.Fault(d.At(), "data type %.40q is not supported", typeName)
	}
	of, _ := s.Expression(only(d))
	if of == nil {
		s.File.Fault(d.At(), "no expression")
		of = expression.Constant{}
	}
	delete(s.pending, name)
	f := s.Define(name, t)
	s.Unit.Derived = append(s.Unit.Derived, scoring.Derived{Name: name, Slot: f.Slot, Type: t, Of: expression.Cast{Of: of, To: t}})
	return f
}

// only is the first child that is an expression or a predicate, or nil.
func only(e *xmltree.Element) *xmltree.Element {
	for _, c := range e.Children {
		if c.Name != "Extension" && c.Name != "Value" && c.Name != "ScoreDistribution" {
			return c
		}
	}
	return nil
}

// Number reads a numeric attribute, or gives the fallback where there is none.
func (s *Scope) Number(e *xmltree.Element, name string, fallback float64) float64 {
	text, ok := e.Attr(name)
	if !ok {
		return fallback
	}
	x, ok := value.ParseNumber(text)
	if !ok {
		s.File.Fault(e.At(), "attribute %s is not a number", name)
	}
	return x
}

// Required reads a numeric attribute that must be there.
func (s *Scope) Required(e *xmltree.Element, name string) float64 {
	if _, ok := e.Attr(name); !ok {
		s.File.Fault(e.At(), "attribute %s is missing", name)
		return math.NaN()
	}
	return s.Number(e, name, 0)
}

// Choice reads an attribute that has to be one of the names in a table; one that is not there gives the fallback.
func Choice[T any](s *Scope, e *xmltree.Element, name string, fallback T, table map[string]T) T {
	text, ok := e.Attr(name)
	if !ok {
		return fallback
	}
	choice, ok := table[text]
	if !ok {
		s.File.Fault(e.At(), "%s=%.60q is not supported", name, text)
	}
	return choice
}

// Typed reads a text as a value of a type; one that is none is a fault at the element.
func (s *Scope) Typed(e *xmltree.Element, text string, t value.Type) value.Value {
	v, ok := value.Cast(value.FromText(text), t)
	if !ok {
		s.File.Fault(e.At(), "a value that is no %s", t)
	}
	return v
}
