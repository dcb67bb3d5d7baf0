package main

import (
	"context"
	"fmt"

	"weir/circuits/keycache"
	"weir/engine/proof"
)

// loadKeys gives the keys of all circuits from the key cache, where development keys are made when it has none.
func (c *console) loadKeys(ctx context.Context) (*proof.Keys, error) {
	dir, err := keycache.DefaultDir()
	if err != nil {
		return nil, fmt.Errorf("key cache: %w", err)
	}
	return proof.Load(ctx, keycache.Open(dir, c.keyProgress))
}

// keyProgress tells what the key cache is doing; a load from it is silent.
func (c *console) keyProgress(p keycache.Progress) {
	switch c.progress {
	case "none":
	case "json":
		jsonLine(c.stderr)(event{Phase: "development keys of " + string(p.Circuit), Event: string(p.Step), Done: p.Done, Total: p.Total,
			MS: p.Elapsed.Milliseconds()})
	default:
		c.warn("%s", p)
	}
}
