package vault

import (
	"bytes"
	"maps"
	"slices"
	"sync"

	"weir/engine/member"
)

// Transient is a member.Memory that ends with its process: for demonstrations and tests. The zero value is empty.
type Transient struct {
	mu     sync.Mutex
	tables map[string]map[string][]byte
}

// Get is member.Memory's.
func (t *Transient) Get(table, key string) ([]byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return bytes.Clone(t.tables[table][key]), nil
}

// Each is member.Memory's.
func (t *Transient) Each(table string, yield func(key string, value []byte) bool) error {
	t.mu.Lock()
	entries := maps.Clone(t.tables[table])
	t.mu.Unlock()
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		if !yield(key, bytes.Clone(entries[key])) {
			return nil
		}
	}
	return nil
}

// Put is member.Memory's.
func (t *Transient) Put(entries ...member.Entry) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.tables == nil {
		t.tables = map[string]map[string][]byte{}
	}
	for _, e := range entries {
		if t.tables[e.Table] == nil {
			t.tables[e.Table] = map[string][]byte{}
		}
		if e.Value == nil {
			delete(t.tables[e.Table], e.Key)
			continue
		}
		t.tables[e.Table][e.Key] = bytes.Clone(e.Value)
	}
	return nil
}
