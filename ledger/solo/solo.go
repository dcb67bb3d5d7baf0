// Package solo orders transactions by one process: the sequencer. It is the ledger's default orderer, for one operator
// whose word the checkpoints carry; whoever follows them notices when it shows two histories, and what it leaves out
// shows as missing.
//
// A transaction that comes alone goes into a block at once. Under load, transactions gather while the block before is
// written, and a little longer, so that one sync to disk and one verification serve many. All queues are bounded; when
// they are full, new work is refused. When the store fails, the sequencer stops and says so.
package solo

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"weir/engine"
	"weir/ledger"
	"weir/ledger/machine"
)

// Config is what a sequencer runs with. Zero bounds mean the defaults.
type Config struct {
	Machine  *machine.Machine
	Proposer engine.Name
	Origin   string      // of the checkpoints
	Signer   note.Signer // of the checkpoints
	Clock    func() time.Time

	BlockTxs   int           // most transactions of a block; default 1,000, at most ledger.MaxBlockTxs
	BlockBytes int           // most bytes of a block's transactions; default and most ledger.MaxBlockBytes
	Gather     time.Duration // how long a block waits for more once there are two; default 2 ms
	Queue      int           // transactions that may wait; default 8,000
	QueueBytes int           // bytes of transactions that may wait; default 16 MiB
}

func (c *Config) fill() error {
	c.BlockTxs = orDefault(c.BlockTxs, 1000)
	c.BlockBytes = orDefault(c.BlockBytes, ledger.MaxBlockBytes)
	c.Gather = orDefault(c.Gather, 2*time.Millisecond)
	c.Queue = orDefault(c.Queue, 8000)
	c.QueueBytes = orDefault(c.QueueBytes, 16<<20)
	if c.BlockTxs < 1 || c.BlockTxs > ledger.MaxBlockTxs || c.BlockBytes > ledger.MaxBlockBytes || c.BlockBytes < ledger.MaxTx {
		return fmt.Errorf("sequencer: blocks of %d transactions and %d bytes, limits %d and %d to %d",
			c.BlockTxs, c.BlockBytes, ledger.MaxBlockTxs, ledger.MaxTx, ledger.MaxBlockBytes)
	}
	return nil
}

func orDefault[T comparable](value, standard T) T {
	var zero T
	if value == zero {
		return standard
	}
	return value
}

// Sequencer is a ledger.Orderer. Start makes one; Close ends it.
type Sequencer struct {
	config  Config
	queue   *queue
	written chan struct{} // closed when the last block is written
	stopped chan struct{} // closed when all has ended

	mu    sync.Mutex
	moved chan struct{} // closed and replaced whenever a block became durable
	halt  error         // why it stopped, if not by Close
}

// Start takes over the ordering of a machine's transactions. The machine's Execute and Commit are the sequencer's alone
// from here on; closing its store is the caller's, after Close. Where the program lacks a contract of the next block, the
// error is a *contract.LackingError.
func Start(config Config) (*Sequencer, error) {
	if err := config.fill(); err != nil {
		return nil, err
	}
	if err := config.Machine.Lacks(); err != nil {
		return nil, err
	}
	s := &Sequencer{config: config, queue: newQueue(config.Queue, config.QueueBytes), written: make(chan struct{}), stopped: make(chan struct{}), moved: make(chan struct{})}
	s.run()
	return s, nil
}

// run starts the line that blocks are made on: while one is written, the next is judged, and the one after it gathers and
// has its signatures verified.
func (s *Sequencer) run() {
	batches, blocks := make(chan *batch), make(chan *block)
	var line sync.WaitGroup
	line.Go(func() { s.gather(batches) })
	line.Go(func() { s.judge(batches, blocks) })
	line.Go(func() { s.commit(blocks) })
	go func() {
		line.Wait()
		close(s.stopped)
	}()
}

// Submit is ledger.Orderer's. Errors wrap the reasons beside ledger.ErrTx, ledger.ErrBusy, ErrClosed or ErrHalted.
func (s *Sequencer) Submit(ctx context.Context, encoded []byte) (*ledger.Result, error) {
	await, err := s.HandOver(encoded)
	if err != nil {
		return nil, err
	}
	return await(ctx)
}

