package solo

import (
	"time"

	"weir/ledger"
	"weir/ledger/machine"
)

// batch is the transactions of one block to be: admitted, and with signatures that hold.
type batch struct {
	pending   []*pending
	bytes     int
	full      bool               // more waited than fit
	height    uint64             // of its first block, or some blocks too low
	before    *batch             // as far as it may be on its way
	admission *machine.Admission // from the first transaction on
	done      chan struct{}      // closed when the batch is durable
}

// gather makes batches out of the queue, one block ahead of the one being judged, until the queue is closed and empty or
// the writing side has stopped.
func (s *Sequencer) gather(batches chan<- *batch) {
	defer close(batches)
	var before *batch
	for {
		b := &batch{before: before, done: make(chan struct{})}
		if !s.first(b) {
			break
		}
		if len(b.pending) > 1 && !b.full { // a lone transaction is not delayed
			time.Sleep(s.config.Gather)
			s.add(b)
		}
		if !s.handOver(b, batches) {
			s.settle(b.pending, s.why(ledger.ErrClosed))
			break
		}
		before = b
	}
	left, _ := s.queue.take(s.config.Queue, s.config.QueueBytes)
	s.settle(left, s.why(ledger.ErrClosed))
}

// admit starts the admission of a batch after those that may still be on their way. It is called when there is something
// to admit, so that what the blocks before did, or did not do, is known whenever it can be.
func (s *Sequencer) admit(b *batch) {
	last := s.config.Machine.Head().Height
	b.height = last + 1
	var under []*machine.Admission
	for p := b; p.before != nil; p = p.before {
		if p.before.written() {
			p.before = nil
			break
		}
		under = append(under, p.before.admission)
		if p.before.height > last {
			b.height++
		}
	}
	b.admission = s.config.Machine.Admit(b.height, under...)
}

// written tells whether all of the batch is durable or refused.
func (b *batch) written() bool {
	select {
	case <-b.done:
		return true
	default:
		return false
	}
}

// first waits until a batch has something in it. It is false when there will be nothing any more.
func (s *Sequencer) first(b *batch) bool {
	for {
		if s.add(b); len(b.pending) > 0 {
			return true
		}
		if s.queue.drained() {
			return false
		}
		select {
		case <-s.queue.arrived:
		case <-s.written:
			return false
		}
	}
}

// add takes what waits and fits, and keeps what is admitted. Whoever sent the rest is told at once.
func (s *Sequencer) add(b *batch) {
	taken, left := s.queue.take(s.config.BlockTxs-len(b.pending), s.config.BlockBytes-b.bytes)
	if b.admission == nil && len(taken) > 0 {
		s.admit(b)
	}
	b.full = left || len(b.pending)+len(taken) == s.config.BlockTxs
	txs := make([]*ledger.Tx, len(taken))
	for i, p := range taken {
		txs[i] = p.tx
	}
	for i, err := range s.config.Machine.VerifySignatures(txs) {
		if err == nil {
			err = b.admission.Add(txs[i])
		}
		if err != nil {
			s.queue.settle(taken[i], nil, err)
			continue
		}
		b.pending = append(b.pending, taken[i])
		b.bytes += len(txs[i].Bytes())
	}
}

// handOver gives the batch to be judged, and lets it grow until it can be. It is false when the writing side has stopped.
func (s *Sequencer) handOver(b *batch, batches chan<- *batch) bool {
	for {
		var more <-chan time.Time
		if !b.full {
			more = time.After(s.config.Gather)
		}
		select {
		case batches <- b:
			return true
		case <-more:
			s.add(b)
		case <-s.written:
			return false
		}
	}
}

func (s *Sequencer) settle(list []*pending, err error) {
	for _, p := range list {
		s.queue.settle(p, nil, err)
	}
}
