package message

import (
	"context"
	"crypto/sha256"
	"errors"
	"iter"

	"weir/engine"
	"weir/ledger"
)

// ErrNotFound is returned for what is not on the ledger or in the content store.
var ErrNotFound = errors.New("not on the ledger")

// Board is the ledger's public entries, for whoever reads them. A reader checks what it reads: whoever answers is not
// trusted.
type Board interface {
	// Find gives the transactions of one kind that the ledger accepted under keys that begin with prefix, oldest first; none
	// is no error.
	Find(ctx context.Context, kind Kind, prefix string) ([][]byte, error)
}

// Pager is a board that can be read beyond what one answer holds. A board that is none gives all it has at once.
type Pager interface {
	// FindEach gives what Find does, one transaction after the other, until yield answers false.
	FindEach(ctx context.Context, kind Kind, prefix string, yield func(tx []byte) bool) error
}

// FindEach reads a board, page by page where it can.
func FindEach(ctx context.Context, board Board, kind Kind, prefix string, yield func(tx []byte) bool) error {
	if pager, is := board.(Pager); is {
		return pager.FindEach(ctx, kind, prefix, yield)
	}
	found, err := board.Find(ctx, kind, prefix)
	for _, tx := range found {
		if err != nil || !yield(tx) {
			break
		}
	}
	return err
}

// Ledger is the ledger as its members write to it.
type Ledger interface {
	Board
	// Next is the sequence number of a sender's next transaction, and the height of the last block.
	Next(ctx context.Context, sender ledger.Sender) (sequence, height uint64, err error)
	// Submit hands over a signed transaction and waits until its result is durable; the same bytes again give the same
	// result. One that can stand in no block is refused with a reason listed beside ledger.ErrTx.
	Submit(ctx context.Context, tx []byte) (*ledger.Result, error)
}

// Asker puts questions to the ledger's contracts. The answer is the node's word: good for knowing when to do what, never
// for what a secret rests on.
type Asker interface {
	// Ask is the answer of a contract at the last block. A refusal is a *contract.Refusal.
	Ask(ctx context.Context, contract engine.Name, answer string, argument []byte) ([]byte, error)
}

// Feed is what becomes durable on the ledger.
type Feed interface {
	// Blocks gives every block from a height on, in order, and then each as it becomes durable, until ctx ends.
	Blocks(ctx context.Context, from uint64) iter.Seq2[*ledger.Committed, error]
}

// Log is what shows, to whoever does not trust the node that answers, that the ledger holds something.
type Log interface {
	// Checkpoint is the newest signed checkpoint of the log of headers (proof.OpenCheckpoint) that as many witnesses have
	// cosigned as the consortium's rules ask for.
	Checkpoint(ctx context.Context) ([]byte, error)
	// Consistency shows that the log of newSize headers continues the one of oldSize headers (RFC 6962, section 2.1.2).
	Consistency(ctx context.Context, oldSize, newSize uint64) ([]engine.Digest, error)
	// Bundle is the proof bundle of a transaction (proof.Bundle) in the log of the first size headers, or ErrNotFound. Its
	// checkpoint is empty: whoever asked puts in the one of that size that it trusts.
	Bundle(ctx context.Context, tx engine.Digest, size uint64) ([]byte, error)
	// Header is the header of a block, and its path in the log of the first size headers.
	Header(ctx context.Context, height, size uint64) (header []byte, path []engine.Digest, err error)
	// State is the state bundle (proof.StateBundle) of some keys of one contract: how they stand after the last block, under a
	// checkpoint over it. ErrNotFound where the last block has no checkpoint.
	State(ctx context.Context, contract engine.Name, keys []string) ([]byte, error)
}

// Blobs is the content store beside the ledger: large byte strings under the digest that names them, which is responseDig
// for a response and Blob for everything else.
type Blobs interface {
	Fetcher
	// Store keeps content, durably when it returns, and gives the node's storage receipt for it (proof.OpenStorageReceipt).
	Store(ctx context.Context, digest engine.Digest, content []byte) (receipt []byte, err error)
}

// Fetcher reads a content store.
type Fetcher interface {
	// Fetch gives the content under a digest, at most limit bytes, or ErrNotFound. The caller compares the digest.
	Fetch(ctx context.Context, digest engine.Digest, limit int) ([]byte, error)
}

// Mail carries private messages between parties. Whatever needs secrecy is sealed before it is sent.
type Mail interface {
	// Send delivers a message and gives the receiver's answer, which may be empty.
	Send(ctx context.Context, to string, kind Kind, message []byte) ([]byte, error)
}

// Blob is where a polynomial stands in a content store: under its SHA-256.
func Blob(content []byte) engine.Digest { return sha256.Sum256(content) }
