// Package merkle has the three trees of weir's ledger: over the transactions and over the results of a block (List), over
// all headers (Log), both as in RFC 6962, and over the state (Sparse). It is for the machine, which grows them, and for
// whoever checks a path years later with nothing but a root.
//
// It does no I/O; a log's stored hashes arrive through a reader. Foreign paths are refused above MaxPath hashes. The
// hashing is that of golang.org/x/mod/sumdb/tlog, which is RFC 6962, section 2.1, with SHA-256.
package merkle

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"weir/engine"
)

// MaxPath bounds a path, in hashes: a tree of 2^63 records needs no more.
const MaxPath = 64

// ErrPath is returned for a path that does not lead from the record to the root.
var ErrPath = errors.New("path does not lead to the root")

// List is the tree over a short list of records that is complete.
type List struct {
	size   int64
	hashes memory
}

// NewList hashes the records in order.
func NewList(records [][]byte) *List {
	l := &List{hashes: make(memory, 0, 2*len(records))}
	for _, record := range records {
		l.hashes = append(l.hashes, must(tlog.StoredHashes(l.size, record, l.hashes))...)
		l.size++
	}
	return l
}

// Root is the root hash over records, as NewList(records).Root, for whoever needs no path.
func Root(records [][]byte) engine.Digest {
	var peaks []engine.Digest // of full subtrees, the largest first
	var leaf []byte
	for i, record := range records {
		leaf = append(append(leaf[:0], 0), record...)
		hash := engine.Digest(sha256.Sum256(leaf))
		for n := i; n&1 == 1; n >>= 1 {
			hash = join(peaks[len(peaks)-1], hash)
			peaks = peaks[:len(peaks)-1]
		}
		peaks = append(peaks, hash)
	}
	if len(peaks) == 0 {
		return sha256.Sum256(nil)
	}
	root := peaks[len(peaks)-1]
	for i := len(peaks) - 2; i >= 0; i-- {
		root = join(peaks[i], root)
	}
	return root
}

// Root is the root hash; of no records, SHA-256 of nothing.
func (l *List) Root() engine.Digest { return engine.Digest(must(tlog.TreeHash(l.size, l.hashes))) }

// Path leads from record index to the root. It panics for an index outside the list.
func (l *List) Path(index int) []engine.Digest {
	return digests(must(tlog.ProveRecord(l.size, int64(index), l.hashes)))
}

// CheckPath tells whether the path leads from record index of size records to the root. Errors wrap ErrPath.
func CheckPath(root engine.Digest, size, index uint64, record []byte, path []engine.Digest) error {
	return checkLeaf(root, size, index, Leaf(record), path)
}

func checkLeaf(root engine.Digest, size, index uint64, leaf engine.Digest, path []engine.Digest) error {
	if index >= size || size > 1<<62 {
		return fmt.Errorf("%w: record %d of %d", ErrPath, index, size)
	}
	if len(path) > MaxPath {
		return fmt.Errorf("%w: %d hashes, limit %d", ErrPath, len(path), MaxPath)
	}
	if tlog.CheckRecord(hashes(path), int64(size), tlog.Hash(root), int64(index), tlog.Hash(leaf)) != nil {
		return fmt.Errorf("%w: record %d of %d", ErrPath, index, size)
	}
	return nil
}

// memory is a list's stored hashes, by tlog's index.
type memory []tlog.Hash

func (m memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		found[i] = m[index]
	}
	return found, nil
}

// must unwraps what cannot fail: hashes in memory are always at hand.
func must[T any](value T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("merkle: %v", err))
	}
	return value
}

func digests(from []tlog.Hash) []engine.Digest {
	to := make([]engine.Digest, len(from))
	for i := range from {
		to[i] = engine.Digest(from[i])
	}
	return to
}

func hashes(from []engine.Digest) []tlog.Hash {
	to := make([]tlog.Hash, len(from))
	for i := range from {
		to[i] = tlog.Hash(from[i])
	}
	return to
}
