package terms

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"weir/engine/modelfile/expression"
	"weir/engine/modelfile/predicate"
	"weir/engine/modelfile/regression"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
)

// Form is how what an input adds behaves between the breaks of its part.
type Form uint8

// The forms: constant, monotone, or anything.
const (
	Steps Form = iota
	Monotone
	Free
)

// String is the form in words.
func (f Form) String() string {
	return [...]string{"bins", "continuous, monotone in pieces", "continuous"}[f]
}

// form is a Form with two more: the input itself, and what cannot be looked into.
type form uint8

const (
	steps form = iota
	itself
	monotone
	free
	opaque
)

func (f form) public() Form { return [...]Form{Steps, Monotone, Monotone, Free, Free}[f] }

// reading is what a formula, predicate or term reads, and how it depends on it.
type reading struct {
	inputs  map[int]bool
	derived map[int]bool
	form    form
	breaks  []float64
	texts   []string // that it is compared with
}

// union joins what two readings read, with a form.
func (r reading) union(other reading, f form) reading {
	joined := reading{inputs: map[int]bool{}, derived: map[int]bool{}, form: f, breaks: slices.Concat(r.breaks, other.breaks),
		texts: slices.Concat(r.texts, other.texts)}
	maps.Copy(joined.inputs, r.inputs)
	maps.Copy(joined.derived, r.derived)
	maps.Copy(joined.inputs, other.inputs)
	maps.Copy(joined.derived, other.derived)
	return joined
}

// take is union into r itself, for loops over many: r must be the caller's own.
func (r *reading) take(other reading, f form) {
	if r.inputs == nil {
		r.inputs, r.derived = map[int]bool{}, map[int]bool{}
	}
	maps.Copy(r.inputs, other.inputs)
	maps.Copy(r.derived, other.derived)
	r.form, r.breaks, r.texts = f, append(r.breaks, other.breaks...), append(r.texts, other.texts...)
}

// beside is a choice between two by something constant between breaks: as bad as the worse one.
func (r reading) beside(other reading) reading { return r.union(other, chosen(r.form, other.form)) }

func chosen(a, b form) form {
	f := max(a, b)
	if f == itself {
		f = monotone
	}
	return f
}

// plus is a sum: at most one part may move.
func (r reading) plus(other reading) reading { return r.union(other, summed(r.form, other.form)) }

func summed(a, b form) form {
	if a > steps && b > steps {
		return max(a, b, free)
	}
	return chosen(a, b)
}

// times is a product, to which the same applies.
func (r reading) times(other reading) reading { return r.plus(other) }

// steps is a reading whose result is constant between breaks if what it compares is the input itself or constant.
func (r reading) steps() reading {
	if r.form == itself {
		r.form = steps
	}
	return r
}

// bounded compares the reading with constants: each becomes a break.
func (r reading) bounded(constants ...value.Value) reading {
	if r.form != itself {
		r.texts = slices.Clone(r.texts)
		for _, c := range constants {
			r.texts = append(r.texts, c.Literal())
		}
		if r.form == monotone {
			r.form = free
		}
		return r
	}
	r.form, r.breaks = steps, slices.Clone(r.breaks)
	for _, c := range constants {
		if x, ok := value.Cast(c, value.Double); ok && !x.IsMissing() && !x.IsFault() {
			r.breaks = append(r.breaks, x.Float())
		}
	}
	return r
}

// bent is a function of the reading that is monotone between the given points of the input itself.
func (r reading) bent(at ...float64) reading {
	switch {
	case r.form == itself || r.form == monotone && len(at) == 0:
		r.form, r.breaks = monotone, append(slices.Clone(r.breaks), at...)
	case r.form == monotone:
		r.form = free
	}
	return r
}

// reader knows what the slots of a model's row are.
type reader struct {
	model   *scoring.Model
	derived map[int]expression.Expression
	known   map[int]reading
}

func newReader(m *scoring.Model) *reader {
	r := &reader{model: m, derived: map[int]expression.Expression{}, known: map[int]reading{}}
	for _, d := range m.Root.Derived {
		r.derived[d.Slot] = d.Of
	}
	return r
}

// slot reads a slot of the row.
func (r *reader) slot(i int) reading {
	if i < len(r.model.Inputs) {
		read := reading{inputs: map[int]bool{i: true}, form: steps}
		if r.model.Inputs[i].Type.Numeric() {
			read.form = itself
		}
		return read
	}
	if read, ok := r.known[i]; ok {
		return read
	}
	of, ok := r.derived[i]
	if !ok {
		return reading{form: opaque}
	}
	read := r.expression(of)
	read = read.union(reading{}, read.form)
	read.derived[i] = true
	r.known[i] = read
	return read
}

func (r *reader) factor(f regression.Factor) reading {
	read := r.slot(f.Slot)
	switch {
	case f.IsCategory:
		return read.bounded(f.Category)
	case f.Exponent == 1:
		return read.bent()
	}
	return read.bent(0)
}

