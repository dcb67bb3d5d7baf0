package ledger

import (
	"context"
	"errors"
	"iter"

	"weir/engine"
)

// ErrBusy is returned by an orderer whose queues are full: nothing was taken, ask again later.
var ErrBusy = errors.New("ledger is busy")

// ErrHalted is returned by an orderer that stopped because it can no longer vouch for what it stores.
var ErrHalted = errors.New("ledger halted")

// ErrClosed is returned by an orderer that was closed. A transaction handed over before may still stand on the ledger.
var ErrClosed = errors.New("ledger is closed")

// Orderer decides the order of transactions, and nothing else: everything about them is judged by the machine behind it.
type Orderer interface {
	// Submit hands a transaction over and waits until its result is durable. It may be called again with the same bytes,
	// before, after and during another call: the transaction is applied once and every call gives its one result. A
	// transaction that cannot stand in any block is refused with one of the reasons listed beside ErrTx. When ctx ends
	// first, the transaction may or may not be applied later: ask again.
	Submit(ctx context.Context, tx []byte) (*Result, error)
	// Wait waits until a transaction that somebody submitted has a durable result.
	Wait(ctx context.Context, id engine.Digest) (*Result, error)
	// Blocks gives every block from a height on, in order, the durable ones first and then each as it becomes durable,
	// until ctx ends. Whoever remembers the last height it saw misses nothing and sees nothing twice.
	Blocks(ctx context.Context, from uint64) iter.Seq2[*Committed, error]
}
