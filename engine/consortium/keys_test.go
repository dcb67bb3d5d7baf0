package consortium

import (
	"crypto/ed25519"
	"errors"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/holder"
	"weir/engine/message"
	"weir/ledger/contract/governance"
	"weir/ledger/contract/registry"
)

// scores asks for one score and compares it with the plaintext.
func (w *world) scores(t *testing.T, i int) {
	t.Helper()
	score, err := w.Ask(t.Context(), w.consented(t, enterprise(i)))
	if err != nil {
		t.Fatal(err)
	}
	if want := w.reference(t, enterprise(i)); score.Sum != want {
		t.Errorf("enterprise %d: %d, want %d", i, score.Sum, want)
	}
}

// rotate gives a member another key by its own author, and gives the key before.
func (w *world) rotate(t *testing.T, name engine.Name, author *message.Author) ed25519.PrivateKey {
	t.Helper()
	before, next := w.keys[name], newKey(t)
	body := registry.Rotation{Key: [32]byte(next.Public().(ed25519.PublicKey)), Possession: registry.Possess(w.genesis.Chain, name, next)}
	if _, err := author.WriteLast(t.Context(), registry.KindRotate, body, next); err != nil {
		t.Fatal(err)
	}
	w.keys[name] = next
	return before
}

// agent is a party's honest agent.
func (w *world) agent(party engine.PartyID) *holder.Agent { return w.agents[party].(*holder.Agent) }

// A bank and a holder rotate their keys between two scores, another holder's is replaced by votes: everybody follows, what was
// posted before still counts, and the keys of before sign nothing.
func TestKeysChangeBetweenScores(t *testing.T) {
	w := onLedger(t, 3)
	w.scores(t, 1)
	stolen := w.rotate(t, BankName, w.bank.Author())
	w.rotate(t, "s1", w.agent("s1/s1").Author())
	w.scores(t, 2)

	next := newKey(t)
	recovery := registry.Recovery{Account: "s3", Key: [32]byte(next.Public().(ed25519.PublicKey)), Possession: registry.Possess(w.genesis.Chain, "s3", next)}
	proposal, err := w.post(t.Context(), SupervisorName, governance.KindPropose, governance.Proposal{Action: governance.Recover,
		Body: canonical.Encode(recovery), Until: w.clock.now().Add(time.Hour).UnixMilli()})
	if err != nil {
		t.Fatal(err)
	}
	tx, err := w.genesis.Read(proposal)
	if err != nil {
		t.Fatal(err)
	}
	for _, voter := range []engine.Name{"s1", "s2", SupervisorName} {
		if _, err := w.post(t.Context(), voter, governance.KindVote, governance.Vote{Proposal: tx.ID(), Accept: true}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.agent("s3/s3").Publish(t.Context()); err != nil {
		t.Errorf("what stands already: %v", err)
	}
	w.agent("s3/s3").Author().Use(next)
	w.scores(t, 3)

	// A26: a request under the bank's old key is not taken by the ledger, and no agent takes it for one.
	request, err := w.bank.Request(t.Context(), w.model, w.consented(t, enterprise(7)), consent.PreLoan)
	if err != nil {
		t.Fatal(err)
	}
	found, err := w.link("reader").Find(t.Context(), message.KindRequest, request.String())
	if err != nil || len(found) != 1 {
		t.Fatalf("%d requests, %v", len(found), err)
	}
	honest, err := w.genesis.Read(found[0])
	if err != nil {
		t.Fatal(err)
	}
	draft := honest.Draft
	draft.Sequence++
	forged := draft.Sign(stolen)
	if _, err := w.link("liar").Submit(t.Context(), forged.Bytes()); err == nil {
		t.Error("the ledger took a request under the old key")
	}
	agent := w.agent("s1/s1")
	if _, err := agent.Genesis.OpenPost(found[0]); err != nil {
		t.Errorf("the honest one: %v", err)
	}
	if _, err := agent.Genesis.OpenPost(forged.Bytes()); !errors.Is(err, message.ErrPost) {
		t.Errorf("the forged one: %v", err)
	}
}
