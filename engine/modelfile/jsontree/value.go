// Package jsontree reads JSON and UBJSON model files into one tree whose every value knows where it stands. Long arrays
// of numbers, which are most of a boosted model, are kept as the bytes of the file and read when they are asked for, so
// that a tree takes little more memory than its file.
//
// It refuses what would cost memory or hide content: nesting deeper than MaxDepth, more than MaxValues values, repeated
// keys, invalid UTF-8, anything after the value, a length that the file is too short for. Sources: RFC 8259; UBJSON,
// Draft 12, with its optimised containers.
package jsontree

import (
	"fmt"

	"weir/engine/modelfile/refusal"
)

// Limits of a tree.
const (
	MaxDepth  = 64
	MaxValues = 500_000 // values, where an array of numbers counts once
)

// Kind is what a Value is.
type Kind uint8

// The kinds of values. Numbers is an array that holds nothing but numbers and booleans, and is not empty.
const (
	Null Kind = iota
	Bool
	Number
	Text
	List
	Numbers
	Object
)

// String is the kind's name in messages.
func (k Kind) String() string {
	return [...]string{"null", "a boolean", "a number", "a text", "an array", "an array of numbers", "an object"}[k]
}

// Value is one value of a tree. The zero Value is null and stands nowhere.
type Value struct {
	Kind    Kind
	Text    string // of a text; of a number or boolean as written, or in shortest form if it was binary
	Items   []Value
	Members []Member // in the order of the file

	line, column int32
	packed       *packed // of Numbers
}

// packed is an array of numbers as it stands in the file.
type packed struct {
	raw     []byte
	count   int
	element byte // the type marker of UBJSON; 0 for text
}

// Member is one key of an object and its value.
type Member struct {
	Key   string
	Value Value
}

// At is where the value begins, with what as its element.
func (v *Value) At(what string) refusal.Place {
	return refusal.Place{Line: int(v.line), Column: int(v.column), Element: what}
}

// Get is the value of a key; null where v is no object or has no such key.
func (v *Value) Get(key string) *Value {
	for i := range v.Members {
		if v.Members[i].Key == key {
			return &v.Members[i].Value
		}
	}
	return &Value{line: v.line, column: v.column}
}

// Has tells whether v is an object with a key.
func (v *Value) Has(key string) bool {
	for i := range v.Members {
		if v.Members[i].Key == key {
			return true
		}
	}
	return false
}

// Len is the number of elements of an array.
func (v *Value) Len() int {
	if v.Kind == Numbers {
		return v.packed.count
	}
	return len(v.Items)
}

// IsArray tells whether v is an array of any kind.
func (v *Value) IsArray() bool { return v.Kind == List || v.Kind == Numbers }

// fault is an error about a place of a file.
func fault(file string, at refusal.Place, format string, args ...any) error {
	return refusal.New(file, at, "%s", fmt.Sprintf(format, args...))
}
