// Package reasons chooses the groups of characteristics of which a model tells a sum beside its score, and counts what it
// costs: by source, or by characteristic, as sums of points or as numbers of adverse characteristics. Whoever reads several sums
// learns the bits of all of them together, which the resolution must cover (protocol, section 4).
//
// It is for the bank that decides what its model puts out. It refuses levels for which three sums are not enough, and
// characteristics that the model does not have.
package reasons

import (
	"fmt"
	"slices"
	"strings"

	"weir/engine"
	"weir/engine/model"
	"weir/engine/model/points"
	"weir/engine/model/reason"
)

// Level is which sums are told.
type Level string

// The output levels.
const (
	None             Level = "none"
	BySource         Level = "by-source"         // a sum for each source
	ByCharacteristic Level = "by-characteristic" // a sum for each of up to three characteristics
)

// Levels lists them.
var Levels = []Level{None, BySource, ByCharacteristic}

// Choice is what a bank wants told beside the score.
type Choice struct {
	Level  Level
	Counts reason.Counts
	Side   reason.Side
	// Characteristics are named as source/feature, for ByCharacteristic; none for the three that can cost the most points.
	Characteristics []string
}

// Cost is what one choice needs.
type Cost struct {
	Level  Level         `json:"level"`
	Counts reason.Counts `json:"counts"` // empty for none
	Groups []string      `json:"groups"` // sources, or characteristics as source/feature
	Bits   int           `json:"bits"`   // resolution that all sums need together; 0 where the level is not possible
	Why    string        `json:"why"`    // it is not possible
}

// Costs counts every level for a model of these figures, whatever groups it has already.
func Costs(f points.Figures, side reason.Side) []Cost {
	list := []Cost{{Level: None, Groups: []string{}, Bits: needed(f, nil)}}
	for _, level := range Levels[1:] {
		for _, counts := range []reason.Counts{reason.Adverse, reason.Points} {
			list = append(list, cost(f, Choice{Level: level, Counts: counts, Side: side}))
		}
	}
	return list
}

func cost(f points.Figures, choice Choice) Cost {
	c := Cost{Level: choice.Level, Counts: choice.Counts, Groups: []string{}}
	groups, err := choice.Groups(f)
	if err != nil {
		c.Why = err.Error()
		return c
	}
	for _, g := range groups {
		c.Groups = append(c.Groups, g.Name)
	}
	c.Bits = needed(f, groups)
	return c
}

// needed is the least resolution of the score and the groups.
func needed(f points.Figures, groups []reason.Group) int {
	var sums [model.Groups]uint64
	widest := uint64(0)
	for _, w := range f.Weights {
		sums[0] += uint64(w.Span())
		widest = max(widest, uint64(w.Span()))
	}
	for i, g := range points.GroupFigures(groups, f.Weights) {
		sums[1+i] = g.Reach
	}
	return model.LeastResolution(sums, widest)
}

// Groups are the groups of the choice, none for None. Characteristics and sources that would add the same to every score are
// left out, unless they are named. An error says why the choice is not possible.
func (c Choice) Groups(f points.Figures) ([]reason.Group, error) {
	switch c.Level {
	case BySource:
		return c.bySource(f)
	case ByCharacteristic:
		return c.byCharacteristic(f)
	}
	return nil, nil
}

func (c Choice) bySource(f points.Figures) ([]reason.Group, error) {
	var groups []reason.Group
	for _, w := range f.Weights {
		member := reason.Member{Source: w.Source, Feature: w.Feature}
		i := slices.IndexFunc(groups, func(g reason.Group) bool { return g.Name == string(w.Source) })
		if i < 0 {
			groups = append(groups, reason.Group{Name: string(w.Source), Counts: c.Counts, Side: c.Side})
			i = len(groups) - 1
		}
		groups[i].Members = append(groups[i].Members, member)
	}
	groups = telling(f, groups)
	if len(groups) > reason.MaxGroups {
		return nil, fmt.Errorf("%d sources, and beside the score there are %d sums", len(groups), reason.MaxGroups)
	}
	if len(groups) == 0 {
		return nil, fmt.Errorf("no source can add more or less: every group would always be the same")
	}
	return groups, nil
}

// telling are the groups whose value is not always the same.
func telling(f points.Figures, groups []reason.Group) []reason.Group {
	figures := points.GroupFigures(groups, f.Weights)
	var kept []reason.Group
	for i := range groups {
		if figures[i].Reach > 0 {
			kept = append(kept, groups[i])
		}
	}
	return kept
}

// byCharacteristic keeps the order of the model's file, in which equal reasons stand.
func (c Choice) byCharacteristic(f points.Figures) ([]reason.Group, error) {
	if len(c.Characteristics) > reason.MaxGroups {
		return nil, fmt.Errorf("%d characteristics are named, and beside the score there are %d sums", len(c.Characteristics), reason.MaxGroups)
	}
	var all []reason.Group
	for _, w := range f.Weights {
		member := reason.Member{Source: w.Source, Feature: w.Feature}
		all = append(all, reason.Group{Name: member.String(), Counts: c.Counts, Side: c.Side, Members: []reason.Member{member}})
	}
	chosen := c.Characteristics
	if len(chosen) == 0 {
		chosen = widest(f, telling(f, all))
	}
	var groups []reason.Group
	for _, g := range all {
		if slices.Contains(chosen, g.Name) {
			groups = append(groups, g)
		}
	}
	if len(groups) != len(chosen) || len(groups) == 0 {
		return nil, fmt.Errorf("not all of %s are characteristics of the model, each named once as source/feature", strings.Join(chosen, ", "))
	}
	return groups, nil
}

// widest are the names of the three groups of one characteristic that can cost the most points.
func widest(f points.Figures, groups []reason.Group) []string {
	weights := slices.SortedStableFunc(slices.Values(f.Weights), func(a, b points.Weight) int { return b.Span() - a.Span() })
	var names []string
	for _, w := range weights {
		name := reason.Member{Source: engine.Name(w.Source), Feature: w.Feature}.String()
		if len(names) < reason.MaxGroups && slices.ContainsFunc(groups, func(g reason.Group) bool { return g.Name == name }) {
			names = append(names, name)
		}
	}
	return names
}
