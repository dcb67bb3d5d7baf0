package ledger

import (
	"fmt"
	"time"

	"weir/engine"
)

// Bounds of one block. With them, everything that a block makes durable fits one transaction of the store.
const (
	MaxBlockTxs    = 2000    // transactions
	MaxBlockBytes  = 1 << 20 // encoded transactions, together
	MaxBlockWrites = 2 << 20 // keys and values written to the state, and results, together
	MaxBlockKeys   = 8192    // keys written to the state
)

// Block is what an orderer proposes: which transactions come next, in which order, at what time.
type Block struct {
	Height   uint64
	Time     time.Time // counted in whole milliseconds
	Proposer engine.Name
	Txs      []*Tx
}

// Committed is a block that the ledger holds: what it took and what came of it. Result i is of transaction i.
type Committed struct {
	Header  *Header
	Txs     []*Tx
	Results []*Result
}

// Block is the block as it was proposed, to be executed again.
func (c *Committed) Block() *Block {
	return &Block{Height: c.Header.Height, Time: c.Header.At(), Proposer: c.Header.Proposer, Txs: c.Txs}
}

// TxError says which transaction of a block must not stand in it, and why. It wraps one of the reasons beside ErrTx.
type TxError struct {
	Index int // in the block
	Err   error
}

func (e *TxError) Error() string {
	return fmt.Sprintf("transaction %d of the block: %v", e.Index, e.Err)
}

// Unwrap is the reason.
func (e *TxError) Unwrap() error { return e.Err }

// FullError says that only the first transactions of a block fit the bounds on what a block writes. The rest belongs
// into a later block; nothing is wrong with it.
type FullError struct{ Fits int }

func (e *FullError) Error() string {
	return fmt.Sprintf("block writes too much: its first %d transactions fit", e.Fits)
}
