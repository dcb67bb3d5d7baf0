package machine

import (
	"fmt"

	"weir/engine"
	"weir/ledger"
	"weir/ledger/history"
	"weir/ledger/proof"
)

// At is the ledger as it was after one block. The tree of that state is kept, which costs memory as far as later blocks
// change it; entries are there as long as nothing replaced them.
type At struct {
	machine *Machine
	head    *head
}

// Signed is the newest signed checkpoint, and the ledger as it is under it; ErrNotFound before the first. at is nil where the
// checkpoint is not over the last block.
func (m *Machine) Signed() (checkpoint []byte, at *At, err error) {
	m.querying.RLock()
	defer m.querying.RUnlock()
	if checkpoint, err = m.Reader.Checkpoint(); err != nil {
		return nil, nil, err
	}
	last := m.head.Load()
	if c, err := proof.ReadCheckpoint(checkpoint); err != nil || c.Size != last.header.Height+1 {
		return checkpoint, nil, err
	}
	return checkpoint, &At{machine: m, head: last}, nil
}

// State shows how entries stood after the block, under a checkpoint over the log up to it. ErrNotFound where one of them was
// replaced since.
func (a *At) State(checkpoint []byte, keys ...StateKey) (*proof.StateBundle, error) {
	return a.machine.stateBundle(a.head, checkpoint, a.get, keys)
}

// get is an entry as it was: found by its value in the tree, or where nothing has replaced it.
func (a *At) get(key []byte) ([]byte, error) {
	m := a.machine
	at := m.at.Key(key)
	want, known := a.head.state.Value(at)
	if !known {
		return nil, nil
	}
	if value, known := m.read.get(want); known {
		return value, nil
	}
	value, known := m.recent.get(key)
	if !known {
		var err error
		if value, err = m.config.Store.Get(history.StateKey(key)); err != nil {
			return nil, err
		}
	}
	if value == nil || m.at.Value(at, value) != want {
		return nil, fmt.Errorf("%w: an entry as it was after block %d", ErrNotFound, a.head.header.Height)
	}
	return value, nil
}

// stateBundle shows how entries stand in a head's state, as get reads them.
func (m *Machine) stateBundle(h *head, checkpoint []byte, get func(key []byte) ([]byte, error), keys []StateKey) (*proof.StateBundle, error) {
	if len(keys) == 0 || len(keys) > proof.MaxStateEntries {
		return nil, fmt.Errorf("state of %d keys, want 1 to %d", len(keys), proof.MaxStateEntries)
	}
	path, err := m.Log(h.header.Height + 1).Path(h.header.Height)
	if err != nil {
		return nil, err
	}
	b := &proof.StateBundle{Header: h.header.Encode(), LogPath: path, Checkpoint: checkpoint}
	for _, k := range keys {
		full := ledger.StateKey(k.Contract, k.Key)
		stored, err := get(full)
		if err != nil {
			return nil, err
		}
		b.Entries = append(b.Entries, proof.StateEntry{Contract: k.Contract, Key: []byte(k.Key), Entry: stored, Path: *h.state.Prove(m.at.Key(full))})
	}
	return b, nil
}

// StateKey names an entry of the state: a contract, and a key of its own.
type StateKey struct {
	Contract engine.Name
	Key      string
}
