package bench

import (
	"context"
	"errors"
	"testing"
	"time"

	"weir/bench/synthetic"
	"weir/circuits"
	"weir/circuits/keycache"
)

// quiet is a consortium.Reporter that says nothing.
type quiet struct{}

func (quiet) Begin(string)              {}
func (quiet) Step(int, int)             {}
func (quiet) End(string, time.Duration) {}

// machineKeys opens the key cache that everything on this machine shares.
func machineKeys(t testing.TB) func() *keycache.Cache {
	t.Helper()
	dir, err := keycache.DefaultDir()
	if err != nil {
		t.Fatal(err)
	}
	return func() *keycache.Cache { return keycache.Open(dir, nil) }
}

// One quick run over the smallest circuit fills every field, and its proofs are of the golden circuit.
func TestMeasureContribution(t *testing.T) {
	o := CircuitsOptions{Circuits: []circuits.Name{circuits.Contribution}, Runs: 1, Batches: []int{2}, Seed: 7, Setup: true, Keys: machineKeys(t), Report: quiet{}}
	result, err := o.Measure(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := result.Circuits[0]
	if !result.AsGolden || c.Constraints != c.Golden || c.Golden == 0 || len(c.Parts) == 0 {
		t.Errorf("%d constraints, golden %d in %d parts", c.Constraints, c.Golden, len(c.Parts))
	}
	if c.Proof != circuits.ProofSize || c.Public < 5 || c.ProvingKey <= c.VerifyingKey || len(c.ID) != 64 || c.Origin == "" || len(c.Inputs) != 64 {
		t.Errorf("circuit %+v", c)
	}
	if c.Setup == nil || c.Fold == nil || len(c.Batches) != 1 || c.Batches[0].Proofs != 2 || c.Peak.Bytes < 1<<20 || c.Peak.Of == "" {
		t.Errorf("parts are missing: %+v", c)
	}
	for what, times := range map[string]Times{"compile": c.Compile, "set-up": *c.Setup, "load": c.Load, "prove": c.Prove, "verify": c.Verify,
		"fold": *c.Fold, "batch": c.Batches[0].PerProof} {
		if times.Runs < 1 || times.Wall.Min <= 0 || times.Wall.Max < times.Wall.Median || times.CPU.Max <= 0 {
			t.Errorf("%s: %+v", what, times)
		}
	}
}

func TestMeasureStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o := CircuitsOptions{Circuits: circuits.Names(), Runs: 1, Keys: machineKeys(t), Report: quiet{}}
	if _, err := o.Measure(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// What is measured is true for every circuit: its proofs verify.
func TestTrials(t *testing.T) {
	if testing.Short() {
		t.Skip("real proofs of every circuit")
	}
	for _, name := range []circuits.Name{circuits.Model, circuits.Accusation} { // contributions: TestMeasureContribution
		o := CircuitsOptions{Runs: 1, Keys: machineKeys(t)}
		keys, err := o.load(t.Context(), &Circuit{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		trial, err := newTrial(t.Context(), name, synthetic.Seed(1), keys)
		if err != nil {
			t.Fatal(err)
		}
		if err := trial.prove(0); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := trial.verify(0); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		trial.proofs[0][50] ^= 1
		if err := trial.verify(0); !errors.Is(err, circuits.ErrProof) {
			t.Errorf("%s: a changed proof: %v", name, err)
		}
	}
}
