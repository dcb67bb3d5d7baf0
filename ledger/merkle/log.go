package merkle

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"weir/engine"
)

// Log is an append-only tree whose hashes are stored elsewhere: Size records, and a reader of the stored hashes by the
// index that tlog gives them. A Log is a value; appending gives another one.
type Log struct {
	Size uint64
	Read func(index uint64) (engine.Digest, error)
}

// Appended is what one more record adds to a log: stored hashes First, First+1, … and the root over all Size records.
type Appended struct {
	Size   uint64
	Root   engine.Digest
	First  uint64
	Hashes []engine.Digest
}

// Append hashes one more record. Nothing is stored: the caller does that.
func (l Log) Append(record []byte) (*Appended, error) {
	added, err := tlog.StoredHashes(int64(l.Size), record, l)
	if err != nil {
		return nil, fmt.Errorf("append to log: %w", err)
	}
	a := &Appended{Size: l.Size + 1, First: uint64(tlog.StoredHashIndex(0, int64(l.Size))), Hashes: digests(added)}
	a.Root, err = Log{Size: a.Size, Read: func(index uint64) (engine.Digest, error) {
		if index >= a.First {
			return a.Hashes[index-a.First], nil
		}
		return l.Read(index)
	}}.Root()
	return a, err
}

// Root is the root hash over the Size records.
func (l Log) Root() (engine.Digest, error) {
	root, err := tlog.TreeHash(int64(l.Size), l)
	if err != nil {
		return engine.Digest{}, fmt.Errorf("root of log: %w", err)
	}
	return engine.Digest(root), nil
}

// Path leads from record index to the root over the Size records.
func (l Log) Path(index uint64) ([]engine.Digest, error) {
	if index >= l.Size {
		return nil, fmt.Errorf("path of record %d in a log of %d", index, l.Size)
	}
	path, err := tlog.ProveRecord(int64(l.Size), int64(index), l)
	if err != nil {
		return nil, fmt.Errorf("path of record %d: %w", index, err)
	}
	return digests(path), nil
}

// Consistency shows that the first size records of this log are the whole of the log that it was when it had that many.
func (l Log) Consistency(size uint64) ([]engine.Digest, error) {
	if size == 0 || size > l.Size {
		return nil, fmt.Errorf("consistency of a log of %d with one of %d", l.Size, size)
	}
	path, err := tlog.ProveTree(int64(l.Size), int64(size), l)
	if err != nil {
		return nil, fmt.Errorf("consistency of a log of %d with one of %d: %w", l.Size, size, err)
	}
	return digests(path), nil
}

// CheckConsistency tells whether the path shows that a log with oldSize records and root old was continued, not
// rewritten, to newSize records and root new; 1 ≤ oldSize ≤ newSize. Errors wrap ErrPath.
func CheckConsistency(oldSize uint64, old engine.Digest, newSize uint64, new engine.Digest, path []engine.Digest) error {
	if oldSize == 0 || oldSize > newSize || newSize > 1<<62 {
		return fmt.Errorf("%w: from %d records to %d", ErrPath, oldSize, newSize)
	}
	if len(path) > MaxPath {
		return fmt.Errorf("%w: %d hashes, limit %d", ErrPath, len(path), MaxPath)
	}
	if tlog.CheckTree(hashes(path), int64(newSize), tlog.Hash(new), int64(oldSize), tlog.Hash(old)) != nil {
		return fmt.Errorf("%w: %d records are not the beginning of %d", ErrPath, oldSize, newSize)
	}
	return nil
}

// LastRoot is the root of the log that a record is the last of, by its path there.
func LastRoot(record []byte, path []engine.Digest) engine.Digest {
	hash := tlog.RecordHash(record)
	for _, left := range path { // the last record stands on the right edge
		hash = tlog.NodeHash(tlog.Hash(left), hash)
	}
	return engine.Digest(hash)
}

// ReadHashes makes a log readable by tlog.
func (l Log) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		hash, err := l.Read(uint64(index))
		if err != nil {
			return nil, err
		}
		found[i] = tlog.Hash(hash)
	}
	return found, nil
}

// LeafIndex is where the hash of record index is stored.
func LeafIndex(index uint64) uint64 { return uint64(tlog.StoredHashIndex(0, int64(index))) }

// Leaf is the hash of a record: SHA-256(0x00 ‖ record).
func Leaf(record []byte) engine.Digest { return engine.Digest(tlog.RecordHash(record)) }
