package tasks

import (
	"fmt"
	"slices"

	"weir/engine"
	"weir/engine/consent"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/board"
	"weir/ledger/contract/consents"
	"weir/ledger/contract/governance"
	"weir/ledger/contract/models"
	"weir/ledger/contract/records"
	"weir/ledger/contract/registry"
)

// request opens attempt 0. The request's id is that of the transaction, so that nobody else can make it.
func (k *contractOf) request(c *contract.Context, body []byte) error {
	if _, err := registry.Sender(c, message.RoleBank); err != nil {
		return err
	}
	var r inquiry.Request
	if err := c.Decode(body, &r); err != nil {
		return err
	}
	if err := c.Require(r.Attempt == 0, ledger.CodeMalformed, "a request is attempt 0", "it is %d; there is a retry for that", r.Attempt); err != nil {
		return err
	}
	t := &Task{ID: engine.RequestID(c.Tx()), Bank: c.Account(), Request: r}
	if err := k.open(c, t); err != nil {
		return err
	}
	return board.Note(c, string(message.KindRequest), t.ID.String())
}

func (k *contractOf) retry(c *contract.Context, body []byte) error {
	var r inquiry.Retry
	if err := c.Decode(body, &r); err != nil {
		return err
	}
	last, err := k.load(c, r.Label)
	if err != nil {
		return err
	}
	if err := requireRetry(c, last, r.Model); err != nil {
		return err
	}
	var stored Task
	c.Load(taskKey(r.Label), &stored)
	if stored.Phase != PhaseEnded {
		if err := last.finish(c, last.End); err != nil {
			return err
		}
	}
	next := &Task{ID: last.ID, Bank: last.Bank, Request: last.Request, Charged: last.Charged, Version: last.Version}
	next.Request.Attempt++
	next.Request.Model = r.Model
	if err := k.open(c, next); err != nil {
		return err
	}
	return board.Note(c, string(message.KindRetry), fmt.Sprintf("%s%d", message.RetryKey(next.ID), next.Request.Attempt))
}

func requireRetry(c *contract.Context, last *Task, model engine.Digest) error {
	if err := c.Require(last.Bank == c.Account(), ledger.CodeUnauthorised, "a bank retries its own requests", "it is of %s", last.Bank); err != nil {
		return err
	}
	var newest engine.Digest
	c.Load(requestKey(last.ID), &newest)
	if err := c.Require(newest == last.Label, ledger.CodeConflict, "the last attempt of a request is retried", "there is a later one"); err != nil {
		return err
	}
	if err := c.Require(last.Phase == PhaseEnded, ledger.CodePhase, "the last attempt has ended", "it is in phase %s", last.Phase); err != nil {
		return err
	}
	again := slices.Contains([]State{Expired, Withheld, Accused}, last.End.State) || last.End.Cause == CausePair && last.End.State == Refused
	if err := c.Require(again, ledger.CodePhase, "the last attempt is one that may be retried", "it ended as %s", last.End.text()); err != nil {
		return err
	}
	return c.Require(last.End.State != Accused || model != last.Request.Model, ledger.CodeSuspended,
		"after an accusation the version is asked under a new sealing", "it is the same")
}

// open checks everything that an attempt rests on, reserves a use unless the request's is charged already, and begins.
func (k *contractOf) open(c *contract.Context, t *Task) error {
	given, err := consents.Find(c, t.Request.Consent)
	if err != nil {
		return err
	}
	sealing, err := requireModel(c, t)
	if err != nil {
		return err
	}
	if err := requireTerms(c, t, &given, sealing); err != nil {
		return err
	}
	if err := requireRoots(c, &t.Request, sealing); err != nil {
		return err
	}
	for _, p := range sealing.Parties {
		if err := registry.RequireSpeaking(c, p.Party.Holder()); err != nil {
			return err
		}
	}
	if _, err := registry.Circuit(c, circuitContribution); err != nil {
		return err
	}
	if !t.Charged {
		if err := consents.Reserve(c, t.Request.Consent); err != nil {
			return err
		}
	}
	return k.begin(c, t, &given, sealing)
}

func (k *contractOf) begin(c *contract.Context, t *Task, given *consents.Status, s *models.Sealing) error {
	chain, err := registry.Chain(c)
	if err != nil {
		return err
	}
	t.Label = inquiry.Label(chain, t.ID, &t.Request, given.Tag)
	t.Tag, t.Version, t.Bits = given.Tag, s.Version, s.Resolution
	if t.Windows, err = governance.WindowsNow(c, k.rules.windows()); err != nil {
		return err
	}
	t.Phase, t.Opened, t.Deadline = PhaseCommit, c.Now(), c.Now()+t.Windows.Commit
	t.End.Parties = []engine.PartyID{}
	for _, p := range s.Parties {
		t.Parts = append(t.Parts, Part{Party: p.Party})
	}
	_, taken := c.Get(taskKey(t.Label))
	c.Invariant(!taken, "a label is of one attempt")
	c.Save(requestKey(t.ID), t.Label)
	t.save(c)
	return nil
}

// requireModel: the bank's own, approved, in force; and in a retry, of the version that was asked.
func requireModel(c *contract.Context, t *Task) (*models.Sealing, error) {
	m, err := models.Find(c, t.Request.Model)
	if err != nil {
		return nil, err
	}
	if err := c.Require(m.Sealing.Bank == t.Bank, ledger.CodeUnauthorised, "a bank asks its own models", "it is of %s", m.Sealing.Bank); err != nil {
		return nil, err
	}
	if err := c.Require(t.Version.IsZero() || m.Sealing.Version == t.Version, ledger.CodeConflict, "all attempts ask one version", "it is another"); err != nil {
		return nil, err
	}
	return &m.Sealing, m.Usable(c)
}

func requireTerms(c *contract.Context, t *Task, given *consents.Status, s *models.Sealing) error {
	if err := given.Live(c); err != nil {
		return err
	}
	err := given.Terms.Allow(consent.Use{Bank: t.Bank, Model: string(s.Name), Version: s.Version, Purpose: t.Request.Purpose,
		Output: t.Request.Output, Groups: s.Groups, Resolution: int(s.Resolution), At: c.Time()})
	return c.Require(err == nil, ledger.CodeTerms, "the consent's terms allow the request", "%v", err)
}

// requireRoots: one root for each slice, in order, each the highest revision of its party's newest epoch, under the schema
// that the slice was sealed for.
func requireRoots(c *contract.Context, r *inquiry.Request, s *models.Sealing) error {
	if err := c.Require(len(r.Roots) == len(s.Parties), ledger.CodeMalformed, "a request names one root for each slice",
		"%d for %d slices", len(r.Roots), len(s.Parties)); err != nil {
		return err
	}
	for i, p := range s.Parties {
		if err := c.Require(r.Roots[i].Party == p.Party, ledger.CodeMalformed, "roots are in the order of the slices", "root %d is not of %s", i+1, p.Party); err != nil {
			return err
		}
		newest, err := records.Newest(c, p.Party)
		if err != nil {
			return err
		}
		if err := c.Require(r.Roots[i].Root == newest.Root, ledger.CodeConflict, "a root is the highest revision of its party's newest epoch",
			"that of %s is not: it is at %s, revision %d", p.Party, newest.Epoch, newest.Revision); err != nil {
			return err
		}
		if err := c.Require(newest.Schema == p.Schema, ledger.CodeConflict, "the records have the schema that the slice was sealed for",
			"those of %s have another", p.Party); err != nil {
			return err
		}
	}
	return nil
}
