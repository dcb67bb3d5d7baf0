package solo

import (
	"errors"
	"fmt"
	"time"

	"weir/ledger"
	"weir/ledger/machine"
	"weir/ledger/proof"
)

// commit writes batches until there are no more. It stops for good when one cannot be written: what the store then holds
// is known only when it is opened again. So it does before the first block that this program lacks a contract for.
func (s *Sequencer) commit(batches <-chan *batch) {
	defer close(s.stopped)
	for b := range batches {
		if err := s.write(b); err != nil {
			s.mu.Lock()
			s.halt = halted(err)
			s.mu.Unlock()
			s.queue.close()
			s.settle(b.pending, s.halt)
			return
		}
		close(b.done)
	}
}

// halted is why the ledger stopped.
func halted(err error) error {
	if errors.Is(err, ledger.ErrHalted) {
		return err
	}
	return fmt.Errorf("%w: %w", ledger.ErrHalted, err)
}

// write makes a batch durable, in one block or, when it writes too much for one, in several. Transactions that the
// blocks so far made inadmissible are refused.
func (s *Sequencer) write(b *batch) error {
	for len(b.pending) > 0 {
		o, err := s.execute(b)
		if err != nil || o == nil {
			return err
		}
		size, root := o.Tree()
		checkpoint, err := proof.SignCheckpoint(s.config.Origin, size, root, s.config.Signer)
		if err != nil {
			return err
		}
		if err := s.config.Machine.Commit(o, checkpoint); err != nil {
			return err
		}
		for i, result := range o.Results {
			s.queue.settle(b.pending[i], result, nil)
		}
		b.pending = b.pending[len(o.Results):]
		s.announce()
		if err := s.config.Machine.Lacks(); err != nil {
			return err
		}
	}
	return nil
}

// execute finds how many of the batch's first transactions make a block. It is nil when none is left.
func (s *Sequencer) execute(b *batch) (*machine.Outcome, error) {
	fits := len(b.pending)
	for len(b.pending) > 0 {
		o, err := s.config.Machine.Execute(s.propose(b.pending[:min(fits, len(b.pending))]))
		var refused *ledger.TxError
		var full *ledger.FullError
		switch {
		case errors.As(err, &full):
			fits = full.Fits
		case errors.As(err, &refused):
			s.queue.settle(b.pending[refused.Index], nil, refused.Err)
			b.pending = append(b.pending[:refused.Index:refused.Index], b.pending[refused.Index+1:]...)
		default:
			return o, err
		}
	}
	return nil, nil
}

// propose gives the block its time: the clock's, but always after the block before.
func (s *Sequencer) propose(list []*pending) *ledger.Block {
	last := s.config.Machine.Head()
	at := s.config.Clock()
	if earliest := last.At().Add(time.Millisecond); at.Before(earliest) {
		at = earliest
	}
	b := &ledger.Block{Height: last.Height + 1, Time: at, Proposer: s.config.Proposer}
	for _, p := range list {
		b.Txs = append(b.Txs, p.tx)
	}
	return b
}
