package merkle_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"weir/engine"
	"weir/ledger/merkle"
)

// plainRoot is RFC 6962, section 2.1, as it is written there.
func plainRoot(records [][]byte) engine.Digest {
	switch n := len(records); {
	case n == 0:
		return sha256.Sum256(nil)
	case n == 1:
		return sha256.Sum256(append([]byte{0}, records[0]...))
	default:
		k := 1
		for 2*k < n {
			k *= 2
		}
		left, right := plainRoot(records[:k]), plainRoot(records[k:])
		return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
	}
}

func records(t *rapid.T, least int) [][]byte {
	return rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 40), least, 40).Draw(t, "records")
}

func TestListIsThePlainTree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := records(t, 0)
		list := merkle.NewList(all)
		if list.Root() != plainRoot(all) || merkle.Root(all) != plainRoot(all) {
			t.Fatal("another root")
		}
		for i := range all {
			path := list.Path(i)
			if err := merkle.CheckPath(list.Root(), uint64(len(all)), uint64(i), all[i], path); err != nil {
				t.Fatalf("record %d of %d: %v", i, len(all), err)
			}
			if err := merkle.CheckPath(list.Root(), uint64(len(all)), uint64(i), append([]byte{1}, all[i]...), path); !errors.Is(err, merkle.ErrPath) {
				t.Fatalf("another record passes: %v", err)
			}
		}
	})
}

// logOf grows a log record by record and compares each root with the plain tree.
func logOf(t *rapid.T, all [][]byte) merkle.Log {
	var stored []engine.Digest
	read := func(index uint64) (engine.Digest, error) {
		if index >= uint64(len(stored)) {
			return engine.Digest{}, fmt.Errorf("no hash %d", index)
		}
		return stored[index], nil
	}
	log := merkle.Log{Read: read}
	for i, record := range all {
		a, err := log.Append(record)
		if err != nil {
			t.Fatal(err)
		}
		if a.First != uint64(len(stored)) || a.First != merkle.LeafIndex(uint64(i)) || a.Hashes[0] != merkle.Leaf(record) {
			t.Fatalf("record %d is stored at %d", i, a.First)
		}
		if a.Root != plainRoot(all[:i+1]) {
			t.Fatalf("root after %d records", i+1)
		}
		stored = append(stored, a.Hashes...)
		log.Size = a.Size
	}
	return log
}

func TestLogIsThePlainTree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := records(t, 1)
		log := logOf(t, all)
		root, err := log.Root()
		if err != nil || root != plainRoot(all) {
			t.Fatal("another root")
		}
		for i, record := range all {
			path, err := log.Path(uint64(i))
			if err != nil {
				t.Fatal(err)
			}
			if err := merkle.CheckPath(root, log.Size, uint64(i), record, path); err != nil {
				t.Fatal(err)
			}
			old := uint64(i + 1)
			continued, err := log.Consistency(old)
			if err != nil {
				t.Fatal(err)
			}
			if err := merkle.CheckConsistency(old, plainRoot(all[:old]), log.Size, root, continued); err != nil {
				t.Fatal(err)
			}
			if err := merkle.CheckConsistency(old, engine.Digest{1}, log.Size, root, continued); !errors.Is(err, merkle.ErrPath) {
				t.Fatalf("another beginning passes: %v", err)
			}
		}
	})
}

func TestLogRefusesWhatIsNotThere(t *testing.T) {
	broken := errors.New("disk")
	log := merkle.Log{Size: 3, Read: func(uint64) (engine.Digest, error) { return engine.Digest{}, broken }}
	if _, err := log.Append(nil); !errors.Is(err, broken) {
		t.Errorf("Append: %v", err)
	}
	if _, err := log.Root(); !errors.Is(err, broken) {
		t.Errorf("Root: %v", err)
	}
	if _, err := log.Path(2); !errors.Is(err, broken) {
		t.Errorf("Path: %v", err)
	}
	for _, index := range []uint64{3, 1 << 63} {
		if _, err := log.Path(index); err == nil {
			t.Errorf("path of record %d of 3", index)
		}
	}
	for _, size := range []uint64{0, 4, 1 << 63} {
		if _, err := log.Consistency(size); err == nil {
			t.Errorf("consistency with a log of %d", size)
		}
	}
	if _, err := log.Consistency(2); !errors.Is(err, broken) {
		t.Errorf("Consistency: %v", err)
	}
}

