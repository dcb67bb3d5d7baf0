package main

import (
	"cmp"
	"errors"
	"fmt"
	"math/big"
	"math/bits"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"weir/engine/model"
	"weir/engine/model/points"
	"weir/engine/model/reason"
	"weir/engine/modelbind"
	"weir/engine/modelbind/reasons"
)

// modelGroup is one sum beside the score, as commands print it.
type modelGroup struct {
	Name            string        `json:"name"`
	Counts          reason.Counts `json:"counts"`
	Side            reason.Side   `json:"side"` // of its baseline that is the adverse one
	Characteristics []string      `json:"characteristics"`
	Least           int64         `json:"least"` // values; both 0 on a card, where points are summed
	Most            int64         `json:"most"`
	Cap             uint64        `json:"cap"`  // Σ B_g over the sources: the sum is 0 to cap
	Bits            int           `json:"bits"` // of this sum alone
}

func newModelGroups(f points.Figures) []modelGroup {
	groups := []modelGroup{}
	for _, g := range f.Groups {
		out := modelGroup{Name: g.Name, Counts: g.Counts, Side: g.Side, Least: g.Least, Most: g.Most, Cap: g.Reach, Bits: bits.Len64(g.Reach)}
		for _, m := range g.Members {
			out.Characteristics = append(out.Characteristics, m.String())
		}
		groups = append(groups, out)
	}
	return groups
}

// printGroups says what a model tells beside its score.
func (c *console) printGroups(groups []modelGroup) {
	for _, g := range groups {
		what := fmt.Sprintf("characteristics %s their baselines, %d to %d", g.Side, g.Least, g.Most)
		if g.Counts == reason.Points {
			what = "points"
		}
		c.say("reason %q: %s, cap %d, %d bits (%s)", g.Name, what, g.Cap, g.Bits, strings.Join(g.Characteristics, ", "))
	}
}

// withoutPoints takes what points can add up to out of groups that sum points, for a card that shows none.
func withoutPoints(groups []modelGroup) []modelGroup {
	for i := range groups {
		if groups[i].Counts == reason.Points {
			groups[i].Least, groups[i].Most = 0, 0
		}
	}
	return groups
}

// reasonFlags choose what a model that is carried tells beside its score.
type reasonFlags struct {
	level, counts string
	named         []string
}

func (r *reasonFlags) add(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&r.level, "reasons", "", "sums told beside the score, in place of the mapping's \"reasons\": none, by-source or by-characteristic")
	flags.StringVar(&r.counts, "counts", "", "with --reasons: adverse (numbers of characteristics worse than their baselines; the default) or points")
	flags.StringSliceVar(&r.named, "characteristic", nil, "with --reasons by-characteristic: source/feature, up to three; default the three that can cost the most points")
}

// choose puts the choice of the command line into the mapping.
func (r *reasonFlags) choose(m *modelbind.Mapping) error {
	level, counts := reasons.Level(r.level), cmp.Or(reason.Counts(r.counts), reason.Adverse)
	switch {
	case r.level == "" && r.counts == "" && len(r.named) == 0:
		return nil
	case !slices.Contains(reasons.Levels, level):
		return fmt.Errorf("--reasons %q: want one of %v", r.level, reasons.Levels)
	case counts != reason.Adverse && counts != reason.Points:
		return fmt.Errorf("--counts %q: want %s or %s", r.counts, reason.Adverse, reason.Points)
	case level != reasons.ByCharacteristic && len(r.named) > 0:
		return errors.New("--characteristic goes with --reasons by-characteristic")
	}
	m.Reasons = reasons.Choice{Level: level, Counts: counts, Side: m.Reasons.Side, Characteristics: r.named}
	return nil
}

// printLevels says what each output level of reasons needs, for all sums together.
func (c *console) printLevels(costs []reasons.Cost, policy model.Policy) {
	c.say("what the score and reasons tell together; the policy allows %d bits, no model more than %d:", policy.MaxResolution, model.MaxResolution)
	for _, cost := range costs {
		switch {
		case cost.Level == reasons.None:
			c.say("  %s: %d bits", cost.Level, cost.Bits)
		case cost.Why != "":
			c.say("  %s, %s: not possible, %s", cost.Level, cost.Counts, cost.Why)
		default:
			c.say("  %s, %s: %d bits (%s)", cost.Level, cost.Counts, cost.Bits, strings.Join(cost.Groups, ", "))
		}
	}
}

// sideOf is the adverse side of a model's points.
func sideOf(m *points.Model) reason.Side {
	if len(m.Groups) > 0 {
		return m.Groups[0].Side
	}
	return reason.Below
}

// sealedReasons compares what was opened beside the scores with the file's own sums.
type sealedReasons struct {
	Rows        int `json:"rows"`
	Exact       int `json:"exact"`        // every group's value is the one by the file's points and baselines
	NotCompared int `json:"not_compared"` // rows of a model whose points are rounded, or bins of a continuous input
}

// compareReasons compares the reasons of one row.
func (s *sealedRun) compareReasons(i int, told []reason.Reason) {
	groups := s.carried.Model.Groups
	if len(groups) == 0 {
		return
	}
	if s.result.Reasons == nil {
		s.result.Reasons = new(sealedReasons)
	}
	r := s.result.Reasons
	r.Rows++
	added := map[reason.Member]*big.Rat{}
	for k := range s.carried.Sum.Parts {
		part := &s.carried.Sum.Parts[k]
		if x, _ := part.At(s.rows[i][part.Name]); x != nil {
			in := s.mapping.Input(part.Name)
			added[reason.Member{Source: in.Source, Feature: in.Feature}] = x.Mul(x, s.carried.Multiply)
		}
	}
	for k := range groups {
		want := s.carried.WantGroup(&groups[k], added)
		at := slices.IndexFunc(told, func(t reason.Reason) bool { return t.Group == groups[k].Name })
		switch {
		case want == nil || s.carried.Error.Sign() != 0:
			r.NotCompared++
			return
		case at < 0 || want.Cmp(big.NewInt(told[at].Value)) != 0:
			s.differs(i, fmt.Sprintf("the reason %q", groups[k].Name), 0)
			return
		}
	}
	r.Exact++
}

// equal tells whether no reason differed.
func (r *sealedReasons) equal() bool { return r == nil || r.Exact+r.NotCompared == r.Rows }
