package machine_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"weir/ledger"
	"weir/ledger/ledgertest"
	"weir/ledger/machine"
)

// A18: every stored value, changed or gone, either is noticed when the ledger is opened, or when what it is part of is
// read. Nothing of it is ever given out as good.
func TestDamageIsNoticed(t *testing.T) {
	keep := new(ledgertest.Memory)
	m := ledgertest.Found(t, keep)
	for n := range uint64(3) {
		ledgertest.Run(t, m, tx("alice", n, fmt.Sprintf("apples %d", n+1)), tx("bob", n, "pears 1"))
	}
	atOpen, later := 0, 0
	for _, w := range keep.Writes() {
		if w.Key[0] == 'c' {
			continue // the checkpoint's signature is its reader's to check
		}
		for _, value := range [][]byte{nil, {}, flipped(w.Value, 0), flipped(w.Value, len(w.Value)-1), w.Value[:len(w.Value)-1], append(bytes.Clone(w.Value), 0)} {
			store := keep.Clone()
			store.Damage(w.Key, value)
			damaged, err := machine.Open(ledgertest.Config(t, store))
			if err != nil {
				atOpen++
				continue
			}
			if !served(damaged, m) {
				t.Errorf("%q = %x was served", w.Key, value)
			}
			later++
		}
	}
	t.Logf("%d noticed at opening, %d later", atOpen, later)
}

// served tells whether everything that a reader can ask is answered as by the undamaged ledger, or refused as damaged.
func served(damaged, good *machine.Machine) bool {
	for height := range good.Head().Height + 1 {
		b, err := damaged.Block(height)
		if err != nil {
			continue
		}
		want, _ := good.Block(height)
		if b.Header.Digest() != want.Header.Digest() || len(b.Txs) != len(want.Txs) {
			return false
		}
		for i, tx := range want.Txs {
			r, err := damaged.Result(tx.ID())
			if err == nil && !bytes.Equal(r.Encode(), want.Results[i].Encode()) {
				return false
			}
		}
	}
	return true
}

func flipped(b []byte, at int) []byte {
	b = bytes.Clone(b)
	b[at] ^= 1
	return b
}

// A dropped block, a state ahead of its head, and a head of another history are refused at opening.
func TestDroppedBlocks(t *testing.T) {
	store := new(ledgertest.Memory)
	m := ledgertest.Found(t, store)
	ledgertest.Run(t, m, tx("alice", 0, "apples 1"))
	early, before := store.Clone(), head(store)
	ledgertest.Run(t, m, tx("alice", 1, "apples 1"))
	last := head(store)
	for name, c := range map[string]struct {
		store *ledgertest.Memory
		head  ledger.Head
	}{
		"head ahead of the blocks": {early, last},
		"head behind the state":    {store.Clone(), before},
		"head of another history":  {store.Clone(), ledger.Head{Height: last.Height, Header: before.Header}},
	} {
		if err := c.store.Commit(c.head, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := machine.Open(ledgertest.Config(t, c.store)); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
}

func head(store ledger.Store) ledger.Head {
	h, _ := store.Head()
	return h
}

// Entries of the state that change on disk while the ledger runs: no transaction is judged by them. What the last blocks
// wrote is in memory, so the ledger is opened anew first.
func TestDamageWhileRunning(t *testing.T) {
	for _, value := range [][]byte{nil, []byte("\x019999"), {0}} {
		store := new(ledgertest.Memory)
		m := ledgertest.Found(t, store)
		ledgertest.Run(t, m, tx("alice", 0, "apples 1"))
		m, err := machine.Open(ledgertest.Config(t, store))
		if err != nil {
			t.Fatal(err)
		}
		if !store.Damage([]byte("scounter\x00count/apples"), value) {
			t.Fatal("no such entry")
		}
		if _, err := m.Execute(ledgertest.Propose(m, tx("alice", 1, "apples 1"))); !errors.Is(err, ledger.ErrDamaged) {
			t.Errorf("execute: %v", err)
		}
		if _, err := m.Query("counter", "value", []byte("apples")); !errors.Is(err, ledger.ErrDamaged) {
			t.Errorf("query: %v", err)
		}
		if _, err := m.Query("counter", "value", []byte("*")); value != nil && !errors.Is(err, ledger.ErrDamaged) {
			t.Errorf("range: %v", err)
		}
	}
}
