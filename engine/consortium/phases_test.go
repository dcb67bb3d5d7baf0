package consortium

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"weir/engine"
	"weir/engine/bank"
	"weir/engine/holder"
	"weir/engine/inquiry"
)

// committedOn has every agent commit to a new request on the real ledger.
func (w *world) committedOn(t *testing.T, i int) engine.RequestID {
	t.Helper()
	id := w.requested(t, w.consented(t, enterprise(i)))
	for _, party := range w.parties {
		if err := w.agents[party].Contribute(t.Context(), id, w.clock.now()); err != nil {
			t.Fatal(err)
		}
	}
	return id
}

// A12: no response leaves before the anchor, and after it every response does.
func TestNothingLeavesBeforeTheAnchor(t *testing.T) {
	w := onLedger(t, 2)
	id := w.committedOn(t, 1)
	for _, party := range w.parties {
		if err := w.agents[party].Release(t.Context(), id); !errors.Is(err, holder.ErrNotFinal) {
			t.Fatalf("%s released without an anchor: %v", party, err)
		}
		if _, err := w.network.ledger.Fetch(t.Context(), w.commitOf(t, id, party).Commit.Response, inquiry.MaxResponse); err == nil {
			t.Fatalf("the response of %s is with the node", party)
		}
	}
	if err := w.bank.Anchor(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	for range 2 { // asked again, nothing changes
		for _, party := range w.parties {
			if err := w.agents[party].Release(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
	}
	score, err := w.bank.Open(t.Context(), id)
	if err != nil || score.Sum != w.reference(t, enterprise(1)) {
		t.Errorf("%v, %v", score, err)
	}
}

// A node that loses a response: the bank misses it, its party puts it on the ledger, and the score comes through.
func TestAMissingResponseIsAnswered(t *testing.T) {
	w := onLedger(t, 2)
	id := w.committedOn(t, 2)
	if err := w.bank.Anchor(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	for _, party := range w.parties {
		if err := w.agents[party].Release(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	victim := w.parties[1]
	digest := w.commitOf(t, id, victim).Commit.Response.String()
	if err := os.Remove(filepath.Join(w.folder, "ledger", "contents", digest[:2], digest)); err != nil {
		t.Fatal(err)
	}
	_, err := w.bank.Open(t.Context(), id)
	var missing *bank.MissingError
	if !errors.As(err, &missing) || missing.Party != victim {
		t.Fatalf("got %v", err)
	}
	if err := w.bank.Missing(t.Context(), id, victim); err != nil {
		t.Fatal(err)
	}
	agent := w.agents[victim].(*holder.Agent)
	if err := agent.Answer(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	score, err := w.bank.Open(t.Context(), id)
	if err != nil || score.Sum != w.reference(t, enterprise(2)) {
		t.Fatalf("%v, %v", score, err)
	}
	if err := w.bank.Settle(t.Context(), id, score); err != nil {
		t.Fatal(err)
	}
	if err := w.supervisor.CheckSettled(t.Context(), id); err != nil {
		t.Error(err)
	}
}