func TestForeignPathsAreBounded(t *testing.T) {
	long := make([]engine.Digest, merkle.MaxPath+1)
	for _, size := range []uint64{0, 1, 1<<31 - 1, 1 << 62, 1<<62 + 1, 1 << 63, 1<<64 - 1} {
		for _, index := range []uint64{0, size - 1, size, 1<<64 - 1} {
			for _, path := range [][]engine.Digest{nil, long[:1], long[:merkle.MaxPath], long} {
				if merkle.CheckPath(engine.Digest{}, size, index, nil, path) == nil {
					t.Errorf("size %d, index %d, %d hashes", size, index, len(path))
				}
				if merkle.CheckConsistency(index, engine.Digest{}, size, engine.Digest{1}, path) == nil {
					t.Errorf("from %d to %d, %d hashes", index, size, len(path))
				}
			}
		}
	}
}

// plainSparse is the definition: a subtree with one entry is its leaf, an empty one zeros.
func plainSparse(entries map[engine.Digest]engine.Digest, depth int) engine.Digest {
	var left, right = map[engine.Digest]engine.Digest{}, map[engine.Digest]engine.Digest{}
	for k, v := range entries {
		if len(entries) == 1 {
			return sha256.Sum256(bytes.Join([][]byte{{0}, k[:], v[:]}, nil))
		}
		if k[depth/8]>>(7-depth%8)&1 == 0 {
			left[k] = v
		} else {
			right[k] = v
		}
	}
	if len(entries) == 0 {
		return engine.Digest{}
	}
	l, r := plainSparse(left, depth+1), plainSparse(right, depth+1)
	return sha256.Sum256(bytes.Join([][]byte{{1}, l[:], r[:]}, nil))
}

func TestSparseIsThePlainTree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plain := map[engine.Digest]engine.Digest{}
		var tree merkle.Sparse
		for range rapid.IntRange(1, 6).Draw(t, "batches") {
			var batch []merkle.Entry
			for range rapid.IntRange(0, 12).Draw(t, "entries") {
				// few bits differ, so that keys collide and share long prefixes
				e := merkle.Entry{Key: engine.Digest{0: rapid.Byte().Draw(t, "first") & 0x83, 31: rapid.Byte().Draw(t, "last") & 3}}
				e.Value[0] = rapid.Byte().Draw(t, "value")
				batch = append(batch, e)
				plain[e.Key] = e.Value
			}
			before, was := tree, tree.Root()
			tree = tree.With(batch)
			if tree.Root() != plainSparse(plain, 0) {
				t.Fatal("another root")
			}
			for key := range 256 {
				probe := engine.Digest{0: byte(key) & 0xc3, 31: byte(key) >> 2 & 3}
				want, known := plain[probe]
				if got, found := tree.Value(probe); found != known || found && got != want {
					t.Fatalf("%s: %v, want %v", probe, found, known)
				}
			}
			if before.Root() != was {
				t.Fatal("an older tree changed")
			}
		}
	})
}

// A large tree is made by several goroutines, and is the one that many small steps make.
func TestLargeSparse(t *testing.T) {
	var all []merkle.Entry
	for i := range 40_000 {
		all = append(all, merkle.Entry{Key: sha256.Sum256(fmt.Appendf(nil, "%d", i)), Value: engine.Digest{byte(i)}})
	}
	var steps merkle.Sparse
	for start := 0; start < len(all); start += 1000 {
		steps = steps.With(append([]merkle.Entry{}, all[start:start+1000]...))
	}
	whole := merkle.Sparse{}.With(append([]merkle.Entry{}, all...))
	if whole.Root() != steps.Root() {
		t.Error("another root")
	}
	if v, known := whole.Value(all[7].Key); !known || v != all[7].Value {
		t.Error("an entry is gone")
	}
}

// The last record's path leads to the root, and LastRoot says which one it is.
func TestLastRoot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := records(t, 1)
		list := merkle.NewList(all)
		if got := merkle.LastRoot(all[len(all)-1], list.Path(len(all)-1)); got != list.Root() {
			t.Fatalf("%d records: %s, want %s", len(all), got, list.Root())
		}
	})
}
