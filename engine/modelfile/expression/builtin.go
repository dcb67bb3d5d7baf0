package expression

import (
	"math"
	"slices"

	"weir/engine/modelfile/predicate"
	"weir/engine/modelfile/value"
)

// onMissing is what a function does with a missing operand.
type onMissing uint8

const (
	propagates onMissing = iota // the result is missing
	ignores                     // the operand is left out
	sees                        // the function is given it
)

type builtin struct {
	least, most int
	missing     onMissing
	of          func(operands []value.Value) value.Value
}

const many = 1 << 20

// builtins are the functions that can be carried (PMML 4.4, "Built-in functions").
var builtins = map[string]builtin{
	"+":   arithmetic(func(a, b float64) float64 { return a + b }),
	"-":   arithmetic(func(a, b float64) float64 { return a - b }),
	"*":   arithmetic(func(a, b float64) float64 { return a * b }),
	"/":   arithmetic(func(a, b float64) float64 { return a / b }),
	"pow": arithmetic(math.Pow),
	"modulo": arithmetic(func(a, b float64) float64 {
		return a - b*math.Floor(a/b)
	}),
	"hypot":     arithmetic(math.Hypot),
	"threshold": arithmetic(func(a, b float64) float64 { return indicator(a > b) }),

	"min":     aggregate(slices.Min[[]float64]),
	"max":     aggregate(slices.Max[[]float64]),
	"sum":     aggregate(sum),
	"product": aggregate(product),
	"avg":     aggregate(func(x []float64) float64 { return sum(x) / float64(len(x)) }),
	"median":  aggregate(median),

	"abs": unary(math.Abs), "exp": unary(math.Exp), "expm1": unary(math.Expm1), "ln": unary(math.Log), "ln1p": unary(math.Log1p),
	"log10": unary(math.Log10), "sqrt": unary(math.Sqrt), "floor": unary(math.Floor), "ceil": unary(math.Ceil),
	"round": unary(func(x float64) float64 { return math.Floor(x + 0.5) }), "rint": unary(math.RoundToEven),
	"sin": unary(math.Sin), "cos": unary(math.Cos), "tan": unary(math.Tan), "asin": unary(math.Asin), "acos": unary(math.Acos),
	"atan": unary(math.Atan), "sinh": unary(math.Sinh), "cosh": unary(math.Cosh), "tanh": unary(math.Tanh),

	"equal":          {2, 2, propagates, func(o []value.Value) value.Value { return value.FromBool(value.Equal(o[0], o[1])) }},
	"notEqual":       {2, 2, propagates, func(o []value.Value) value.Value { return value.FromBool(!value.Equal(o[0], o[1])) }},
	"lessThan":       comparison(func(order int) bool { return order < 0 }),
	"lessOrEqual":    comparison(func(order int) bool { return order <= 0 }),
	"greaterThan":    comparison(func(order int) bool { return order > 0 }),
	"greaterOrEqual": comparison(func(order int) bool { return order >= 0 }),
	"isIn":           {2, many, propagates, func(o []value.Value) value.Value { return value.FromBool(member(o)) }},
	"isNotIn":        {2, many, propagates, func(o []value.Value) value.Value { return value.FromBool(!member(o)) }},

	"isMissing":    {1, 1, sees, func(o []value.Value) value.Value { return value.FromBool(o[0].IsMissing()) }},
	"isNotMissing": {1, 1, sees, func(o []value.Value) value.Value { return value.FromBool(!o[0].IsMissing()) }},
	"and":          {2, many, sees, func(o []value.Value) value.Value { return connective(predicate.And, o) }},
	"or":           {2, many, sees, func(o []value.Value) value.Value { return connective(predicate.Or, o) }},
	"not":          {1, 1, propagates, negation},
	"if":           {2, 3, sees, nil},
}

func indicator(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// median is the middle of the numbers, or the mean of the two in the middle. There must be at least one.
func median(numbers []float64) float64 {
	sorted := slices.Sorted(slices.Values(numbers))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

func sum(x []float64) (total float64) {
	for _, y := range x {
		total += y
	}
	return total
}

func product(x []float64) float64 {
	total := 1.0
	for _, y := range x {
		total *= y
	}
	return total
}

// numeral makes a result; what is not finite is undefined.
func numeral(x float64) value.Value {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return value.Undefine("the result of a function is not finite")
	}
	return value.FromNumber(x)
}

func arithmetic(f func(a, b float64) float64) builtin {
	return builtin{2, 2, propagates, func(o []value.Value) value.Value { return numeral(f(o[0].Float(), o[1].Float())) }}
}

func unary(f func(x float64) float64) builtin {
	return builtin{1, 1, propagates, func(o []value.Value) value.Value { return numeral(f(o[0].Float())) }}
}

func aggregate(f func(x []float64) float64) builtin {
	return builtin{1, many, ignores, func(o []value.Value) value.Value {
		numbers := make([]float64, len(o))
		for i, v := range o {
			numbers[i] = v.Float()
		}
		return numeral(f(numbers))
	}}
}

func comparison(holds func(order int) bool) builtin {
	return builtin{2, 2, propagates, func(o []value.Value) value.Value {
		order, ok := value.Compare(o[0], o[1])
		if !ok {
			return value.Undefine("a comparison of two types")
		}
		return value.FromBool(holds(order))
	}}
}

func member(o []value.Value) bool {
	return slices.ContainsFunc(o[1:], func(v value.Value) bool { return value.Equal(o[0], v) })
}

func negation(o []value.Value) value.Value {
	b, ok := o[0].Truth()
	if !ok {
		return value.Undefine("not of what is no boolean")
	}
	return value.FromBool(!b)
}

// connective is and, or in three-valued logic.
func connective(op predicate.Connective, o []value.Value) value.Value {
	parts := make([]predicate.Predicate, len(o))
	for i, v := range o {
		b, ok := v.Truth()
		if !ok && !v.IsMissing() {
			return value.Undefine("a connective of what is no boolean")
		}
		parts[i] = settled(v.IsMissing(), b)
	}
	switch (predicate.Compound{Op: op, Parts: parts}).Test(nil) {
	case predicate.True:
		return value.FromBool(true)
	case predicate.False:
		return value.FromBool(false)
	}
	return value.Value{}
}

// settledTruth is a predicate whose outcome is known.
type settledTruth predicate.Truth

func (s settledTruth) Test([]value.Value) predicate.Truth { return predicate.Truth(s) }

func settled(missing, b bool) predicate.Predicate {
	switch {
	case missing:
		return settledTruth(predicate.Unknown)
	case b:
		return settledTruth(predicate.True)
	}
	return settledTruth(predicate.False)
}
