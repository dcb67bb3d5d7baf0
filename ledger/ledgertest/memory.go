// Package ledgertest is for the tests of whatever works on a ledger: a store in memory, the conformance suite that every
// store has to pass, and a small ledger whose contract keeps counters. No program imports it.
package ledgertest

import (
	"bytes"
	"slices"
	"strings"
	"sync"

	"weir/ledger"
)

// Memory is a ledger.Store that forgets everything with the process. The zero Memory is empty.
type Memory struct {
	mu     sync.RWMutex
	head   *ledger.Head
	keys   []string // sorted
	values map[string][]byte
}

// Head is the last block committed.
func (m *Memory) Head() (ledger.Head, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.head == nil {
		return ledger.Head{}, false
	}
	return *m.head, true
}

// Get is the value under a key.
func (m *Memory) Get(key []byte) ([]byte, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return bytes.Clone(m.values[string(key)]), nil
}

// Range yields the keys with a prefix, in order.
func (m *Memory) Range(prefix, from []byte, yield func(key, value []byte) bool) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	start, _ := slices.BinarySearch(m.keys, max(string(prefix), string(from)))
	for _, key := range m.keys[start:] {
		if !strings.HasPrefix(key, string(prefix)) || !yield([]byte(key), m.values[key]) {
			break
		}
	}
	return nil
}

// Writes are all keys with their values, in order.
func (m *Memory) Writes() []ledger.Write {
	m.mu.RLock()
	defer m.mu.RUnlock()
	all := make([]ledger.Write, 0, len(m.keys))
	for _, key := range m.keys {
		all = append(all, ledger.Write{Key: []byte(key), Value: bytes.Clone(m.values[key])})
	}
	return all
}

// Clone is another store with the same content and head.
func (m *Memory) Clone() *Memory {
	clone := new(Memory)
	if head, any := m.Head(); any {
		_ = clone.Commit(head, m.Writes()) // never fails
	}
	return clone
}

// Commit sets everything at once.
func (m *Memory) Commit(head ledger.Head, writes []ledger.Write) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.values == nil {
		m.values = map[string][]byte{}
	}
	for _, w := range writes {
		key := string(w.Key)
		if _, known := m.values[key]; !known {
			i, _ := slices.BinarySearch(m.keys, key)
			m.keys = slices.Insert(m.keys, i, key)
		}
		m.values[key] = bytes.Clone(w.Value)
	}
	m.head = &head
	return nil
}

// Damage replaces a stored value, as a fault of the disk would; it tells whether there was one. With a nil value the key
// disappears.
func (m *Memory) Damage(key, value []byte) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, known := slices.BinarySearch(m.keys, string(key))
	if !known {
		return false
	}
	m.values[string(key)] = bytes.Clone(value)
	if value == nil {
		m.keys = slices.Delete(m.keys, i, i+1)
		delete(m.values, string(key))
	}
	return true
}