func (r *reader) predicate(p predicate.Predicate) reading {
	switch p := p.(type) {
	case predicate.Always:
		return reading{}
	case predicate.IsMissing:
		return r.slot(p.Slot).bounded()
	case *predicate.Compare:
		return r.slot(p.Slot).bounded(p.Value)
	case *predicate.Member:
		return r.slot(p.Slot).bounded(p.Set.Values...)
	case predicate.Compound:
		all := reading{}
		for _, part := range p.Parts {
			read := r.predicate(part)
			all.take(read, chosen(all.form, read.form))
		}
		return all
	}
	return reading{form: opaque}
}

func (r *reader) expression(e expression.Expression) reading {
	switch e := e.(type) {
	case expression.Constant:
		return reading{}
	case expression.Field:
		return r.slot(e.Slot)
	case expression.Cast:
		return r.cast(e)
	case expression.Discretize:
		var margins []value.Value
		for _, b := range e.Bins {
			margins = append(margins, value.FromNumber(b.Left), value.FromNumber(b.Right))
		}
		return r.slot(e.Field.Slot).bounded(margins...)
	case expression.Indicator:
		return r.slot(e.Field.Slot).bounded(e.Value)
	case expression.Polyline:
		return r.slot(e.Field.Slot).bent(e.From...)
	case expression.Lookup:
		return r.lookup(e)
	case *expression.Apply:
		return r.apply(e)
	}
	return reading{form: opaque}
}

func (r *reader) cast(c expression.Cast) reading {
	read := r.expression(c.Of)
	if !c.To.Numeric() || c.To == value.Integer {
		return read.plus(reading{}).asFree()
	}
	return read
}

// asFree is a reading of which nothing is known but what it reads, unless it is constant between breaks.
func (r reading) asFree() reading {
	if r.form == itself || r.form == monotone {
		r.form = free
	}
	return r
}

func (r *reader) lookup(l expression.Lookup) reading {
	all := reading{}
	for _, f := range l.Fields {
		all = all.beside(r.slot(f.Slot).bounded(keys(l.Rows)...))
	}
	return all
}

// keys are the values in the keys of a table, which are lengths and texts in turn.
func keys(rows map[string]value.Value) []value.Value {
	var found []value.Value
	for key := range rows {
		for key != "" {
			size, rest, _ := strings.Cut(key, ":")
			n, err := strconv.Atoi(size)
			if err != nil || n > len(rest) {
				break
			}
			if x, ok := value.FromLiteral(rest[:n]); ok {
				found = append(found, x)
			} else {
				found = append(found, value.FromText(rest[:n]))
			}
			key = rest[n:]
		}
	}
	return found
}

// apply reads a function. Comparisons with constants give breaks; the functions that are monotone in one operand keep it
// so; of everything else only what it reads is known.
func (r *reader) apply(a *expression.Apply) reading {
	operands := make([]reading, len(a.Operands))
	var constants []value.Value
	moving, last := 0, reading{}
	for i, o := range a.Operands {
		operands[i] = r.expression(o)
		if c, ok := o.(expression.Constant); ok {
			constants = append(constants, c.Value)
		}
		if operands[i].form > steps {
			moving, last = moving+1, operands[i]
		}
	}
	all := reading{}
	for _, o := range operands {
		all = all.union(o, max(all.form, o.form))
	}
	switch {
	case all.form == opaque || moving == 0:
		return all
	case a.Function == "if":
		if operands[0].form > steps {
			return all.asFree()
		}
		return all.bent()
	case moving > 1:
		return all.asFree()
	}
	if points, ok := bends[a.Function]; ok {
		all.form = last.form
		return all.bent(points...)
	}
	if comparisons[a.Function] && len(constants) == len(operands)-1 {
		all.form = last.form
		return all.bounded(constants...)
	}
	return all.asFree()
}

// bends are the functions that are monotone in one operand, the others constant, between some points of it.
var bends = map[string][]float64{
	"+": nil, "-": nil, "*": nil, "min": nil, "max": nil, "sum": nil, "avg": nil, "product": nil,
	"exp": nil, "expm1": nil, "atan": nil, "tanh": nil, "sinh": nil, "floor": nil, "ceil": nil, "round": nil, "rint": nil,
	"abs": {0}, "ln": {0}, "log10": {0}, "sqrt": {0}, "ln1p": {-1}, "asin": {-1, 1}, "acos": {-1, 1}, "cosh": {0}, "/": {0},
}

// comparisons are the functions of one operand and constants whose result changes at the constants only.
var comparisons = map[string]bool{"equal": true, "notEqual": true, "lessThan": true, "lessOrEqual": true, "greaterThan": true,
	"greaterOrEqual": true, "isIn": true, "isNotIn": true, "isMissing": true, "isNotMissing": true, "isValid": true, "isNotValid": true, "threshold": true}

// treatmentBreaks are the numbers at which the treatment of an input changes.
func treatmentBreaks(in *scoring.Input) []float64 {
	var breaks []float64
	for _, i := range in.Intervals {
		breaks = append(breaks, i.Left, i.Right)
	}
	for _, set := range []*predicate.Set{in.Valid, in.Forbidden, in.Null} {
		if set == nil {
			continue
		}
		for _, v := range set.Values {
			if x, ok := value.Cast(v, value.Double); ok {
				breaks = append(breaks, x.Float())
			}
		}
	}
	if in.Outlier != expression.OutlierAsIs {
		breaks = append(breaks, in.Low, in.High)
	}
	return breaks
}
