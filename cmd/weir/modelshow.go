package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"weir/engine"
	"weir/engine/model"
	"weir/engine/model/points"
	"weir/engine/modelbind"
	"weir/engine/modelbind/reasons"
	"weir/engine/schema/strictjson"
)

func newModelShowCommand(c *console) *cobra.Command {
	s := &modelShow{console: c}
	command := &cobra.Command{
		Use:   "show FILE",
		Short: "Print the model card: what a model is, for whom, how it was checked",
		Long: `Show prints the card of a model under seal (*.weir.json): its digest, figures and scale, and the policy check. --map adds
what its mapping says about owner, purpose, period of the data and special values; --parity adds the report that weir
model verify wrote, with the digest of the file that it was about. --node asks the node of a member's folder who approved
the model of this name and version. It prints no points. Exit status: 0; 2 for bad input; 3 if the node cannot be reached.`,
		Example: "  weir model show card.weir.json --map map.json --parity parity.json",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return s.run(cmd.Context(), args[0]) },
	}
	flags := command.Flags()
	flags.StringVar(&s.mapping, "map", "", "the mapping that the model was made along")
	flags.StringVar(&s.parity, "parity", "", "the report of weir model verify --report")
	flags.StringVar(&s.node, "node", "", "folder of a bank or a holder's agent, whose node is asked for approvals")
	flags.StringVar(&s.policy, "policy", "", "the consortium's policy as JSON; default 10 bits, 8 characteristics, 2 holders")
	return command
}

// modelShow is one run of weir model show.
type modelShow struct {
	*console
	mapping, parity, policy, node string // flags
}

// modelCard is what model show prints with --json.
type modelCard struct {
	File            string          `json:"file"`
	SHA256          engine.Digest   `json:"sha256"`
	Name            engine.Name     `json:"name"`
	Version         engine.Name     `json:"version"`
	Card            *modelbind.Card `json:"card"`           // what the mapping says; null without one
	MappingSHA256   string          `json:"mapping_sha256"` // empty without a mapping
	Multiply        string          `json:"multiply"`       // points of the model for one of the file that it was made of
	Range           [2]int64        `json:"range"`
	Scores          [2]int64        `json:"scores"`
	Resolution      int             `json:"resolution"`
	Sources         []sourceInCard  `json:"sources"`
	Scale           *modelScale     `json:"scale"`
	Policy          model.Policy    `json:"policy"`
	Refusal         *modelRefusal   `json:"refusal"`
	Parity          *parityResult   `json:"parity"`        // null without a report
	Groups          []modelGroup    `json:"groups"`        // what is told beside the score
	Levels          []reasons.Cost  `json:"reason_levels"` // what score and reasons need together, by level
	Approvals       []approvedModel `json:"approvals"`     // on the ledger that --node asks; empty without
	FeaturesChecked string          `json:"features"`
}

type sourceInCard struct {
	Source   engine.Name `json:"source"`
	Features []string    `json:"features"`
}

func (s *modelShow) run(ctx context.Context, file string) error {
	m, err := openModel(file)
	if err != nil {
		return badInput(err)
	}
	policy, err := openPolicy(s.policy)
	if err != nil {
		return badInput(err)
	}
	card, err := s.card(file, m, policy)
	if err != nil {
		return badInput(err)
	}
	if s.node != "" {
		if card.Approvals, err = s.approvalsOn(ctx, s.node, m); err != nil {
			return err
		}
	}
	if s.json {
		return s.printJSON(card)
	}
	s.printCard(card)
	return nil
}

func (s *modelShow) card(file string, m *points.Model, policy model.Policy) (*modelCard, error) {
	figures := m.Figures()
	card := &modelCard{File: file, Name: m.Name, Version: m.Version, Range: m.Range, Scores: [2]int64{figures.Least, figures.Most},
		Resolution: figures.Resolution, Scale: newModelScale(m), Groups: withoutPoints(newModelGroups(figures)), Levels: reasons.Costs(figures, sideOf(m)), Policy: policy, Approvals: []approvedModel{}, FeaturesChecked: noSchemas}
	var err error
	if card.SHA256, err = digestOf(file); err != nil {
		return nil, err
	}
	var refused *model.Refusal
	if errors.As(figures.Check(policy, len(m.Sources)), &refused) {
		card.Refusal = &modelRefusal{refused.Rule, refused.Figure, refused.Limit, refused.Detail}
	}
	for i := range m.Sources {
		in := sourceInCard{Source: m.Sources[i].Name}
		for _, c := range m.Sources[i].Characteristics {
			in.Features = append(in.Features, c.Feature)
		}
		card.Sources = append(card.Sources, in)
	}
	if err := s.addMapping(card, m); err != nil {
		return nil, err
	}
	return card, s.addParity(card)
}

