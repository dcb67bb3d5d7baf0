package main

import (
	"fmt"
	"math/big"

	"github.com/jedib0t/go-pretty/v6/table"
)

func (b *modelBind) print(r *bindResult) error {
	if b.json {
		return b.printJSON(r)
	}
	t := b.table("input", "source", "feature", "bins", "off by at most")
	for _, in := range r.Inputs {
		if in.Unused {
			t.AppendRow(table.Row{in.Input, "(adds nothing)"})
			continue
		}
		t.AppendRow(table.Row{in.Input, in.Source, in.Feature, in.Bins, in.Error})
	}
	t.Render()
	b.list("not bound yet:", r.Open)
	if b.mapping == "" && b.out != "" {
		b.say("drafted mapping written to %s", b.out)
	}
	for _, c := range r.Continuous {
		if c.Why != "" {
			b.say("continuous: %s", c.Why)
			continue
		}
		b.say("continuous: input %q adds %s to %s over %d values; in 7, 13, 31 bins it is off by at most %s, %s, %s", c.Input, c.Least, c.Most, c.Levels,
			c.Errors["7"], c.Errors["13"], c.Errors["31"])
	}
	for _, t := range r.Trees {
		b.say("trees: %d read %v", t.Trees, t.Sources)
	}
	for _, warning := range r.Warnings {
		b.say("warning: %s", warning)
	}
	b.list("cannot go under seal as it is bound:", r.Reasons)
	if r.Multiply != "" {
		b.printCarried(r)
	}
	return nil
}

func (b *modelBind) printCarried(r *bindResult) {
	b.say("scores under seal: %d to %d, %d bits", r.Scores[0], r.Scores[1], r.Needed)
	if r.Exact {
		b.say("every row scores to the point: a sealed score is %s times the file's", r.Multiply)
	} else {
		b.say("a sealed score is %s times the file's, off by at most %s points", r.Multiply, r.Error)
	}
	b.printGroups(r.Groups)
	b.printLevels(r.Levels, r.Policy)
	if r.Refusal != nil {
		b.say("policy: refused by rule %s", r.Refusal.Rule)
	}
	if r.Model != "" {
		b.say("written to %s", r.Model)
	}
}

// list says some lines under a title, if there are any.
func (c *console) list(title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	c.say("%s", title)
	for _, line := range lines {
		c.say("  %s", line)
	}
}

// decimalText writes a fraction that came from decimal text.
func decimalText(x *big.Rat) string {
	if x.IsInt() {
		return x.RatString()
	}
	f, _ := x.Float64()
	return fmt.Sprint(f)
}

// roundedUp writes an error with three digits, never below itself.
func roundedUp(x *big.Rat) string {
	text := x.FloatString(3)
	written, _ := new(big.Rat).SetString(text)
	if written.Cmp(x) < 0 {
		text = written.Add(written, big.NewRat(1, 1000)).FloatString(3)
	}
	return text
}
