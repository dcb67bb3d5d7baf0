package machine

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"weir/engine"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/merkle"
)

// The store's keys. Heights, indexes and log indexes are big-endian, so that they sort.
//
//	'h' height         header
//	't' height index   transaction
//	'r' height index   result
//	'i' transaction id height ‖ index
//	'l' log index      stored hash of the header log
//	's' state key      entry of the state
//	'c'                last signed checkpoint
//	'f'                founding document
var (
	checkpointKey = []byte{'c'}
	foundingKey   = []byte{'f'}
	statePrefix   = []byte{'s'}
)

func headerKey(height uint64) []byte { return binary.BigEndian.AppendUint64([]byte{'h'}, height) }
func hashKey(index uint64) []byte    { return binary.BigEndian.AppendUint64([]byte{'l'}, index) }
func idKey(id engine.Digest) []byte  { return append([]byte{'i'}, id[:]...) }
func blockKey(table byte, height uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{table}, height)
}
func txKey(height uint64, index int) []byte     { return placeKey('t', height, index) }
func resultKey(height uint64, index int) []byte { return placeKey('r', height, index) }

func placeKey(table byte, height uint64, index int) []byte {
	return append([]byte{table}, place(height, index)...)
}

func place(height uint64, index int) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(nil, height), uint32(index))
}

// state is the part of a store that the contracts see.
type state struct{ store ledger.Store }

func stateOf(store ledger.Store) contract.View { return state{store} }

func stateKey(key []byte) []byte {
	return append(append(make([]byte, 0, 1+len(key)), statePrefix...), key...)
}

func (s state) Get(key []byte) ([]byte, error) { return s.store.Get(stateKey(key)) }

func (s state) Range(prefix, from []byte, yield func(key, value []byte) bool) error {
	return s.store.Range(stateKey(prefix), stateKey(from), func(key, value []byte) bool {
		return yield(key[len(statePrefix):], value)
	})
}

// checked is a state that is compared with its tree as it is read: no transaction is judged, and no question answered, by
// bytes that the disk changed. What a Range leaves out would go unnoticed until the ledger is opened again.
type checked struct {
	state
	tree merkle.Sparse
}

func (c checked) Get(key []byte) ([]byte, error) {
	value, err := c.state.Get(key)
	if err != nil {
		return nil, err
	}
	return value, c.compare(key, value)
}

func (c checked) Range(prefix, from []byte, yield func(key, value []byte) bool) error {
	var damage error
	err := c.state.Range(prefix, from, func(key, value []byte) bool {
		damage = c.compare(key, value)
		return damage == nil && yield(key, value)
	})
	return errors.Join(err, damage)
}

func (c checked) compare(key, value []byte) error {
	want, known := c.tree.Value(sha256.Sum256(key))
	if known != (value != nil) || known && want != sha256.Sum256(value) {
		return fmt.Errorf("%w: an entry of the state", ledger.ErrDamaged)
	}
	return nil
}

// entry is how one entry of the state stands in its tree: the SHA-256 of its key, and that of what is stored under it.
func entry(key, value []byte) merkle.Entry {
	return merkle.Entry{Key: sha256.Sum256(key), Value: sha256.Sum256(value)}
}

// loadState builds the tree over everything that the state holds.
func loadState(store ledger.Store) (merkle.Sparse, error) {
	var entries []merkle.Entry
	err := stateOf(store).Range(nil, nil, func(key, value []byte) bool {
		entries = append(entries, entry(key, value))
		return true
	})
	if err != nil {
		return merkle.Sparse{}, fmt.Errorf("load state: %w", err)
	}
	return merkle.Sparse{}.With(entries), nil
}
