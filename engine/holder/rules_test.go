package holder_test

import (
	"crypto/ed25519"
	"errors"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/contribute"
	"weir/engine/holder"
	"weir/engine/inquiry"
	"weir/engine/internal/partytest"
	"weir/engine/member"
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

// An enterprise may allow a bank more bits than the agent's own limit, never fewer.
func TestAnEnterpriseAllowsMoreBits(t *testing.T) {
	for limit, scores := range map[uint32]int{0: 1, 12: 1, 24: 2, 1 << 31: 3} {
		w := newWorld(t, holder.Rules{Bits: 20})
		var evidence consent.Evidence
		if err := canonical.Decode(w.Given.Evidence, 1<<20, &evidence); err != nil {
			t.Fatal(err)
		}
		evidence.Envelope.BitLimit = limit
		digest := evidence.Envelope.Digest()
		evidence.Signature = ed25519.Sign(w.EK, digest[:])
		w.remember(t, 0, member.Entry{Table: "holder/evidence", Key: message.ConsentKey(w.Public.Key), Value: canonical.Encode(evidence)})
		answered := 0
		for root := range byte(3) {
			err := w.contribute(t, w.ask(t, partytest.Bank, root), now)
			if err == nil {
				answered++
			} else if !againstTheRules(err) {
				t.Fatal(err)
			}
		}
		if answered != scores {
			t.Errorf("limit %d: %d scores, want %d", limit, answered, scores)
		}
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
