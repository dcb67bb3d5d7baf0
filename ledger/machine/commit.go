package machine

import (
	"fmt"

	"weir/ledger"
	"weir/ledger/history"
	"weir/ledger/proof"
)

// Commit makes an outcome on top of the last block durable and makes it the last block. The checkpoint, if any, is stored with
// it. After an error the machine is of no more use: what was committed shows when the store is opened again.
func (m *Machine) Commit(o *Outcome, checkpoint *proof.Checkpoint) error {
	if last := m.head.Load(); last != nil && o.Header.Previous != last.digest {
		return fmt.Errorf("commit block %d: it was executed on another block", o.Header.Height)
	}
	writes := o.durable(checkpoint)
	m.querying.Lock()
	defer m.querying.Unlock()
	if err := m.config.Store.Commit(ledger.Head{Height: o.Header.Height, Header: o.head.digest}, writes); err != nil {
		return fmt.Errorf("commit block %d: %w", o.Header.Height, err)
	}
	m.recent.add(o.writes)
	h := *o.head
	h.ahead = nil
	m.head.Store(&h)
	return nil
}

// durable is everything that a block adds to the store.
func (o *Outcome) durable(checkpoint *proof.Checkpoint) []ledger.Write {
	b := history.Block{Header: o.Header, Txs: o.Txs, Results: o.results, State: o.writes, FirstHash: o.logged.First,
		Hashes: o.logged.Hashes, Founding: o.founding}
	if checkpoint != nil {
		b.Checkpoint = checkpoint.Note
	}
	return b.Writes()
}
