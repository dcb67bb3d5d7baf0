package main

import (
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"

	"weir/engine/model/points"
	"weir/engine/model/scale"
	"weir/engine/schema"
)

// modelScale is what model check prints of a model's scale with --json: the scale as the file writes it, and its tables
// over the scores that are shown.
type modelScale struct {
	PDO           schema.Decimal   `json:"pdo"`
	BaseScore     schema.Decimal   `json:"base_score"`
	BaseOdds      string           `json:"base_odds"`
	OddsDirection scale.Direction  `json:"odds_direction"`
	Probabilities []scale.Point    `json:"probabilities"`
	Bands         []scale.Interval `json:"bands"`
	Grades        []scale.Interval `json:"grades"`
}

// newModelScale is nil for a model without a scale.
func newModelScale(m *points.Model) *modelScale {
	s := m.Scale
	if s == nil {
		return nil
	}
	low, high := m.Range[0], m.Range[1]
	none := []scale.Interval{} // an empty list in JSON, not null
	return &modelScale{s.PDO, s.BaseScore, s.BaseOdds, s.Direction, s.ProbabilityTable(low, high),
		append(none, s.BandTable(low, high)...), append(none, s.GradeTable(low, high)...)}
}

func (c *console) printScale(s *modelScale) {
	if s == nil {
		return
	}
	c.say("\nscale: odds %s (%s) at score %s, %s points double the odds of good to bad", s.BaseOdds, s.OddsDirection, s.BaseScore, s.PDO)
	t := c.figures("score", "odds, good to bad", "probability of bad")
	for _, p := range s.Probabilities {
		t.AppendRow(table.Row{p.Score, fmt.Sprintf("%.6g", p.Odds), p.Probability})
	}
	t.Render()
	c.printIntervals("band", s.Bands)
	c.printIntervals("grade", s.Grades)
}

func (c *console) printIntervals(kind string, intervals []scale.Interval) {
	if len(intervals) == 0 {
		return
	}
	t := c.figures(kind, "scores", "probability of bad")
	for _, i := range intervals {
		t.AppendRow(table.Row{i.Name, fmt.Sprintf("%d to %d", i.From, i.To), fmt.Sprintf("%s to %s", i.ProbabilityFrom, i.ProbabilityTo)})
	}
	t.Render()
}
