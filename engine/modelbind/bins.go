package modelbind

import (
	"math"
	"math/big"
	"slices"

	"weir/engine"
	"weir/engine/model/points"
	"weir/engine/modelbind/terms"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
	"weir/engine/schema"
)

// MaxBins is the most bins that one feature can have under seal.
const MaxBins = points.MaxBins

// cut puts a continuous part into at most k bins with the least possible largest error, found by halving. Each bin
// stands for the middle of what its values add; low and high are what they do add, exactly at the ends of the bin, and
// in between because the part is monotone there or every value was looked at.
func (t *table) cut(k int) (why string) {
	stretches := t.stretches()
	if stretches == nil {
		return t.input.errorf("it is not known to be monotone between its bounds, and it has more than %d values: it cannot be put into bins with a stated error",
			maxLevels)
	}
	lowest, highest := math.Inf(1), math.Inf(-1)
	for _, s := range stretches {
		for _, x := range []float64{s.at(s.from), s.at(s.to - 1)} {
			if math.IsNaN(x) {
				return t.input.errorf("there are values of %s/%s for which the file gives no score: state no_score", t.input.Source, t.input.Feature)
			}
			lowest, highest = min(lowest, x), max(highest, x)
		}
	}
	bad, good := 0.0, (highest-lowest)/2
	if n := t.count(stretches, good, k); n > k {
		return t.input.errorf("it needs at least %d bins, one for each stretch between its bounds", n)
	}
	for range 60 {
		middle := bad + (good-bad)/2
		if t.count(stretches, middle, k) <= k {
			good = middle
		} else {
			bad = middle
		}
	}
	t.binned = true
	for _, s := range stretches {
		s.bins(good, MaxBins, func(from, to uint64) { t.addBin(s, from, to) })
	}
	return ""
}

// count is the number of bins for an error, counted up to a little more than k.
func (t *table) count(stretches []stretch, epsilon float64, k int) int {
	n := 0
	for _, s := range stretches {
		n += s.bins(epsilon, k+1-min(n, k), func(uint64, uint64) {})
	}
	return n
}

// addBin adds the bin of the levels from to to (excluded).
func (t *table) addBin(s stretch, from, to uint64) {
	a, b := t.at(t.level(from)), t.at(t.level(to-1))
	if a.x == nil || b.x == nil {
		t.bins = append(t.bins, bin{from: from, why: a.why + b.why})
		return
	}
	low, high := a.x, b.x
	if low.Cmp(high) > 0 {
		low, high = high, low
	}
	middle := new(big.Rat).Add(low, high)
	t.bins = append(t.bins, bin{from: from, low: low, high: high, x: middle.Quo(middle, big.NewRat(2, 1))})
}

// stretch is levels between two breaks, over which the part is monotone.
type stretch struct {
	from, to uint64 // to is excluded
	at       func(level uint64) float64
}

// stretches are the pieces over which the part is monotone: known from its form, or found by looking at every level; nil
// where neither is possible.
func (t *table) stretches() []stretch {
	at := func(level uint64) float64 {
		b := t.at(t.level(level))
		if b.x == nil {
			return math.NaN()
		}
		x, _ := b.x.Float64()
		return x
	}
	n := levels(t.feature)
	if t.part.Form == terms.Free {
		if n > maxLevels {
			return nil
		}
		return turning(n, at)
	}
	starts := append(t.starts(), n)
	all := make([]stretch, len(starts)-1)
	for i := range all {
		all[i] = stretch{starts[i], starts[i+1], at}
	}
	return all
}

// turning cuts n levels where the part turns.
func turning(n uint64, at func(uint64) float64) []stretch {
	values := make([]float64, n)
	for i := range values {
		values[i] = at(uint64(i))
	}
	known := func(level uint64) float64 { return values[level] }
	var all []stretch
	from, direction := uint64(0), 0.0
	for i := uint64(1); i < n; i++ {
		step := values[i] - values[i-1]
		if step*direction < 0 {
			all = append(all, stretch{from, i, known})
			from, direction = i, 0
			continue
		}
		if step != 0 {
			direction = step
		}
	}
	return append(all, stretch{from, n, known})
}

