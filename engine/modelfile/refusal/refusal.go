// Package refusal is how the importers of foreign model files say no: one error that lists every fault found, each with
// its line, its element and what to do about it, so that a bank repairs a file in one round instead of ten.
//
// It also carries notes: what an importer read differently from what a reader of the file might expect (an attribute
// that the format does not know, a category in two groups). A note does not stop an import; a fault does. Neither
// repeats a number of the model.
package refusal

import (
	"fmt"
	"strings"
)

// MaxFaults is the number of faults that one Error lists; further ones are only counted.
const MaxFaults = 100

// Place is where in a file something stands. Line and Column count from 1 and are 0 where unknown. In a binary file Line
// is 0 and Column is the byte's offset plus one. Element is the XML element, JSON key or line that is meant.
type Place struct {
	Line, Column int
	Element      string
}

// String is "line 12, <Node>" or as much of it as is known.
func (p Place) String() string {
	var parts []string
	switch {
	case p.Line > 0:
		parts = append(parts, fmt.Sprintf("line %d", p.Line))
	case p.Column > 0:
		parts = append(parts, fmt.Sprintf("byte %d", p.Column-1))
	}
	if p.Element != "" {
		parts = append(parts, p.Element)
	}
	return strings.Join(parts, ", ")
}

// Remark is one sentence about one place of a file: a fault, or a note.
type Remark struct {
	Place
	Text string
}

// String is "line 12, <Node>: the sentence".
func (r Remark) String() string {
	if place := r.Place.String(); place != "" {
		return place + ": " + r.Text
	}
	return r.Text
}

// Error is why a file was not imported. It holds at least one fault and at most MaxFaults; More counts the rest.
type Error struct {
	File   string
	Faults []Remark
	More   int
}

// Error lists every fault, one to a line.
func (e *Error) Error() string {
	lines := make([]string, 0, len(e.Faults)+1)
	for _, f := range e.Faults {
		lines = append(lines, e.File+": "+f.String())
	}
	if e.More > 0 {
		lines = append(lines, fmt.Sprintf("%s: and %d more", e.File, e.More))
	}
	return strings.Join(lines, "\n")
}

// New is an Error with a single fault.
func New(file string, at Place, format string, args ...any) *Error {
	return &Error{File: file, Faults: []Remark{{at, fmt.Sprintf(format, args...)}}}
}
