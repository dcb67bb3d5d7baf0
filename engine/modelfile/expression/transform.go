package expression

import (
	"math"
	"sort"
	"strconv"
	"strings"

	"weir/engine/modelfile/value"
)

// Interval is a range of numbers; a margin that is not given is infinite.
type Interval struct {
	Left, Right             float64
	LeftClosed, RightClosed bool
}

// Contains tells whether x lies in the interval.
func (i Interval) Contains(x float64) bool {
	return (i.Left < x || i.LeftClosed && i.Left == x) && (x < i.Right || i.RightClosed && x == i.Right)
}

// Bin is one interval of a Discretize and what it stands for.
type Bin struct {
	Interval
	Value value.Value
}

// Discretize maps a number to the value of the first bin that contains it; a number in no bin to Default.
type Discretize struct {
	Field              Field
	Bins               []Bin
	Default, MissingTo value.Value
}

// Evaluate is the bin's value.
func (d Discretize) Evaluate(row []value.Value) value.Value {
	v := d.Field.Evaluate(row)
	if v.IsMissing() {
		return d.MissingTo
	}
	if v.IsFault() {
		return v
	}
	for _, b := range d.Bins {
		if b.Contains(v.Float()) {
			return b.Value
		}
	}
	return d.Default
}

// Lookup maps the values of one or more fields together to a value (PMML MapValues). Rows is keyed by Key; a
// combination that is not listed gives Default, a missing operand MissingTo.
type Lookup struct {
	Fields             []Field
	Rows               map[string]value.Value
	Default, MissingTo value.Value
}

// Key joins the values of one row of a table, injectively. Numbers are joined as numbers.
func Key(values []value.Value) string {
	var b strings.Builder
	for _, v := range values {
		text := v.Literal()
		if v.Kind() == value.Number {
			text = strconv.FormatFloat(v.Float(), 'g', -1, 64)
		}
		b.WriteString(strconv.Itoa(len(text)))
		b.WriteByte(':')
		b.WriteString(text)
	}
	return b.String()
}

// Evaluate is the value found.
func (l Lookup) Evaluate(row []value.Value) value.Value {
	values := make([]value.Value, len(l.Fields))
	for i, f := range l.Fields {
		values[i] = f.Evaluate(row)
		if values[i].IsFault() {
			return values[i]
		}
		if values[i].IsMissing() {
			return l.MissingTo
		}
	}
	if v, ok := l.Rows[Key(values)]; ok {
		return v
	}
	return l.Default
}

// Indicator is 1 where a field has a value, else 0 (PMML NormDiscrete); MissingTo where it is missing.
type Indicator struct {
	Field     Field
	Value     value.Value
	MissingTo value.Value
}

// Evaluate is 0, 1 or MissingTo.
func (n Indicator) Evaluate(row []value.Value) value.Value {
	v := n.Field.Evaluate(row)
	switch {
	case v.IsMissing():
		return n.MissingTo
	case v.IsFault():
		return v
	case value.Equal(v, n.Value):
		return value.FromNumber(1)
	}
	return value.FromNumber(0)
}

// Outlier says what becomes of a number outside of a range.
type Outlier uint8

// Outliers stay as they are (a Polyline is then extended), become missing, or become the nearer end of the range.
const (
	OutlierAsIs Outlier = iota
	OutlierAsMissing
	OutlierAsExtreme
)

// Polyline is a piecewise linear function through at least two points with increasing From (PMML NormContinuous).
type Polyline struct {
	Field     Field
	From, To  []float64
	Outlier   Outlier
	MissingTo value.Value
}

// Evaluate interpolates.
func (p Polyline) Evaluate(row []value.Value) value.Value {
	v := p.Field.Evaluate(row)
	if v.IsMissing() {
		return p.MissingTo
	}
	if v.IsFault() {
		return v
	}
	x, last := v.Float(), len(p.From)-1
	if x < p.From[0] || x > p.From[last] {
		switch p.Outlier {
		case OutlierAsMissing:
			return value.Value{}
		case OutlierAsExtreme:
			x = math.Min(math.Max(x, p.From[0]), p.From[last])
		}
	}
	i := min(max(sort.SearchFloat64s(p.From, x), 1), last)
	slope := (p.To[i] - p.To[i-1]) / (p.From[i] - p.From[i-1])
	return value.FromNumber(p.To[i-1] + (x-p.From[i-1])*slope)
}