// bins cuts a stretch greedily into bins over which the part moves by at most twice epsilon, at most limit of them, and
// gives their number.
func (s stretch) bins(epsilon float64, limit int, each func(from, to uint64)) int {
	n := 0
	for from := s.from; from < s.to && n < limit; n++ {
		start, low, high := s.at(from), from+1, s.to
		for low < high {
			middle := low + (high-low)/2
			if math.Abs(s.at(middle)-start) <= 2*epsilon {
				low = middle + 1
			} else {
				high = middle
			}
		}
		each(from, low)
		from = low
	}
	return n
}

// Cut is how one continuous input is cut by the number of bins that its mapping states; the error is in sealed points and
// counts rounding. The rest of the mapping is not looked at. The error is a *Refusal.
func Cut(m *scoring.Model, mapping *Mapping, schemas map[engine.Name]*schema.Schema, input string) (Bins, error) {
	in := mapping.Input(input)
	sum, obstacles := terms.Split(m)
	refuse := func(why string) (Bins, error) { return Bins{}, &Refusal{[]string{why}} }
	if len(obstacles) > 0 {
		return refuse(obstacles[0].String())
	}
	k := slices.IndexFunc(sum.Parts, func(p terms.Part) bool { return p.Name == input })
	if k < 0 || in == nil || in.Unused {
		return refuse((&Input{Name: input}).errorf("it adds nothing to the score, or is not bound"))
	}
	part := &sum.Parts[k]
	if faults := in.check(&m.Inputs[part.Input], schemas); len(faults) > 0 {
		return Bins{}, &Refusal{faults}
	}
	if part.Form == terms.Steps {
		return refuse(in.errorf("it is in bins already"))
	}
	of := schemas[in.Source]
	index, _ := of.Index(in.Feature)
	t := &table{input: in, part: part, feature: &of.Features[index]}
	if t.missing = t.at(value.Value{}); t.missing.x == nil {
		return refuse(in.errorf("the file gives no score for a missing value: state no_score, the points that it adds"))
	}
	if why := t.cut(in.Bins); why != "" {
		return refuse(why)
	}
	c := newCarrier(mapping, sum, schemas)
	largest := new(big.Rat)
	for i := range t.bins {
		c.points(t, &t.bins[i], largest, big.NewRat(1, 1))
	}
	if len(c.reasons) > 0 {
		return Bins{}, &Refusal{c.reasons}
	}
	return Bins{in.Name, string(in.Source), in.Feature, len(t.bins), true, largest}, nil
}

// Outlook is what carrying one continuous input would take.
type Outlook struct {
	Input       string
	Levels      uint64   // values that the feature can have
	Least, Most *big.Rat // of what it adds, in the file's points
	Errors      []Option // by number of bins
	Why         string   // there are no Errors
}

// Option is the largest error, in the file's points, if an input is cut into so many bins.
type Option struct {
	Bins  int
	Error *big.Rat
}

// Continuous tells for every continuous input that the mapping binds what carrying it would take: its values, what it can
// add, and how far off the best cut into 7, 13 and 31 bins is (one, two and five lines of a source).
func Continuous(m *scoring.Model, mapping *Mapping, schemas map[engine.Name]*schema.Schema) []Outlook {
	sum, _ := terms.Split(m)
	if sum == nil {
		return nil
	}
	var list []Outlook
	for i := range sum.Parts {
		part := &sum.Parts[i]
		in := mapping.Input(part.Name)
		if part.Form == terms.Steps || in == nil || in.Unused || schemas[in.Source] == nil {
			continue
		}
		k, found := schemas[in.Source].Index(in.Feature)
		if f := &schemas[in.Source].Features[max(k, 0)]; found && f.Numeric() {
			list = append(list, outlook(in, part, f))
		}
	}
	return list
}

func outlook(in *Input, part *terms.Part, f *schema.Feature) Outlook {
	o := Outlook{Input: in.Name, Levels: levels(f)}
	for _, k := range [...]int{7, 13, 31} {
		t := &table{input: in, part: part, feature: f}
		t.missing = t.at(value.Value{})
		if o.Why = t.cut(k); o.Why != "" {
			return o
		}
		largest := new(big.Rat)
		for _, b := range t.bins {
			if b.x == nil {
				continue
			}
			if off := new(big.Rat).Sub(b.high, b.x); off.Cmp(largest) > 0 {
				largest = off
			}
		}
		o.Least, o.Most = t.ends()
		o.Errors = append(o.Errors, Option{k, largest})
	}
	return o
}
