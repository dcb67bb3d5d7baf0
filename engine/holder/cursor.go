package holder

import "sync"

// cursor knows up to which block everything is done, while work on several blocks goes on.
type cursor struct {
	mu   sync.Mutex
	next uint64         // the lowest block that is not done
	last uint64         // the highest block begun
	open map[uint64]int // pieces of work that are not done, by block; the block's own reading is one
}

func (c *cursor) begin(height uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open[height]++
	c.last = height
}

func (c *cursor) add(height uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open[height]++
}

// done counts one piece as done. Where that moves the cursor, it gives the highest block up to which all is done.
func (c *cursor) done(height uint64) (upTo uint64, moved bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open[height]--; c.open[height] == 0 {
		delete(c.open, height)
	}
	before := c.next
	for c.next <= c.last && c.open[c.next] == 0 {
		c.next++
	}
	if c.next == before {
		return 0, false
	}
	return c.next - 1, true
}

// upTo is the highest block up to which all is done, false for none.
func (c *cursor) upTo() (uint64, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.next - 1, c.next > 0
}
