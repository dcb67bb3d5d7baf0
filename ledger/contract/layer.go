package contract

import (
	"bytes"
	"slices"
	"strings"

	"weir/ledger"
)

// View is an ordered state to read from, as ledger.Store is.
type View interface {
	Get(key []byte) ([]byte, error)
	Range(prefix, from []byte, yield func(key, value []byte) bool) error
}

// Layer is a view with changes on top, in memory. Layers stack: a block's over the store, a transaction's over the
// block's. It is not safe for concurrent use.
type Layer struct {
	below  View
	keys   []string // of values; the first so many are sorted, the rest is as it came
	sorted int
	values map[string][]byte
	size   int
}

// NewLayer starts without changes.
func NewLayer(below View) *Layer { return &Layer{below: below, values: map[string][]byte{}} }

// Over is the same changes on top of another view, to be read while nothing is put into either layer.
func (l *Layer) Over(below View) *Layer {
	l.order()
	return &Layer{below: below, keys: l.keys, sorted: l.sorted, values: l.values, size: l.size}
}

// Has tells whether a key was changed; in a nil Layer none was.
func (l *Layer) Has(key []byte) bool {
	if l == nil {
		return false
	}
	_, changed := l.values[string(key)]
	return changed
}

// Get is the value under a key, nil where there is none.
func (l *Layer) Get(key []byte) ([]byte, error) {
	if value, changed := l.values[string(key)]; changed {
		return value, nil
	}
	return l.below.Get(key)
}

// Put sets a value, at least one byte long, and keeps the slice.
func (l *Layer) Put(key string, value []byte) {
	old, changed := l.values[key]
	if changed {
		l.size -= len(key) + len(old)
	} else {
		l.keys = append(l.keys, key)
	}
	l.values[key] = value
	l.size += len(key) + len(value)
}

// order sorts the keys that came since it was called last into the others.
func (l *Layer) order() {
	if l.sorted == len(l.keys) {
		return
	}
	came := slices.Clone(l.keys[l.sorted:])
	slices.Sort(came)
	end := l.sorted
	for i, key := range slices.Backward(came) {
		at, _ := slices.BinarySearch(l.keys[:end], key)
		copy(l.keys[at+i+1:], l.keys[at:end])
		l.keys[at+i], end = key, at
	}
	l.sorted = len(l.keys)
}

// Size is the bytes of all changed keys and values.
func (l *Layer) Size() int { return l.size }

// Len is the number of changed keys.
func (l *Layer) Len() int { return len(l.keys) }

// Writes are the changes in order of their keys. The slices must not be changed.
func (l *Layer) Writes() []ledger.Write {
	l.order()
	writes := make([]ledger.Write, len(l.keys))
	for i, key := range l.keys {
		writes[i] = ledger.Write{Key: []byte(key), Value: l.values[key]}
	}
	return writes
}

// Merge takes over the changes of a layer above.
func (l *Layer) Merge(above *Layer) {
	for _, key := range above.keys {
		l.Put(key, above.values[key])
	}
}

// Range yields what is below and what changed, merged in order of keys.
func (l *Layer) Range(prefix, from []byte, yield func(key, value []byte) bool) error {
	changed := l.within(string(prefix), string(from))
	goOn := true
	upTo := func(limit []byte) { // yields the changes before limit
		for goOn && len(changed) > 0 && (limit == nil || changed[0] < string(limit)) {
			goOn = yield([]byte(changed[0]), l.values[changed[0]])
			changed = changed[1:]
		}
	}
	err := l.below.Range(prefix, from, func(key, value []byte) bool {
		upTo(key)
		if goOn && len(changed) > 0 && changed[0] == string(key) {
			value, changed = l.values[changed[0]], changed[1:]
		}
		goOn = goOn && yield(key, value)
		return goOn
	})
	if err == nil {
		upTo(nil)
	}
	return err
}

// within is the sorted changed keys with the prefix that are not below from.
func (l *Layer) within(prefix, from string) []string {
	l.order()
	start, _ := slices.BinarySearch(l.keys, max(prefix, from))
	rest := l.keys[start:]
	end := slices.IndexFunc(rest, func(key string) bool { return !strings.HasPrefix(key, prefix) })
	if end >= 0 {
		rest = rest[:end]
	}
	return rest
}

// Entries of the state are marked: a live one is 1 ‖ value, a tombstone the single byte 0.
var tombstone = []byte{0}

func live(value []byte) []byte { return append([]byte{1}, value...) }

// content is the value of an entry, or false where there is none or a tombstone.
func content(entry []byte) ([]byte, bool) {
	if len(entry) == 0 || bytes.Equal(entry, tombstone) {
		return nil, false
	}
	return entry[1:], true
}
