package proof

import (
	"container/list"
	"crypto/sha256"
	"fmt"
	"sync"

	"weir/circuits"
	"weir/circuits/contribution"
	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/engine/pedersen"
	"weir/ledger/contract/models"
)

// folds remembers the folded keys of the tables asked for last. A key is filed under the SHA-256 of the whole encoded
// table, its digest and its content: a table that lies about its digest gets an entry of its own.
type folds struct {
	lock   sync.Mutex
	byHash map[engine.Digest]*list.Element
	recent *list.List // of *folded, the last asked for first
}

// folded is one table's key, made by the first who asks; the others wait.
type folded struct {
	hash engine.Digest
	make func() (*contribution.FoldedKey, error)
}

// maxFolds bounds the keys in memory: 90 kB each.
const maxFolds = 64

// maxTable bounds an encoded models.Table, in bytes: 256 points, 224 edges.
const maxTable = 16 << 10

func newFolds() *folds { return &folds{byHash: map[engine.Digest]*list.Element{}, recent: list.New()} }

// fold gives the key of an encoded models.Table. Errors wrap message.ErrUnproven.
func (f *folds) fold(key *circuits.VerifyingKey, table []byte) (*contribution.FoldedKey, error) {
	k, err := f.entry(key, table).make()
	if err != nil {
		return nil, fmt.Errorf("%w: table of a slice: %w", message.ErrUnproven, err)
	}
	return k, nil
}

func (f *folds) entry(key *circuits.VerifyingKey, table []byte) *folded {
	hash := engine.Digest(sha256.Sum256(table))
	f.lock.Lock()
	defer f.lock.Unlock()
	if known, is := f.byHash[hash]; is {
		f.recent.MoveToFront(known)
		return known.Value.(*folded)
	}
	if f.recent.Len() >= maxFolds {
		oldest := f.recent.Remove(f.recent.Back()).(*folded)
		delete(f.byHash, oldest.hash)
	}
	entry := &folded{hash, sync.OnceValues(func() (*contribution.FoldedKey, error) { return foldTable(key, table) })}
	f.byHash[hash] = f.recent.PushFront(entry)
	return entry
}

func foldTable(key *circuits.VerifyingKey, encoded []byte) (*contribution.FoldedKey, error) {
	table, err := ReadTable(encoded)
	if err != nil {
		return nil, err
	}
	return contribution.Fold(key, table)
}

// ReadTable reads an encoded models.Table, at most 16 KiB.
func ReadTable(encoded []byte) (*contribution.Table, error) {
	var t models.Table
	if err := canonical.Decode(encoded, maxTable, &t); err != nil {
		return nil, err
	}
	table := &contribution.Table{Edges: t.Slice.Edges, Map: t.Slice.Map}
	for k, w := range t.W {
		var err error
		if table.W[k], err = pedersen.DecodePoint(w[:]); err != nil {
			return nil, fmt.Errorf("commitment %d: %w", k, err)
		}
	}
	return table, nil
}
