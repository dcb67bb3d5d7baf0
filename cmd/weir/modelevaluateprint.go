package main

import (
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"weir/engine/model/evaluate"
	"weir/engine/model/evaluate/report"
)

// page is the result as a page of its own.
func (r *evaluationResult) page() report.Report {
	page := report.Report{Title: "Evaluation of " + r.Scores.File, Evaluation: r.Evaluation}
	if m := r.Model; m != nil {
		page.Title = fmt.Sprintf("Evaluation of %s %s", m.Name, m.Version)
		page.Facts = append(page.Facts, report.Fact{Name: "model", Value: fmt.Sprintf("%s %s (%s)", m.Name, m.Version, m.File)})
	}
	page.Facts = append(page.Facts, report.Fact{Name: "scores", Value: r.Scores.words()})
	if r.Reference != nil {
		page.Facts = append(page.Facts, report.Fact{Name: "reference", Value: r.Reference.words()})
	}
	return page
}

func (f evaluatedFile) words() string {
	return fmt.Sprintf("%s, %d cases, SHA-256 %s", f.File, f.Cases, f.SHA256)
}

func (e *modelEvaluation) printEvaluation(r *evaluationResult) {
	d := r.Discrimination
	e.say("%s: %d cases, %d good, %d bad (%s), %d different scores", r.Scores.File, r.Cases, r.Good, r.Bad, report.Percent(r.BadRate), r.Levels)
	e.say("KS    %s at score %s", report.Fixed(4, d.KS), report.Number(d.KSScore))
	e.say("AUC   %s (95 %%: %s to %s)", report.Fixed(4, d.AUC), report.Fixed(4, d.AUCInterval[0]), report.Fixed(4, d.AUCInterval[1]))
	e.say("Gini  %s", report.Fixed(4, d.Gini))
	e.printCalibration(r.Calibration)
	if s := r.Stability; s != nil {
		e.say("PSI   %s against %d reference cases (mean without change %s, p %s)",
			report.Fixed(4, s.PSI), s.ReferenceCases, report.Fixed(4, s.Expected), report.Chance(s.P))
	}
	e.printDistribution(r.Distribution)
	e.printGroups(r.Groups)
	if r.Stability != nil {
		e.printStability(r.Stability)
	}
	for _, warning := range r.Warnings {
		e.say("warning: %s", warning)
	}
	if r.Report != "" {
		e.say("report: %s", r.Report)
	}
}

func (e *modelEvaluation) printCalibration(c *evaluate.Calibration) {
	if c == nil {
		return
	}
	e.say("Brier %s (%s for the bad rate alone)", report.Fixed(4, c.Brier), report.Fixed(4, c.BrierOfRate))
	e.say("log loss %s (%s for the bad rate alone)", report.Fixed(4, c.LogLoss), report.Fixed(4, c.LogLossOfRate))
	e.say("predicted %s bad, observed %s", report.Percent(c.Predicted), report.Percent(c.Observed))
	if t := c.HosmerLemeshow; t != nil {
		e.say("Hosmer–Lemeshow %s, %d degrees of freedom, p %s", report.Fixed(2, t.Statistic), t.Degrees, report.Chance(t.P))
	}
}

func (e *modelEvaluation) printDistribution(d evaluate.Distribution) {
	e.say("")
	t := e.figures("scores", "cases", "mean", "deviation", "least", "5 %", "25 %", "median", "75 %", "95 %", "most")
	for _, kind := range []struct {
		name string
		evaluate.Summary
	}{{"all", d.All}, {"good", d.Good}, {"bad", d.Bad}} {
		row := table.Row{kind.name, kind.Cases, report.Mean(kind.Mean), report.Mean(kind.Deviation)}
		for _, score := range []float64{kind.Least, kind.P5, kind.P25, kind.Median, kind.P75, kind.P95, kind.Most} {
			row = append(row, report.Number(score))
		}
		t.AppendRow(row)
	}
	t.Render()
}

func (e *modelEvaluation) printGroups(groups []evaluate.Group) {
	e.say("")
	header := []any{"scores", "cases", "bad", "bad rate", "95 % interval"}
	if groups[0].Predicted != nil {
		header = append(header, "predicted")
	}
	t := e.figures(header...)
	for _, g := range groups {
		row := table.Row{report.Number(g.From) + " to " + report.Number(g.To), g.Cases, g.Bad, report.Percent(g.BadRate),
			report.Percent(g.Interval[0]) + " to " + report.Percent(g.Interval[1])}
		if g.Predicted != nil {
			row = append(row, report.Percent(*g.Predicted))
		}
		t.AppendRow(row)
	}
	t.Render()
}

func (e *modelEvaluation) printStability(s *evaluate.Stability) {
	e.say("")
	t := e.figures("tenths of the reference", "reference", "share", "evaluated", "share", "part of PSI")
	for _, b := range s.Bins {
		t.AppendRow(table.Row{report.Bounds(b.From, b.Below), b.Reference, report.Percent(b.ReferenceShare), b.Cases, report.Percent(b.Share), report.Fixed(4, b.Part)})
	}
	t.Render()
}

// figures starts a table whose columns after the first are figures.
func (c *console) figures(header ...any) table.Writer {
	t := c.table(header...)
	var columns []table.ColumnConfig
	for number := 2; number <= len(header); number++ {
		columns = append(columns, table.ColumnConfig{Number: number, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.SetColumnConfigs(columns)
	return t
}
