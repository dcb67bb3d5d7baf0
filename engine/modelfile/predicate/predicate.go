// Package predicate holds the conditions that a model file puts on a row, in the three-valued logic of PMML: comparisons
// of a field with a value, membership in a set, tests for missing values, and their connectives.
//
// It refuses nothing itself: whoever builds a predicate has already brought the value compared with to the field's type.
// A field that is missing leaves a comparison Unknown; what Unknown then means is for the model family to say. Source:
// PMML 4.4, "Tree Model", Predicates.
package predicate

import "weir/engine/modelfile/value"

// Truth is the outcome of a predicate.
type Truth uint8

// The outcomes; Unknown is what a missing value leaves open.
const (
	False Truth = iota
	True
	Unknown
)

// Predicate is a condition on a row in three-valued logic (PMML "Tree Model", Predicates).
type Predicate interface {
	Test(row []value.Value) Truth
}

// Always is the predicate that holds, or never holds, whatever the row.
type Always bool

// Test is True or False.
func (a Always) Test([]value.Value) Truth { return truth(bool(a)) }

func truth(b bool) Truth {
	if b {
		return True
	}
	return False
}

// Operator compares a field with a value.
type Operator uint8

// The comparisons.
const (
	Equal Operator = iota
	NotEqual
	LessThan
	LessOrEqual
	GreaterThan
	GreaterOrEqual
)

// String is the operator's name in a PMML file.
func (o Operator) String() string {
	return [...]string{"equal", "notEqual", "lessThan", "lessOrEqual", "greaterThan", "greaterOrEqual"}[o]
}

// ParseOperator reads the name of a comparison.
func ParseOperator(name string) (o Operator, ok bool) {
	for o := Equal; o <= GreaterOrEqual; o++ {
		if o.String() == name {
			return o, true
		}
	}
	return Equal, false
}

// Compare is a comparison of a field with a value of the field's type.
type Compare struct {
	Name  string
	Slot  int
	Op    Operator
	Value value.Value
}

// Test compares; a missing field leaves it Unknown.
func (c *Compare) Test(row []value.Value) Truth {
	v := &row[c.Slot]
	if v.IsMissing() || v.IsFault() {
		return Unknown
	}
	switch c.Op {
	case Equal:
		return truth(value.Equal(*v, c.Value))
	case NotEqual:
		return truth(!value.Equal(*v, c.Value))
	}
	if v.Kind() == value.Number && c.Value.Kind() == value.Number {
		return truth(c.Op.orders(v.Float(), c.Value.Float()))
	}
	order, ok := value.Compare(*v, c.Value)
	if !ok {
		return Unknown
	}
	return truth(c.Op.orders(float64(order), 0))
}

// orders tells whether the order relation holds between two numbers.
func (o Operator) orders(a, b float64) bool {
	switch o {
	case LessThan:
		return a < b
	case LessOrEqual:
		return a <= b
	case GreaterThan:
		return a > b
	}
	return a >= b
}

// IsMissing holds where a field is missing; with Not, where it is not.
type IsMissing struct {
	Name string
	Slot int
	Not  bool
}

// Test is never Unknown.
func (m IsMissing) Test(row []value.Value) Truth { return truth(row[m.Slot].IsMissing() != m.Not) }

// Member holds where a field's value is in a set; with Not, where it is not.
type Member struct {
	Name string
	Slot int
	Set  *Set
	Not  bool
}

// Test looks the value up; a missing field leaves it Unknown.
func (m *Member) Test(row []value.Value) Truth {
	if row[m.Slot].IsMissing() || row[m.Slot].IsFault() {
		return Unknown
	}
	return truth(m.Set.Has(row[m.Slot]) != m.Not)
}
