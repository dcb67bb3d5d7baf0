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
	digest   engine.Digest // of the header
	results  [][]byte      // encoded
	writes   []ledger.Write
	state    merkle.Sparse
	logged   *merkle.Appended
	founding []byte
}

// Tree is what the log of headers becomes with the block: what a checkpoint over it signs.
func (o *Outcome) Tree() (size uint64, root engine.Digest) { return o.logged.Size, o.logged.Root }

// Execute judges a block on top of the last one, in memory. Every transaction must be admissible where it stands: the
// error for one that is not is a *ledger.TxError, for a block whose transactions write too much a *ledger.FullError; the
// block is then to be proposed without what does not belong in it. A *contract.LackingError says that this program cannot
// judge the block; other errors mean that the store failed.
func (m *Machine) Execute(b *ledger.Block) (*Outcome, error) {
	h := m.head.Load()
	if h.lacks != nil {
		return nil, fmt.Errorf("execute block %d: %w", b.Height, h.lacks)
	}
	if err := m.checkBlock(b); err != nil {
		return nil, fmt.Errorf("execute block %d: %w", b.Height, err)
	}
	if err := m.checkAdmission(b); err != nil {
		return nil, fmt.Errorf("execute block %d: %w", b.Height, err)
	}
	did, err := m.judge(h.next, b)
	if err != nil {
		return nil, fmt.Errorf("execute block %d: %w", b.Height, err)
	}
	return m.conclude(b, did, h.digest)
}

// judge applies a block. With a verifier that takes many proofs at once, every proof is first taken for good; when one of
// the block turns out not to be, the block is applied again, with the verdicts known.
func (m *Machine) judge(set *contract.Set, b *ledger.Block) (*applied, error) {
	env := m.env(set, b.Height, whole(b.Time))
	batch, can := m.proofs.verifier.(contract.BatchVerifier)
	if !can {
		return m.apply(env, b)
	}
	hope := &hopeful{proofs: &m.proofs}
	trusting := env
	trusting.Verifier = hope
	did, err := m.apply(trusting, b)
	if hope.settle(batch) {
		return did, err
	}
	return m.apply(env, b)
}

func (m *Machine) checkBlock(b *ledger.Block) error {
	last := m.Head()
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
func (m *Machine) checkAdmission(b *ledger.Block) error {
	admission := m.Admit(b.Height, nil)
	for i, tx := range b.Txs {
		if err := admission.Add(tx); err != nil {
			return &ledger.TxError{Index: i, Err: err}
		}
	}
	for i, err := range m.VerifySignatures(b.Txs) {
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
func (m *Machine) apply(env contract.Env, b *ledger.Block) (*applied, error) {
	did := &applied{layer: contract.NewLayer(m.checked())}
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

// conclude hashes what a block did into its header and the log.
func (m *Machine) conclude(b *ledger.Block, did *applied, previous engine.Digest) (*Outcome, error) {
	o := &Outcome{Committed: ledger.Committed{Txs: b.Txs, Results: did.results}, results: did.encoded, writes: did.layer.Writes()}
	entries := make([]merkle.Entry, len(o.writes))
	for i, w := range o.writes {
		entries[i] = treeEntry(m.at, w.Key, w.Value)
	}
	o.state = m.head.Load().state.With(entries)
	o.Header = &ledger.Header{
		Chain: m.chain, Height: b.Height, Time: b.Time.UnixMilli(), Previous: previous, Proposer: b.Proposer,
		Txs: merkle.NewList(encoded(b.Txs)).Root(), Results: merkle.NewList(o.results).Root(),
		State: o.state.Root(), Contracts: m.head.Load().next.Hash(),
	}
	o.digest = o.Header.Digest()
	var err error
	o.logged, err = m.Log(b.Height).Append(o.Header.Encode())
	return o, err
}

func encoded(txs []*ledger.Tx) [][]byte {
	list := make([][]byte, len(txs))
	for i, tx := range txs {
		list[i] = tx.Bytes()
	}
	return list
}
