package proof_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"weir/engine"
	"weir/engine/canonical"
	"weir/ledger/ledgertest"
	"weir/ledger/machine"
	"weir/ledger/proof"
)

// counted is a ledger with a live counter, an ended one, and many more entries around them.
func counted(t testing.TB) *machine.Machine {
	t.Helper()
	m := ledgertest.Found(t, new(ledgertest.Memory))
	ledgertest.Run(t, m, ledgertest.Tx("alice", 0, "count/add", "apples 7"), ledgertest.Tx("alice", 1, "count/add", "pears 1"), ledgertest.Tx("bob", 0, "count/fill", "300"))
	ledgertest.Run(t, m, ledgertest.Tx("alice", 2, "count/retire", "pears"))
	return m
}

var stateKeys = []machine.StateKey{{Contract: "counter", Key: "count/apples"}, {Contract: "counter", Key: "count/pears"}, {Contract: "counter", Key: "count/nuts"}, {Contract: "consents", Key: "x"}}

func stateBundle(t testing.TB, m *machine.Machine) *proof.StateBundle {
	t.Helper()
	b, err := m.State(stateKeys...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestStateIsShown(t *testing.T) {
	m := counted(t)
	trust := ledgertest.Trust(t)
	encoded := stateBundle(t, m).Encode()
	shown, err := trust.VerifyState(encoded)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []proof.Held{{Standing: proof.Live, Value: []byte("7")}, {Standing: proof.Buried}, {Standing: proof.Absent}, {Standing: proof.Absent}} {
		got := shown.Entries[i]
		if got.Standing != want.Standing || !bytes.Equal(got.Value, want.Value) || got.Contract != stateKeys[i].Contract || got.Key != stateKeys[i].Key {
			t.Errorf("%d: %+v", i, got)
		}
	}
	if shown.Header.Height != 2 || shown.Checkpoint.Size != 3 {
		t.Errorf("%+v", shown.Header)
	}
	t.Logf("%d entries among some hundred: %d bytes", len(shown.Entries), len(encoded))
	for i := range encoded { // A15
		changed := bytes.Clone(encoded)
		changed[i] ^= 1
		if _, err := trust.VerifyState(changed); !errors.Is(err, proof.ErrBundle) {
			t.Errorf("byte %d: %v", i, err)
		}
	}
}

// What stands is not shown absent or ended, nor the other way round; a proof of one block says nothing of another.
func TestStateIsNotMadeUp(t *testing.T) {
	m := counted(t)
	trust := ledgertest.Trust(t)
	earlier := stateBundle(t, m)
	ledgertest.Run(t, m, ledgertest.Tx("alice", 3, "count/add", "apples 1"))
	for name, f := range map[string]func(b *proof.StateBundle){
		"live shown absent":       func(b *proof.StateBundle) { b.Entries[0].Entry = nil },
		"live shown ended":        func(b *proof.StateBundle) { b.Entries[0].Entry = []byte{0} },
		"another value":           func(b *proof.StateBundle) { b.Entries[0].Entry = []byte("\x019") },
		"ended shown live":        func(b *proof.StateBundle) { b.Entries[1].Entry = []byte("\x011") },
		"ended shown absent":      func(b *proof.StateBundle) { b.Entries[1].Entry = nil },
		"absent shown live":       func(b *proof.StateBundle) { b.Entries[2].Entry = []byte("\x011") },
		"absent, by a neighbour":  func(b *proof.StateBundle) { b.Entries[0].Entry, b.Entries[0].Path = nil, b.Entries[2].Path },
		"another key":             func(b *proof.StateBundle) { b.Entries[0].Key = []byte("count/nuts") },
		"another contract":        func(b *proof.StateBundle) { b.Entries[0].Contract = "consents" },
		"no such mark":            func(b *proof.StateBundle) { b.Entries[0].Entry[0] = 2 },
		"longer tombstone":        func(b *proof.StateBundle) { b.Entries[1].Entry = []byte{0, 0} },
		"malformed contract":      func(b *proof.StateBundle) { b.Entries[2].Contract = "a\x00b" },
		"path too long":           func(b *proof.StateBundle) { b.Entries[2].Path.Siblings = make([]engine.Digest, 257) },
		"none":                    func(b *proof.StateBundle) { b.Entries = nil },
		"too many":                func(b *proof.StateBundle) { b.Entries = make([]proof.StateEntry, proof.MaxStateEntries+1) },
		"of the block before":     func(b *proof.StateBundle) { b.Entries = earlier.Entries },
		"header of another block": func(b *proof.StateBundle) { b.Header = earlier.Header },
	} {
		b := stateBundle(t, m)
		f(b)
		if _, err := trust.VerifyState(b.Encode()); !errors.Is(err, proof.ErrBundle) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := trust.VerifyState(earlier.Encode()); err != nil {
		t.Errorf("what held at its height holds for good: %v", err)
	}
	if _, err := m.State(); err == nil {
		t.Error("a proof of nothing")
	}
	if o, err := m.Execute(ledgertest.Propose(m)); err != nil {
		t.Fatal(err)
	} else if err := m.Commit(o, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := m.State(stateKeys...); !errors.Is(err, machine.ErrNotFound) {
		t.Errorf("no checkpoint over the last block: %v", err)
	}
}

func FuzzVerifyState(f *testing.F) {
	m := counted(f)
	trust := ledgertest.Trust(f)
	f.Add(stateBundle(f, m).Encode())
	f.Add(canonical.Encode(&proof.StateBundle{}))
	f.Fuzz(func(t *testing.T, b []byte) {
		shown, err := trust.VerifyState(b)
		for i := 0; err == nil && i < len(shown.Entries); i++ {
			if e := shown.Entries[i]; e.Standing == proof.Live && e.Key == "count/pears" {
				t.Fatal("shows what is not so")
			}
		}
	})
}

func ExampleTrust_VerifyState() {
	t := new(testing.T)
	b, err := counted(t).State(machine.StateKey{Contract: "counter", Key: "count/pears"})
	if err != nil {
		fmt.Println(err)
		return
	}
	shown, err := ledgertest.Trust(t).VerifyState(b.Encode())
	fmt.Println(shown.Entries[0].Key, shown.Entries[0].Standing, "at height", shown.Header.Height, err)
	// Output: count/pears buried at height 2 <nil>
}
