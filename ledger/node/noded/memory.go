package noded

import (
	"context"
	"fmt"
	"math"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// memoryPeriod is how often a node looks at what it has in use.
const memoryPeriod = 5 * time.Second

// saveMemory has garbage collected more often above so many MiB, until ctx ends: load comes and goes, and what it leaves
// behind need not stay until the heap has doubled. What is in use, the tree of a large state for instance, may take more than
// that; then the limit is half as much again, so that collecting never becomes the node's only work. Whoever sets GOMEMLIMIT
// decides alone; 0 is no limit.
func saveMemory(ctx context.Context, limit int) error {
	if limit < 0 || limit > 1<<30 {
		return fmt.Errorf("node: memory: %d MiB: want 0 for no limit, or up to %d", limit, 1<<30)
	}
	if limit == 0 || os.Getenv("GOMEMLIMIT") != "" {
		return nil
	}
	before := debug.SetMemoryLimit(int64(limit) << 20)
	go func() {
		defer debug.SetMemoryLimit(before)
		tick := time.NewTicker(memoryPeriod)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				debug.SetMemoryLimit(max(int64(limit)<<20, inUse()+inUse()/2))
			case <-ctx.Done():
				return
			}
		}
	}()
	return nil
}

// inUse is what the heap had in use when garbage was collected last, and stacks and the like, in bytes.
func inUse() int64 {
	samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}, {Name: "/memory/classes/metadata/mspan/inuse:bytes"}}
	metrics.Read(samples)
	total := uint64(0)
	for _, s := range samples {
		if s.Value.Kind() == metrics.KindUint64 {
			total += s.Value.Uint64()
		}
	}
	return int64(min(total, math.MaxInt64/4))
}
