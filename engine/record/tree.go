package record

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sort"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"weir/engine"
	"weir/engine/poseidon"
)

// The shape of the tree (protocol, section 3). Depth belongs to the circuit.
const (
	Levels = 10 // heights 0 to 9 above the buckets; the root is at height 9
	Fanout = 8  // children of a node

	levelBits = 3
	slotBits  = levelBits * Levels
)

// ErrBucketFull is returned by Build for five subjects or more of one slot. Its message names the slot. It happens by
// chance once in 10^8 sources of 10^6 records; another depth is another circuit, so there is nothing to configure.
var ErrBucketFull = errors.New("more than four subjects share a slot")

// Tree commits to the records of one party. It is immutable and safe for concurrent use. Besides the records it takes about
// 180 bytes a record.
type Tree struct {
	key      Key
	party    engine.PartyID
	records  *Records
	contents []fr.Element      // by record
	levels   [1 + Levels]level // the buckets, then the nodes by height
}

// level holds the hashes of one level that are not those of an empty subtree, ordered by index.
type level struct {
	index []uint32
	hash  []fr.Element
}

// Progress is told how many hashes of how many are done, now and then, one call at a time. It may be nil.
type Progress func(done, total int)

// Build commits to records. It uses all processors and takes about five hashes a record, of 23 µs each. It returns
// ErrBucketFull before the first hash, or ctx's error.
func Build(ctx context.Context, key Key, party engine.PartyID, records *Records, progress Progress) (*Tree, error) {
	empty := &Tree{key: key, party: party, records: &Records{features: records.features}}
	return empty.Update(ctx, records, progress)
}

// Update commits to the records of a later period or revision under the same key and party, and hashes only what differs
// from the tree's own records. The tree itself stays valid. The result is the same as that of Build.
func (t *Tree) Update(ctx context.Context, records *Records, progress Progress) (*Tree, error) {
	next := &Tree{key: t.key, party: t.party, records: records}
	p, err := t.plan(next)
	if err != nil {
		return nil, err
	}
	if err := p.run(ctx, progress); err != nil {
		return nil, fmt.Errorf("commit to records: %w", err)
	}
	return next, nil
}

// Root is the root's canonical bytes, big-endian.
func (t *Tree) Root() [fr.Bytes]byte {
	root := t.levels[Levels].at(0, Levels)
	return root.Bytes()
}

// Party is whose records these are.
func (t *Tree) Party() engine.PartyID { return t.party }

// Records are what the tree commits to.
func (t *Tree) Records() *Records { return t.records }

// Witness is the witness for a subject, present or absent.
func (t *Tree) Witness(s engine.Subject) Witness {
	w := Witness{Subject: s}
	if w.Values, w.Present = t.records.Values(s); w.Present {
		w.Salt = Salt(t.key, t.party, s, Words(w.Values))
	}
	slot := Slot(s)
	first, _ := t.records.find(engine.Subject{26: byte(slot >> 24), 27: byte(slot >> 16), 28: byte(slot >> 8), 29: byte(slot)})
	w.Bucket = t.bucket(slot, first)
	for h := range w.Siblings {
		w.Siblings[h] = t.levels[h].children(slot>>(levelBits*(h+1)), h)
	}
	return w
}

// Format keeps key and records out of every log line.
func (t *Tree) Format(f fmt.State, _ rune) { io.WriteString(f, "[record tree]") }

// bucket is the bucket of a slot whose first record is at place first.
func (t *Tree) bucket(slot uint32, first int) (b [BucketSize]Entry) {
	for j := range b {
		i := first + j
		if i == t.records.Len() || Slot(t.records.subjects[i]) != slot {
			break
		}
		b[j] = Entry{Subject: t.records.subjects[i], Content: t.contents[i]}
	}
	return b
}

// content hashes the record at place i.
func (t *Tree) content(i int) fr.Element {
	row := t.records.Row(i)
	words := Words(row.Values)
	return Content(words, Salt(t.key, t.party, row.Subject, words))
}

// at is the hash at an index of a level, counted from the buckets.
func (l *level) at(index uint32, depth int) fr.Element {
	i, found := sort.Find(len(l.index), func(i int) int { return int(index) - int(l.index[i]) })
	if !found {
		return emptyHashes[depth]
	}
	return l.hash[i]
}

// children are the eight hashes of a level below the node with the given index one level higher.
func (l *level) children(parent uint32, depth int) [Fanout]fr.Element {
	first := sort.Search(len(l.index), func(i int) bool { return l.index[i]>>levelBits >= parent })
	return l.childrenFrom(first, parent, depth)
}

// childrenFrom is children where the first existing child's place is known.
func (l *level) childrenFrom(first int, parent uint32, depth int) (c [Fanout]fr.Element) {
	for j := range c {
		c[j] = emptyHashes[depth]
	}
	for i := first; i < len(l.index) && l.index[i]>>levelBits == parent; i++ {
		c[l.index[i]%Fanout] = l.hash[i]
	}
	return c
}

// emptyHashes are the hash of the empty bucket and of the empty node of each height above it.
var emptyHashes = func() (empty [1 + Levels]fr.Element) {
	empty[0] = BucketHash([BucketSize]Entry{})
	for h := range Levels {
		var children [Fanout]fr.Element
		for j := range children {
			children[j] = empty[h]
		}
		empty[h+1] = poseidon.Hash8(children)
	}
	return empty
}()
