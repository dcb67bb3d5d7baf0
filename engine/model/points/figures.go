package points

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"weir/engine"
	"weir/engine/model"
	"weir/engine/model/reason"
)

// Figures are what a model amounts to: how far its scores reach, and how much one of them can tell.
type Figures struct {
	Weights []Weight // one a characteristic, by source, in the order of the file
	// Least and Most are the ends of the scores that records can reach. A subject without a record in a source counts
	// as absent for all characteristics of that source together.
	Least, Most int64
	Needed      int // bits: the least resolution that meets the rules of protocol section 4; may be above model.MaxResolution
	Resolution  int // bits: as stated by the file, else Needed
	// Groups are the sums that are told beside the score, in the order of the file.
	Groups []GroupFigure
}

// GroupFigure is how far one sum beside the score reaches.
type GroupFigure struct {
	reason.Group
	Reach       uint64 // Σ B_g: the sum has so many different values, and one more
	Least, Most int64  // what the group's value can be
}

// Weight is one characteristic's part in a score.
type Weight struct {
	Source        engine.Name
	Feature       string
	Bins          int // bins or categories that values reach, beside missing and absent
	Lines         int // lines of the slice that it takes
	Least, Most   int // points, missing and absent included
	Baseline      int
	AbsentDiffers bool

	absent, presentLeast, presentMost int
}

// Span is how far apart the points of the characteristic lie; its resolution cap limits it.
func (w Weight) Span() int { return w.Most - w.Least }

// valuesIn is the least and the most that the characteristic adds to a group: what its least and its most points add, or the
// other way round.
func (w Weight) valuesIn(g *reason.Group) (least, most int) {
	low, high := g.Value(w.Least, w.Baseline), g.Value(w.Most, w.Baseline)
	return min(low, high), max(low, high)
}

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
	w := Weight{Source: source, Feature: c.Feature, Baseline: c.Baseline, Bins: len(reached), AbsentDiffers: c.Absent != c.Missing,
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
	f.Groups = GroupFigures(m.Groups, weights)
	f.Needed = model.LeastResolution(f.reach())
	f.Resolution = cmp.Or(m.Resolution, f.Needed)
	return f
}

// GroupFigures weighs groups of a model's characteristics, of which weights has one each.
func GroupFigures(groups []reason.Group, weights []Weight) []GroupFigure {
	figures := make([]GroupFigure, len(groups))
	for i := range groups {
		f := &figures[i]
		f.Group = groups[i]
		for _, w := range weights {
			if f.Has(w.Source, w.Feature) {
				least, most := w.valuesIn(&f.Group)
				f.Least, f.Most, f.Reach = f.Least+int64(least), f.Most+int64(most), f.Reach+uint64(most-least)
			}
		}
	}
	return figures
}

// reach is how far the sum of each group reaches, below 2^21 for any model that Parse accepts, and the widest span of a
// characteristic. A characteristic spans no more in another group than in group 0, or 1.
func (f *Figures) reach() (sums [model.Groups]uint64, widest uint64) {
	for _, w := range f.Weights {
		sums[0] += uint64(w.Span())
		widest = max(widest, uint64(w.Span()))
	}
	for i := range f.Groups {
		sums[1+i] = f.Groups[i].Reach
	}
	return sums, widest
}

// Check applies the rules of resolution and a consortium's policy, with so many distinct holders behind the sources. A
// broken rule is a *model.Refusal that names the largest characteristics.
func (f *Figures) Check(policy model.Policy, holders int) error {
	if err := f.checkGroups(); err != nil {
		return err
	}
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
	sums, widest := f.reach()
	told := fmt.Sprintf("%d different scores", sums[0]+1)
	for _, g := range f.Groups {
		told += fmt.Sprintf(" × %d values of group %q", g.Reach+1, g.Name)
	}
	return &model.Refusal{
		Rule:   model.RuleResolution,
		Figure: fmt.Sprintf("%d bits needed for %s, the widest characteristic spanning %d points", f.Needed, told, widest),
		Limit:  fmt.Sprintf("%d bits", limit),
		Detail: f.largest(),
	}
}

// checkGroups refuses a group whose value is always the same: it would tell nothing, or its baselines are not what was meant.
func (f *Figures) checkGroups() error {
	for _, g := range f.Groups {
		if g.Reach == 0 {
			return &model.Refusal{Rule: model.RuleGroups, Figure: fmt.Sprintf("group %q is always %d", g.Name, g.Least), Limit: "a group that tells something",
				Detail: "change the baselines of its characteristics, or leave it out"}
		}
	}
	return nil
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