func (s *modelShow) addMapping(card *modelCard, m *points.Model) error {
	if s.mapping == "" {
		return nil
	}
	mapping, err := openMapping(s.mapping)
	if err != nil {
		return err
	}
	if mapping.Name != m.Name || mapping.Version != m.Version {
		return fmt.Errorf("%s is the mapping of %s %s, not of %s %s", s.mapping, mapping.Name, mapping.Version, m.Name, m.Version)
	}
	digest, err := digestOf(s.mapping)
	if err != nil {
		return err
	}
	card.Card, card.MappingSHA256, card.Multiply = &mapping.Card, digest.String(), string(mapping.Multiply)
	return nil
}

func (s *modelShow) addParity(card *modelCard) error {
	if s.parity == "" {
		return nil
	}
	text, err := readSmall(s.parity)
	if err != nil {
		return err
	}
	card.Parity = new(parityResult)
	if err := json.Unmarshal(text, card.Parity); err != nil {
		return &strictjson.Error{File: s.parity, Reason: "not a report of weir model verify: " + err.Error()}
	}
	if card.Parity.File == "" || card.Parity.Rows == 0 {
		return &strictjson.Error{File: s.parity, Reason: "not a report of weir model verify: it names no file or no rows"}
	}
	if sealed := card.Parity.Sealed; sealed != nil && sealed.ModelSHA256 != card.SHA256 {
		return &strictjson.Error{File: s.parity, Reason: "the report is about another model under seal"}
	}
	return nil
}

func (s *modelShow) printCard(c *modelCard) {
	s.say("%s %s", c.Name, c.Version)
	if c.Card != nil {
		for _, line := range [][2]string{{"owner", c.Card.Owner}, {"purpose", c.Card.Purpose}, {"data period", c.Card.DataPeriod}, {"special values", c.Card.SpecialValues}} {
			s.say("%s: %s", line[0], orNotStated(line[1]))
		}
		s.say("mapping: sha256 %s; points are %s times the file's", c.MappingSHA256, c.Multiply)
	}
	s.say("scores: %d to %d, shown from %d to %d, %d bits", c.Scores[0], c.Scores[1], c.Range[0], c.Range[1], c.Resolution)
	for _, source := range c.Sources {
		s.say("source %s: %d features", source.Source, len(source.Features))
	}
	s.printScale(c.Scale)
	if c.Scale == nil {
		s.say("scale: not stated")
	}
	s.printGroups(c.Groups)
	s.printLevels(c.Levels, c.Policy)
	s.printParity(c.Parity)
	if c.Refusal == nil {
		s.say("policy: allowed")
	} else {
		s.say("policy: refused by rule %s: %s, allowed: %s", c.Refusal.Rule, c.Refusal.Figure, c.Refusal.Limit)
	}
	s.printApprovals(c.Approvals, s.node != "")
	s.say("sha256 %s", c.SHA256)
}

func (s *modelShow) printParity(p *parityResult) {
	if p == nil {
		s.say("parity: no report")
		return
	}
	verdict := "equal"
	if !p.Equal {
		verdict = "NOT equal"
	}
	if p.Compared {
		s.say("parity: %s, %d rows, %d exactly, of %s (sha256 %s)", verdict, p.Rows, p.Exact, p.File, p.SHA256)
	} else {
		s.say("parity: %d rows of %s (sha256 %s), in the clear compared with nothing", p.Rows, p.File, p.SHA256)
	}
	if p.Sealed != nil {
		s.say("parity under seal: %d of %d rows to the point, %d within %s points", p.Sealed.Exact, p.Sealed.Rows, p.Sealed.Within, p.Sealed.Stated)
	}
}

func orNotStated(text string) string {
	if text == "" {
		return "not stated"
	}
	return text
}
