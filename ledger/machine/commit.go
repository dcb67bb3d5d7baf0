package machine

import (
	"fmt"

	"weir/ledger"
	"weir/ledger/proof"
)

// Commit makes an outcome of the last Execute durable and makes it the last block. The checkpoint, if any, is stored with
// it. After an error the machine is of no more use: what was committed shows when the store is opened again.
func (m *Machine) Commit(o *Outcome, checkpoint *proof.Checkpoint) error {
	if last := m.head.Load(); last.header != nil && o.Header.Previous != last.digest {
		return fmt.Errorf("commit block %d: it was executed on another block", o.Header.Height)
	}
	writes := o.durable()
	if checkpoint != nil {
		writes = append(writes, ledger.Write{Key: checkpointKey, Value: checkpoint.Note})
	}
	m.querying.Lock()
	defer m.querying.Unlock()
	if err := m.config.Store.Commit(ledger.Head{Height: o.Header.Height, Header: o.digest}, writes); err != nil {
		return fmt.Errorf("commit block %d: %w", o.Header.Height, err)
	}
	h := &head{header: o.Header, digest: o.digest, state: o.state, root: o.logged.Root}
	if err := m.judges(h); err != nil {
		return fmt.Errorf("after block %d: %w", o.Header.Height, err)
	}
	m.head.Store(h)
	return nil
}

// durable is everything that a block adds to the store.
func (o *Outcome) durable() []ledger.Write {
	height := o.Header.Height
	writes := make([]ledger.Write, 0, 3*len(o.Txs)+len(o.writes)+len(o.logged.Hashes)+3)
	writes = append(writes, ledger.Write{Key: headerKey(height), Value: o.Header.Encode()})
	for i, tx := range o.Txs {
		writes = append(writes,
			ledger.Write{Key: txKey(height, i), Value: tx.Bytes()},
			ledger.Write{Key: resultKey(height, i), Value: o.results[i]},
			ledger.Write{Key: idKey(tx.ID()), Value: place(height, i)})
	}
	for i, hash := range o.logged.Hashes {
		writes = append(writes, ledger.Write{Key: hashKey(o.logged.First + uint64(i)), Value: hash[:]})
	}
	for _, w := range o.writes {
		writes = append(writes, ledger.Write{Key: stateKey(w.Key), Value: w.Value})
	}
	if height == 0 {
		writes = append(writes, ledger.Write{Key: foundingKey, Value: append([]byte{1}, o.founding...)})
	}
	return writes
}
