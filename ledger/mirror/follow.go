package mirror

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"weir/ledger"
	"weir/ledger/history"
	"weir/ledger/machine"
	"weir/ledger/proof"
)

// Seen is how far a copy is.
type Seen struct {
	Height     uint64    // of its last block
	Time       time.Time // of that block
	Checkpoint *proof.Checkpoint
	Final      bool // enough witnesses cosigned the checkpoint; else it is the log's own signature that counts
}

// Follow brings the copy up to the source's newest checkpoint. step is called after each block. Errors wrap ErrSource for a
// source that shows another ledger, ErrStalled, a *contract.LackingError where this program cannot judge a block, or are the
// source's own.
func (m *Mirror) Follow(ctx context.Context, from Source, step func(done, total uint64)) (*Seen, error) {
	seen, err := m.follow(ctx, from, step)
	if errors.Is(err, ErrSource) && m.uncovered() {
		err = errors.Join(err, m.discard())
	}
	if err != nil {
		return nil, fmt.Errorf("copy of the ledger: %w", err)
	}
	return seen, nil
}

func (m *Mirror) follow(ctx context.Context, from Source, step func(done, total uint64)) (*Seen, error) {
	note, err := from.Checkpoint(ctx)
	if err != nil {
		return nil, err
	}
	checkpoint, final, err := m.read(note)
	if err != nil {
		return nil, err
	}
	if err := m.continues(checkpoint); err != nil {
		return nil, err
	}
	if err := m.repeat(ctx, from, checkpoint, step); err != nil {
		return nil, err
	}
	if err := m.compare(checkpoint); err != nil {
		return nil, err
	}
	if err := m.accept(checkpoint); err != nil {
		return nil, err
	}
	head := m.copy.Head()
	return &Seen{Height: head.Height, Time: head.At(), Checkpoint: checkpoint, Final: final}, nil
}

// read opens a checkpoint, by the witnesses that the trust wants where they signed, else by the log's own signature.
func (m *Mirror) read(note []byte) (c *proof.Checkpoint, final bool, err error) {
	c, err = m.config.Trust.Open(note)
	if err == nil {
		return c, true, nil
	}
	if errors.Is(err, proof.ErrNotFinal) {
		signed := *m.config.Trust
		signed.Witnesses.Need = 0
		c, err = signed.Open(note)
	}
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrSource, err)
	}
	return c, false, err
}

// continues refuses a checkpoint of fewer blocks than were seen.
func (m *Mirror) continues(c *proof.Checkpoint) error {
	if c.Size == 0 {
		return fmt.Errorf("%w: its checkpoint covers no block", ErrSource)
	}
	before := m.size()
	if m.seen != nil {
		before = max(before, m.seen.Size)
	}
	if c.Size < before {
		return fmt.Errorf("%w: %w: from %d blocks to %d", ErrSource, proof.ErrRollback, before, c.Size)
	}
	return nil
}

// size is how many blocks the copy has.
func (m *Mirror) size() uint64 {
	if m.copy == nil {
		return 0
	}
	return m.copy.Head().Height + 1
}

// uncovered tells whether the copy has blocks that no checkpoint covered yet.
func (m *Mirror) uncovered() bool {
	return m.size() > 0 && (m.seen == nil || m.size() > m.seen.Size)
}

// compare holds the copy against the checkpoint, and against the one that was accepted before.
func (m *Mirror) compare(c *proof.Checkpoint) error {
	for _, known := range []*proof.Checkpoint{c, m.seen} {
		if known == nil {
			continue
		}
		root, err := m.copy.Log(known.Size).Root()
		if err != nil {
			return err
		}
		if root != known.Root {
			return fmt.Errorf("%w: %w: its blocks are not those under the checkpoint of %d blocks", ErrSource, proof.ErrFork, known.Size)
		}
	}
	return nil
}

// repeat executes the blocks that a checkpoint covers and the copy lacks.
func (m *Mirror) repeat(ctx context.Context, from Source, c *proof.Checkpoint, step func(done, total uint64)) error {
	if m.size() == c.Size {
		return nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stalled := time.AfterFunc(stall, func() { cancel(ErrStalled) })
	defer stalled.Stop()
	for block, err := range from.Blocks(ctx, m.size()) {
		stalled.Stop()
		if err == nil {
			err = m.take(block, c)
		}
		if err != nil {
			return cause(ctx, err)
		}
		step(m.size(), c.Size)
		if m.size() == c.Size {
			return nil
		}
		stalled.Reset(stall)
	}
	return cause(ctx, fmt.Errorf("%w: %w: %d of %d", ErrSource, ErrStalled, m.size(), c.Size))
}

// cause is why a context ended, where it did.
func cause(ctx context.Context, err error) error {
	if why := context.Cause(ctx); errors.Is(why, ErrStalled) {
		return why
	}
	return err
}

// take executes one block.
func (m *Mirror) take(b *ledger.Committed, c *proof.Checkpoint) error {
	h := b.Header
	if h.Chain != m.config.Chain || h.Height != m.size() {
		return fmt.Errorf("%w: block %d of %s where block %d of %s follows", ErrSource, h.Height, h.Chain, m.size(), m.config.Chain)
	}
	if m.copy == nil {
		return m.found(h)
	}
	var note []byte
	if m.size()+1 == c.Size {
		note = c.Note
	}
	err := m.copy.Repeat(h, b.Block(), note)
	if errors.Is(err, ledger.ErrDamaged) {
		err = fmt.Errorf("%w: %w", ErrSource, err)
	}
	if err != nil {
		return fmt.Errorf("block %d: %w", h.Height, err)
	}
	return nil
}

// found makes the founding block out of what the reader was told, and compares it.
func (m *Mirror) found(h *ledger.Header) error {
	begun := machine.Founding{Chain: m.config.Chain, Time: m.config.Founded, Proposer: h.Proposer, Document: m.config.Document}
	copied, err := machine.Found(m.machineConfig(), begun)
	if err != nil {
		return err
	}
	m.copy = copied
	if copied.Head().Digest() != h.Digest() {
		return fmt.Errorf("%w: the founding block is not that of this consortium's founding document, time and contracts", ErrSource)
	}
	return nil
}

// Stored is a ledger's store as a source: of a node that is stopped, or of a backup.
type Stored struct{ history.Reader }

// Checkpoint is the last one that was stored.
func (s Stored) Checkpoint(context.Context) ([]byte, error) { return s.Reader.Checkpoint() }

// Blocks are those that are stored, and end with the last.
func (s Stored) Blocks(ctx context.Context, from uint64) iter.Seq2[*ledger.Committed, error] {
	return func(yield func(*ledger.Committed, error) bool) {
		last, _ := s.Store.Head()
		for height := from; height <= last.Height; height++ {
			block, err := s.Block(height)
			if err == nil {
				err = ctx.Err()
			}
			if !yield(block, err) || err != nil {
				return
			}
		}
	}
}
