package points

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"weir/engine"
	"weir/engine/model"
)

// Figures are what a model amounts to: how far its scores reach, and how much one of them can tell.
type Figures struct {
	Weights []Weight // one a characteristic, by source, in the order of the file
	// Least and Most are the ends of the scores that records can reach. A subject without a record in a source counts
	// as absent for all characteristics of that source together.
	Least, Most int64
	Needed      int // bits: the least resolution that meets the rules of protocol section 4; may be above model.MaxResolution
	Resolution  int // bits: as stated by the file, else Needed
}

// Weight is one characteristic's part in a score.
type Weight struct {
	Source        engine.Name
	Feature       string
	Bins          int // bins or categories that values reach, beside missing and absent
	Lines         int // lines of the slice that it takes
	Least, Most   int // points, missing and absent included
	AbsentDiffers bool

	absent, presentLeast, presentMost int
}

// Span is how far apart the points of the characteristic lie; its resolution cap limits it.
func (w Weight) Span() int { return w.Most - w.Least }

// Figures of the file alone, as if values reached every bin. With schemas, take those of Compile.
func (m *Model) Figures() Figures {
	var weights []Weight
	for i := range m.Sources {
		s := &m.Sources[i]
		for j := range s.Characteristics {
			c := &s.Characteristics[j]
			weights = append(weights, c.weigh(s.Name, c.filePoints(), len(c.Bins)+len(c.Categories)))
		}
	}
	return m.figures(weights)
}

func (c *Characteristic) filePoints() []int {
	var points []int
	for _, bin := range c.Bins {
		points = append(points, bin.Points)
	}
	for _, category := range c.Categories {
		points = append(points, category.Points)
	}
	return points
}

// weigh takes the points of the bins that values reach, and the number of all bins, reached or not.
func (c *Characteristic) weigh(source engine.Name, reached []int, bins int) Weight {
	present := append([]int{c.Missing}, reached...)
	w := Weight{Source: source, Feature: c.Feature, Bins: len(reached), AbsentDiffers: c.Absent != c.Missing,
		absent: c.Absent, presentLeast: slices.Min(present), presentMost: slices.Max(present)}
	w.Lines = linesFor(bins, w.AbsentDiffers)
	w.Least, w.Most = min(w.absent, w.presentLeast), max(w.absent, w.presentMost)
	return w
}

func (m *Model) figures(weights []Weight) Figures {
	f := Figures{Weights: weights, Least: m.Base, Most: m.Base}
	for _, s := range m.Sources {
		var absent, least, most int64
		for _, w := range weights {
			if w.Source == s.Name {
				absent, least, most = absent+int64(w.absent), least+int64(w.presentLeast), most+int64(w.presentMost)
			}
		}
		f.Least += min(absent, least)
		f.Most += max(absent, most)
	}
	f.Needed = model.LeastResolution(f.reach())
	f.Resolution = cmp.Or(m.Resolution, f.Needed)
	return f
}

// reach is the sum of all spans, below 2^21 for any model that Parse accepts, and the widest of them.
func (f *Figures) reach() (sum, widest uint64) {
	for _, w := range f.Weights {
		sum += uint64(w.Span())
		widest = max(widest, uint64(w.Span()))
	}
	return sum, widest
}

// Check applies the rules of resolution and a consortium's policy, with so many distinct holders behind the sources. A
// broken rule is a *model.Refusal that names the largest characteristics.
func (f *Figures) Check(policy model.Policy, holders int) error {
	if err := f.checkResolution(); err != nil {
		return err
	}
	err := policy.Allows(f.Resolution, len(f.Weights), holders)
	var refusal *model.Refusal
	if errors.As(err, &refusal) {
		refusal.Detail = f.largest()
	}
	return err
}

// checkResolution refuses a stated resolution that is too small, and a model that needs more than there is.
func (f *Figures) checkResolution() error {
	limit := min(f.Resolution, model.MaxResolution)
	if f.Needed <= limit {
		return nil
	}
	sum, widest := f.reach()
	return &model.Refusal{
		Rule:   model.RuleResolution,
		Figure: fmt.Sprintf("%d bits needed for %d different scores, the widest characteristic spanning %d points", f.Needed, sum+1, widest),
		Limit:  fmt.Sprintf("%d bits", limit),
		Detail: f.largest(),
	}
}

// largest names the three characteristics with the widest span.
func (f *Figures) largest() string {
	sorted := slices.SortedStableFunc(slices.Values(f.Weights), func(a, b Weight) int { return b.Span() - a.Span() })
	var names []string
	for _, w := range sorted[:min(3, len(sorted))] {
		names = append(names, fmt.Sprintf("%s/%s %d points", w.Source, w.Feature, w.Span()))
	}
	return "largest characteristics: " + strings.Join(names, ", ")
}
