package holder_test

import (
	"errors"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/contribute"
	"weir/engine/holder"
	"weir/engine/inquiry"
	"weir/engine/internal/partytest"
	"weir/engine/message"
)

// againstTheRules tells whether an agent declined by its own rules.
func againstTheRules(err error) bool {
	var refusal *contribute.Refusal
	return errors.As(err, &refusal) && refusal.Code == inquiry.DeclinedRules
}

// Three scores of 12 bits fit into 40: the same question again is free, another list of roots costs anew, and after the
// window all is told anew. The agent restarts before every answer.
func TestBitsAreCountedByQuestion(t *testing.T) {
	w := newWorld(t, holder.Rules{Window: 40 * time.Minute})
	for root := range byte(3) {
		for range 2 {
			if err := w.contribute(t, w.ask(t, partytest.Bank, root), now); err != nil {
				t.Fatalf("question %d: %v", root, err)
			}
		}
	}
	if err := w.contribute(t, w.ask(t, partytest.Bank, 3), now.Add(39*time.Minute)); !againstTheRules(err) {
		t.Errorf("48 bits of 40: %v", err)
	}
	if err := w.contribute(t, w.ask(t, partytest.Bank, 2), now.Add(39*time.Minute)); err != nil {
		t.Errorf("a question that was answered already: %v", err)
	}
	if n := len(w.ledger.Of(message.KindDeclined)); n != 1 {
		t.Errorf("%d refusals on the ledger", n)
	}
	if err := w.contribute(t, w.ask(t, partytest.Bank, 4), now.Add(41*time.Minute)); err != nil {
		t.Errorf("after the window: %v", err)
	}
}

func TestABudgetBelowOneScoreAnswersNothing(t *testing.T) {
	w := newWorld(t, holder.Rules{Bits: 11})
	if err := w.contribute(t, w.ask(t, partytest.Bank, 0), now); !againstTheRules(err) || len(w.ledger.Of(message.KindCommit)) != 0 {
		t.Errorf("12 bits of 11: %v", err)
	}
}

func TestQuotaOfABank(t *testing.T) {
	for name, rules := range map[string]holder.Rules{
		"listed":  {Quota: map[engine.Name]int{partytest.Bank: 2}, DefaultQuota: 1},
		"default": {Quota: map[engine.Name]int{partytest.OtherBank: 9}, DefaultQuota: 2},
	} {
		w := newWorld(t, rules)
		first := w.ask(t, partytest.Bank, 0)
		for _, id := range []engine.RequestID{first, w.ask(t, partytest.Bank, 0), first} { // asked again is no new question
			if err := w.contribute(t, id, now); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if err := w.contribute(t, w.ask(t, partytest.Bank, 0), now); !againstTheRules(err) {
			t.Errorf("%s: a third question within a day: %v", name, err)
		}
	}
}

// A pause outlives a restart, and so does its end; what was committed before it is released all the same.
func TestPause(t *testing.T) {
	w := newWorld(t, holder.Rules{})
	before := w.ask(t, partytest.Bank, 0)
	if err := w.contribute(t, before, now); err != nil {
		t.Fatal(err)
	}
	if err := w.agent[0].Pause(); err != nil {
		t.Fatal(err)
	}
	if err := w.contribute(t, w.ask(t, partytest.Bank, 1), now); !againstTheRules(err) {
		t.Errorf("paused: %v", err)
	}
	if paused, err := w.agent[0].Paused(); !paused || err != nil {
		t.Errorf("not paused after a restart: %v", err)
	}
	if err := w.contribute(t, before, now); err != nil {
		t.Errorf("committed before the pause: %v", err)
	}
	if err := w.agent[0].Resume(); err != nil {
		t.Fatal(err)
	}
	if err := w.contribute(t, w.ask(t, partytest.Bank, 1), now); err != nil {
		t.Errorf("resumed: %v", err)
	}
}
