package machine

import (
	"fmt"

	"weir/engine"
	"weir/ledger"
	"weir/ledger/merkle"
	"weir/ledger/proof"
)

// Checkpoint is the last signed checkpoint, a signed note; ErrNotFound before the first. What it is over can be asked for
// from then on: it is not shown before its block is the last one.
func (m *Machine) Checkpoint() ([]byte, error) {
	m.querying.RLock()
	defer m.querying.RUnlock()
	return m.Reader.Checkpoint()
}

// Consistency shows that the log of newSize headers continues the log of oldSize headers.
func (m *Machine) Consistency(oldSize, newSize uint64) ([]engine.Digest, error) {
	if size, _ := m.Tree(); newSize > size {
		return nil, fmt.Errorf("%w: a log of %d headers", ErrNotFound, newSize)
	}
	return m.Log(newSize).Consistency(oldSize)
}

// Bundle is the proof bundle of a transaction under a checkpoint of this log with size records, given as the signed note.
func (m *Machine) Bundle(id engine.Digest, checkpoint []byte, size uint64) (*proof.Bundle, error) {
	height, index, err := m.Place(id)
	if err != nil {
		return nil, err
	}
	if height >= size {
		return nil, fmt.Errorf("%w: block %d is not under the checkpoint of %d headers", ErrNotFound, height, size)
	}
	h, err := m.Header(height)
	if err != nil {
		return nil, err
	}
	txs, results, err := m.Records(h)
	if err != nil {
		return nil, err
	}
	if index >= len(txs) {
		return nil, fmt.Errorf("%w: place of %s", ledger.ErrDamaged, id.Short())
	}
	path, err := m.Log(size).Path(height)
	if err != nil {
		return nil, err
	}
	return &proof.Bundle{Tx: txs[index], Result: results[index], Header: h.Encode(), TxPath: merkle.NewList(txs).Path(index),
		ResultPath: merkle.NewList(results).Path(index), LogPath: path, Checkpoint: checkpoint}, nil
}

// State shows how entries stand after the last block, under the checkpoint that was stored with it: present, ended, or
// never there. ErrNotFound where the last block has no checkpoint.
func (m *Machine) State(keys ...StateKey) (*proof.StateBundle, error) {
	m.querying.RLock()
	defer m.querying.RUnlock()
	last := m.head.Load()
	checkpoint, err := m.covering(last)
	if err != nil {
		return nil, err
	}
	return m.stateBundle(last, checkpoint, m.checked().Get, keys)
}

// covering is the stored checkpoint, if it is over the log up to the last block.
func (m *Machine) covering(last *head) ([]byte, error) {
	b, err := m.Reader.Checkpoint()
	if err != nil {
		return nil, err
	}
	if c, err := proof.ReadCheckpoint(b); err != nil || c.Size != last.header.Height+1 {
		return nil, fmt.Errorf("%w: a checkpoint over block %d", ErrNotFound, last.header.Height)
	}
	return b, nil
}
