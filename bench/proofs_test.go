package bench

import (
	"fmt"
	"testing"

	"weir/bench/synthetic"
	"weir/circuits"
	"weir/circuits/contribution"
)

// newBenchTrial is a circuit with the machine's keys and its first proof made.
func newBenchTrial(b *testing.B, name circuits.Name) (*trial, *Circuit) {
	b.Helper()
	o, c := CircuitsOptions{Runs: 1, Keys: machineKeys(b)}, &Circuit{Name: name}
	keys, err := o.load(b.Context(), c)
	if err != nil {
		b.Fatal(err)
	}
	t, err := newTrial(b.Context(), name, synthetic.Seed(1), keys)
	if err != nil {
		b.Fatal(err)
	}
	t.prepare(1)
	if err := t.prove(0); err != nil {
		b.Fatal(err)
	}
	c.Constraints = keys.System().GetNbConstraints()
	return t, c
}

// BenchmarkProve is one proof of each circuit.
func BenchmarkProve(b *testing.B) {
	for _, name := range circuits.Names() {
		b.Run("circuit="+string(name), func(b *testing.B) {
			t, c := newBenchTrial(b, name)
			b.ReportAllocs()
			stop := reportCPU(b, 1)
			for b.Loop() {
				if err := t.prove(0); err != nil {
					b.Fatal(err)
				}
			}
			stop()
			b.ReportMetric(float64(c.Constraints), "constraints")
			b.ReportMetric(float64(len(t.proofs[0])), "B/proof")
		})
	}
}

// BenchmarkVerify is one verification of each circuit; contributions under a folded key.
func BenchmarkVerify(b *testing.B) {
	for _, name := range circuits.Names() {
		b.Run("circuit="+string(name), func(b *testing.B) {
			t, _ := newBenchTrial(b, name)
			b.ReportAllocs()
			stop := reportCPU(b, 1)
			for b.Loop() {
				if err := t.verify(0); err != nil {
					b.Fatal(err)
				}
			}
			stop()
		})
	}
}

// BenchmarkVerifyBatch verifies distinct contribution proofs together; a part is one proof.
func BenchmarkVerifyBatch(b *testing.B) {
	for _, n := range []int{8, 64} {
		b.Run(fmt.Sprintf("proofs=%d", n), func(b *testing.B) {
			t, _ := newBenchTrial(b, circuits.Contribution)
			t.prepare(n)
			for i := 1; i < n; i++ {
				if err := t.prove(i); err != nil {
					b.Fatal(err)
				}
			}
			items := t.items(n)
			b.ReportAllocs()
			stop := reportCPU(b, n)
			for b.Loop() {
				if err := contribution.VerifyBatch(items); err != nil {
					b.Fatal(err)
				}
			}
			stop()
		})
	}
}
