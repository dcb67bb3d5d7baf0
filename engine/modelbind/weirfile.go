package modelbind

import (
	"bytes"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"weir/engine/model/points"
	"weir/engine/model/reason"
)

// write writes the model as its *.weir.json file, with groups or without, and reads it back.
func (c *carrier) write(groups []reason.Group) error {
	var b bytes.Buffer
	b.WriteString("{\n")
	member(&b, "  ", "name", c.mapping.Name, true)
	member(&b, "  ", "version", c.mapping.Version, true)
	member(&b, "  ", "base", c.base, true)
	member(&b, "  ", "range", c.span(), true)
	if c.mapping.Scale != nil {
		b.WriteString("  \"scale\": " + written(*c.mapping.Scale) + ",\n")
	}
	b.WriteString("  \"sources\": {\n")
	sources := c.sources()
	for i, source := range sources {
		b.WriteString("    " + quoted(source) + ": [\n")
		var lines []string
		for _, t := range c.tables {
			if string(t.input.Source) == source {
				lines = append(lines, "      "+c.characteristic(t))
			}
		}
		b.WriteString(strings.Join(lines, ",\n") + " ]")
		if i < len(sources)-1 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
	}
	b.WriteString("  }")
	if len(groups) > 0 {
		b.WriteString(",\n  \"groups\": " + writtenGroups(groups))
	}
	b.WriteString("\n}\n")
	c.result.Text = b.Bytes()
	var err error
	c.result.Model, err = points.Parse(bytes.NewReader(c.result.Text), string(c.mapping.Name)+".weir.json")
	return err
}

// writtenGroups are the groups as the key of a model's file.
func writtenGroups(groups []reason.Group) string {
	var list []string
	for _, g := range groups {
		var members []string
		for _, m := range g.Members {
			members = append(members, m.String())
		}
		list = append(list, fmt.Sprintf(`    {"name": %s, "counts": %s, "side": %s, "characteristics": %s}`, quoted(g.Name), encoded(g.Counts), encoded(g.Side), encoded(members)))
	}
	return "[\n" + strings.Join(list, ",\n") + " ]"
}

// tell adds to a model that was written the groups that the mapping asks for.
func (c *carrier) tell() error {
	choice := c.mapping.Reasons
	choice.Side = c.side()
	groups, err := choice.Groups(c.result.Model.Figures())
	if err != nil {
		return &Refusal{[]string{fmt.Sprintf("reasons %s: %v", choice.Level, err)}}
	}
	return c.write(groups)
}

// side is the adverse side of the points: as the mapping says, else as the file's reason codes do.
func (c *carrier) side() reason.Side {
	switch {
	case c.mapping.Reasons.Side != "":
		return c.mapping.Reasons.Side
	case c.sum.Above:
		return reason.Above
	}
	return reason.Below
}

// checkBaselines refuses baselines that a model's file cannot say.
func (c *carrier) checkBaselines() {
	for _, t := range c.tables {
		if t.part.Baseline != nil && c.baseline(t) == nil {
			c.refuse("%s", t.input.errorf("its baseline, times %s, is not from %d to %d", c.mapping.Multiply, points.MinPoints, points.MaxPoints))
		}
	}
}

// baseline is an input's, in sealed points; nil where the file has no reason codes, or a model's file cannot say it. One that
// is no whole number is rounded away from the adverse side, so that the same whole points are adverse.
func (c *carrier) baseline(t *table) *big.Int {
	if t.part.Baseline == nil {
		return nil
	}
	x := new(big.Rat).Mul(t.part.Baseline, c.mapping.Multiply.Rat())
	whole := new(big.Int).Div(x.Num(), x.Denom()) // rounds down: a denominator is above 0
	if c.side() == reason.Below && !x.IsInt() {
		whole.Add(whole, big.NewInt(1))
	}
	if whole.Cmp(big.NewInt(points.MinPoints)) < 0 || whole.Cmp(big.NewInt(points.MaxPoints)) > 0 {
		return nil
	}
	return whole
}

func (c *carrier) sources() []string {
	var names []string
	for _, t := range c.tables {
		names = append(names, string(t.input.Source))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// span is the mapping's range, or the scores that the points can add up to.
func (c *carrier) span() [2]int64 {
	if c.mapping.Range != nil {
		return *c.mapping.Range
	}
	low, high := c.base, c.base
	for _, t := range c.tables {
		least, most := c.whole[&t.missing], c.whole[&t.missing]
		for i := range t.bins {
			least, most = min(least, c.whole[&t.bins[i]]), max(most, c.whole[&t.bins[i]])
		}
		low, high = low+least, high+most
	}
	return [2]int64{low, max(high, low+1)}
}

func (c *carrier) characteristic(t *table) string {
	head := fmt.Sprintf(`{"feature": %s, "missing": %d, `, quoted(t.input.Feature), c.whole[&t.missing])
	if n := c.baseline(t); n != nil {
		head += fmt.Sprintf(`"baseline": %s, `, n)
	}
	var rows []string
	if !t.feature.Numeric() {
		for i := range t.bins {
			rows = append(rows, fmt.Sprintf("%s: %d", quoted(t.bins[i].category), c.whole[&t.bins[i]]))
		}
		return head + `"categories": {` + strings.Join(rows, ", ") + "}}"
	}
	for i := range t.bins {
		n := c.whole[&t.bins[i]]
		if i == len(t.bins)-1 {
			rows = append(rows, fmt.Sprintf(`{"points": %d}`, n))
			continue
		}
		if next := c.whole[&t.bins[i+1]]; next == n && !t.binned {
			continue // two bins that became one by rounding
		}
		rows = append(rows, fmt.Sprintf(`{"below": %s, "points": %d}`, levelText(t.feature, t.bins[i+1].from), n))
	}
	return head + `"bins": [` + strings.Join(rows, ", ") + "]}"
}

// Want is the score under seal that a sum of the file stands for, and how far off it may be.
func (c *Carried) Want(sum *big.Rat) (want, off *big.Rat) {
	return new(big.Rat).Mul(sum, c.Multiply), c.Error
}

// WantGroup is what a group is to be told where the inputs add so much, in sealed points by characteristic; nil where these are
// no whole numbers, so that what goes under seal is rounded.
func (c *Carried) WantGroup(g *reason.Group, added map[reason.Member]*big.Rat) *big.Int {
	sum := new(big.Int)
	for _, s := range c.Model.Sources {
		for i := range s.Characteristics {
			if !g.Has(s.Name, s.Characteristics[i].Feature) {
				continue
			}
			x := added[reason.Member{Source: s.Name, Feature: s.Characteristics[i].Feature}]
			if x == nil || !x.IsInt() || !x.Num().IsInt64() {
				return nil
			}
			sum.Add(sum, big.NewInt(int64(g.Value(int(x.Num().Int64()), s.Characteristics[i].Baseline))))
		}
	}
	return sum
}
