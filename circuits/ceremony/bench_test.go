package ceremony_test

import (
	"context"
	"testing"
	"time"

	"weir/circuits"
	"weir/circuits/ceremony"
	"weir/circuits/contribution"
	"weir/circuits/model"
)

// BenchmarkCeremony runs a whole ceremony with one contributor to each phase; run it with -benchtime 1x. Its metrics
// are the seconds of each step.
func BenchmarkCeremony(b *testing.B) {
	for _, circuit := range []ceremony.Circuit{
		{Name: circuits.Contribution, Compile: contribution.Compile},
		{Name: circuits.Model, Compile: model.Compile},
	} {
		b.Run("circuit="+string(circuit.Name), func(b *testing.B) {
			for b.Loop() {
				runCeremony(b, []ceremony.Circuit{circuit})
			}
		})
	}
}

func runCeremony(b *testing.B, list []ceremony.Circuit) {
	quiet := func(ceremony.Progress) {}
	beacon := ceremony.Beacon{Value: make([]byte, 32), Source: "benchmark"}
	c, err := ceremony.Init(b.TempDir(), list)
	if err != nil {
		b.Fatal(err)
	}
	contribute := func(ctx context.Context) error { _, err := c.Contribute(ctx, "bench", quiet); return err }
	finish := func(ctx context.Context) error { _, err := c.Finish(ctx, list, beacon, quiet); return err }
	verify := func(ctx context.Context) error { _, err := c.Verify(ctx, list, quiet); return err }
	for _, step := range []struct {
		metric string
		run    func(context.Context) error
	}{
		{"s/contribute1", contribute}, {"s/finish1", finish}, {"s/contribute2", contribute}, {"s/finish2", finish}, {"s/verify", verify},
	} {
		begin := time.Now()
		if err := step.run(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(begin).Seconds(), step.metric)
	}
}
