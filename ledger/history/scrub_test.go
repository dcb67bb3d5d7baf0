package history_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"weir/ledger"
	"weir/ledger/history"
	"weir/ledger/ledgertest"
	"weir/ledger/machine"
)

func grown(t *testing.T, store *ledgertest.Memory, blocks uint64) *machine.Machine {
	t.Helper()
	m := ledgertest.Found(t, store)
	for n := range blocks {
		ledgertest.Run(t, m, ledgertest.Tx("alice", n, "count/add", fmt.Sprintf("apples %d", n+1)), ledgertest.Tx("bob", n, "count/fill", "3"))
	}
	return m
}

func scrub(t *testing.T, store ledger.Store) *history.Report {
	t.Helper()
	report, err := history.Reader{Store: store}.Scrub(t.Context(), true, func(uint64, uint64) {})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// A18: whatever one stored value becomes, cut, changed, extended or gone, a scrub says so. The checkpoint's signature
// alone is its readers' to check.
func TestEveryDamageIsFound(t *testing.T) {
	store := new(ledgertest.Memory)
	grown(t, store, 4)
	if report := scrub(t, store); report.Err() != nil || report.Blocks != 5 || report.Transactions != 8 {
		t.Fatalf("%+v", report)
	}
	for _, w := range store.Writes() {
		flipped := bytes.Clone(w.Value)
		flipped[len(flipped)/2] ^= 1
		for _, value := range [][]byte{nil, flipped, w.Value[:len(w.Value)-1], append(bytes.Clone(w.Value), 0), make([]byte, len(w.Value))} {
			if w.Key[0] == 'c' && !bytes.Equal(value, make([]byte, len(w.Value))) {
				continue
			}
			damaged := store.Clone()
			damaged.Damage(w.Key, value)
			if err := scrub(t, damaged).Err(); !errors.Is(err, ledger.ErrDamaged) {
				t.Errorf("%q = %.20x: %v", w.Key, value, err)
			}
		}
	}
}

func TestStraysAndOtherHeads(t *testing.T) {
	store := new(ledgertest.Memory)
	m := grown(t, store, 2)
	head, _ := store.Head()
	before := store.Clone()
	ledgertest.Run(t, m)
	behind := store.Clone()
	if err := behind.Commit(head, nil); err != nil {
		t.Fatal(err)
	}
	if err := scrub(t, behind).Err(); err == nil {
		t.Error("a block beyond the head passes")
	}
	stray := before.Clone()
	if err := stray.Commit(head, []ledger.Write{{Key: append([]byte{'i'}, make([]byte, 32)...), Value: make([]byte, 12)}}); err != nil {
		t.Fatal(err)
	}
	if err := scrub(t, stray).Err(); err == nil {
		t.Error("an id of nothing passes")
	}
	head.Header[0] ^= 1
	if err := before.Commit(head, nil); err != nil {
		t.Fatal(err)
	}
	if err := scrub(t, before).Err(); err == nil {
		t.Error("another head passes")
	}
	if _, err := (history.Reader{Store: new(ledgertest.Memory)}).Scrub(t.Context(), true, nil); !errors.Is(err, history.ErrNotFound) {
		t.Errorf("an empty store: %v", err)
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Scrub(stopped, func(uint64, uint64) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// A running ledger is scrubbed too: while blocks are added nothing is found, and a changed entry is.
func TestRunningLedgerIsScrubbed(t *testing.T) {
	store := new(ledgertest.Memory)
	m := grown(t, store, 3)
	n := uint64(3)
	report, err := m.Scrub(t.Context(), func(uint64, uint64) {
		ledgertest.Run(t, m, ledgertest.Tx("alice", n, "count/add", "apples 1"))
		n++
	})
	if err != nil || report.Err() != nil || report.Entries == 0 {
		t.Errorf("%+v, %v", report, err)
	}
	if m, err = machine.Open(ledgertest.Config(t, store)); err != nil {
		t.Fatal(err)
	}
	store.Damage([]byte("scounter\x00count/apples"), []byte("\x0199"))
	if report, err := m.Scrub(t.Context(), func(uint64, uint64) {}); err != nil || report.Err() == nil {
		t.Errorf("%+v, %v", report, err)
	}
}

// A ledger whose index, log, results and state are all gone is rebuilt from headers and transactions; one that lags
// catches up from another copy.
func TestRebuildFromBlocks(t *testing.T) {
	store := new(ledgertest.Memory)
	m := grown(t, store, 5)
	damaged := store.Clone()
	for _, w := range store.Writes() {
		if bytes.IndexByte([]byte("ilrs"), w.Key[0]) >= 0 {
			damaged.Damage(w.Key, nil)
		}
	}
	if scrub(t, damaged).Err() == nil {
		t.Fatal("nothing is wrong")
	}
	into := new(ledgertest.Memory)
	again, err := machine.Rebuild(history.Reader{Store: damaged}, 3, ledgertest.Config(t, into))
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Extend(history.Reader{Store: damaged}, 5); err != nil {
		t.Fatal(err)
	}
	if again.Head().Digest() != m.Head().Digest() || scrub(t, into).Err() != nil {
		t.Error("another ledger")
	}
	was, _ := m.Checkpoint()
	if now, err := again.Checkpoint(); err != nil || !bytes.Equal(now, was) {
		t.Errorf("checkpoint: %v", err)
	}
	for _, w := range store.Writes() {
		if w.Key[0] == 't' && w.Key[8] == 4 {
			damaged.Damage(w.Key, append(bytes.Clone(w.Value[:len(w.Value)-1]), 7))
		}
	}
	if _, err := machine.Rebuild(history.Reader{Store: damaged}, 5, ledgertest.Config(t, new(ledgertest.Memory))); !errors.Is(err, ledger.ErrDamaged) {
		t.Errorf("changed transactions: %v", err)
	}
}
