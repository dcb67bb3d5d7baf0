package machine

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

// Header is the header of a block. What is stored must be a record of the log, or the error wraps ledger.ErrDamaged.
func (m *Machine) Header(height uint64) (*ledger.Header, error) {
	b, err := m.config.Store.Get(headerKey(height))
	if err != nil {
		return nil, fmt.Errorf("header %d: %w", height, err)
	}
	if last := m.head.Load(); b == nil && (last == nil || height <= last.header.Height) {
		return nil, fmt.Errorf("%w: block %d is gone", ledger.ErrDamaged, height)
	}
	if b == nil {
		return nil, fmt.Errorf("%w: block %d", ErrNotFound, height)
	}
	h, err := ledger.DecodeHeader(b)
	if err != nil || h.Height != height {
		return nil, fmt.Errorf("%w: header %d", ledger.ErrDamaged, height)
	}
	return h, m.checkLogged(h)
}

// checkLogged compares a header with its leaf in the stored log.
func (m *Machine) checkLogged(h *ledger.Header) error {
	stored, err := m.readHash(merkle.LeafIndex(h.Height))
	if err == nil && stored != merkle.Leaf(h.Encode()) {
		err = fmt.Errorf("%w: header %d is not the one in the log", ledger.ErrDamaged, h.Height)
	}
	return err
}

// Block is everything of one block. Transactions and results must be those of its header, or the error wraps
// ledger.ErrDamaged.
func (m *Machine) Block(height uint64) (*ledger.Committed, error) {
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
	if len(txs) != len(results) {
		return nil, fmt.Errorf("%w: block %d has %d transactions and %d results", ledger.ErrDamaged, height, len(txs), len(results))
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

// records are a block's transactions or results, compared with their root.
func (m *Machine) records(table byte, height uint64, root engine.Digest) ([][]byte, error) {
	var records [][]byte
	err := m.config.Store.Range(blockKey(table, height), nil, func(_, value []byte) bool {
		records = append(records, append([]byte{}, value...))
		return len(records) <= ledger.MaxBlockTxs
	})
	if err != nil {
		return nil, fmt.Errorf("block %d: %w", height, err)
	}
	if merkle.NewList(records).Root() != root {
		return nil, fmt.Errorf("%w: block %d does not hold what its header says", ledger.ErrDamaged, height)
	}
	return records, nil
}

// Result is what became of a transaction, or ErrNotFound. It is compared with its block.
func (m *Machine) Result(id engine.Digest) (*ledger.Result, error) {
	height, index, err := m.place(id)
	if err != nil {
		return nil, err
	}
	h, err := m.Header(height)
	if err != nil {
		return nil, err
	}
	results, err := m.records('r', height, h.Results)
	if err != nil {
		return nil, err
	}
	if index >= len(results) {
		return nil, fmt.Errorf("%w: place of %s", ledger.ErrDamaged, id.Short())
	}
	r, err := ledger.DecodeResult(results[index])
	if err != nil || r.Tx != id {
		return nil, fmt.Errorf("%w: result of %s", ledger.ErrDamaged, id.Short())
	}
	return r, nil
}

// place is where a transaction stands.
func (m *Machine) place(id engine.Digest) (height uint64, index int, err error) {
	b, err := m.config.Store.Get(idKey(id))
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
func (m *Machine) Founding() ([]byte, error) {
	b, err := m.config.Store.Get(foundingKey)
	if err != nil {
		return nil, fmt.Errorf("founding document: %w", err)
	}
	if len(b) == 0 {
		return nil, fmt.Errorf("%w: no founding document", ledger.ErrDamaged)
	}
	return b[1:], nil
}

// log is the log of the first size headers.
func (m *Machine) log(size uint64) merkle.Log { return merkle.Log{Size: size, Read: m.readHash} }

func (m *Machine) readHash(index uint64) (engine.Digest, error) {
	b, err := m.config.Store.Get(hashKey(index))
	if err != nil {
		return engine.Digest{}, fmt.Errorf("log hash %d: %w", index, err)
	}
	if len(b) != len(engine.Digest{}) {
		return engine.Digest{}, fmt.Errorf("%w: log hash %d", ledger.ErrDamaged, index)
	}
	return engine.Digest(b), nil
}
