// Package node is a ledger as its members reach it: one sequencer, its machine and its content store behind the interfaces
// of package message. It is for whoever runs a ledger, in the members' own process or behind a network.
//
// A node decides nothing: the machine's contracts judge transactions, and members judge what a node answers. It keeps no
// secret but its own key, with which it signs for what it stores.
package node

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"iter"
	"time"

	"weir/engine"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/blob"
	"weir/ledger/machine"
	"weir/ledger/proof"
	"weir/ledger/witness/gather"
)

// MaxBlob bounds one content of the content store, in bytes: the largest is a polynomial, 3 · 8192 · 6 bytes.
const MaxBlob = 256 << 10

// Config is what a node consists of.
type Config struct {
	Machine *machine.Machine
	Orderer ledger.Orderer
	Blobs   *blob.Store
	Name    engine.Name        // of the node, as the ledger's rules list it
	Key     ed25519.PrivateKey // signs storage receipts
	Clock   func() time.Time
	// Gatherer keeps the checkpoints that are final, and takes witnesses' lines.
	Gatherer *gather.Gatherer
}

// Node is a node at work. It is safe for concurrent use.
type Node struct{ config Config }

// New puts a node together; starting and closing its parts is the caller's.
func New(config Config) *Node { return &Node{config: config} }

// Next is message.Ledger's.
func (n *Node) Next(_ context.Context, sender ledger.Sender) (sequence, height uint64, err error) {
	sequence, err = n.config.Machine.Sequence(sender)
	return sequence, n.config.Machine.Head().Height, err
}

// Submit is message.Ledger's.
func (n *Node) Submit(ctx context.Context, tx []byte) (*ledger.Result, error) {
	return n.config.Orderer.Submit(ctx, tx)
}

// Ask puts a question to a contract, at the last block. A refusal is a *contract.Refusal.
func (n *Node) Ask(_ context.Context, name engine.Name, answer string, argument []byte) ([]byte, error) {
	return n.config.Machine.Query(name, answer, argument)
}

// Blocks gives every block from a height on (ledger.Orderer, Blocks).
func (n *Node) Blocks(ctx context.Context, from uint64) iter.Seq2[*ledger.Committed, error] {
	return n.config.Orderer.Blocks(ctx, from)
}

// Head is the last block's header.
func (n *Node) Head() *ledger.Header { return n.config.Machine.Head() }

// Founding is the founding document.
func (n *Node) Founding() ([]byte, error) { return n.config.Machine.Founding() }

// Checkpoint is message.Log's.
func (n *Node) Checkpoint(context.Context) ([]byte, error) { return noteOf(n.config.Gatherer.Final()) }

// Await is Checkpoint once it is over more than size blocks, or what there is when ctx ends.
func (n *Node) Await(ctx context.Context, size uint64) ([]byte, error) {
	return noteOf(n.config.Gatherer.AwaitFinal(ctx, size))
}

// Moved gives a channel that is closed when Checkpoint may be another.
func (n *Node) Moved() <-chan struct{} { return n.config.Gatherer.Moved() }

// Candidate is the checkpoint that witnesses are to cosign next, once it is over more than size blocks, or the one that there
// is when ctx ends.
func (n *Node) Candidate(ctx context.Context, size uint64) ([]byte, error) {
	return noteOf(n.config.Gatherer.AwaitCandidate(ctx, size))
}

// Cosign takes a witness's line over the checkpoint of a size (gather.Gatherer, Cosign).
func (n *Node) Cosign(_ context.Context, size uint64, line []byte) error {
	return n.config.Gatherer.Cosign(size, line)
}

func noteOf(c *proof.Checkpoint, err error) ([]byte, error) {
	if err != nil {
		return nil, notFound(err)
	}
	return c.Note, nil
}

// Consistency is message.Log's.
func (n *Node) Consistency(_ context.Context, oldSize, newSize uint64) ([]engine.Digest, error) {
	path, err := n.config.Machine.Consistency(oldSize, newSize)
	return path, notFound(err)
}

// Bundle is message.Log's.
func (n *Node) Bundle(_ context.Context, tx engine.Digest, size uint64) ([]byte, error) {
	bundle, err := n.config.Machine.Bundle(tx, []byte{}, size)
	if err != nil {
		return nil, notFound(err)
	}
	return bundle.Encode(), nil
}

// Header is message.Log's.
func (n *Node) Header(_ context.Context, height, size uint64) ([]byte, []engine.Digest, error) {
	if tree, _ := n.config.Machine.Tree(); size > tree || height >= size {
		return nil, nil, fmt.Errorf("%w: header %d in a log of %d", message.ErrNotFound, height, size)
	}
	h, err := n.config.Machine.Header(height)
	if err != nil {
		return nil, nil, err
	}
	path, err := n.config.Machine.Log(size).Path(height)
	return h.Encode(), path, err
}

// State is message.Log's.
func (n *Node) State(_ context.Context, contract engine.Name, keys []string) ([]byte, error) {
	entries := make([]machine.StateKey, len(keys))
	for i, key := range keys {
		entries[i] = machine.StateKey{Contract: contract, Key: key}
	}
	if c, at := n.config.Gatherer.FinalState(); at != nil {
		bundle, err := at.State(c.Note, entries...)
		if err == nil {
			return bundle.Encode(), nil
		}
		if !errors.Is(err, machine.ErrNotFound) {
			return nil, err
		}
	}
	bundle, err := n.config.Machine.State(entries...) // not final where witnesses are needed: whoever asks may try again
	if err != nil {
		return nil, notFound(err)
	}
	return bundle.Encode(), nil
}

// Store is message.Blobs'.
func (n *Node) Store(ctx context.Context, digest engine.Digest, content []byte) ([]byte, error) {
	if err := n.config.Blobs.Store(ctx, digest, content); err != nil {
		return nil, err
	}
	return proof.SignStorage(n.config.Machine.Chain(), n.config.Name, n.config.Key, digest, len(content), n.config.Clock()).Encode(), nil
}

// Fetch is message.Blobs'.
func (n *Node) Fetch(ctx context.Context, digest engine.Digest, limit int) ([]byte, error) {
	content, err := n.config.Blobs.Fetch(ctx, digest, limit)
	return content, notFound(err)
}

// notFound gives what the machine or the content store does not have the name that members know.
func notFound(err error) error {
	if errors.Is(err, machine.ErrNotFound) || errors.Is(err, blob.ErrNotFound) {
		return fmt.Errorf("%w: %w", message.ErrNotFound, err)
	}
	return err
}

var (
	_ message.Ledger = (*Node)(nil)
	_ message.Log    = (*Node)(nil)
	_ message.Blobs  = (*Node)(nil)
)
