package machine

import (
	"fmt"

	"weir/engine"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/merkle"
)

// Outcome is what a block would do: nothing is changed until it is committed.
type Outcome struct {
	ledger.Committed
	results  [][]byte        // encoded
	layer    *contract.Layer // what changed, over nothing
	writes   []ledger.Write  // the same
	logged   *merkle.Appended
	founding []byte
	head     *head // what the ledger's becomes
}

// Tree is what the log of headers becomes with the block: what a checkpoint over it signs.
func (o *Outcome) Tree() (size uint64, root engine.Digest) { return o.logged.Size, o.logged.Root }

// Execute judges a block on top of the last one, in memory. Every transaction must be admissible where it stands: the
// error for one that is not is a *ledger.TxError, for a block whose transactions write too much a *ledger.FullError; the
// block is then to be proposed without what does not belong in it. A *contract.LackingError says that this program cannot
// judge the block; other errors mean that the store failed.
func (m *Machine) Execute(b *ledger.Block) (*Outcome, error) { return m.ExecuteAfter(nil, b) }

// ExecuteAfter is Execute on top of an outcome that is not durable yet, so that one block can be judged while the one before
// is written. before is the outcome of the block after the last one, or of the last one itself; nil is the last block.
func (m *Machine) ExecuteAfter(before *Outcome, b *ledger.Block) (*Outcome, error) {
	h, err := m.after(before)
	if err != nil {
		return nil, fmt.Errorf("execute block %d: %w", b.Height, err)
	}
	if err := checkBlock(h, b); err != nil {
		return nil, fmt.Errorf("execute block %d: %w", b.Height, err)
	}
	if err := m.checkAdmission(h, b); err != nil {
		return nil, fmt.Errorf("execute block %d: %w", b.Height, err)
	}
	did, err := m.judge(h, b)
	if err != nil {
		return nil, fmt.Errorf("execute block %d: %w", b.Height, err)
	}
	return m.conclude(h, b, did)
}

// after is the head that a block is executed on.
func (m *Machine) after(before *Outcome) (*head, error) {
	h := m.head.Load()
	if before != nil && before.head.digest != h.digest {
		if before.Header.Previous != h.digest {
			return nil, fmt.Errorf("block %d is not the next one", before.Header.Height)
		}
		h = before.head
	}
	return h, h.lacks
}

// judge applies a block. With a verifier that takes many proofs at once, every proof is first taken for good; when one of
// the block turns out not to be, the block is applied again, with the verdicts known.
func (m *Machine) judge(h *head, b *ledger.Block) (*applied, error) {
	env, state := m.env(h.next, b.Height, whole(b.Time)), m.over(h, true)
	batch, can := m.proofs.verifier.(contract.BatchVerifier)
	if !can {
		return apply(env, state, b)
	}
	hope := &hopeful{proofs: &m.proofs}
	trusting := env
	trusting.Verifier = hope
	did, err := apply(trusting, state, b)
	if hope.settle(batch) {
		return did, err
	}
	return apply(env, state, b)
}

func checkBlock(h *head, b *ledger.Block) error {
	last := h.header
	bytes := 0
	for _, tx := range b.Txs {
		bytes += len(tx.Bytes())
	}
	_, err := engine.ParseName(string(b.Proposer))
	switch {
	case err != nil:
		return fmt.Errorf("proposer: %w", err)
	case b.Height != last.Height+1:
		return fmt.Errorf("the next block is %d", last.Height+1)
	case b.Time.UnixMilli() <= last.Time:
		return fmt.Errorf("block time is not after that of block %d", last.Height)
	case len(b.Txs) > ledger.MaxBlockTxs || bytes > ledger.MaxBlockBytes:
		return fmt.Errorf("%d transactions of %d bytes, limits %d and %d", len(b.Txs), bytes, ledger.MaxBlockTxs, ledger.MaxBlockBytes)
	}
	return nil
}

// checkAdmission checks that every transaction may stand where it stands. Signatures are judged by the keys that stood
// before the block: a key that is registered or rotated in a block counts from the next one on.
func (m *Machine) checkAdmission(h *head, b *ledger.Block) error {
	admission := m.Admit(b.Height)
	admission.on = h
	for i, tx := range b.Txs {
		if err := admission.Add(tx); err != nil {
			return &ledger.TxError{Index: i, Err: err}
		}
	}
	for i, err := range m.verifySignatures(h, b.Txs) {
		if err != nil {
			return &ledger.TxError{Index: i, Err: err}
		}
	}
	return nil
}

// applied is what the transactions of a block did.
type applied struct {
	layer   *contract.Layer
	results []*ledger.Result
	encoded [][]byte // the results
}

// apply runs the transactions one after another. The results know their places.
func apply(env contract.Env, state contract.View, b *ledger.Block) (*applied, error) {
	did := &applied{layer: contract.NewLayer(state)}
	told := 0
	for i, tx := range b.Txs {
		r, err := env.Apply(did.layer, tx)
		if err != nil {
			return nil, fmt.Errorf("transaction %d: %w", i, err)
		}
		r.Height, r.Index, r.Of = b.Height, uint32(i), uint32(len(b.Txs))
		did.results, did.encoded = append(did.results, r), append(did.encoded, r.Encode())
		told += len(did.encoded[i])
		if i > 0 && (did.layer.Size()+told > ledger.MaxBlockWrites || did.layer.Len() > ledger.MaxBlockKeys) {
			return nil, &ledger.FullError{Fits: i}
		}
	}
	return did, nil
}

// conclude hashes what a block did on top of a head into its header and the log.
func (m *Machine) conclude(h *head, b *ledger.Block, did *applied) (*Outcome, error) {
	o := &Outcome{Committed: ledger.Committed{Txs: b.Txs, Results: did.results}, results: did.encoded, layer: did.layer.Over(nil), writes: did.layer.Writes()}
	entries := make([]merkle.Entry, len(o.writes))
	for i, w := range o.writes {
		entries[i] = treeEntry(m.at, w.Key, w.Value)
	}
	o.head = &head{state: h.state.With(entries), ahead: o}
	o.Header = &ledger.Header{
		Chain: m.chain, Height: b.Height, Time: b.Time.UnixMilli(), Previous: h.digest, Proposer: b.Proposer,
		Txs: merkle.Root(encoded(b.Txs)), Results: merkle.Root(o.results),
		State: o.head.state.Root(), Contracts: h.next.Hash(),
	}
	o.head.header, o.head.digest = o.Header, o.Header.Digest()
	var err error
	if o.logged, err = m.logAfter(h, b.Height).Append(o.Header.Encode()); err != nil {
		return nil, err
	}
	o.head.root = o.logged.Root
	return o, m.judges(o.head, did.layer)
}

// logAfter is the log of the headers up to a head, of which the last may not be stored yet.
func (m *Machine) logAfter(h *head, size uint64) merkle.Log {
	log := m.Log(size)
	if h.ahead == nil {
		return log
	}
	stored, added := log.Read, h.ahead.logged
	log.Read = func(index uint64) (engine.Digest, error) {
		if index >= added.First {
			return added.Hashes[index-added.First], nil
		}
		return stored(index)
	}
	return log
}

func encoded(txs []*ledger.Tx) [][]byte {
	list := make([][]byte, len(txs))
	for i, tx := range txs {
		list[i] = tx.Bytes()
	}
	return list
}
