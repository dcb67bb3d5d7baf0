package holder_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"weir/engine"
	"weir/engine/holder"
	"weir/engine/inquiry"
	"weir/engine/internal/partytest"
	"weir/engine/member"
	"weir/engine/message"
)

// Two agents that restart after every step answer a request, and each says everything once.
func TestRestartsInTheMiddle(t *testing.T) {
	w := newWorld(t, holder.Rules{})
	id := w.ask(t, partytest.Bank, 0)
	for _, step := range []func(*holder.Agent) error{
		func(a *holder.Agent) error { return a.Contribute(t.Context(), id, now) },
		func(a *holder.Agent) error { return a.Release(t.Context(), id) },
	} {
		for range 2 {
			for i := range w.agent {
				w.restart(t, i)
				w.pair(t)
				if err := step(w.agent[i]); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for kind, want := range map[message.Kind]int{message.KindRecords: 2, message.KindPeriodKey: 2, message.KindEncapsulation: 1, message.KindPairConfirmed: 2,
		message.KindCommit: 2, message.KindReleased: 2, message.KindDeclined: 0} {
		if got := len(w.ledger.Of(kind)); got != want {
			t.Errorf("%d entries of %s, want %d", got, kind, want)
		}
	}
	for _, entry := range w.ledger.Of(message.KindCommit) {
		c, err := inquiry.OpenCommit(w.Genesis, entry.Tx)
		if err != nil || !inquiry.IsNamedBy(c.Commit.Response, w.ledger.Contents[c.Commit.Response]) {
			t.Errorf("response of %s: %v", c.Party, err)
		}
	}
}

// What was remembered is what is sent: a commit that was lost on its way is sent with the same bytes after a restart, even
// where the month's key would now give other ones.
func TestTheSameAnswerIsSentAgain(t *testing.T) {
	w := newWorld(t, holder.Rules{})
	id := w.ask(t, partytest.Bank, 0)
	if err := w.contribute(t, id, now); err != nil {
		t.Fatal(err)
	}
	last := len(w.ledger.Entries) - 1
	lost := w.ledger.Entries[last]
	w.ledger.Entries = w.ledger.Entries[:last]
	w.remember(t, 0, member.Entry{Table: "holder/pair", Key: "2026-11/h2/s2"})
	if err := w.contribute(t, id, now); err != nil {
		t.Fatal(err)
	}
	if sent := w.ledger.Of(message.KindCommit); len(sent) != 1 || !bytes.Equal(sent[0].Body, lost.Body) {
		t.Errorf("%d commits, or another one", len(sent))
	}
}

// Another commit of this party stands: a second instance answered. Nothing more leaves, after a restart either, until
// somebody says which one is right.
func TestAnotherCommitHalts(t *testing.T) {
	w := newWorld(t, holder.Rules{})
	id := w.ask(t, partytest.Bank, 0)
	if err := w.contribute(t, id, now); err != nil {
		t.Fatal(err)
	}
	mine := &w.ledger.Entries[len(w.ledger.Entries)-1]
	read, err := inquiry.OpenCommit(w.Genesis, mine.Tx)
	if err != nil {
		t.Fatal(err)
	}
	other := *read.Commit
	other.Response[0] ^= 1
	good := mine.Tx
	mine.Tx = w.Sign(w.Parties[0].Holder(), message.KindCommit, other)

	if err := w.contribute(t, id, now); !errors.Is(err, holder.ErrOtherCommit) {
		t.Errorf("answered beside another instance: %v", err)
	}
	mine.Tx = good
	w.restart(t, 0)
	for name, step := range map[string]func(context.Context, engine.RequestID) error{
		"release": w.agent[0].Release, "answer": w.agent[0].Answer,
		"contribute": func(ctx context.Context, id engine.RequestID) error { return w.agent[0].Contribute(ctx, id, now) },
	} {
		if err := step(t.Context(), id); !errors.Is(err, holder.ErrOtherCommit) {
			t.Errorf("%s after a halt: %v", name, err)
		}
	}
	if len(w.ledger.Of(message.KindReleased))+len(w.ledger.Of(message.KindAnswer)) != 0 {
		t.Error("a response left")
	}
	if err := w.agent[0].Resume(); err != nil {
		t.Fatal(err)
	}
	if err := w.contribute(t, id, now); err != nil {
		t.Errorf("resumed: %v", err)
	}
}

// pending is a Finality that says not yet.
type pending struct{}

func (pending) Final(context.Context, *inquiry.Attempt, map[engine.PartyID]*inquiry.Contributed) error {
	return holder.ErrNotFinal
}

func TestNothingLeavesBeforeItIsFinal(t *testing.T) {
	w := newWorld(t, holder.Rules{})
	id, before := w.ask(t, partytest.Bank, 0), len(w.ledger.Contents)
	if err := w.contribute(t, id, now); err != nil {
		t.Fatal(err)
	}
	if err := w.agent[0].Release(t.Context(), id); !errors.Is(err, message.ErrNotFound) {
		t.Errorf("released before the other party committed: %v", err)
	}
	if err := w.agent[1].Contribute(t.Context(), id, now); err != nil {
		t.Fatal(err)
	}
	w.config[0].Finality = pending{}
	w.restart(t, 0)
	for _, step := range []func(context.Context, engine.RequestID) error{w.agent[0].Release, w.agent[0].Answer} {
		if err := step(t.Context(), id); !errors.Is(err, holder.ErrNotFinal) {
			t.Errorf("got %v", err)
		}
	}
	if len(w.ledger.Contents) != before || len(w.ledger.Of(message.KindReleased))+len(w.ledger.Of(message.KindAnswer)) != 0 {
		t.Error("a response left")
	}
	if got := outgoing(t, w.agent[0]); len(got) != 1 || got[0] != "held" {
		t.Errorf("outgoing: %v", got)
	}
	w.config[0].Finality = final{}
	w.restart(t, 0)
	if err := w.agent[0].Release(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	w.restart(t, 0)
	if got := outgoing(t, w.agent[0]); len(got) != 1 || got[0] != "released" {
		t.Errorf("outgoing: %v", got)
	}
}

// outgoing are the states of an agent's responses.
func outgoing(t *testing.T, a *holder.Agent) (states []string) {
	t.Helper()
	list, err := a.Outgoing()
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range list {
		states = append(states, o.State)
	}
	return states
}
