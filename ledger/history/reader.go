// Package history is how a ledger lies in its store: which key holds what, reading blocks out of it again, and checking
// every byte of it (Scrub). It is for the machine, which writes blocks, and for tools that read, check, copy or publish a
// ledger without running its contracts.
//
// Nothing is given out that does not fit the header of its block, and no header that does not fit the log: what the disk
// changed is refused with an error that wraps ledger.ErrDamaged.
package history

import (
	"encoding/binary"
	"errors"
	"fmt"

	"weir/engine"
	"weir/ledger"
	"weir/ledger/merkle"
)

// ErrNotFound is returned for a block, transaction or checkpoint that the ledger does not have.
var ErrNotFound = errors.New("not on the ledger")

// Reader reads the blocks of a store.
type Reader struct{ Store ledger.Store }

// Header is the header of a block. What is stored must be a record of the log.
func (r Reader) Header(height uint64) (*ledger.Header, error) {
	h, err := r.header(height)
	if err != nil {
		return nil, err
	}
	return h, r.checkLogged(h)
}

// Proposed is a block as it was proposed, and its header, from a ledger that need not be whole: that the header belongs
// where it stands is for the caller to find out, by executing the block.
func (r Reader) Proposed(height uint64) (*ledger.Header, *ledger.Block, error) {
	h, err := r.header(height)
	if err != nil {
		return nil, nil, err
	}
	encoded, err := r.table(transactions, height, h.Txs)
	if err != nil {
		return nil, nil, err
	}
	b := &ledger.Block{Height: height, Time: h.At(), Proposer: h.Proposer}
	for i := range encoded {
		tx, err := ledger.DecodeTx(encoded[i])
		if err != nil {
			return nil, nil, fmt.Errorf("%w: transaction %d of block %d", ledger.ErrDamaged, i, height)
		}
		b.Txs = append(b.Txs, tx)
	}
	return h, b, nil
}

func (r Reader) header(height uint64) (*ledger.Header, error) {
	b, err := r.Store.Get(headerKey(height))
	if err != nil {
		return nil, fmt.Errorf("header %d: %w", height, err)
	}
	if last, begun := r.Store.Head(); b == nil && begun && height <= last.Height {
		return nil, fmt.Errorf("%w: block %d is gone", ledger.ErrDamaged, height)
	}
	if b == nil {
		return nil, fmt.Errorf("%w: block %d", ErrNotFound, height)
	}
	h, err := ledger.DecodeHeader(b)
	if err != nil || h.Height != height {
		return nil, fmt.Errorf("%w: header %d", ledger.ErrDamaged, height)
	}
	return h, nil
}

// checkLogged compares a header with its leaf in the stored log.
func (r Reader) checkLogged(h *ledger.Header) error {
	stored, err := r.readHash(merkle.LeafIndex(h.Height))
	if err == nil && stored != merkle.Leaf(h.Encode()) {
		err = fmt.Errorf("%w: header %d is not the one in the log", ledger.ErrDamaged, h.Height)
	}
	return err
}

// Block is everything of one block: transactions and results are those of its header.
func (r Reader) Block(height uint64) (*ledger.Committed, error) {
	h, err := r.Header(height)
	if err != nil {
		return nil, err
	}
	txs, results, err := r.Records(h)
	if err != nil {
		return nil, err
	}
	c := &ledger.Committed{Header: h}
	for i := range txs {
		tx, err := ledger.DecodeTx(txs[i])
		if err != nil {
			return nil, fmt.Errorf("%w: transaction %d of block %d", ledger.ErrDamaged, i, height)
		}
		result, err := ledger.DecodeResult(results[i])
		if err != nil {
			return nil, fmt.Errorf("%w: result %d of block %d", ledger.ErrDamaged, i, height)
		}
		c.Txs, c.Results = append(c.Txs, tx), append(c.Results, result)
	}
	return c, nil
}

