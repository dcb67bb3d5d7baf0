package consortium

import (
	"context"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/authority"
	"weir/engine/bank"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/holder"
	"weir/engine/message"
	"weir/engine/vault"
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

// decide has the first two holders and the supervisor agree to something.
func (w *world) decide(t *testing.T, action governance.Action, body any) {
	t.Helper()
	proposal, err := w.post(t.Context(), SupervisorName, governance.KindPropose, governance.Proposal{Action: action,
		Body: canonical.Encode(body), Until: w.clock.now().Add(time.Hour).UnixMilli()})
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
	w.decide(t, governance.Recover, registry.Recovery{Account: "s3", Key: [32]byte(next.Public().(ed25519.PublicKey)),
		Possession: registry.Possess(w.genesis.Chain, "s3", next)})
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

// A supervisor that was admitted later has a say about later models, and none about those of before: for the bank as for the
// ledger.
func TestALaterSupervisorApprovesLaterModels(t *testing.T) {
	w := onLedger(t, 2)
	key := newKey(t)
	w.decide(t, governance.Admit, registry.Admission{Name: "second", Role: message.RoleSupervisor, Key: [32]byte(key.Public().(ed25519.PublicKey)),
		Possession: registry.Possess(w.genesis.Chain, "second", key)})
	if err := w.bank.Genesis.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.bank.CheckApprovals(t.Context(), w.model); err != nil {
		t.Errorf("the model of before: %v", err)
	}
	model, err := w.bank.Seal(t.Context(), parseModel(t, strings.Replace(card(2), `"version": "1"`, `"version": "2"`, 1)), w.holders(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, party := range w.parties {
		if err := w.agents[party].Approve(t.Context(), model); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.supervisor.Approve(t.Context(), model, nil); err != nil {
		t.Fatal(err)
	}
	if err := w.bank.CheckApprovals(t.Context(), model); err == nil || !strings.Contains(err.Error(), "no approval by second") {
		t.Errorf("without the second supervisor: %v", err)
	}
	link := w.link("second")
	seat, err := w.network.ledger.join(w.genesis, link, new(vault.Transient))
	if err != nil {
		t.Fatal(err)
	}
	second, err := authority.NewSupervisor(authority.SupervisorConfig{Genesis: seat.members, Name: "second", Key: key, Ledger: seat.ledger, Blobs: link,
		Memory: new(vault.Transient)})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(second.Approve(t.Context(), model, nil), w.bank.CheckApprovals(t.Context(), model)); err != nil {
		t.Error(err)
	}
}

// A bank that was admitted later seals, the agents approve, and its request is answered as any other's.
func TestALaterBankIsServed(t *testing.T) {
	w := onLedger(t, 2)
	const name engine.Name = "later-bank"
	key := newKey(t)
	w.decide(t, governance.Admit, registry.Admission{Name: name, Role: message.RoleBank, Key: [32]byte(key.Public().(ed25519.PublicKey)),
		Possession: registry.Possess(w.genesis.Chain, name, key)})
	link, memory := w.link(string(name)), new(vault.Transient)
	seat, err := w.network.ledger.join(w.genesis, link, memory)
	if err != nil {
		t.Fatal(err)
	}
	later, err := bank.New(bank.Config{Genesis: seat.members, Name: name, Key: key, Random: w.options.Random, Ledger: seat.ledger, Log: link, Blobs: link, Memory: memory})
	if err != nil {
		t.Fatal(err)
	}
	w.network.join(string(name), later)
	model, err := later.Seal(t.Context(), w.options.Model, w.holders(), nil)
	if err == nil {
		err = errors.Join(later.Register(t.Context(), w.clock.now()), w.supervisor.Approve(t.Context(), model, nil))
	}
	for _, party := range w.parties {
		err = errors.Join(err, w.agents[party].Approve(t.Context(), model))
	}
	if err = errors.Join(err, later.CheckApprovals(t.Context(), model)); err != nil {
		t.Fatal(err)
	}
	terms := w.terms()
	terms.Bank = name
	consented, err := w.wallet(t, enterprise(1)).Give(t.Context(), terms, w.parties, 0, w.clock.now())
	if err != nil {
		t.Fatal(err)
	}
	id, err := later.Request(t.Context(), model, consented, consent.PreLoan)
	if err != nil {
		t.Fatal(err)
	}
	contribute := func(ctx context.Context, a Agent) error { return a.Contribute(ctx, id, w.clock.now()) }
	release := func(ctx context.Context, a Agent) error { return a.Release(ctx, id) }
	if err := errors.Join(w.everyAgent(t.Context(), contribute), later.Anchor(t.Context(), id), w.everyAgent(t.Context(), release)); err != nil {
		t.Fatal(err)
	}
	score, err := later.Open(t.Context(), id)
	if err != nil || score.Sum != w.reference(t, enterprise(1)) {
		t.Errorf("%v", err)
	}
}
