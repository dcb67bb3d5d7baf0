package machine

import (
	"errors"
	"fmt"
	"sync"

	"weir/engine"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/history"
	"weir/ledger/merkle"
)

// state is what contracts see of the state at some block. What its tree does not have is not looked for on disk, and what
// the last blocks wrote is at hand in memory.
type state struct {
	store  ledger.Store
	at     ledger.StateTree
	tree   merkle.Sparse
	recent *recent
	read   *readEntries
	strict bool            // compare what is read with the tree; only while the store cannot change
	except *contract.Layer // entries that may change meanwhile, and are read there; nil: none
}

// view is the state at the last block, as far as the store has not moved on meanwhile.
func (m *Machine) view() contract.View { return m.over(m.head.Load(), false) }

// checked is a view that is compared with its tree as it is read: no transaction is judged, and no question answered, by
// bytes that the disk changed. What a Range leaves out would go unnoticed until the ledger is opened or scrubbed.
func (m *Machine) checked() contract.View { return m.over(m.head.Load(), true) }

// over is the state after a head's block. Of a block that is not durable yet, entries are read in memory, whether the store
// has them meanwhile or not; all others are those of the block before.
func (m *Machine) over(h *head, strict bool) contract.View {
	s := state{store: m.config.Store, at: m.at, tree: h.state, recent: &m.recent, read: &m.read, strict: strict}
	if h.ahead == nil {
		return s
	}
	s.except = h.ahead.layer
	return h.ahead.layer.Over(s)
}

var _ contract.View = state{}

func (s state) Get(key []byte) ([]byte, error) {
	if value, known := s.recent.get(key); known {
		return value, nil
	}
	at := s.at.Key(key)
	want, known := s.tree.Value(at)
	if !known {
		return nil, nil
	}
	if value, known := s.read.get(want); known {
		return value, nil
	}
	value, err := s.store.Get(history.StateKey(key))
	if err != nil {
		return nil, err
	}
	switch holds := value != nil && s.at.Value(at, value) == want; {
	case holds:
		s.read.add(want, value)
	case s.strict:
		return nil, errEntry
	}
	return value, nil
}

var errEntry = fmt.Errorf("%w: an entry of the state", ledger.ErrDamaged)

func (s state) Range(prefix, from []byte, yield func(key, value []byte) bool) error {
	var damage error
	err := s.store.Range(history.StateKey(prefix), history.StateKey(from), func(key, value []byte) bool {
		key = key[len(history.StatePrefix):]
		if s.strict && !s.except.Has(key) && !s.holds(key, value) {
			damage = errEntry
		}
		return damage == nil && yield(key, value)
	})
	return errors.Join(err, damage)
}

func (s state) holds(key, value []byte) bool {
	at := s.at.Key(key)
	want, known := s.tree.Value(at)
	return known && s.at.Value(at, value) == want
}

// treeEntry is how one entry of the state stands in its tree.
func treeEntry(at ledger.StateTree, key, value []byte) merkle.Entry {
	k := at.Key(key)
	return merkle.Entry{Key: k, Value: at.Value(k, value)}
}

// loadState builds the tree over everything that the state holds.
func loadState(store ledger.Store, at ledger.StateTree) (merkle.Sparse, error) {
	var entries []merkle.Entry
	err := store.Range(history.StatePrefix, nil, func(key, value []byte) bool {
		entries = append(entries, treeEntry(at, key[len(history.StatePrefix):], value))
		return true
	})
	if err != nil {
		return merkle.Sparse{}, fmt.Errorf("load state: %w", err)
	}
	return merkle.Sparse{}.With(entries), nil
}

// maxRecent bounds one generation of recent entries, in bytes of keys and values.
const maxRecent = 4 << 20

// recent has the entries that the last blocks wrote, in two generations: when the younger is full, the older is dropped.
// Only commits add to it, so it never has an older value than the store.
type recent struct {
	mu           sync.RWMutex
	young, older map[string][]byte
	size         int
}

func (r *recent) get(key []byte) ([]byte, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	value, known := r.young[string(key)]
	if !known {
		value, known = r.older[string(key)]
	}
	return value, known
}

func (r *recent) add(writes []ledger.Write) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.young == nil || r.size > maxRecent {
		r.young, r.older, r.size = map[string][]byte{}, r.young, 0
	}
	for _, w := range writes {
		r.young[string(w.Key)] = w.Value
		r.size += len(w.Key) + len(w.Value)
	}
}

// maxRead bounds one generation of entries that were read, in bytes.
const maxRead = 2 << 20

// readEntries has entries that were read not long ago and held, by their value in the tree: whatever the store has meanwhile,
// that value stands for no other entry.
type readEntries struct {
	mu           sync.RWMutex
	young, older map[engine.Digest][]byte
	size         int
}

func (r *readEntries) get(value engine.Digest) ([]byte, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	entry, known := r.young[value]
	if !known {
		entry, known = r.older[value]
	}
	return entry, known
}

func (r *readEntries) add(value engine.Digest, entry []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.young == nil || r.size > maxRead {
		r.young, r.older, r.size = map[engine.Digest][]byte{}, r.young, 0
	}
	r.young[value] = entry
	r.size += len(value) + len(entry)
}

// Sequence is the sequence number of a sender's next transaction, at the last block.
func (m *Machine) Sequence(sender ledger.Sender) (uint64, error) {
	return contract.Sequence(m.view(), sender)
}

// Key is the key that speaks for a sender in the next block: an account's registered one, a bare key itself. For an account
// that is unknown or not active it is ledger.ErrSender.
func (m *Machine) Key(sender ledger.Sender) ([32]byte, error) {
	return m.keyAfter(m.head.Load(), sender)
}

func (m *Machine) keyAfter(h *head, sender ledger.Sender) ([32]byte, error) {
	if h.lacks != nil {
		return [32]byte{}, h.lacks
	}
	return m.env(h.next, h.header.Height, h.header.At()).Key(m.over(h, false), sender)
}
