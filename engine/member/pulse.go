package member

import (
	"context"
	"sync"
	"time"

	"weir/engine/message"
	"weir/ledger"
)

// Pulse follows a ledger's blocks and wakes whoever waits for the next one.
type Pulse struct {
	mu    sync.Mutex
	moved chan struct{}
	at    time.Time // of the last block seen
}

// NewPulse has seen no block.
func NewPulse() *Pulse { return &Pulse{moved: make(chan struct{})} }

// Next is closed when the next block is seen. It is to be taken before looking for what may be in that block.
func (p *Pulse) Next() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.moved
}

// Saw wakes everybody: a block is there.
func (p *Pulse) Saw(b *ledger.Committed) {
	p.mu.Lock()
	p.at = b.Header.At()
	p.mu.Unlock()
	p.Wake()
}

// Wake wakes everybody for a reason other than a block.
func (p *Pulse) Wake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.moved)
	p.moved = make(chan struct{})
}

// Follow sees every block of a feed from a height on, until ctx ends or the feed does. saw may be nil; it is told of each
// block before anybody is woken.
func (p *Pulse) Follow(ctx context.Context, feed message.Feed, from uint64, saw func(*ledger.Committed) error) error {
	for block, err := range feed.Blocks(ctx, from) {
		if err != nil {
			return err
		}
		if saw != nil {
			if err := saw(block); err != nil {
				return err
			}
		}
		p.Saw(block)
	}
	return ctx.Err()
}

// Wait waits for a channel of Next, for a time at most, or for the end of ctx.
func Wait(ctx context.Context, moved <-chan struct{}, atMost time.Duration) error {
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	select {
	case <-moved:
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}