// HandOver is the first half of Submit: what one caller hands over one after another stands in that order. await is the
// second half, and may be left out. What no block can take any more is refused here, before its signature costs anything.
func (s *Sequencer) HandOver(encoded []byte) (await func(context.Context) (*ledger.Result, error), err error) {
	tx, err := ledger.DecodeTx(encoded)
	if err != nil {
		return nil, err
	}
	if tx.Chain != s.config.Machine.Chain() {
		return nil, fmt.Errorf("%w: this one is %s", ledger.ErrChain, s.config.Machine.Chain())
	}
	height := s.config.Machine.Head().Height
	next, err := s.config.Machine.Sequence(tx.Sender)
	if err != nil {
		return nil, err
	}
	if tx.Sequence < next { // it stands on the ledger, or never will
		result, err := s.config.Machine.Result(tx.ID())
		if errors.Is(err, machine.ErrNotFound) {
			return nil, fmt.Errorf("%w: got %d, want %d", ledger.ErrSequence, tx.Sequence, next)
		}
		return func(context.Context) (*ledger.Result, error) { return result, err }, nil
	}
	if tx.Expiry <= height {
		return nil, fmt.Errorf("%w: after block %d, this is %d", ledger.ErrExpired, tx.Expiry, height+1)
	}
	p, err := s.queue.put(tx)
	if err != nil {
		return nil, s.why(err)
	}
	return func(ctx context.Context) (*ledger.Result, error) { return s.await(ctx, p) }, nil
}

func (s *Sequencer) await(ctx context.Context, p *pending) (*ledger.Result, error) {
	select {
	case <-p.done:
		if !errors.Is(p.err, ledger.ErrKnown) {
			return p.result, p.err
		}
		result, err := s.config.Machine.Result(p.tx.ID()) // it became durable between two looks
		if errors.Is(err, machine.ErrNotFound) {
			err = fmt.Errorf("%w: transaction %s was dropped from its block", ledger.ErrBusy, p.tx.ID().Short())
		}
		return result, err
	case <-ctx.Done():
		return nil, fmt.Errorf("transaction %s: %w", p.tx.ID().Short(), ctx.Err())
	}
}

// Wait is ledger.Orderer's.
func (s *Sequencer) Wait(ctx context.Context, id engine.Digest) (*ledger.Result, error) {
	for {
		moved := s.coming()
		result, err := s.config.Machine.Result(id)
		if !errors.Is(err, machine.ErrNotFound) {
			return result, err
		}
		if err := s.sleep(ctx, moved); err != nil {
			return nil, fmt.Errorf("transaction %s: %w", id.Short(), err)
		}
	}
}

// Blocks is ledger.Orderer's. After Close or a halt it ends with an error, once the durable blocks are given.
func (s *Sequencer) Blocks(ctx context.Context, from uint64) iter.Seq2[*ledger.Committed, error] {
	return func(yield func(*ledger.Committed, error) bool) {
		for height := from; ; height++ {
			block, err := s.block(ctx, height)
			if !yield(block, err) || err != nil {
				return
			}
		}
	}
}

// block waits for one block.
func (s *Sequencer) block(ctx context.Context, height uint64) (*ledger.Committed, error) {
	for {
		moved := s.coming()
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if height <= s.config.Machine.Head().Height {
			return s.config.Machine.Block(height)
		}
		if err := s.sleep(ctx, moved); err != nil {
			return nil, fmt.Errorf("block %d: %w", height, err)
		}
	}
}

// Close takes no more transactions, writes those that were taken, and ends. Calling it again only waits.
func (s *Sequencer) Close() error {
	s.queue.close()
	<-s.stopped
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.halt
}

// Halted is closed when the sequencer has stopped, by Close or because it had to; Close says why.
func (s *Sequencer) Halted() <-chan struct{} { return s.stopped }

// Moved is closed when the next block is durable, for whoever wants to know that there is one and no more.
func (s *Sequencer) Moved() <-chan struct{} { return s.coming() }

// coming is closed when the next block is durable. It is to be taken before looking for what may be in that block.
func (s *Sequencer) coming() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.moved
}

func (s *Sequencer) announce() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.moved)
	s.moved = make(chan struct{})
}

// sleep waits for the next block. A block that was the last before the end wakes it first.
func (s *Sequencer) sleep(ctx context.Context, moved <-chan struct{}) error {
	select {
	case <-moved:
		return nil
	default:
	}
	select {
	case <-moved:
		return nil
	case <-s.stopped:
		return s.why(ledger.ErrClosed)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// why is the reason for a halt, if there is one, else err.
func (s *Sequencer) why(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.halt != nil && errors.Is(err, ledger.ErrClosed) {
		return s.halt
	}
	return err
}
