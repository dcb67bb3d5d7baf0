package machine

import (
	"fmt"

	"weir/engine"
	"weir/ledger"
)

// Tx is a transaction that stands on the ledger, as it was submitted, or ErrNotFound. It is compared with its block.
func (m *Machine) Tx(id engine.Digest) ([]byte, error) {
	height, index, err := m.Place(id)
	if err != nil {
		return nil, err
	}
	h, err := m.Header(height)
	if err != nil {
		return nil, err
	}
	txs, _, err := m.Records(h)
	if err != nil {
		return nil, err
	}
	if index >= len(txs) {
		return nil, fmt.Errorf("%w: place of %s", ledger.ErrDamaged, id.Short())
	}
	return txs[index], nil
}
