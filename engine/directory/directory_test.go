package directory_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/directory"
	"weir/engine/internal/messagetest"
	"weir/engine/internal/worldtest"
	"weir/engine/message"
	"weir/ledger/contract/governance"
	"weir/ledger/contract/registry"
)

// While every founding key still speaks, a party asks for the members once, however much it reads.
func TestTheUsualPathCostsOneQuestion(t *testing.T) {
	w := newWorld(t)
	post := w.PeriodKey(t, "bank", "bank")
	r := w.reader(t)
	for range 20 {
		if err := r.opens(t, "bank", post); err != nil {
			t.Fatal(err)
		}
	}
	if r.node.asked["state"] != 1 || r.node.asked["bundle"] != 0 || r.node.asked["checkpoint"] != 0 {
		t.Errorf("asked %v", r.node.asked)
	}
}

// A member that rotated its key is followed: what it posted before still counts, because the ledger shows it under the key
// of its time, and what it posts now counts by the new key.
func TestARotatedKeyIsFollowed(t *testing.T) {
	w := newWorld(t)
	r := w.reader(t)
	before := w.PeriodKey(t, "bank", "bank")
	if err := r.opens(t, "bank", before); err != nil {
		t.Fatal(err)
	}
	w.Rotate(t, "bank", worldtest.Key("bank, second"))
	w.Rotate(t, "tax", worldtest.Key("tax, second"))
	w.Rotate(t, "tax", worldtest.Key("tax, third"))
	after := w.PeriodKey(t, "tax", "tax/vat")
	if err := r.opens(t, "tax/vat", after); err != nil {
		t.Errorf("under the new key: %v", err)
	}
	if m, _ := r.Member("tax"); m.SigningKey != worldtest.Public(worldtest.Key("tax, third")) {
		t.Error("another key speaks")
	}
	fresh := w.reader(t)
	for owner, post := range map[string][]byte{"bank": before, "tax/vat": after} {
		if err := fresh.opens(t, owner, post); err != nil {
			t.Errorf("%s, to somebody who came later: %v", owner, err)
		}
	}
	spoiled := slices.Clone(before)
	spoiled[len(spoiled)-1] ^= 1
	if _, err := fresh.OpenPost(spoiled); !errors.Is(err, message.ErrPost) {
		t.Errorf("with another signature: %v", err)
	}
	asked := fresh.node.asked["bundle"]
	if err := fresh.opens(t, "bank", before); err != nil || fresh.node.asked["bundle"] != asked || asked != 1 {
		t.Errorf("%v; bundles asked for: %d, then %d", err, asked, fresh.node.asked["bundle"])
	}
}

// A26: a key that was rotated away, or replaced by votes, signs nothing that counts: whatever the node says it found.
func TestAFormerKeySignsNothingMore(t *testing.T) {
	for name, change := range map[string]func(*world){
		"rotated":   func(w *world) { w.Rotate(t, "bank", worldtest.Key("second")) },
		"recovered": func(w *world) { w.Recover(t, "bank", worldtest.Key("second")) },
		"revoked": func(w *world) {
			w.Send(t, "bank", registry.KindRevoke, registry.Revocation{Key: worldtest.Public(w.Keys["bank"])})
		},
		"revoked, then recovered": func(w *world) {
			w.Send(t, "bank", registry.KindRevoke, registry.Revocation{Key: worldtest.Public(w.Keys["bank"])})
			w.Recover(t, "bank", worldtest.Key("second"))
		},
	} {
		w := newWorld(t)
		stolen := w.Keys["bank"]
		change(w)
		r := w.reader(t)
		forged := message.Sign(w.Genesis.Chain, message.KindPeriodKey, "bank", stolen, 1, 1<<40, worldtest.MonthKey(t, "bank"))
		r.node.posts = [][]byte{forged}
		if err := r.opens(t, "bank", forged); !errors.Is(err, message.ErrPost) {
			t.Errorf("%s: %v", name, err)
		}
		// The ledger itself takes no such transaction, and what it refused stands under no key.
		if _, err := w.Submit(t.Context(), forged); err == nil {
			t.Errorf("%s: the ledger took it", name)
		}
		// A bundle of something else does not help.
		honest := w.PeriodKey(t, "tax", "tax/vat")
		tx, err := w.Genesis.Read(honest)
		if err != nil {
			t.Fatal(err)
		}
		r.node.bundle = func(_ engine.Digest, size uint64) ([]byte, error) {
			return w.Running.Bundle(t.Context(), tx.ID(), size)
		}
		if err := r.opens(t, "bank", forged); err == nil {
			t.Errorf("%s: opened by the bundle of another post", name)
		}
	}
}