// Records are the encoded transactions and results of a block, one of each for every place in it.
func (r Reader) Records(h *ledger.Header) (txs, outcomes [][]byte, err error) {
	if txs, err = r.table(transactions, h.Height, h.Txs); err != nil {
		return nil, nil, err
	}
	if outcomes, err = r.table(results, h.Height, h.Results); err != nil {
		return nil, nil, err
	}
	if len(txs) != len(outcomes) {
		return nil, nil, fmt.Errorf("%w: block %d has %d transactions and %d results", ledger.ErrDamaged, h.Height, len(txs), len(outcomes))
	}
	return txs, outcomes, nil
}

// table is a block's transactions or results, compared with their root.
func (r Reader) table(table byte, height uint64, root engine.Digest) ([][]byte, error) {
	var records [][]byte
	var unreadable error
	err := r.Store.Range(blockKey(table, height), nil, func(_, value []byte) bool {
		var page [][]byte
		page, unreadable = split(append([]byte{}, value...))
		records = append(records, page...)
		return unreadable == nil && len(records) <= ledger.MaxBlockTxs
	})
	if err != nil {
		return nil, fmt.Errorf("block %d: %w", height, err)
	}
	if unreadable != nil || len(records) > ledger.MaxBlockTxs || merkle.Root(records) != root {
		return nil, fmt.Errorf("%w: block %d does not hold what its header says", ledger.ErrDamaged, height)
	}
	return records, nil
}

// Result is what became of a transaction, or ErrNotFound. It is compared with its block.
func (r Reader) Result(id engine.Digest) (*ledger.Result, error) {
	height, index, err := r.Place(id)
	if err != nil {
		return nil, err
	}
	h, err := r.Header(height)
	if err != nil {
		return nil, err
	}
	outcomes, err := r.table(results, height, h.Results)
	if err != nil {
		return nil, err
	}
	if index >= len(outcomes) {
		return nil, fmt.Errorf("%w: place of %s", ledger.ErrDamaged, id.Short())
	}
	result, err := ledger.DecodeResult(outcomes[index])
	if err != nil || result.Tx != id {
		return nil, fmt.Errorf("%w: result of %s", ledger.ErrDamaged, id.Short())
	}
	return result, nil
}

// Place is where a transaction stands, or ErrNotFound.
func (r Reader) Place(id engine.Digest) (height uint64, index int, err error) {
	b, err := r.Store.Get(idKey(id))
	switch {
	case err != nil:
		return 0, 0, fmt.Errorf("place of %s: %w", id.Short(), err)
	case b == nil:
		return 0, 0, fmt.Errorf("%w: transaction %s", ErrNotFound, id.Short())
	case len(b) != 12:
		return 0, 0, fmt.Errorf("%w: place of %s", ledger.ErrDamaged, id.Short())
	}
	return binary.BigEndian.Uint64(b), int(binary.BigEndian.Uint32(b[8:])), nil
}

// Founding is the founding document.
func (r Reader) Founding() ([]byte, error) {
	b, err := r.Store.Get(foundingKey)
	if err != nil {
		return nil, fmt.Errorf("founding document: %w", err)
	}
	if len(b) == 0 {
		return nil, fmt.Errorf("%w: no founding document", ledger.ErrDamaged)
	}
	return b[1:], nil
}

// Checkpoint is the last signed checkpoint, a signed note; ErrNotFound before the first.
func (r Reader) Checkpoint() ([]byte, error) {
	b, err := r.Store.Get(checkpointKey)
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	if b == nil {
		return nil, fmt.Errorf("%w: no checkpoint yet", ErrNotFound)
	}
	return b, nil
}

// Log is the log of the first size headers.
func (r Reader) Log(size uint64) merkle.Log { return merkle.Log{Size: size, Read: r.readHash} }

func (r Reader) readHash(index uint64) (engine.Digest, error) {
	b, err := r.Store.Get(hashKey(index))
	if err != nil {
		return engine.Digest{}, fmt.Errorf("log hash %d: %w", index, err)
	}
	if len(b) != len(engine.Digest{}) {
		return engine.Digest{}, fmt.Errorf("%w: log hash %d", ledger.ErrDamaged, index)
	}
	return engine.Digest(b), nil
}
