package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"weir/engine"
	"weir/engine/authority"
	"weir/engine/consent"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/consents"
	"weir/ledger/contract/tasks"
)

// consentLine is one consent as `weir consent list` prints it.
type consentLine struct {
	Consent    engine.Digest   `json:"consent"`
	Given      time.Time       `json:"given"`
	Bank       engine.Name     `json:"bank"`
	Model      string          `json:"model"`
	Version    *engine.Digest  `json:"version_digest,omitempty"`
	Purpose    consent.Purpose `json:"purpose"`
	Output     consent.Output  `json:"output"`
	Uses       uint32          `json:"uses"`
	Reserved   uint32          `json:"reserved"`
	Charged    uint32          `json:"charged"`
	Resolution uint8           `json:"resolution"`
	NotAfter   time.Time       `json:"not_after"`
	State      string          `json:"state"`  // "live", "used up", "expired", "revoked", "not published", "revocation not published"
	Unsent     []string        `json:"unsent"` // who was not sent the evidence
}

func (c *client) list(ctx context.Context, j *joined, w *authority.Wallet) error {
	given, err := w.Consents()
	if err != nil {
		return err
	}
	lines := []consentLine{}
	for _, g := range given {
		line, err := lineOf(ctx, j, &g)
		if err != nil {
			return err
		}
		lines = append(lines, *line)
	}
	if c.json {
		return c.printJSON(lines)
	}
	t := c.table("consent", "bank", "model", "purpose", "uses left", "until", "state")
	for _, l := range lines {
		state := l.State
		if len(l.Unsent) > 0 {
			state += ", not sent to " + strings.Join(l.Unsent, ", ") + ": weir consent resume"
		}
		t.AppendRow([]any{l.Consent, l.Bank, l.Model, l.Purpose, fmt.Sprintf("%d of %d", l.left(), l.Uses), dateOf(l.NotAfter), state})
	}
	t.Render()
	return nil
}

func (l *consentLine) left() uint32 { return l.Uses - min(l.Uses, l.Charged+l.Reserved) }

func lineOf(ctx context.Context, j *joined, g *authority.Given) (*consentLine, error) {
	l := &consentLine{Consent: engine.Digest(g.Key), Given: g.At, Bank: g.Terms.Bank, Model: g.Terms.Model, Purpose: g.Terms.Purpose, Output: g.Terms.Output, Uses: g.Terms.Uses,
		Resolution: g.Terms.Resolution, NotAfter: time.Unix(g.Terms.NotAfter, 0).UTC(), State: "not published", Unsent: append([]string{}, g.Unsent...)}
	if !g.Terms.Version.IsZero() {
		l.Version = &g.Terms.Version
	}
	var status consents.Status
	err := j.ask(ctx, consents.Name, "status", g.Key, &status)
	var no *contract.Refusal
	switch {
	case errors.As(err, &no) && no.Code == ledger.CodeUnknown:
		return l, nil
	case err != nil:
		return nil, err
	}
	l.Reserved, l.Charged = status.Reserved, status.Charged
	l.State = l.state(&status, g.Revoked)
	if l.State != "live" {
		l.Unsent = []string{} // nobody needs it any more
	}
	return l, nil
}

func (l *consentLine) state(s *consents.Status, takenBack bool) string {
	switch {
	case s.Revoked != 0:
		return "revoked"
	case takenBack:
		return "revocation not published"
	case time.Now().UnixMilli() >= s.Dead():
		return "expired"
	case l.left() == 0:
		return "used up"
	}
	return "live"
}

// askedLine is one request as `weir consent asked` prints it.
type askedLine struct {
	Consent engine.Digest    `json:"consent"`
	Request engine.RequestID `json:"request"`
	Bank    engine.Name      `json:"bank"`
	Model   engine.Digest    `json:"model"`
	Purpose consent.Purpose  `json:"purpose"`
	At      time.Time        `json:"at"`    // of its newest attempt
	State   string           `json:"state"` // the phase, or how it ended, as the ledger says
	Parties []engine.PartyID `json:"parties"`
}

func (c *client) asked(ctx context.Context, j *joined, w *authority.Wallet) error {
	asked, err := w.Asked(ctx)
	if err != nil {
		return err
	}
	lines := []askedLine{}
	for _, a := range asked {
		var label engine.Digest
		var task tasks.Task
		err := j.ask(ctx, tasks.Name, "latest", a.Request, &label)
		if err == nil {
			err = j.ask(ctx, tasks.Name, "task", label, &task)
		}
		if err != nil {
			return err
		}
		line := askedLine{Consent: engine.Digest(a.Consent), Request: a.Request, Bank: a.Bank, Model: a.Model, Purpose: a.Purpose,
			At: time.UnixMilli(task.Opened).UTC(), State: string(task.Phase), Parties: append([]engine.PartyID{}, task.End.Parties...)}
		if task.Phase == tasks.PhaseEnded {
			line.State = strings.TrimSuffix(fmt.Sprintf("%s (%s)", task.End.State, task.End.Cause), " ()")
		}
		lines = append(lines, line)
	}
	if c.json {
		return c.printJSON(lines)
	}
	t := c.table("at", "bank", "purpose", "consent", "model", "state")
	for _, l := range lines {
		t.AppendRow([]any{dateOf(l.At), l.Bank, l.Purpose, l.Consent.Short(), l.Model.Short(), l.State})
	}
	t.Render()
	return nil
}

// refusalLine is one refusal as `weir consent refusals` prints it.
type refusalLine struct {
	Consent engine.Digest    `json:"consent"`
	Bank    engine.Name      `json:"bank"`
	Request engine.RequestID `json:"request"`
	Attempt uint32           `json:"attempt"`
	Party   engine.PartyID   `json:"party"`
	Code    string           `json:"code"`   // public
	Reason  string           `json:"reason"` // for this wallet alone; empty where the party sent none
	Error   string           `json:"error"`  // why a reason is not believed
}

func (c *client) refusals(ctx context.Context, _ *joined, w *authority.Wallet) error {
	refusals, err := w.Refusals(ctx)
	if err != nil {
		return err
	}
	lines := []refusalLine{}
	for _, r := range refusals {
		line := refusalLine{Consent: engine.Digest(r.Consent), Bank: r.Bank, Request: r.Request, Attempt: r.Attempt, Party: r.Party,
			Code: string(r.Code), Reason: string(r.Reason)}
		if r.Err != nil {
			line.Error = r.Err.Error()
		}
		lines = append(lines, line)
	}
	if c.json {
		return c.printJSON(lines)
	}
	t := c.table("party", "bank", "consent", "attempt", "public", "reason")
	for _, l := range lines {
		t.AppendRow([]any{l.Party, l.Bank, l.Consent.Short(), l.Attempt, l.Code, l.Reason + l.Error})
	}
	t.Render()
	return nil
}
