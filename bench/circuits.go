package bench

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"time"

	"weir/bench/synthetic"
	"weir/circuits"
	"weir/circuits/accusation"
	"weir/circuits/contribution"
	"weir/circuits/keycache"
	"weir/circuits/model"
	"weir/circuits/setup"
	"weir/engine/consortium"
	"weir/engine/proof"
	"weir/testdata/golden"
)

// CircuitsOptions say what of the circuits is measured.
type CircuitsOptions struct {
	Circuits []circuits.Name
	Runs     int   // proofs that are timed, at least 1
	Batches  []int // sizes of batches of contribution proofs
	Setup    bool  // whether a development set-up is timed: it takes seconds, and its keys are thrown away
	Seed     uint64
	// Keys opens the key cache; each circuit is measured with a fresh one, so that only its own keys are in memory.
	Keys     func() *keycache.Cache
	Registry proof.Registry // nil for development keys
	Report   consortium.Reporter
}

// CircuitsResult is what CircuitsOptions.Measure found.
type CircuitsResult struct {
	Setting  Setting   `json:"setting"`
	Seed     uint64    `json:"seed"`
	Runs     int       `json:"runs"`
	Circuits []Circuit `json:"circuits"`
	AsGolden bool      `json:"all_as_golden"` // every circuit has the golden number of constraints
}

// Circuit is one circuit's figures. Every time is of this machine with whatever else ran on it.
type Circuit struct {
	Name         circuits.Name   `json:"circuit"`
	ID           string          `json:"circuit_id"` // SHA-256 of the verifying key
	Origin       keycache.Origin `json:"keys_origin"`
	Inputs       string          `json:"inputs_sha256"`
	Constraints  int             `json:"constraints"` // compiled in this run
	Golden       int             `json:"golden_constraints"`
	Parts        []golden.Part   `json:"golden_parts"`
	Public       int             `json:"public_inputs"` // of the contribution circuit, all but 5 are folded into the key
	ProvingKey   int64           `json:"proving_key_bytes"`
	VerifyingKey int64           `json:"verifying_key_bytes"`
	Proof        int             `json:"proof_bytes"`
	Compile      Times           `json:"compile"`
	Setup        *Times          `json:"development_setup,omitempty"`
	Load         Times           `json:"load_keys"` // compiled system and keys, from the key cache
	Prove        Times           `json:"prove"`
	Verify       Times           `json:"verify"` // of contributions: under a folded key
	Fold         *Times          `json:"fold,omitempty"`
	Batches      []Batch         `json:"batches,omitempty"`
	Peak         Peak            `json:"peak_memory_proving"`
}

// Batch is the verification of many contribution proofs at once, its times divided by their number.
type Batch struct {
	Proofs   int   `json:"proofs"`
	PerProof Times `json:"per_proof"`
}

// verifications is how many verifications are timed for each proof.
const verifications = 4

// Measure measures one circuit after the other. Constraints that are not the golden ones are no error: AsGolden tells.
func (o *CircuitsOptions) Measure(ctx context.Context) (*CircuitsResult, error) {
	result := &CircuitsResult{Setting: NewSetting(), Seed: o.Seed, Runs: o.Runs, AsGolden: true}
	for _, name := range o.Circuits {
		o.Report.Begin(string(name))
		begin := time.Now()
		c, err := o.measure(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("measure circuit %s: %w", name, err)
		}
		o.Report.End(string(name), time.Since(begin))
		result.Circuits = append(result.Circuits, *c)
		result.AsGolden = result.AsGolden && c.Constraints == c.Golden
	}
	return result, nil
}

func (o *CircuitsOptions) measure(ctx context.Context, name circuits.Name) (*Circuit, error) {
	c := &Circuit{Name: name}
	c.Parts, c.Golden = golden.Constraints(string(name))
	if err := o.build(c); err != nil {
		return nil, err
	}
	keys, err := o.load(ctx, c)
	if err != nil {
		return nil, err
	}
	t, err := newTrial(ctx, name, synthetic.Seed(o.Seed), keys)
	if err != nil {
		return nil, err
	}
	c.Inputs = t.inputs
	if err := o.prove(ctx, c, t); err != nil {
		return nil, err
	}
	if err := o.verify(c, t); err != nil {
		return nil, err
	}
	return c, ctx.Err()
}

// byName picks what belongs to a circuit.
func byName[T any](name circuits.Name, contribution, model, accusation T) T {
	switch name {
	case circuits.Contribution:
		return contribution
	case circuits.Model:
		return model
	}
	return accusation
}

// build compiles the circuit and, if asked, makes keys that are thrown away.
func (o *CircuitsOptions) build(c *Circuit) error {
	var compiling, making stopwatch
	compile := byName(c.Name, contribution.Compile, model.Compile, accusation.Compile)
	system, err := compile()
	if err != nil {
		return err
	}
	if err := compiling.time(1, func() error { system, err = compile(); return err }); err != nil {
		return err
	}
	c.Compile, c.Constraints, c.Public = compiling.times(), system.GetNbConstraints(), system.GetNbPublicVariables()-1
	if !o.Setup {
		return nil
	}
	if err := making.time(1, func() error {
		_, _, err := setup.Run(system, rand.Reader, o.Report.Step)
		return err
	}); err != nil {
		return err
	}
	times := making.times()
	c.Setup = &times
	return nil
}

// load makes sure that the key cache has the keys, then times loading them from it.
func (o *CircuitsOptions) load(ctx context.Context, c *Circuit) (keys *keycache.Keys, err error) {
	compile := byName(c.Name, contribution.Compile, model.Compile, accusation.Compile)
	c.Load, err = repeat(min(o.Runs, 3), 1, func(int) error {
		keys, err = o.Keys().Load(ctx, c.Name, o.Registry[c.Name], compile)
		return err
	})
	if err != nil {
		return nil, err
	}
	c.ID, c.Origin = keys.ID.String(), keys.Origin
	if c.ProvingKey, err = keys.Proving.WriteTo(io.Discard); err != nil {
		return nil, err
	}
	c.VerifyingKey, err = keys.Verifying.WriteTo(io.Discard)
	return keys, err
}

// prove times the proofs, of another statement each where the circuit has many, and keeps them in the trial.
func (o *CircuitsOptions) prove(ctx context.Context, c *Circuit, t *trial) (err error) {
	t.prepare(o.Runs + 1)
	c.Peak, err = peakOf(func() error {
		c.Prove, err = repeat(o.Runs, 1, func(i int) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			o.Report.Step(i, o.Runs)
			return t.prove(i)
		})
		return err
	})
	if err == nil {
		c.Proof = len(t.proofs[0])
	}
	return err
}

func (o *CircuitsOptions) verify(c *Circuit, t *trial) (err error) {
	if c.Verify, err = repeat(verifications*o.Runs, 1, func(i int) error { return t.verify(i % len(t.proofs)) }); err != nil {
		return err
	}
	if t.fold == nil {
		return nil
	}
	fold, err := repeat(o.Runs, 1, func(int) error { return t.fold() })
	if err != nil {
		return err
	}
	c.Fold = &fold
	for _, n := range o.Batches {
		t.prepare(n)
		for len(t.proofs) < n { // every proof of a batch is of another statement
			if err := t.prove(len(t.proofs)); err != nil {
				return err
			}
			o.Report.Step(len(t.proofs), n)
		}
		times, err := repeat(o.Runs, n, func(int) error { return t.batch(n) })
		if err != nil {
			return err
		}
		c.Batches = append(c.Batches, Batch{Proofs: n, PerProof: times})
	}
	return nil
}
