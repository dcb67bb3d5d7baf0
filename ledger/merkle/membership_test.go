package merkle_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"weir/engine"
	"weir/ledger/merkle"
)

// drawTree makes a tree whose keys differ in few bits, so that they share long prefixes, beside a plain map of it.
func drawTree(t *rapid.T) (merkle.Sparse, map[engine.Digest]engine.Digest) {
	plain := map[engine.Digest]engine.Digest{}
	var entries []merkle.Entry
	for range rapid.IntRange(0, 20).Draw(t, "entries") {
		e := merkle.Entry{Key: drawKey(t), Value: engine.Digest{rapid.Byte().Draw(t, "value")}}
		entries = append(entries, e)
		plain[e.Key] = e.Value
	}
	return merkle.Sparse{}.With(entries), plain
}

func drawKey(t *rapid.T) engine.Digest {
	return engine.Digest{0: rapid.Byte().Draw(t, "first") & 0x83, 31: rapid.Byte().Draw(t, "last") & 3}
}

// A proof shows exactly what the map holds: present with its value and no other, or absent.
func TestMembershipIsTheMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree, plain := drawTree(t)
		root := tree.Root()
		key := drawKey(t)
		value, known := plain[key]
		proof := tree.Prove(key)
		if err := proof.CheckPresent(root, merkle.Entry{Key: key, Value: value}); (err == nil) != known {
			t.Fatalf("present %v: %v", known, err)
		}
		if err := proof.CheckAbsent(root, key); (err == nil) == known {
			t.Fatalf("present %v, shown absent: %v", known, err)
		}
		value[5] ^= 1
		if proof.CheckPresent(root, merkle.Entry{Key: key, Value: value}) == nil {
			t.Fatal("another value passes")
		}
	})
}

// Whoever cheats with honest material gets nothing through: a proof for one key, changed in any way drawn here, never
// shows another key's entry as absent, an absent one as present, or a wrong value.
func TestMembershipIsNotMadeUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree, plain := drawTree(t)
		root := tree.Root()
		key, about := drawKey(t), drawKey(t)
		forged := *tree.Prove(key)
		for range rapid.IntRange(0, 3).Draw(t, "changes") {
			forge(t, tree, &forged)
		}
		value, known := plain[about]
		if known && forged.CheckAbsent(root, about) == nil {
			t.Fatal("a present key is shown absent")
		}
		claim := rapid.SampledFrom([]engine.Digest{{1}, {2}, value}).Draw(t, "claim")
		if (!known || claim != value) && forged.CheckPresent(root, merkle.Entry{Key: about, Value: claim}) == nil {
			t.Fatal("what does not stand there is shown present")
		}
	})
}

func forge(t *rapid.T, tree merkle.Sparse, m *merkle.Membership) {
	other := tree.Prove(drawKey(t))
	switch rapid.IntRange(0, 6).Draw(t, "how") {
	case 0:
		m.Siblings = append(m.Siblings, engine.Digest{})
	case 1:
		m.Siblings = m.Siblings[:max(0, len(m.Siblings)-1)]
	case 2:
		m.Neighbour = nil
	case 3:
		m.Neighbour = other.Neighbour
	case 4:
		m.Siblings = other.Siblings
	case 5:
		m.Neighbour = []merkle.Entry{{Key: drawKey(t)}}
	case 6:
		m.Siblings = append([]engine.Digest{tree.Root()}, m.Siblings...)
	}
}

func TestForeignMembershipsAreBounded(t *testing.T) {
	for _, m := range []*merkle.Membership{
		{Siblings: make([]engine.Digest, 257)},
		{Siblings: make([]engine.Digest, 1<<16), Neighbour: make([]merkle.Entry, 1)},
		{Neighbour: make([]merkle.Entry, 2)},
		{Neighbour: []merkle.Entry{{Key: engine.Digest{7}}}},
	} {
		if err := m.CheckAbsent(engine.Digest{1}, engine.Digest{7}); !errors.Is(err, merkle.ErrMembership) {
			t.Errorf("absent: %v", err)
		}
		if err := m.CheckPresent(engine.Digest{1}, merkle.Entry{}); !errors.Is(err, merkle.ErrMembership) {
			t.Errorf("present: %v", err)
		}
	}
}
