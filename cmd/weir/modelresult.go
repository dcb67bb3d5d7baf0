package main

import (
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"weir/engine"
	"weir/engine/model"
	"weir/engine/model/points"
	"weir/engine/schema"
)

// noSchemas is said when a model was checked by its file alone (formats, "The program").
const noSchemas = "feature checks not done: no schemas"

// modelResult is what model check prints with --json.
type modelResult struct {
	Name       engine.Name   `json:"name"`
	Version    engine.Name   `json:"version"`
	Base       int64         `json:"base"`
	Range      [2]int64      `json:"range"`
	Scores     [2]int64      `json:"scores"`     // least and most that records can reach, unclamped
	Resolution int           `json:"resolution"` // bits that one score tells at most
	Needed     int           `json:"needed"`     // the least resolution the points allow
	Sources    []modelSource `json:"sources"`
	Groups     []modelGroup  `json:"groups"`   // what is told beside the score
	Scale      *modelScale   `json:"scale"`    // null if the file does not say what a score means
	Features   string        `json:"features"` // "checked", or why they were not
	Warnings   []string      `json:"warnings"`
	Policy     model.Policy  `json:"policy"`
	Refusal    *modelRefusal `json:"refusal"` // null if nothing is refused
	OK         bool          `json:"ok"`
}

type modelSource struct {
	Source          engine.Name           `json:"source"`
	Lines           int                   `json:"lines"` // of the 32 that a source has
	Characteristics []modelCharacteristic `json:"characteristics"`
}

type modelCharacteristic struct {
	Feature  string     `json:"feature"`
	Missing  int        `json:"missing"`
	Absent   int        `json:"absent"`
	Baseline int        `json:"baseline"` // beside which points are adverse
	Bins     []modelBin `json:"bins"`
	Span     int        `json:"span"` // points between the worst and the best bin that values reach
	Lines    int        `json:"lines"`
}

// modelBin is a bin below a bound, the bin above all bounds (no bound, no category), or a category.
type modelBin struct {
	Below    schema.Decimal `json:"below,omitempty"`
	Category string         `json:"category,omitempty"`
	Points   int            `json:"points"`
}

type modelRefusal struct {
	Rule   model.Rule `json:"rule"`
	Figure string     `json:"figure"`
	Limit  string     `json:"limit"`
	Detail string     `json:"detail"`
}

func newModelResult(m *points.Model, f points.Figures, policy model.Policy, refusal *model.Refusal) modelResult {
	r := modelResult{Name: m.Name, Version: m.Version, Base: m.Base, Range: m.Range, Scores: [2]int64{f.Least, f.Most},
		Resolution: f.Resolution, Needed: f.Needed, Groups: newModelGroups(f), Scale: newModelScale(m), Features: noSchemas, Warnings: []string{}, Policy: policy, OK: refusal == nil}
	if refusal != nil {
		r.Refusal = &modelRefusal{refusal.Rule, refusal.Figure, refusal.Limit, refusal.Detail}
	}
	weights := f.Weights
	for _, source := range m.Sources {
		s := modelSource{Source: source.Name}
		for i := range source.Characteristics {
			c := newModelCharacteristic(&source.Characteristics[i], weights[i])
			s.Lines += c.Lines
			s.Characteristics = append(s.Characteristics, c)
		}
		weights = weights[len(source.Characteristics):]
		r.Sources = append(r.Sources, s)
	}
	return r
}

func newModelCharacteristic(c *points.Characteristic, w points.Weight) modelCharacteristic {
	out := modelCharacteristic{Feature: c.Feature, Missing: c.Missing, Absent: c.Absent, Baseline: c.Baseline, Span: w.Span(), Lines: w.Lines}
	for _, bin := range c.Bins {
		out.Bins = append(out.Bins, modelBin{Below: bin.Below, Points: bin.Points})
	}
	for _, category := range c.Categories {
		out.Bins = append(out.Bins, modelBin{Category: category.Name, Points: category.Points})
	}
	return out
}

func (check *modelCheck) print(r modelResult) error {
	if check.json {
		return check.printJSON(r)
	}
	check.say("%s %s: %d sources, base %d, shown from %d to %d", r.Name, r.Version, len(r.Sources), r.Base, r.Range[0], r.Range[1])
	for _, source := range r.Sources {
		check.say("\n%s (characteristics: %d, lines: %d of %d)", source.Source, len(source.Characteristics), source.Lines, model.Lines)
		t := check.table("characteristic", "bins and points", "missing", "no record", "span")
		for _, c := range source.Characteristics {
			t.AppendRow(table.Row{c.Feature, binsInWords(c.Bins), c.Missing, c.Absent, c.Span})
		}
		t.Render()
	}
	check.say("\nscores: %d to %d", r.Scores[0], r.Scores[1])
	check.say("resolution: %d bits (the points need %d)", r.Resolution, r.Needed)
	check.printGroups(r.Groups)
	check.printScale(r.Scale)
	if r.Features == noSchemas {
		check.say("%s", noSchemas)
	}
	for _, warning := range r.Warnings {
		check.say("warning: %s", warning)
	}
	verdict := "allowed"
	if !r.OK {
		verdict = "refused by rule " + string(r.Refusal.Rule)
	}
	check.say("policy (at most %d bits, at least %d characteristics and %d distinct holders): %s",
		r.Policy.MaxResolution, r.Policy.MinFeatures, r.Policy.MinHolders, verdict)
	return nil
}

// binsInWords lists a characteristic's bins with their points, in lines of at most about sixty characters.
func binsInWords(bins []modelBin) string {
	var lines []string
	line := ""
	for i, bin := range bins {
		word := bin.words()
		if i < len(bins)-1 {
			word += ", "
		}
		if len(line)+len(word) > 60 && line != "" {
			lines, line = append(lines, line), ""
		}
		line += word
	}
	return strings.Join(append(lines, line), "\n")
}

func (bin modelBin) words() string {
	switch {
	case bin.Category != "":
		return fmt.Sprintf("%s: %d", bin.Category, bin.Points)
	case bin.Below != "":
		return fmt.Sprintf("below %s: %d", bin.Below, bin.Points)
	}
	return fmt.Sprintf("else: %d", bin.Points)
}