// A party that saw the old key learns of the change by the stream of blocks; where the node hides it there, by the time.
func TestAChangeIsNotMissed(t *testing.T) {
	for _, told := range []bool{true, false} {
		w := newWorld(t)
		r := w.reader(t)
		if err := r.opens(t, "bank", w.PeriodKey(t, "bank", "bank")); err != nil {
			t.Fatal(err)
		}
		stolen := w.Keys["bank"]
		w.Rotate(t, "bank", worldtest.Key("second"))
		forged := message.Sign(w.Genesis.Chain, message.KindPeriodKey, "bank", stolen, 2, 1<<40, worldtest.MonthKey(t, "bank"))
		r.node.posts = [][]byte{forged}
		if told {
			for block, err := range r.Watch(w).Blocks(t.Context(), 1) {
				if err != nil {
					t.Fatal(err)
				}
				if block.Header.Height == w.Head().Height {
					break
				}
			}
		} else {
			r.now = r.now.Add(6 * time.Minute)
		}
		if err := r.opens(t, "bank", forged); !errors.Is(err, message.ErrPost) {
			t.Errorf("told %v: %v", told, err)
		}
	}
}

// A member that was admitted by votes is one, in its role and no other; before, it was a stranger.
func TestAdmittedMembersAreFollowed(t *testing.T) {
	w := newWorld(t)
	w.PeriodKey(t, "tax", "tax/vat")
	r := w.reader(t)
	if _, err := r.KeyOf(t.Context(), "water"); !errors.Is(err, directory.ErrStranger) {
		t.Errorf("before: %v", err)
	}
	w.Admit(t, "water", message.RoleHolder)
	post := w.PeriodKey(t, "water", "water/supply")
	if err := r.opens(t, "water/supply", post); err != nil {
		t.Error(err)
	}
	if k, err := r.KeyOf(t.Context(), "water"); err != nil || k != worldtest.Public(w.Keys["water"]) {
		t.Errorf("key: %v", err)
	}
	if since := r.Since("water"); since == 0 || since > w.Head().Height || r.Since("tax") != 0 {
		t.Errorf("since %d", since)
	}
	request := message.Sign(w.Genesis.Chain, message.KindRequest, "water", w.Keys["water"], 9, 1<<40, messagetest.Request())
	var body any
	if _, err := message.OpenAs(r, message.KindRequest, request, &body); !errors.Is(err, message.ErrPost) {
		t.Errorf("a holder asks for a score: %v", err)
	}
	w.Rotate(t, "water", worldtest.Key("water, second"))
	if err := w.reader(t).opens(t, "water/supply", post); err != nil {
		t.Errorf("admitted and rotated: %v", err)
	}
}

// Supervisors are all that the registry lists, also those whom nobody has met.
func TestSupervisorsAreThoseOfTheRegistry(t *testing.T) {
	w := newWorld(t)
	w.Admit(t, "second", message.RoleSupervisor)
	r := w.reader(t)
	if err := r.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	list := r.WithRole(message.RoleSupervisor)
	if len(list) != 2 || list[0].Name != "second" || list[1].Name != "supervisor" || r.Since("second") == 0 {
		t.Errorf("%+v", list)
	}
}

// No key, the zeros of an account whose key was revoked, verifies nothing, although as a point it could.
func TestNoKeySignsNothing(t *testing.T) {
	w := newWorld(t)
	w.Send(t, "bank", registry.KindRevoke, registry.Revocation{Key: worldtest.Public(w.Keys["bank"])})
	r := w.reader(t)
	if _, err := r.KeyOf(t.Context(), "bank"); !errors.Is(err, directory.ErrNoKey) {
		t.Errorf("key: %v", err)
	}
	post := message.Sign(w.Genesis.Chain, message.KindRequest, "bank", w.Keys["bank"], 1, 9, messagetest.Request())
	copy(post[len(post)-64:], append([]byte{1}, make([]byte, 63)...)) // R of order 1, s = 0: holds for any message under a key of small order
	if _, err := r.OpenPost(post); !errors.Is(err, message.ErrPost) {
		t.Errorf("%v", err)
	}
}

// Whoever is suspended stays a member: what it said before counts, and contracts take nothing more of it.
func TestSuspendedMembersSpokeBefore(t *testing.T) {
	w := newWorld(t)
	post := w.PeriodKey(t, "tax", "tax/vat")
	w.Decide(t, governance.Suspend, engine.Name("tax"), "tax")
	if err := w.reader(t).opens(t, "tax/vat", post); err != nil {
		t.Error(err)
	}
}
