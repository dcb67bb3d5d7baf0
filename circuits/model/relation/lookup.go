package relation

import (
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/frontend"
)

// Interval is the set {Low, Low+1, …, Low+Size−1} of integers. A wire for a value of it holds the value's place, value −
// Low: honest wires are then small numbers from 0, where −1 would be a number of 254 bits, and the prover's
// multi-exponentiations, which skip zero digits, take a sixth less time.
type Interval struct{ Low, Size int }

// Value is the value at a place, without a constraint.
func (i Interval) Value(api frontend.API, place frontend.Variable) frontend.Variable {
	return api.Add(place, i.Low)
}

// The intervals of the key behind b, and of nine-bit digits. Further tables belong to the circuits that use them.
var (
	Ternary = Interval{Low: -1, Size: 3}   // sk
	Noise   = Interval{Low: -19, Size: 39} // e, e': Gaussian of σ 3.2 cut at 19
	Nine    = Interval{Low: 0, Size: 512}  // digits, limbs, r' + 256: places are the values themselves
)

// Lookup collects places that must lie in one interval and proves them all by one logarithmic derivative (U. Haböck,
// ePrint 2022/1530): Σ 1/(x − place) = Σ_(i < Size) count_i/(x − i). Native twin: Tally.
//
// Sound when every place and every count is fixed before x is drawn: a place outside the interval leaves a pole on the
// left that no count on the right can cancel, since none occurs as often as the field's characteristic.
type Lookup struct {
	counts []frontend.Variable
	places []frontend.Variable
}

// NewLookup is the lookup into an interval of len(counts) integers; counts are witnesses, one for each, in order.
func NewLookup(counts []frontend.Variable) *Lookup { return &Lookup{counts: counts} }

// Admit asks that places lie in the interval. They may be linear expressions.
func (l *Lookup) Admit(places ...frontend.Variable) { l.places = append(l.places, places...) }

// Assert states the equation: one constraint for each admitted place and for each integer of the interval, one more for
// the sums.
func (l *Lookup) Assert(api frontend.API, x frontend.Variable) {
	poles := make([]frontend.Variable, len(l.places))
	for i, place := range l.places {
		poles[i] = api.Sub(x, place)
	}
	left := api.(frontend.BatchInverter).BatchInvert(poles)
	right := make([]frontend.Variable, len(l.counts))
	for i, count := range l.counts {
		right[i] = api.DivUnchecked(count, api.Sub(x, i))
	}
	api.AssertIsEqual(Sum(api, left), Sum(api, right))
}

// Sum adds any number of variables without a constraint.
func Sum(api frontend.API, terms []frontend.Variable) frontend.Variable {
	switch len(terms) {
	case 0:
		return 0
	case 1:
		return terms[0]
	}
	return api.Add(terms[0], terms[1], terms[2:]...)
}

// Concat joins lists of wires.
func Concat[T any](lists ...[]T) []T {
	size := 0
	for _, list := range lists {
		size += len(list)
	}
	all := make([]T, 0, size)
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

// Tally counts what a Lookup will be asked, for the prover.
type Tally struct {
	interval Interval
	counts   []uint64
	outside  int
}

// NewTally is an empty tally of an interval.
func NewTally(interval Interval) *Tally {
	return &Tally{interval: interval, counts: make([]uint64, interval.Size)}
}

// Take counts v and gives its place as a field element. A value outside the interval is not counted, but Outside tells.
func (t *Tally) Take(v int64) (e fr.Element) {
	place := v - int64(t.interval.Low)
	if place < 0 || place >= int64(t.interval.Size) {
		t.outside++
	} else {
		t.counts[place]++
	}
	e.SetInt64(place)
	return e
}

// Outside is how many values lay outside the interval: with one, no proof exists.
func (t *Tally) Outside() int { return t.outside }

// Write puts the counts where the circuit has them.
func (t *Tally) Write(counts []fr.Element) {
	for i, n := range t.counts {
		counts[i].SetUint64(n)
	}
}
