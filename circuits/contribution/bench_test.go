package contribution

import (
	"fmt"
	"sort"
	"syscall"
	"testing"
	"time"

	groth16 "github.com/consensys/gnark/backend/groth16/bn254"
)

// medians runs f once a loop and reports the medians of wall time and of the process's CPU time.
func medians(b *testing.B, divisor int, f func() error) {
	b.Helper()
	b.ReportAllocs()
	var wall, cpu []float64
	for b.Loop() {
		start, used := time.Now(), cpuTime()
		if err := f(); err != nil {
			b.Fatal(err)
		}
		wall, cpu = append(wall, time.Since(start).Seconds()), append(cpu, (cpuTime()-used).Seconds())
	}
	for unit, values := range map[string][]float64{"wall-ms/proof": wall, "cpu-ms/proof": cpu} {
		sort.Float64s(values)
		b.ReportMetric(1000*values[len(values)/2]/float64(divisor), unit)
	}
}

func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func BenchmarkProve(b *testing.B) {
	f := seeded(30).fixture(true)
	prover, err := NewProver(keys(), f.table)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(keys().System().GetNbConstraints()), "constraints")
	medians(b, 1, func() error {
		_, err := prover.Prove(f.statement, f.witness)
		return err
	})
}

func BenchmarkFold(b *testing.B) {
	table := seeded(31).table()
	medians(b, 1, func() error {
		_, err := Fold(keys().VerifyingKey(), table)
		return err
	})
}

func BenchmarkVerify(b *testing.B) {
	item := batchOf(1)[0]
	medians(b, 1, func() error { return item.Key.Verify(item.Statement, item.Proof) })
}

func BenchmarkVerifyBatch(b *testing.B) {
	for _, n := range []int{1, 8, 64, 256} {
		b.Run(fmt.Sprintf("proofs=%d", n), func(b *testing.B) {
			items := batchOf(n)
			medians(b, n, func() error { return VerifyBatch(items) })
		})
	}
}

func BenchmarkSetup(b *testing.B) {
	system := keys().System()
	medians(b, 1, func() error {
		return groth16.Setup(system, new(groth16.ProvingKey), new(groth16.VerifyingKey))
	})
}
