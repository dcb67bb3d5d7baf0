package noded

import (
	"context"
	"runtime/debug"
	"testing"
	"testing/synctest"
	"time"
)

// The limit is what was set, more where more is in use, and what it was before when the node ends.
func TestMemoryLimit(t *testing.T) {
	t.Setenv("GOMEMLIMIT", "")
	before := debug.SetMemoryLimit(-1)
	for _, c := range []struct {
		limit int
		holds func(now int64) bool
	}{
		{1, func(now int64) bool { return now > 1<<20 && now < 1<<40 }}, // a test has more in use than that
		{1 << 20, func(now int64) bool { return now == 1<<40 }},
		{0, func(now int64) bool { return now == before }},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			if err := saveMemory(ctx, c.limit); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * memoryPeriod)
			if now := debug.SetMemoryLimit(-1); !c.holds(now) {
				t.Errorf("%d MiB: the limit is %d bytes", c.limit, now)
			}
			cancel()
			synctest.Wait()
			if now := debug.SetMemoryLimit(-1); now != before {
				t.Errorf("%d MiB: the limit stays at %d bytes", c.limit, now)
			}
		})
	}
	if err := saveMemory(t.Context(), -1); err == nil {
		t.Error("a negative limit is taken")
	}
	t.Setenv("GOMEMLIMIT", "1GiB")
	if err := saveMemory(t.Context(), 1); err != nil || debug.SetMemoryLimit(-1) != before {
		t.Errorf("GOMEMLIMIT is overruled: %v", err)
	}
}
