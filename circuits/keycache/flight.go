package keycache

import (
	"context"
	"errors"

	"weir/circuits"
)

// flight is one load that several callers may wait for, and afterwards its result.
type flight struct {
	landed chan struct{} // closed when keys and err are set
	keys   *Keys
	err    error
}

type flightKey struct {
	circuit circuits.Name
	file    string
}

// shared runs load once for all callers of a key and keeps its result. A failed load is forgotten; a caller that only
// failed because the one it waited for was cancelled tries itself.
func (c *Cache) shared(ctx context.Context, key flightKey, load func() (*Keys, error)) (*Keys, error) {
	for {
		f, mine := c.board(key)
		if mine {
			f.keys, f.err = load()
			if f.err != nil {
				c.forget(key)
			}
			close(f.landed)
			return f.keys, f.err
		}
		select {
		case <-f.landed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if ctx.Err() == nil && (errors.Is(f.err, context.Canceled) || errors.Is(f.err, context.DeadlineExceeded)) {
			continue
		}
		return f.keys, f.err
	}
}

func (c *Cache) board(key flightKey) (f *flight, mine bool) {
	c.lock.Lock()
	defer c.lock.Unlock()
	if f, ok := c.flights[key]; ok {
		return f, false
	}
	f = &flight{landed: make(chan struct{})}
	c.flights[key] = f
	return f, true
}

func (c *Cache) forget(key flightKey) {
	c.lock.Lock()
	defer c.lock.Unlock()
	delete(c.flights, key)
}
