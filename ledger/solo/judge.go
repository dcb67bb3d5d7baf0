package solo

import (
	"errors"
	"time"

	"weir/ledger"
	"weir/ledger/machine"
)

// block is a judged block on its way to be written.
type block struct {
	outcome *machine.Outcome // nil when nothing of its batch was left
	pending []*pending       // of each result
	last    *batch           // the batch that ends with it; nil while more blocks of the batch follow
}

// judge makes blocks of batches, one block ahead of the one being written, until there are no more batches or the writing
// side has stopped.
func (s *Sequencer) judge(batches <-chan *batch, blocks chan<- *block) {
	defer close(blocks)
	var before *machine.Outcome
	for b := range batches {
		for more := true; more; {
			next, err := s.next(before, b)
			if err != nil {
				s.stop(err)
				s.settle(b.pending, s.why(ledger.ErrClosed))
				return
			}
			select {
			case blocks <- next:
			case <-s.written:
				s.settle(next.pending, s.why(ledger.ErrClosed))
				s.settle(b.pending, s.why(ledger.ErrClosed))
				return
			}
			if next.outcome != nil {
				before = next.outcome
			}
			more = next.last == nil
		}
	}
}

// next takes the first block out of a batch.
func (s *Sequencer) next(before *machine.Outcome, b *batch) (*block, error) {
	o, err := s.execute(before, b)
	if err != nil {
		return nil, err
	}
	next := &block{outcome: o}
	if o != nil {
		n := len(o.Results)
		next.pending, b.pending = b.pending[:n:n], b.pending[n:]
	}
	if len(b.pending) == 0 {
		next.last = b
	}
	return next, nil
}

// execute finds how many of the batch's first transactions make a block. It is nil when none is left. Transactions that the
// blocks so far made inadmissible are refused.
func (s *Sequencer) execute(before *machine.Outcome, b *batch) (*machine.Outcome, error) {
	fits := len(b.pending)
	for len(b.pending) > 0 {
		o, err := s.config.Machine.ExecuteAfter(before, s.propose(before, b.pending[:min(fits, len(b.pending))]))
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
func (s *Sequencer) propose(before *machine.Outcome, list []*pending) *ledger.Block {
	last := s.config.Machine.Head()
	if before != nil {
		last = before.Header
	}
	at := s.config.Clock()
	if earliest := last.At().Add(time.Millisecond); at.Before(earliest) {
		at = earliest
	}
	b := &ledger.Block{Height: last.Height + 1, Time: at, Proposer: s.config.Proposer, Txs: make([]*ledger.Tx, len(list))}
	for i, p := range list {
		b.Txs[i] = p.tx
	}
	return b
}
