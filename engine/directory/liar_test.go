package directory_test

import (
	"crypto/ed25519"
	"errors"
	"testing"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/directory"
	"weir/engine/internal/messagetest"
	"weir/engine/internal/worldtest"
	"weir/engine/message"
	"weir/ledger/contract/registry"
	"weir/ledger/merkle"
	"weir/ledger/proof"
)

// edited changes a state bundle on its way.
func edited(change func(b *proof.StateBundle)) func([]byte, error, []string) ([]byte, error) {
	return func(b []byte, err error, _ []string) ([]byte, error) {
		if err != nil {
			return nil, err
		}
		var bundle proof.StateBundle
		if err := canonical.Decode(b, proof.MaxStateBundle, &bundle); err != nil {
			return nil, err
		}
		change(&bundle)
		return bundle.Encode(), nil
	}
}

// answers gives the same bundle whatever is asked.
func answers(b []byte) func([]byte, error, []string) ([]byte, error) {
	return func([]byte, error, []string) ([]byte, error) { return b, nil }
}

func (w *world) stateOf(t *testing.T, names ...engine.Name) []byte {
	t.Helper()
	keys := []string{"supervisors"}
	for _, name := range names {
		keys = append(keys, "account/"+string(name))
	}
	b, err := w.State(t.Context(), registry.Name, keys)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A node admits a stranger, swaps a key, or tells of another account, in every way that it can write a state bundle: the
// party believes none of it, and goes on with what it knew.
func TestANodeCannotChangeTheMembers(t *testing.T) {
	w := newWorld(t)
	w.PeriodKey(t, "tax", "tax/vat")
	thief := worldtest.Public(worldtest.Key("thief"))
	account := func(name engine.Name, role message.Role) []byte {
		return append([]byte{1}, canonical.Encode(registry.Account{Name: name, Role: role, Key: thief, Keys: 1})...)
	}
	other := &world{worldtest.Found(t, "weir-elsewhere", worldtest.Key("log"))}
	other.PeriodKey(t, "tax", "tax/vat")
	impostor := &world{worldtest.Found(t, messagetest.Chain, worldtest.Key("another log"))}
	impostor.Rotate(t, "bank", worldtest.Key("thief"))
	for name, lie := range map[string]func([]byte, error, []string) ([]byte, error){
		"a swapped key":     edited(func(b *proof.StateBundle) { b.Entries[1].Entry = account("bank", message.RoleBank) }),
		"a stranger":        edited(func(b *proof.StateBundle) { b.Entries[1].Entry = account("thief", message.RoleBank) }),
		"another's account": answers(w.stateOf(t, "bank2")),
		"another's entry under the account's key": edited(func(b *proof.StateBundle) {
			var bank2 proof.StateBundle
			if err := canonical.Decode(w.stateOf(t, "bank2"), proof.MaxStateBundle, &bank2); err != nil {
				t.Fatal(err)
			}
			b.Entries[1].Entry, b.Entries[1].Path = bank2.Entries[1].Entry, bank2.Entries[1].Path
		}),
		"no account":            edited(func(b *proof.StateBundle) { b.Entries[1].Entry, b.Entries[1].Path = []byte{}, merkle.Membership{} }),
		"fewer keys":            edited(func(b *proof.StateBundle) { b.Entries = b.Entries[:1] }),
		"more keys":             edited(func(b *proof.StateBundle) { b.Entries = append(b.Entries, b.Entries[1]) }),
		"keys in another order": edited(func(b *proof.StateBundle) { b.Entries[0], b.Entries[1] = b.Entries[1], b.Entries[0] }),
		"of another contract":   edited(func(b *proof.StateBundle) { b.Entries[1].Contract = "board" }),
		"of another chain":      answers(other.stateOf(t, "bank")),
		"by another log":        answers(impostor.stateOf(t, "bank")),
		"no checkpoint":         edited(func(b *proof.StateBundle) { b.Checkpoint = []byte{} }),
		"nothing":               answers(nil),
	} {
		r := w.reader(t)
		r.node.state = lie
		if _, err := r.KeyOf(t.Context(), "bank"); err == nil || errors.Is(err, directory.ErrStranger) {
			t.Errorf("%s: %v", name, err)
		}
		forged := message.Sign(w.Genesis.Chain, message.KindPeriodKey, "bank", worldtest.Key("thief"), 0, 1<<40, worldtest.MonthKey(t, "bank"))
		if _, err := r.OpenPost(forged); !errors.Is(err, message.ErrPost) {
			t.Errorf("%s: a post of the thief: %v", name, err)
		}
		r.node.posts = [][]byte{forged}
		if _, err := r.Ledger().Find(t.Context(), message.KindPeriodKey, "2026-11/bank"); err == nil {
			t.Errorf("%s: found without that the members were shown", name)
		}
	}
}

// A node hides a change of keys: it shows the state from before, under the checkpoint of then, and under one of now. A party
// that saw more is not led back, after a restart neither.
func TestANodeCannotGoBack(t *testing.T) {
	w := newWorld(t)
	post := w.PeriodKey(t, "bank", "bank")
	old := map[string][]byte{"account/bank": w.stateOf(t, "bank"), "account/supervisor": w.stateOf(t, "supervisor")}
	stolen := w.Keys["bank"]
	w.Rotate(t, "bank", worldtest.Key("second"))
	r := w.reader(t)
	if err := r.opens(t, "bank", post); err != nil {
		t.Fatal(err)
	}
	r.node.state = func(_ []byte, _ error, keys []string) ([]byte, error) { return old[keys[1]], nil }
	for range 2 {
		if _, err := r.KeyOf(t.Context(), "bank"); !errors.Is(err, proof.ErrRollback) {
			t.Errorf("an older state: %v", err)
		}
		r.start(t, w)
	}
	// The block of then under the checkpoint of now: everything in it is true, and it is not the last block.
	size := w.Head().Height + 1
	r.node.state = func(_ []byte, _ error, keys []string) ([]byte, error) {
		var b proof.StateBundle
		if err := canonical.Decode(old[keys[1]], proof.MaxStateBundle, &b); err != nil {
			return nil, err
		}
		var err error
		if b.Checkpoint, err = w.Checkpoint(t.Context()); err != nil {
			return nil, err
		}
		_, b.LogPath, err = w.Header(t.Context(), 1, size)
		if err != nil {
			return nil, err
		}
		if _, err := w.Trust.VerifyState(b.Encode()); err != nil {
			t.Fatal(err)
		}
		return b.Encode(), nil
	}
	if _, err := r.KeyOf(t.Context(), "bank"); !errors.Is(err, proof.ErrBundle) {
		t.Errorf("an older block: %v", err)
	}
	forged := message.Sign(w.Genesis.Chain, message.KindPeriodKey, "bank", stolen, 5, 1<<40, worldtest.MonthKey(t, "bank"))
	r.node.posts = [][]byte{forged}
	if _, err := r.Ledger().Find(t.Context(), message.KindPeriodKey, "2026-11/bank"); err == nil {
		t.Error("found while the node hides who the members are")
	}
	r.node.state = nil
	if k, err := r.KeyOf(t.Context(), "bank"); err != nil || k != worldtest.Public(worldtest.Key("second")) {
		t.Errorf("the truth again: %v", err)
	}
}

// Two members of one account's history: a post under a key of the wrong time does not count, also where the ledger holds it
// in a bundle of another height. Here the post stands before its key's span.
func TestAPostCountsAtItsHeightOnly(t *testing.T) {
	spans := []registry.Span{{From: 0, Key: [32]byte{1}}, {From: 5, Key: [32]byte{2}}, {From: 5, Key: [32]byte{3}}, {From: 9}}
	for height, want := range map[uint64]byte{0: 1, 4: 1, 5: 3, 8: 3, 9: 0, 100: 0} {
		if s, spoke := directory.SpanAt(spans, height); !spoke || s.Key != [32]byte{want} {
			t.Errorf("height %d: key %d", height, s.Key[0])
		}
	}
	if _, spoke := directory.SpanAt(spans[1:], 4); spoke {
		t.Error("a key spoke before its account was there")
	}
}

// Spans do not say whose they are: a node shows the true span of another account in place of the one asked for.
func TestSpansAreThoseAskedFor(t *testing.T) {
	w := newWorld(t)
	w.Admit(t, "water", message.RoleHolder)
	r := w.reader(t)
	r.node.state = func(b []byte, err error, keys []string) ([]byte, error) {
		if keys[0] == "span/water/0000000001" {
			return w.State(t.Context(), registry.Name, []string{"span/tax/0000000001"})
		}
		return b, err
	}
	if _, err := r.KeyOf(t.Context(), "water"); !errors.Is(err, proof.ErrBundle) {
		t.Errorf("%v", err)
	}
}

// A node that is away for a moment makes no honest post a refused one: the reader is told to come again.
func TestAMomentsFailureRefusesNothing(t *testing.T) {
	w := newWorld(t)
	post := w.PeriodKey(t, "bank", "bank")
	w.Rotate(t, "bank", worldtest.Key("second"))
	away := errors.New("the node is away")
	for _, failing := range []string{"supervisors", "span/bank/0000000001", "bundle"} {
		r := w.reader(t)
		r.node.state = func(b []byte, err error, keys []string) ([]byte, error) {
			if keys[0] == failing {
				return nil, away
			}
			return b, err
		}
		if failing == "bundle" {
			r.node.bundle = func(engine.Digest, uint64) ([]byte, error) { return nil, away }
		}
		if err := r.opens(t, "bank", post); !errors.Is(err, away) {
			t.Errorf("%s: %v", failing, err)
		}
		r.node.state, r.node.bundle = nil, nil
		if err := r.opens(t, "bank", post); err != nil {
			t.Errorf("%s, afterwards: %v", failing, err)
		}
	}
}

// What the ledger refused stands there too, under the key of its time, and does not count: a node that gives it out as found
// is not believed.
func TestARefusedPostDoesNotCount(t *testing.T) {
	w := newWorld(t)
	w.PeriodKey(t, "bank", "bank")
	result, err := message.NewAuthor(w, w.Genesis.Chain, "bank", w.Keys["bank"]).Write(t.Context(), message.KindPeriodKey, worldtest.MonthKey(t, "bank"))
	if !errors.Is(err, message.ErrConflict) {
		t.Fatal(err)
	}
	refused, err := w.Machine.Tx(result.Tx)
	if err != nil {
		t.Fatal(err)
	}
	w.Rotate(t, "bank", worldtest.Key("second"))
	r := w.reader(t)
	r.node.posts = [][]byte{refused}
	if err := r.opens(t, "bank", refused); !errors.Is(err, message.ErrPost) {
		t.Errorf("%v", err)
	}
}

// Where witnesses have to sign, a ledger that they have not signed yet shows nobody.
func TestWithoutWitnessesNothingIsShown(t *testing.T) {
	w := newWorld(t)
	post := w.PeriodKey(t, "bank", "bank")
	witness, err := proof.CosignatureKey("witness", worldtest.Key("witness").Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	w.Trust.Witnesses = proof.Witnesses{Need: 1, Keys: []string{witness}}
	r := w.reader(t)
	if err := r.opens(t, "bank", post); !errors.Is(err, proof.ErrNotFinal) {
		t.Errorf("%v", err)
	}
}
