package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/governance"
	"weir/ledger/contract/governance/ballot"
	"weir/ledger/contract/registry"
)

// shownProposal is a proposal for people and, with --json, for programs.
type shownProposal struct {
	ID      engine.Digest     `json:"id"`
	By      engine.Name       `json:"by"`
	Action  governance.Action `json:"action"`
	Words   string            `json:"words"`
	Body    string            `json:"body"` // encoded, in hexadecimal digits
	Subject engine.Name       `json:"subject,omitempty"`
	Made    uint64            `json:"made"` // height
	Until   time.Time         `json:"until"`
	State   governance.State  `json:"state"`
	Decided uint64            `json:"decided,omitempty"` // height
	Why     string            `json:"why,omitempty"`
	Votes   []shownVote       `json:"votes"`
	Tally   *ballot.Tally     `json:"tally,omitempty"` // while it is open
	Lost    bool              `json:"lost,omitempty"`  // open, and out of reach
	From    string            `json:"from"`
	Height  uint64            `json:"height"` // of the last block that this is of
}

type shownVote struct {
	Voter  engine.Name   `json:"voter"`
	Accept bool          `json:"accept"`
	Tx     engine.Digest `json:"transaction"`
}

// errOther is returned where a node's answers contradict what a transaction says.
var errOther = errors.New("the node tells another content than the transaction has")

// findProposal gives a proposal as it is, its content read from the transaction that its id names.
func findProposal(ctx context.Context, v *view, id engine.Digest) (*governance.Status, error) {
	s, err := ask[governance.Status](ctx, v, governance.Name, "proposal", id)
	if err != nil {
		return nil, err
	}
	found, err := v.Find(ctx, governance.KindPropose, id.String())
	if err != nil {
		return nil, err
	}
	if len(found) != 1 {
		return nil, isFalse(fmt.Errorf("%w: proposal %s is not shown", errOther, id))
	}
	tx, err := ledger.DecodeTx(found[0])
	if err != nil {
		return nil, isFalse(err)
	}
	by, _ := tx.Sender.Account()
	if tx.ID() != id || tx.Kind != governance.KindPropose || s.ID != id || s.By != by || string(tx.Body) != string(canonical.Encode(s.Proposal)) {
		return nil, isFalse(fmt.Errorf("%w: proposal %s", errOther, id))
	}
	return &s, nil
}

// accounts are all members, by role.
func accounts(ctx context.Context, v message.Asker) (all []registry.Account, err error) {
	for _, role := range registry.Roles {
		list, err := ask[[]registry.Account](ctx, v, registry.Name, "accounts", role)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

func shown(s *governance.Status, v *view, members []registry.Account) *shownProposal {
	p := &shownProposal{ID: s.ID, By: s.By, Action: s.Proposal.Action, Body: hex.EncodeToString(s.Proposal.Body), Subject: s.Subject, Made: s.Made,
		Until: time.UnixMilli(s.Proposal.Until).UTC(), State: s.State, Decided: s.Decided, Why: s.Why, Votes: []shownVote{}, From: v.from, Height: v.height}
	words, err := ballot.Words(&s.Proposal)
	if err != nil {
		words = err.Error()
	}
	p.Words = words
	for _, cast := range s.Votes {
		p.Votes = append(p.Votes, shownVote{cast.Voter, cast.Accept, cast.Tx})
	}
	if s.State == governance.Open {
		tally := ballot.Of(governance.DefaultRules(), s, members)
		p.Tally, p.Lost = &tally, tally.Lost()
	}
	return p
}

func newProposalCommand(c *console) *cobra.Command {
	r := &reader{place: place{console: c}}
	return r.flags(&cobra.Command{Use: "show PROPOSAL", Short: "Say what a proposal is about, who voted, and which votes are missing", Args: cobra.ExactArgs(1),
		Example: "  weir governance show 5b0c…e1 --as tax",
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := engine.ParseDigest(args[0])
			if err != nil {
				return badInput(fmt.Errorf("proposal: %w", err))
			}
			v, err := r.open(cmd.Context())
			if err != nil {
				return err
			}
			defer v.Close()
			return r.printProposal(cmd.Context(), v, id)
		}})
}

func (p *place) printProposal(ctx context.Context, v *view, id engine.Digest) error {
	s, err := findProposal(ctx, v, id)
	if err != nil {
		return failed(err)
	}
	members, err := accounts(ctx, v)
	if err != nil {
		return failed(err)
	}
	told := shown(s, v, members)
	if p.json {
		return p.printJSON(told)
	}
	p.say("%s", told.text())
	p.warnLacking(ctx, v, &s.Proposal)
	return nil
}

// text is a proposal in lines.
func (s *shownProposal) text() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("proposal %s", s.ID)
	line("%s", s.Words)
	line("action %s, body %s", s.Action, s.Body)
	line("by %s in block %d, open until %s", s.By, s.Made, s.Until.Format(time.RFC3339))
	if s.Subject != "" {
		line("%s has no say in it", s.Subject)
	}
	switch {
	case s.State == governance.Void:
		line("void since block %d: it was agreed to, and could not be done any more: %s", s.Decided, s.Why)
	case s.Decided != 0:
		line("%s in block %d", s.State, s.Decided)
	default:
		line("%s at block %d", s.State, s.Height)
	}
	for _, vote := range s.Votes {
		line("  %-3s %s", inWord(vote.Accept), vote.Voter)
	}
	if s.Tally != nil {
		b.WriteString(missing(s.Tally))
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// missing says in lines which votes are missing.
func missing(t *ballot.Tally) string {
	var b strings.Builder
	if t.Unanimous {
		b.WriteString("a role has nobody who can vote: all the others must agree\n")
	}
	for i := range t.Roles {
		c := &t.Roles[i]
		fmt.Fprintf(&b, "of each %s: %d agree, %d needed", c.Role, len(c.Agree), c.Need)
		if len(c.Silent) > 0 {
			fmt.Fprintf(&b, "; not voted yet: %s", listed(c.Silent))
		}
		if c.Missing() > len(c.Silent) {
			b.WriteString("; out of reach as the members stand now")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func listed(names []engine.Name) string {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = string(name)
	}
	return strings.Join(texts, ", ")
}

// warnLacking says, of an activation, when this program would have to stop.
func (p *place) warnLacking(ctx context.Context, v message.Asker, proposal *governance.Proposal) {
	what, err := ballot.Read(proposal)
	a, is := what.(contract.Activation)
	if err != nil || !is {
		return
	}
	set, err := p.consortium.Contracts()
	if err != nil {
		return
	}
	schedule, err := ask[[]contract.Activation](ctx, v, governance.Name, "contracts", []byte{})
	if err != nil {
		return
	}
	var lacking *contract.LackingError
	if _, err := set.At(a.Height, append(schedule, a)); errors.As(err, &lacking) && lacking.Activation == a {
		p.warn("THIS PROGRAM DOES NOT HAVE %s@%s: a node of this release stops before block %d", a.Name, a.Version, a.Height)
	}
}
