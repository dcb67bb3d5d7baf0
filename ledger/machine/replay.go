package machine

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"weir/ledger"
	"weir/ledger/history"
	"weir/ledger/proof"
)

// Replay executes every block of a ledger again, into an empty store: the same headers must come out, byte for byte. It
// gives the machine at the last block of from. Whatever the source's store was made to say, only what follows from the
// founding document and the signed transactions gets through; errors about a difference wrap ledger.ErrDamaged.
func Replay(from *Machine, into Config) (*Machine, error) {
	return Rebuild(from.Reader, from.Head().Height, into)
}

// Rebuild is Replay up to a height, from a store that need not be whole: of each block, header and transactions are
// enough. Results, ids, log and state are made anew.
func Rebuild(from history.Reader, height uint64, into Config) (*Machine, error) {
	first, _, err := from.Proposed(0)
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	document, err := from.Founding()
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	m, err := Found(into, Founding{Chain: first.Chain, Time: first.At(), Proposer: first.Proposer, Document: document})
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	if m.head.Load().digest != first.Digest() {
		return nil, fmt.Errorf("replay: %w: the founding block differs", ledger.ErrDamaged)
	}
	return m, m.Extend(from, height)
}

// Extend executes the next blocks of another copy of the same ledger, up to a height: that is how a restored backup
// catches up. What the copy's last checkpoint is about comes with it. The blocks before an error stay.
func (m *Machine) Extend(from history.Reader, height uint64) error {
	for next := m.Head().Height + 1; next <= height; next++ {
		if err := m.repeat(from, next); err != nil {
			return fmt.Errorf("replay block %d: %w", next, err)
		}
	}
	return nil
}

func (m *Machine) repeat(from history.Reader, height uint64) error {
	header, block, err := from.Proposed(height)
	if err != nil {
		return err
	}
	checkpoint, err := from.Checkpoint()
	if err != nil {
		checkpoint = nil
	}
	return m.Repeat(header, block, checkpoint)
}

// Repeat executes the next block of another copy of the same ledger and commits it: what follows from its transactions must
// be its header, byte for byte. A checkpoint, if there is one, comes with it where it is over the log that the block makes.
// Errors about a difference wrap ledger.ErrDamaged.
func (m *Machine) Repeat(header *ledger.Header, block *ledger.Block, checkpoint []byte) error {
	o, err := m.Execute(block)
	if errors.Is(err, ledger.ErrHalted) {
		return err // this program cannot judge the block: no damage
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ledger.ErrDamaged, err)
	}
	if o.head.digest != header.Digest() {
		return fmt.Errorf("%w: what follows from the transactions is another header", ledger.ErrDamaged)
	}
	return m.Commit(o, o.signed(checkpoint))
}

// signed is a checkpoint, when it is over the log that the block makes.
func (o *Outcome) signed(checkpoint []byte) *proof.Checkpoint {
	size, root := o.Tree()
	c, err := proof.ReadCheckpoint(checkpoint)
	if err != nil || c.Size != size || c.Root != root {
		return nil
	}
	return c
}

// Scrub checks what is stored while the ledger runs: all blocks up to the last one, and every entry of the state against
// the tree in memory. See history.Reader.
func (m *Machine) Scrub(ctx context.Context, step func(done, total uint64)) (*history.Report, error) {
	report, err := m.Reader.Scrub(ctx, false, step)
	var after []byte
	for err == nil && ctx.Err() == nil {
		var n int
		if after, n, err = m.scrubState(after); n == 0 {
			break
		}
		report.Entries += uint64(n)
	}
	if errors.Is(err, ledger.ErrDamaged) {
		report.Damages = append(report.Damages, err.Error())
		err = nil
	}
	return report, errors.Join(err, ctx.Err())
}

// scrubState compares some entries, from one key on, at one block, and gives the key to go on from.
func (m *Machine) scrubState(from []byte) (next []byte, n int, err error) {
	const some = 2000
	m.querying.RLock()
	defer m.querying.RUnlock()
	err = m.checked().Range(nil, from, func(key, _ []byte) bool {
		next = append(bytes.Clone(key), 0)
		n++
		return n < some
	})
	return next, n, err
}
