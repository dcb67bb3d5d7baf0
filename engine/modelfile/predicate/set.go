package predicate

import "weir/engine/modelfile/value"

// Set is a set of values; numbers are equal as numbers. Make one with NewSet.
type Set struct {
	Values []value.Value // in the order of the file

	numbers map[float64]struct{}
	texts   map[string]struct{}
}

// NewSet is the set of some values, all of one type.
func NewSet(values []value.Value) *Set {
	s := &Set{Values: values, numbers: map[float64]struct{}{}, texts: map[string]struct{}{}}
	for _, v := range values {
		if v.Kind() == value.Number {
			s.numbers[v.Float()] = struct{}{}
		} else {
			s.texts[v.Literal()] = struct{}{}
		}
	}
	return s
}

// Has tells whether v, of the set's type, is in the set.
func (s *Set) Has(v value.Value) (found bool) {
	if v.Kind() == value.Number {
		_, found = s.numbers[v.Float()]
	} else {
		_, found = s.texts[v.Literal()]
	}
	return found
}
