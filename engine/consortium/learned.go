package consortium

import (
	"context"
	"fmt"
	"time"
)

// Reader is somebody who downloads all that is public, and takes part in nothing.
const Reader = "a reader of the ledger"

// Learned is who received how many bytes of which kind of message in this run, counted by the transport. "enterprise"
// stands for all wallets together, Reader for somebody who downloads all that is public.
func (c *Consortium) Learned(ctx context.Context) (map[string]map[string]int64, error) {
	learned := map[string]map[string]int64{}
	c.network.mu.Lock()
	for who, kinds := range c.network.received {
		learned[who] = map[string]int64{}
		for kind, n := range kinds {
			learned[who][string(kind)] = n
		}
	}
	c.network.mu.Unlock()
	public, err := c.network.ledger.public(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the whole ledger: %w", err)
	}
	reader := map[string]int64{}
	for kind, n := range public {
		reader[string(kind)] = n
	}
	learned[Reader] = reader
	return learned, nil
}

// Founding is the digest of the founding document, by which others know this consortium.
func (c *Consortium) Founding() string { return c.genesis.Digest().String() }

// Phases is how long each phase took so far.
func (c *Consortium) Phases() map[string]time.Duration { return c.phases }

// Holders are the names of the parties that keep records, as holder/source.
func (c *Consortium) Holders() []string {
	var names []string
	for _, p := range c.parties {
		names = append(names, string(p))
	}
	return names
}
