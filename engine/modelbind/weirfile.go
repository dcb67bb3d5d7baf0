package modelbind

import (
	"bytes"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// write writes the model as its *.weir.json file.
func (c *carrier) write() {
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
	b.WriteString("  }\n}\n")
	c.result.Text = b.Bytes()
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
