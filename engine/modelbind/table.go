package modelbind

import (
	"math"
	"math/big"
	"slices"

	"weir/engine/modelbind/terms"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
	"weir/engine/schema"
)

// maxLevels is the most values of a number that are looked at one by one: where a part is continuous, or the model takes
// a number as a category.
const maxLevels = 1 << 16

// bin is some consecutive values of a feature, from level from on, and what they add: x, or where bins hold a continuous
// part, any number from low to high. Without a score x is nil.
type bin struct {
	from      uint64
	category  string // of a feature with categories
	x         *big.Rat
	low, high *big.Rat
	why       string // there is no x
}

// table is what a bound input adds, value by value.
type table struct {
	input   *Input
	part    *terms.Part
	feature *schema.Feature
	bins    []bin
	missing bin
	binned  bool // bins hold a continuous part
}

// levels is the number of values that a numeric feature can have.
func levels(f *schema.Feature) uint64 {
	least, greatest := f.Range()
	n := new(big.Rat).Sub(greatest.Rat(), least.Rat())
	n.Mul(n, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(f.Scale)), nil)))
	return n.Num().Uint64() + 1
}

// levelText is a feature's value, from 0 for the least.
func levelText(f *schema.Feature, level uint64) string {
	text, err := f.Decode(schema.First + uint32(level))
	if err != nil {
		panic("modelbind: a level beyond its feature")
	}
	return text
}

// level is the input that the model gets for a level: the value as written, times the factor exactly.
func (t *table) level(level uint64) value.Value {
	text := levelText(t.feature, level)
	if t.input.Factor != "1" {
		x, factor := schema.Decimal(text), t.input.Factor
		text = new(big.Rat).Mul(x.Rat(), factor.Rat()).FloatString(x.Digits() + factor.Digits())
	}
	if v, ok := value.FromLiteral(text); ok {
		return v
	}
	return value.FromText(text)
}

// at is what the part adds at a level, with the mapping's points where the file has no score.
func (t *table) at(v value.Value) bin {
	x, why := t.part.At(v)
	if x == nil && t.input.NoScore != nil {
		x, why = t.input.NoScore.Rat(), ""
	}
	return bin{x: x, low: x, high: x, why: why}
}

// tabulate asks the model's own engine what each value of a feature adds.
func tabulate(in *Input, part *terms.Part, of *scoring.Input, f *schema.Feature) (*table, string) {
	t := &table{input: in, part: part, feature: f}
	t.missing = t.at(value.Value{})
	switch {
	case !f.Numeric():
		t.categories()
		return t, ""
	case !of.Type.Numeric():
		t.everyLevel()
	case part.Form == terms.Steps:
		t.steps()
	case in.Bins > 0:
		return t, t.cut(in.Bins)
	case levels(f) <= maxLevels:
		t.everyLevel()
	default:
		return t, in.errorf("it is continuous (%s) over %d values of %s/%s: state bins (weir model bin)", part.Form, levels(f), in.Source, in.Feature)
	}
	return t, ""
}

func (t *table) categories() {
	for i, name := range t.feature.Categories {
		v := value.Value{}
		for _, c := range t.input.Categories {
			if c.Name == name && !c.Missing {
				v = value.FromText(c.Text)
			}
		}
		b := t.at(v)
		b.from, b.category = uint64(i), name
		t.bins = append(t.bins, b)
	}
}

func (t *table) everyLevel() {
	for level := range levels(t.feature) {
		t.add(level)
	}
}

// steps evaluates at the first value of every stretch between two breaks, where the part is constant.
func (t *table) steps() {
	for _, level := range t.starts() {
		t.add(level)
	}
}

// add appends the bin that starts at a level, unless it adds what the one before it does.
func (t *table) add(level uint64) {
	b := t.at(t.level(level))
	b.from = level
	if n := len(t.bins); n > 0 && t.bins[n-1].why == b.why && (b.x == nil || t.bins[n-1].x != nil && t.bins[n-1].x.Cmp(b.x) == 0) {
		if b.x == nil == (t.bins[n-1].x == nil) {
			return
		}
	}
	t.bins = append(t.bins, b)
}

// starts are the levels at which a stretch begins: for every break the first value not below it and the first above it,
// as doubles and, since some files round their inputs, as float32.
func (t *table) starts() []uint64 {
	n := levels(t.feature)
	starts := []uint64{0}
	for _, b := range t.part.Breaks {
		if math.IsInf(b, 0) || math.IsNaN(b) {
			continue
		}
		single := float64(float32(b))
		for _, passed := range []func(x float64) bool{
			func(x float64) bool { return x >= b },
			func(x float64) bool { return x > b },
			func(x float64) bool { return float64(float32(x)) >= b },
			func(x float64) bool { return float64(float32(x)) > b },
			func(x float64) bool { return float64(float32(x)) >= single },
			func(x float64) bool { return float64(float32(x)) > single },
		} {
			starts = append(starts, t.first(0, n, passed))
		}
	}
	slices.Sort(starts)
	starts = slices.Compact(starts)
	if starts[len(starts)-1] == n {
		starts = starts[:len(starts)-1]
	}
	return starts
}

// first is the first level from low on at which a rising condition on the model's input holds, or high.
func (t *table) first(low, high uint64, holds func(x float64) bool) uint64 {
	for low < high {
		middle := low + (high-low)/2
		if holds(t.level(middle).Float()) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low
}

// ends are the least and the greatest of what a table can add.
func (t *table) ends() (least, most *big.Rat) {
	for _, b := range append(slices.Clone(t.bins), t.missing) {
		if b.x == nil {
			continue
		}
		if least == nil || b.low.Cmp(least) < 0 {
			least = b.low
		}
		if most == nil || b.high.Cmp(most) > 0 {
			most = b.high
		}
	}
	return least, most
}
