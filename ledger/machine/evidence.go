package machine

import (
	"fmt"

	"weir/engine"
	"weir/ledger"
	"weir/ledger/merkle"
	"weir/ledger/proof"
)

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
