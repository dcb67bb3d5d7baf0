package main

import (
	"context"
	"fmt"

	"weir/circuits/keycache"
	"weir/engine/proof"
	"weir/engine/proof/proving"
)

// loadKeys gives the keys of all circuits from the key cache: those of --registry, else development keys, which are made
// when the cache has none.
func (c *console) loadKeys(ctx context.Context) (*proof.Keys, error) {
	dir, err := keycache.DefaultDir()
	if err != nil {
		return nil, fmt.Errorf("key cache: %w", err)
	}
	var registry proof.Registry
	if c.registry != "" {
		if registry, err = openRegistry(c.registry); err != nil {
			return nil, err
		}
	}
	return proof.Load(ctx, keycache.Open(dir, c.keyProgress), registry)
}

// loadWorker gives a worker the contribution circuit's keys, from where loadKeys has them.
func (c *console) loadWorker(ctx context.Context) (*proving.Worker, error) {
	dir, err := keycache.DefaultDir()
	if err != nil {
		return nil, fmt.Errorf("key cache: %w", err)
	}
	var registry proof.Registry
	if c.registry != "" {
		if registry, err = openRegistry(c.registry); err != nil {
			return nil, err
		}
	}
	return proving.LoadWorker(ctx, keycache.Open(dir, c.keyProgress), registry)
}

func openRegistry(name string) (proof.Registry, error) {
	f, err := openRegularFile(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	registry, err := proof.ParseRegistry(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return registry, nil
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
