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
	b, err := m.config.Store.Get(checkpointKey)
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	if b == nil {
		return nil, fmt.Errorf("%w: no checkpoint yet", ErrNotFound)
	}
	return b, nil
}

// Consistency shows that the log of newSize headers continues the log of oldSize headers.
func (m *Machine) Consistency(oldSize, newSize uint64) ([]engine.Digest, error) {
	if size, _ := m.Tree(); newSize > size {
		return nil, fmt.Errorf("%w: a log of %d headers", ErrNotFound, newSize)
	}
	return m.log(newSize).Consistency(oldSize)
}

// Bundle is the proof bundle of a transaction under a checkpoint of this log with size records, given as the signed note.
func (m *Machine) Bundle(id engine.Digest, checkpoint []byte, size uint64) (*proof.Bundle, error) {
	height, index, err := m.place(id)
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
	txs, err := m.records('t', height, h.Txs)
	if err != nil {
		return nil, err
	}
	results, err := m.records('r', height, h.Results)
	if err != nil {
		return nil, err
	}
	if index >= len(txs) || index >= len(results) {
		return nil, fmt.Errorf("%w: place of %s", ledger.ErrDamaged, id.Short())
	}
	path, err := m.log(size).Path(height)
	if err != nil {
		return nil, err
	}
	return &proof.Bundle{Tx: txs[index], Result: results[index], Header: h.Encode(), TxPath: merkle.NewList(txs).Path(index),
		ResultPath: merkle.NewList(results).Path(index), LogPath: path, Checkpoint: checkpoint}, nil
}
