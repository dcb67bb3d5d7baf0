package predicate

import "weir/engine/modelfile/value"

// Connective joins predicates.
type Connective uint8

// The connectives. Surrogate is the first of its parts that is not Unknown.
const (
	And Connective = iota
	Or
	Xor
	Surrogate
)

// ParseConnective reads a PMML booleanOperator.
func ParseConnective(name string) (c Connective, ok bool) {
	for i, known := range [...]string{"and", "or", "xor", "surrogate"} {
		if name == known {
			return Connective(i), true
		}
	}
	return And, false
}

// Compound is several predicates joined by one connective.
type Compound struct {
	Op    Connective
	Parts []Predicate
}

// Test joins the outcomes of the parts in Kleene's three-valued logic; Xor with an Unknown part is Unknown.
func (c Compound) Test(row []value.Value) Truth {
	switch c.Op {
	case And:
		return c.until(row, False, True)
	case Or:
		return c.until(row, True, False)
	case Xor:
		return c.parity(row)
	}
	for _, p := range c.Parts {
		if t := p.Test(row); t != Unknown {
			return t
		}
	}
	return Unknown
}

// until is decided as soon as one part is; an Unknown part keeps it from being otherwise.
func (c Compound) until(row []value.Value, decided, otherwise Truth) Truth {
	outcome := otherwise
	for _, p := range c.Parts {
		switch p.Test(row) {
		case decided:
			return decided
		case Unknown:
			outcome = Unknown
		}
	}
	return outcome
}

func (c Compound) parity(row []value.Value) Truth {
	odd := false
	for _, p := range c.Parts {
		switch p.Test(row) {
		case Unknown:
			return Unknown
		case True:
			odd = !odd
		}
	}
	return truth(odd)
}
