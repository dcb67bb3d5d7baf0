package solo

import (
	"errors"
	"fmt"

	"weir/ledger"
	"weir/ledger/proof"
)

// commit writes blocks until there are no more. It stops for good when one cannot be written: what the store then holds
// is known only when it is opened again. So it does before the first block that this program lacks a contract for.
func (s *Sequencer) commit(blocks <-chan *block) {
	defer close(s.written)
	for b := range blocks {
		if b.outcome != nil {
			if err := s.write(b); err != nil {
				s.stop(err)
				s.settle(b.pending, s.why(ledger.ErrClosed))
				return
			}
			if err := s.config.Machine.Lacks(); err != nil {
				s.stop(err)
				return
			}
		}
		if b.last != nil {
			close(b.last.done)
		}
	}
}

// write makes a block durable, and tells everybody who waits for it.
func (s *Sequencer) write(b *block) error {
	size, root := b.outcome.Tree()
	checkpoint, err := proof.SignCheckpoint(s.config.Origin, size, root, s.config.Signer)
	if err != nil {
		return err
	}
	if err := s.config.Machine.Commit(b.outcome, checkpoint); err != nil {
		return err
	}
	for i, result := range b.outcome.Results {
		s.queue.settle(b.pending[i], result, nil)
	}
	s.announce()
	return nil
}

// stop takes no more transactions, for a reason.
func (s *Sequencer) stop(err error) {
	if !errors.Is(err, ledger.ErrHalted) {
		err = fmt.Errorf("%w: %w", ledger.ErrHalted, err)
	}
	s.mu.Lock()
	if s.halt == nil {
		s.halt = err
	}
	s.mu.Unlock()
	s.queue.close()
}
