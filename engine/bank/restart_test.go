package bank_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"weir/engine"
	"weir/engine/bank"
	"weir/engine/consent"
	"weir/engine/inquiry"
	"weir/engine/internal/messagetest"
	"weir/engine/internal/partytest"
	"weir/engine/member"
	"weir/engine/message"
	"weir/engine/model/points"
	"weir/engine/offer"
	"weir/engine/open"
	"weir/engine/vault"
)

// world is a ledger on which two parties published records, and a bank that starts again before every step.
type world struct {
	*partytest.Attempt
	ledger *messagetest.Ledger
	memory *vault.Transient
	starts int
	groups string // further keys of the model
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Attempt: partytest.New(2), ledger: newLedger(), memory: new(vault.Transient)}
	for i, p := range w.Parties {
		r := offer.Records{Party: p, Schema: messagetest.Schema(t, p.Source(), "2026-10", 0), Root: [32]byte{31: byte(i + 1)}}
		w.ledger.Put(message.KindRecords, message.RecordsKey(p)+"2026-10/0", w.Sign(p.Holder(), message.KindRecords, r))
	}
	return w
}

// bank starts the bank, over what it remembers and with other randomness than ever before.
func (w *world) bank(t *testing.T) *bank.Bank {
	t.Helper()
	w.starts++
	b, err := bank.New(bank.Config{Genesis: w.Genesis, Name: partytest.Bank, Key: w.Keys[partytest.Bank], Random: partytest.Stream(strings.Repeat("start ", w.starts)),
		Ledger: w.ledger, Log: w.ledger, Blobs: w.ledger, Memory: w.memory})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// seal has the bank seal a model, and the parties approve it.
func (w *world) seal(t *testing.T) engine.Digest {
	t.Helper()
	slice := `[{"feature": "sales", "missing": 0, "bins": [{"below": 10, "points": 3}, {"points": 7}]}]`
	m, err := points.Parse(strings.NewReader(`{"name": "card", "version": "1", "base": 1, "range": [0, 20], "sources": {"s1": `+slice+`, "s2": `+slice+`}`+w.groups+`}`), "m.weir.json")
	if err != nil {
		t.Fatal(err)
	}
	digest, err := w.bank(t).Seal(t.Context(), m, map[engine.Name]engine.Name{"s1": "h1", "s2": "h2"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.bank(t).CheckApprovals(t.Context(), digest); err == nil {
		t.Error("approved before anybody approved it")
	}
	if _, err := w.bank(t).Request(t.Context(), digest, w.Public.Key, consent.PreLoan); err == nil {
		t.Error("asked before anybody approved it")
	}
	for _, p := range w.Parties {
		w.ledger.Put(message.KindApproval, message.ModelKey(digest)+"/"+string(p), w.Sign(p.Holder(), message.KindApproval, offer.Approval{Model: digest, Party: p}))
	}
	if err := w.bank(t).CheckApprovals(t.Context(), digest); err != nil {
		t.Fatal(err)
	}
	return digest
}

func (w *world) ask(t *testing.T, model engine.Digest) engine.RequestID {
	t.Helper()
	id, err := w.bank(t).Request(t.Context(), model, w.Public.Key, consent.PreLoan)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// sealed is a sealing as it was posted.
func (w *world) sealed(t *testing.T, digest engine.Digest) *offer.Sealed {
	t.Helper()
	sealed, err := offer.FindPackage(t.Context(), w.Genesis, w.ledger, digest)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// A sealing is made again from what was remembered of it, digest for digest: the bank can ask, and seal it anew.
func TestSealingsComeBack(t *testing.T) {
	w := newWorld(t)
	first, _ := sealingsComeBack(t, w)
	if told, err := w.bank(t).Reasons(first, &open.Score{}); err != nil || len(told) != 0 {
		t.Errorf("a model without groups tells %v, %v", told, err)
	}
}

// Half way between 0 and 7 is 3.5: the third group counts 3 as adverse, and the others sum points from their least, 0.
func TestSealingsWithGroupsComeBack(t *testing.T) {
	w := newWorld(t)
	w.groups = `, "groups": [{"name": "all", "characteristics": ["s1/sales", "s2/sales"]}, {"name": "a", "characteristics": ["s1/sales"]}, {"name": "b", "characteristics": ["s2/sales"]}]`
	first, later := sealingsComeBack(t, w)
	for _, digest := range []engine.Digest{first, later} {
		told, err := w.bank(t).Reasons(digest, &open.Score{Sums: [4]int64{7, 1, 0, 1}})
		if want := "[{1 all adverse 1 2} {2 b adverse 1 1} {0 a adverse 0 1}]"; err != nil || fmt.Sprint(told) != want {
			t.Errorf("told %v, %v, want %s", told, err, want)
		}
	}
}

// sealingsComeBack gives sealing 0 and a later one.
func sealingsComeBack(t *testing.T, w *world) (first, later engine.Digest) {
	t.Helper()
	first = w.seal(t)
	w.ask(t, first)
	second, err := w.bank(t).Reseal(t.Context(), first, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	third, err := w.bank(t).Reseal(t.Context(), first, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	if first == second || second == third {
		t.Fatal("two sealings have one digest")
	}
	for number, digest := range []engine.Digest{first, second, third} {
		w.ask(t, digest)
		if s := w.sealed(t, digest); s.Number != uint32(number) || s.VersionDigest != w.sealed(t, first).VersionDigest {
			t.Errorf("sealing %d is number %d of %s", number, s.Number, s.VersionDigest)
		}
		if err := offer.CheckSame(w.sealed(t, first), w.sealed(t, digest)); number > 0 && err != nil {
			t.Errorf("sealing %d does not show that it has the same points: %v", number, err)
		}
	}
	if _, err := w.bank(t).Reseal(t.Context(), engine.Digest{1}, 1, nil); err == nil {
		t.Error("sealed anew what was never sealed here")
	}
	return first, third
}

func TestADamagedSealingIsNotUsed(t *testing.T) {
	w := newWorld(t)
	model := w.seal(t)
	value, err := w.memory.Get("bank/sealing", model.String())
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int{10, 60, 200, 700} {
		spoiled := bytes.Clone(value)
		spoiled[at] ^= 1
		if err := w.memory.Put(member.Entry{Table: "bank/sealing", Key: model.String(), Value: spoiled}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.bank(t).Request(t.Context(), model, w.Public.Key, consent.PreLoan); err == nil {
			t.Errorf("byte %d changed: asked all the same", at)
		}
	}
}

func TestARetiredModelStaysRetired(t *testing.T) {
	w := newWorld(t)
	model := w.seal(t)
	if err := w.memory.Put(member.Entry{Table: "bank/retired", Key: model.String(), Value: []byte{1}}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.bank(t).Request(t.Context(), model, w.Public.Key, consent.PreLoan); !errors.Is(err, bank.ErrRetired) {
		t.Errorf("got %v", err)
	}
}

// Requests come back after a crash: those on the ledger, and one that was lost before it came there.
func TestRequestsComeBack(t *testing.T) {
	w := newWorld(t)
	model := w.seal(t)
	ids := []engine.RequestID{w.ask(t, model), w.ask(t, model)}
	back, err := w.bank(t).Unfinished(t.Context())
	slices.SortFunc(ids, func(a, b engine.RequestID) int { return bytes.Compare(a[:], b[:]) })
	if err != nil || !slices.Equal(back, ids) || len(w.ledger.Of(message.KindRequest)) != 2 {
		t.Errorf("%v, want %v, %v", back, ids, err)
	}
	kept, err := w.memory.Get("bank/request", ids[0].String())
	if err != nil {
		t.Fatal(err)
	}
	entries := w.ledger.Entries
	w.ledger = newLedger() // none of it came onto the ledger
	for _, e := range entries {
		if e.Kind != message.KindRequest {
			w.ledger.Put(e.Kind, e.Key, e.Tx)
		}
	}
	back, err = w.bank(t).Unfinished(t.Context())
	if err != nil || !slices.Equal(back, ids) {
		t.Errorf("%v, want %v, %v", back, ids, err)
	}
	if posts, err := w.ledger.Find(t.Context(), message.KindRequest, ids[0].String()); err != nil || len(posts) != 1 || !bytes.Equal(posts[0], kept) {
		t.Errorf("not the bytes that were kept: %v", err)
	}
}

// A request that was lost on its way, and that the bank signed with a key which it has rotated since, can never stand: it is
// forgotten, and does not keep the bank from starting.
func TestALostRequestUnderAnOldKeyIsForgotten(t *testing.T) {
	w := newWorld(t)
	w.ask(t, w.seal(t))
	rotated := *w.Genesis
	rotated.Members = slices.Clone(rotated.Members)
	for i := range rotated.Members {
		if rotated.Members[i].Name == partytest.Bank {
			rotated.Members[i].SigningKey = [32]byte(messagetest.Key("bank, second").Public().(ed25519.PublicKey))
		}
	}
	entries := w.ledger.Entries
	w.ledger = messagetest.NewLedger(&rotated)
	for _, e := range entries {
		if e.Kind != message.KindRequest {
			w.ledger.Put(e.Kind, e.Key, e.Tx)
		}
	}
	for range 2 {
		if back, err := w.bank(t).Unfinished(t.Context()); err != nil || len(back) != 0 {
			t.Errorf("%v, %v", back, err)
		}
	}
}

// A settlement that was lost is sent with the same proof after a restart: two proofs from one nonce would tell the score.
func TestASettlementIsMadeOnce(t *testing.T) {
	w := newWorld(t)
	id := w.ask(t, w.seal(t))
	attempt, err := inquiry.FindAttempt(t.Context(), w.Genesis, w.ledger, id)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range w.Parties {
		c := inquiry.Commit{Label: attempt.Label, Party: p, C: messagetest.Point(int64(7 + i)), Proof: []byte{},
			Masks: []inquiry.PartnerMask{{Partner: w.Parties[1-i], P: messagetest.Point(3)}}}
		w.ledger.Put(message.KindCommit, message.ContributionKey(attempt.Label, p), w.Sign(p.Holder(), message.KindCommit, c))
	}
	score := &open.Score{R: big.NewInt(15)}
	if err := w.bank(t).Settle(t.Context(), id, score); err != nil {
		t.Fatal(err)
	}
	last := len(w.ledger.Entries) - 1
	lost := w.ledger.Entries[last]
	if lost.Kind != message.KindSettlement {
		t.Fatalf("a %s was posted", lost.Kind)
	}
	w.ledger.Entries = w.ledger.Entries[:last]
	if err := w.bank(t).Settle(t.Context(), id, score); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if again := w.ledger.Of(message.KindSettlement); len(again) != 1 || !bytes.Equal(again[0].Body, lost.Body) {
			t.Errorf("%d settlements, or another one", len(again))
		}
		if err := w.bank(t).Settle(t.Context(), id, score); err != nil { // it stands
			t.Fatal(err)
		}
	}
	if back, err := w.bank(t).Unfinished(t.Context()); err != nil || len(back) != 0 {
		t.Errorf("settled, and yet unfinished: %v, %v", back, err)
	}
}
