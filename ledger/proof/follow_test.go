package proof_test

import (
	"errors"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"weir/engine"
	"weir/ledger/ledgertest"
	"weir/ledger/machine"
	"weir/ledger/proof"
)

func parent(left, right engine.Digest) engine.Digest {
	return engine.Digest(tlog.NodeHash(tlog.Hash(left), tlog.Hash(right)))
}

func split(index uint64) (int, uint64) {
	level, n := tlog.SplitStoredHashIndex(int64(index))
	return level, uint64(n)
}

// history is a ledger with its checkpoint after every block.
func history(t *testing.T, bodies ...string) (*machine.Machine, [][]byte) {
	t.Helper()
	m := ledgertest.Found(t, new(ledgertest.Memory))
	var checkpoints [][]byte
	for n, body := range bodies {
		ledgertest.Run(t, m, ledgertest.Tx("alice", uint64(n), "count/add", body))
		c, err := m.Checkpoint()
		if err != nil {
			t.Fatal(err)
		}
		checkpoints = append(checkpoints, c)
	}
	return m, checkpoints
}

func consistency(t *testing.T, m *machine.Machine, from, to uint64) []engine.Digest {
	t.Helper()
	path, err := m.Consistency(from, to)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func follower(t *testing.T, remembered []byte) *proof.Follower {
	t.Helper()
	f, err := ledgertest.Trust(t).Follow(remembered)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFollowerAcceptsOneHistory(t *testing.T) {
	m, checkpoints := history(t, "a 1", "b 1", "c 1", "d 1", "e 1")
	f := follower(t, nil)
	if _, err := f.Accept(checkpoints[0], nil); err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{0, 1, 1, 4} {
		var path []engine.Digest
		if uint64(i+2) > f.Last().Size {
			path = consistency(t, m, f.Last().Size, uint64(i+2))
		}
		c, err := f.Accept(checkpoints[i], path)
		if err != nil || c.Size != uint64(i+2) {
			t.Fatalf("checkpoint %d: %v", i, err)
		}
		f = follower(t, f.Last().Note) // a restart
	}
}

// A18: a ledger that went back, or shows another history, is not believed, and what was accepted stays.
func TestFollowerRefuses(t *testing.T) {
	m, checkpoints := history(t, "a 1", "b 1", "c 1", "d 1")
	rewritten, others := history(t, "a 1", "b 2", "c 1", "d 1")
	f := follower(t, checkpoints[1])
	for name, c := range map[string]struct {
		checkpoint []byte
		path       []engine.Digest
		want       error
	}{
		"an older one":                     {checkpoints[0], nil, proof.ErrRollback},
		"same size, another root":          {others[1], nil, proof.ErrFork},
		"rewritten":                        {others[3], consistency(t, rewritten, 3, 5), proof.ErrFork},
		"continued, without proof":         {checkpoints[3], nil, proof.ErrFork},
		"continued, proof of another size": {checkpoints[3], consistency(t, m, 2, 5), proof.ErrFork},
		"not signed":                       {others[3][:60], nil, proof.ErrCheckpoint},
	} {
		if _, err := f.Accept(c.checkpoint, c.path); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if f.Last().Size != 3 {
			t.Fatalf("%s: last is %d", name, f.Last().Size)
		}
	}
	if _, err := f.Accept(checkpoints[3], consistency(t, m, 3, 5)); err != nil {
		t.Error(err)
	}
}

func TestStorageReceipt(t *testing.T) {
	key := ledgertest.Key("node")
	r := proof.SignStorage("test", "node", key, engine.Digest{5}, 76320, ledgertest.Began)
	encoded := r.Encode()
	again, err := proof.OpenStorageReceipt(encoded, "test", ledgertest.Public("node"))
	if err != nil || again.Content != r.Content || again.Size != 76320 || again.Node != "node" {
		t.Fatalf("%+v, %v", again, err)
	}
	for i := range encoded {
		changed := append([]byte{}, encoded...)
		changed[i] ^= 1
		if _, err := proof.OpenStorageReceipt(changed, "test", ledgertest.Public("node")); !errors.Is(err, proof.ErrStorage) {
			t.Errorf("byte %d: %v", i, err)
		}
	}
	if _, err := proof.OpenStorageReceipt(encoded, "other", ledgertest.Public("node")); !errors.Is(err, proof.ErrStorage) {
		t.Errorf("another chain: %v", err)
	}
	if _, err := proof.OpenStorageReceipt(encoded, "test", ledgertest.Public("mallory")); !errors.Is(err, proof.ErrStorage) {
		t.Errorf("another key: %v", err)
	}
}

func FuzzOpenStorageReceipt(f *testing.F) {
	f.Add(proof.SignStorage("test", "node", ledgertest.Key("node"), engine.Digest{5}, 1, ledgertest.Began).Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := proof.OpenStorageReceipt(b, "test", ledgertest.Public("node")); err == nil && string(r.Encode()) != string(b) {
			t.Fatal("reads as something else")
		}
	})
}
