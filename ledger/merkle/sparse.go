package merkle

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"sort"
	"sync"

	"weir/engine"
)

// Sparse is the state's tree: a map from 32-byte keys to 32-byte values as a binary tree along the bits of the key, most
// significant first, in which a subtree with one entry is that entry's leaf and an empty subtree hashes to 32 zero bytes.
//
//	leaf  = SHA-256(0x00 ‖ key ‖ value)
//	inner = SHA-256(0x01 ‖ left ‖ right)
//
// Specification, with what a proof shows and what it does not: sparse.md. The root is a function of the entries alone, not of the order they came in. A Sparse is a value that never changes:
// With gives another one that shares all but the touched branches. The zero Sparse is empty.
type Sparse struct{ root *branch }

// Entry is one key with its value.
type Entry struct {
	_          struct{} `cbor:",toarray"`
	Key, Value engine.Digest
}

// branch is a leaf when it has an entry, else an inner node.
type branch struct {
	left, right *branch
	entry       *Entry
	hash        engine.Digest
}

// Root is the root hash; of an empty tree, 32 zero bytes.
func (s Sparse) Root() engine.Digest { return s.root.digest() }

// Value is what stands under a key, or false where nothing does.
func (s Sparse) Value(key engine.Digest) (engine.Digest, bool) {
	b := s.root
	for depth := 0; b != nil; depth++ {
		if b.entry != nil {
			return b.entry.Value, b.entry.Key == key
		}
		if bit(key, depth) == 0 {
			b = b.left
		} else {
			b = b.right
		}
	}
	return engine.Digest{}, false
}

// With is the tree with the entries set; of two with one key, the later counts. The slice is sorted in place.
func (s Sparse) With(entries []Entry) Sparse {
	slices.SortStableFunc(entries, byKey)
	last := entries[:0]
	for i, e := range entries {
		if i+1 == len(entries) || entries[i+1].Key != e.Key {
			last = append(last, e)
		}
	}
	return Sparse{s.root.with(0, last)}
}

// with sets sorted entries, each key once, all sharing their first depth bits with this subtree.
func (b *branch) with(depth int, entries []Entry) *branch {
	switch {
	case len(entries) == 0:
		return b
	case b == nil && len(entries) == 1:
		return leaf(entries[0])
	case b != nil && b.entry != nil:
		return (*branch)(nil).with(depth, joined(*b.entry, entries))
	}
	var left, right *branch
	if b != nil {
		left, right = b.left, b.right
	}
	ones := sort.Search(len(entries), func(i int) bool { return bit(entries[i].Key, depth) == 1 })
	if len(entries) < many {
		return inner(left.with(depth+1, entries[:ones]), right.with(depth+1, entries[ones:]))
	}
	var one sync.WaitGroup
	one.Go(func() { left = left.with(depth+1, entries[:ones]) })
	right = right.with(depth+1, entries[ones:])
	one.Wait()
	return inner(left, right)
}

// many is from how many entries on both halves of a tree are worth a goroutine each: a whole state, not a block.
const many = 1 << 14

// byKey orders entries by their keys. Few keys agree in their first 8 bytes.
func byKey(a, b Entry) int {
	if c := cmp.Compare(binary.BigEndian.Uint64(a.Key[:]), binary.BigEndian.Uint64(b.Key[:])); c != 0 {
		return c
	}
	return bytes.Compare(a.Key[:], b.Key[:])
}

// bit is bit depth of a key, the most significant of the first byte being 0.
func bit(key engine.Digest, depth int) byte { return key[depth/8] >> (7 - depth%8) & 1 }

// joined adds the entry of a leaf that has to move down to the entries that push it, unless one of them replaces it.
func joined(old Entry, entries []Entry) []Entry {
	i, found := slices.BinarySearchFunc(entries, old, byKey)
	if found {
		return entries
	}
	return slices.Insert(slices.Clone(entries), i, old)
}

func leaf(e Entry) *branch {
	var b [65]byte
	copy(b[1:], e.Key[:])
	copy(b[33:], e.Value[:])
	return &branch{entry: &e, hash: sha256.Sum256(b[:])}
}

func inner(left, right *branch) *branch {
	return &branch{left: left, right: right, hash: join(left.digest(), right.digest())}
}

func join(left, right engine.Digest) engine.Digest {
	b := [65]byte{1}
	copy(b[1:], left[:])
	copy(b[33:], right[:])
	return sha256.Sum256(b[:])
}

func (b *branch) digest() engine.Digest {
	if b == nil {
		return engine.Digest{}
	}
	return b.hash
}
