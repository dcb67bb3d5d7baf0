// Package reasons counts what it costs to be told, beside a score, where its points came from: by no output at all, by
// source, or by characteristic. A score can carry three further sums in groups 1 to 3, and whoever reads several sums
// learns the bits of all of them together, which the resolution must cover (protocol, section 4).
//
// It is for the bank that decides what its model puts out. It refuses levels for which three sums are not enough. Models
// are sealed with group 0 alone so far: these are figures, and no model carries the groups yet.
package reasons

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"

	"weir/engine/model"
	"weir/engine/model/points"
)

// The output levels.
const (
	None             = "none"
	BySource         = "by source"
	ByCharacteristic = "by characteristic"
)

// Cost is what one output level needs.
type Cost struct {
	Level  string   `json:"level"`
	Groups []string `json:"groups"` // what groups 1 to 3 hold: sources, or characteristics as source/feature
	Rest   string   `json:"rest"`   // the source told by the difference to the score; empty if none is
	Bits   int      `json:"bits"`   // resolution that all sums need together; 0 where the level is not possible
	Why    string   `json:"why"`    // it is not possible
}

// part is what one group would hold, and how far its points lie apart.
type part struct {
	name string
	span int64
}

// Costs counts every level for a model of these figures. By characteristic it takes the three that can cost the most
// points; a bank may choose others.
func Costs(f points.Figures) []Cost {
	sources, characteristics := parts(f)
	none := Cost{Level: None, Groups: []string{}, Bits: f.Needed}
	widest := characteristics[:min(len(characteristics), model.Groups-1)]
	return []Cost{none, bySource(f, sources), cost(ByCharacteristic, f, widest)}
}

// bySource leaves the widest source to the difference.
func bySource(f points.Figures, sources []part) Cost {
	if len(sources) > model.Groups {
		return Cost{Level: BySource, Groups: []string{}, Why: fmt.Sprintf("%d sources: beside the score there are %d sums, for %d sources", len(sources), model.Groups-1, model.Groups)}
	}
	c := cost(BySource, f, sources[1:])
	c.Rest = sources[0].name
	return c
}

// cost is the least resolution r with Π_g (1 + reach of group g) ≤ 2^r.
func cost(level string, f points.Figures, groups []part) Cost {
	c := Cost{Level: level, Groups: []string{}, Bits: f.Needed}
	product := big.NewInt(1 + reach(f))
	for _, g := range groups {
		c.Groups = append(c.Groups, g.name)
		product.Mul(product, big.NewInt(1+g.span))
	}
	c.Bits = max(c.Bits, product.Sub(product, big.NewInt(1)).BitLen())
	return c
}

func reach(f points.Figures) (sum int64) {
	for _, w := range f.Weights {
		sum += int64(w.Span())
	}
	return sum
}

// parts are the sources and the characteristics of a model, the widest first.
func parts(f points.Figures) (sources, characteristics []part) {
	for _, w := range f.Weights {
		k := slices.IndexFunc(sources, func(p part) bool { return p.name == string(w.Source) })
		if k < 0 {
			k = len(sources)
			sources = append(sources, part{name: string(w.Source)})
		}
		sources[k].span += int64(w.Span())
		characteristics = append(characteristics, part{fmt.Sprintf("%s/%s", w.Source, w.Feature), int64(w.Span())})
	}
	for _, list := range [][]part{sources, characteristics} {
		slices.SortStableFunc(list, func(a, b part) int { return cmp.Compare(b.span, a.span) })
	}
	return sources, characteristics
}
