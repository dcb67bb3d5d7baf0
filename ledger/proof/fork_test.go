package proof_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"weir/engine"
	"weir/ledger/ledgertest"
	"weir/ledger/machine"
	"weir/ledger/merkle"
	"weir/ledger/proof"
)

// root is what a log says about itself at a size.
func root(t *testing.T, m *machine.Machine, size uint64) engine.Digest {
	t.Helper()
	r, err := m.Log(size).Root()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A18: two histories shown to two clients, of any two lengths, end as one file that anybody can check.
func TestForkIsEvidence(t *testing.T) {
	mine, checkpoints := history(t, "a 1", "b 1", "c 1", "d 1", "e 1", "f 1")
	other, others := history(t, "a 1", "b 2", "c 1", "d 1", "e 1", "f 1")
	trust := ledgertest.Trust(t)
	for i := 1; i < len(checkpoints); i++ { // the two part in block 2
		for j := 1; j < len(others); j++ {
			longer, small, large := other, uint64(i+2), uint64(j+2)
			if small > large {
				longer, small, large = mine, large, small
			}
			var path []engine.Digest
			if small < large {
				path = consistency(t, longer, small, large)
			}
			fork, err := follower(t, checkpoints[i]).Accuse(others[j], root(t, longer, small), path)
			if err != nil {
				t.Fatalf("%d against %d: %v", i, j, err)
			}
			if err := trust.VerifyFork(fork.Encode()); err != nil {
				t.Errorf("%d against %d: %v", i, j, err)
			}
			if again, err := follower(t, others[j]).Accuse(checkpoints[i], root(t, longer, small), path); err != nil || !bytes.Equal(again.Encode(), fork.Encode()) {
				t.Errorf("%d against %d, by the other client: %v", i, j, err)
			}
			if i == 2 && j > 1 && j < 4 {
				everyByteCounts(t, trust, fork.Encode())
			}
		}
	}
	if _, err := follower(t, checkpoints[1]).Accuse(checkpoints[3], root(t, mine, 3), consistency(t, mine, 3, 5)); !errors.Is(err, proof.ErrEvidence) {
		t.Errorf("one history: %v", err)
	}
	if _, err := follower(t, nil).Accuse(others[1], engine.Digest{}, nil); !errors.Is(err, proof.ErrEvidence) {
		t.Errorf("nothing accepted: %v", err)
	}
	var fork *proof.Fork
	if _, err := follower(t, checkpoints[1]).Accept(others[1], nil); !errors.As(err, &fork) || !errors.Is(err, proof.ErrFork) {
		t.Errorf("one size: %v", err)
	}
}

func everyByteCounts(t *testing.T, trust *proof.Trust, evidence []byte) {
	t.Helper()
	for i := range evidence {
		changed := bytes.Clone(evidence)
		changed[i] ^= 1
		if trust.VerifyFork(changed) == nil {
			t.Fatalf("byte %d of %d changed: convicts", i, len(evidence))
		}
	}
}

// Against a log that only grew, nobody makes evidence: every pair of its checkpoints, with roots and paths of its own, of
// other sizes, of another history, and made up, convicts nobody.
func TestHonestLogIsNotConvicted(t *testing.T) {
	honest, checkpoints := history(t, "a 1", "b 1", "c 1", "d 1", "e 1", "f 1", "g 1", "h 1")
	other, _ := history(t, "a 1", "b 2", "c 1", "d 1", "e 1", "f 1", "g 1", "h 1")
	trust := ledgertest.Trust(t)
	hashes := []engine.Digest{{}, merkle.Leaf(nil)}
	for size := uint64(1); size <= 9; size++ {
		hashes = append(hashes, root(t, honest, size), root(t, other, size))
		hashes = append(hashes, consistency(t, honest, size, 9)...)
		hashes = append(hashes, consistency(t, other, size, 9)...)
	}
	tried := 0
	rapid.Check(t, func(t *rapid.T) {
		i, j := rapid.IntRange(0, len(checkpoints)-1).Draw(t, "first"), rapid.IntRange(0, len(checkpoints)-1).Draw(t, "second")
		f := &proof.Fork{First: checkpoints[i], Second: checkpoints[j], Root: rapid.SampledFrom(hashes).Draw(t, "root")}
		from := rapid.SampledFrom([]*machine.Machine{honest, other}).Draw(t, "log")
		to := rapid.Uint64Range(1, 9).Draw(t, "to")
		path, err := from.Consistency(rapid.Uint64Range(1, to).Draw(t, "from"), to)
		if err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(t, "fitting") && i < j {
			path, _ = from.Consistency(uint64(i+2), uint64(j+2))
		}
		for range rapid.IntRange(0, 2).Draw(t, "changes") {
			if len(path) > 0 {
				path[rapid.IntRange(0, len(path)-1).Draw(t, "at")] = rapid.SampledFrom(hashes).Draw(t, "hash")
			}
		}
		f.Path = path
		tried++
		if err := trust.VerifyFork(f.Encode()); !errors.Is(err, proof.ErrEvidence) {
			t.Fatalf("%d against %d: %v", i, j, err)
		}
	})
	for name, f := range map[string]*proof.Fork{
		"one twice": {First: checkpoints[1], Second: checkpoints[1], Root: root(t, honest, 3)}, "unsigned": {First: checkpoints[1], Second: checkpoints[1][:50]},
		"empty": {}, "too long": {First: make([]byte, 1<<20)}, "path too long": {First: checkpoints[0], Second: checkpoints[1], Path: make([]engine.Digest, 65)},
	} {
		if err := trust.VerifyFork(f.Encode()); !errors.Is(err, proof.ErrEvidence) {
			t.Errorf("%s: %v", name, err)
		}
	}
	t.Logf("%d tries", tried)
}

func FuzzVerifyFork(f *testing.F) {
	trust := ledgertest.Trust(f)
	m := ledgertest.Found(f, new(ledgertest.Memory))
	var honest [][]byte
	for n := range uint64(4) {
		ledgertest.Run(f, m, ledgertest.Tx("alice", n, "count/add", fmt.Sprintf("a %d", n)))
		c, err := m.Checkpoint()
		if err != nil {
			f.Fatal(err)
		}
		honest = append(honest, c)
	}
	path, err := m.Consistency(2, 5)
	if err != nil {
		f.Fatal(err)
	}
	f.Add((&proof.Fork{First: honest[0], Second: honest[3], Path: path}).Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if trust.VerifyFork(b) == nil {
			t.Fatal("an honest log is convicted")
		}
	})
}
