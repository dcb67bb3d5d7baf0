package node

import (
	"context"
	"fmt"
	"math"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/board"
)

// Find is message.Ledger's, from the board contract.
func (n *Node) Find(ctx context.Context, kind message.Kind, prefix string) ([][]byte, error) {
	found, _, err := n.Page(ctx, kind, prefix, 0, math.MaxInt, math.MaxInt)
	return found, err
}

// Page is the part of Find that begins with the entry numbered from or the one after it: at most count transactions, of
// about size bytes together, but one where there is one. next is where the next page begins, 0 when there is none. What is
// accepted between two pages stands at their end.
func (n *Node) Page(ctx context.Context, kind message.Kind, prefix string, from uint64, count, size int) (txs [][]byte, next uint64, err error) {
	entries, err := n.entries(kind, prefix)
	for _, e := range entries {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			break
		}
		if e.Number < from {
			continue
		}
		if len(txs) == count || size <= 0 {
			return txs, e.Number, nil
		}
		var tx []byte
		if tx, err = n.config.Machine.Tx(e.Tx); err == nil {
			txs = append(txs, tx)
			size -= len(tx)
		}
	}
	if err != nil {
		return nil, 0, fmt.Errorf("find %s: %w", kind, err)
	}
	return txs, 0, nil
}

// entries are the places of what Find gives, oldest first.
func (n *Node) entries(kind message.Kind, prefix string) (entries []board.Entry, err error) {
	b, err := n.config.Machine.Query(board.Name, "find", canonical.Encode(board.Place{Kind: string(kind), Key: prefix}))
	if err == nil {
		err = canonical.Decode(b, contract.MaxValue, &entries)
	}
	return entries, err
}

// Result is what became of a transaction, or message.ErrNotFound.
func (n *Node) Result(_ context.Context, tx engine.Digest) (*ledger.Result, error) {
	result, err := n.config.Machine.Result(tx)
	return result, notFound(err)
}

// Wait waits for the result of a transaction that somebody submitted (ledger.Orderer, Wait).
func (n *Node) Wait(ctx context.Context, tx engine.Digest) (*ledger.Result, error) {
	return n.config.Orderer.Wait(ctx, tx)
}

// Key is the key that speaks for a sender at the last block (machine.Machine, Key).
func (n *Node) Key(sender ledger.Sender) ([32]byte, error) { return n.config.Machine.Key(sender) }
