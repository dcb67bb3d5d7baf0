package solo

import (
	"sync"

	"weir/engine"
	"weir/ledger"
)

// pending is a transaction on its way. Everybody who submits it waits for the same one.
type pending struct {
	tx     *ledger.Tx
	done   chan struct{} // closed when result or err is set
	result *ledger.Result
	err    error
}

// queue holds transactions in the order they came, bounded in number and bytes. What was taken out for a block counts
// until it is settled.
type queue struct {
	maxTxs, maxBytes int

	mu      sync.Mutex
	arrived chan struct{} // holds one token while somebody may be waiting for more
	waiting []*pending
	known   map[engine.Digest]*pending // waiting or on the way into a block
	bytes   int
	closed  bool
}

func newQueue(maxTxs, maxBytes int) *queue {
	return &queue{maxTxs: maxTxs, maxBytes: maxBytes, arrived: make(chan struct{}, 1), known: map[engine.Digest]*pending{}}
}

// put takes a transaction in, or finds it there. ledger.ErrBusy when it is full.
func (q *queue) put(tx *ledger.Tx) (*pending, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if p := q.known[tx.ID()]; p != nil {
		return p, nil
	}
	if q.closed {
		return nil, ledger.ErrClosed
	}
	if len(q.known) >= q.maxTxs || q.bytes+len(tx.Bytes()) > q.maxBytes {
		return nil, ledger.ErrBusy
	}
	p := &pending{tx: tx, done: make(chan struct{})}
	q.known[tx.ID()] = p
	q.waiting = append(q.waiting, p)
	q.bytes += len(tx.Bytes())
	q.signal()
	return p, nil
}

// take gives the next transactions, at most so many of so many bytes, without waiting; left tells whether more wait.
func (q *queue) take(txs, bytes int) (taken []*pending, left bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	for n < len(q.waiting) && n < txs {
		if bytes -= len(q.waiting[n].tx.Bytes()); bytes < 0 {
			break
		}
		n++
	}
	taken = q.waiting[:n:n]
	q.waiting = q.waiting[n:]
	return taken, len(q.waiting) > 0
}

// drained tells whether the queue is closed and empty.
func (q *queue) drained() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.closed && len(q.waiting) == 0
}

// settle ends a transaction's way and tells everybody who waits for it.
func (q *queue) settle(p *pending, result *ledger.Result, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.known, p.tx.ID())
	q.bytes -= len(p.tx.Bytes())
	p.result, p.err = result, err
	close(p.done)
}

// close refuses what comes from now on.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.signal()
}

func (q *queue) signal() {
	select {
	case q.arrived <- struct{}{}:
	default:
	}
}
