package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"weir/bench"
	"weir/circuits"
	"weir/circuits/keycache"
)

func newBenchCommand(c *console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure circuits, scores and a ledger on this machine, and derive what the parameters promise",
		Long: `Measure weir on this machine. Every result says with which machine, program, keys and seed it was measured. Inputs
are synthetic and follow from the seed: the same seed gives the same inputs, whose digest is in the result. Times are
those of this machine with whatever else runs on it, so the load average at the start is in the result too.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newBenchCircuitsCommand(c), newBenchScoreCommand(c), newBenchLedgerCommand(c), newBenchDistancesCommand(c))
	return cmd
}

// benchCircuits is `weir bench circuits`.
type benchCircuits struct {
	*console
	options   bench.CircuitsOptions
	circuits  []string
	skipSetup bool
}

func newBenchCircuitsCommand(c *console) *cobra.Command {
	b := &benchCircuits{console: c}
	cmd := &cobra.Command{
		Use:   "circuits",
		Short: "Measure set-up, proving and verification of each circuit",
		Long: `Measure each circuit by itself: compilation, a development set-up, loading its keys, proving, verification, key and
proof sizes, and the memory of a prover. Exit status 1 if a circuit does not have its golden number of constraints.`,
		Example: `  weir bench circuits
  weir bench circuits --circuit contribution --runs 20 --skip-setup --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return b.run(cmd.Context()) },
	}
	flags := cmd.Flags()
	flags.IntVar(&b.options.Runs, "runs", 5, "proofs of each circuit that are timed, after one that warms up")
	flags.Uint64Var(&b.options.Seed, "seed", 1, "decides all inputs")
	flags.StringSliceVar(&b.circuits, "circuit", nil, "measure only these circuits: contribution, model, accusation")
	flags.IntSliceVar(&b.options.Batches, "batches", []int{8, 64}, "sizes of batches in which contribution proofs are verified")
	flags.BoolVar(&b.skipSetup, "skip-setup", false, "do not time a development set-up")
	return cmd
}

func (b *benchCircuits) run(ctx context.Context) error {
	if err := b.check(); err != nil {
		return badInput(err)
	}
	dir, err := keycache.DefaultDir()
	if err != nil {
		return badInput(fmt.Errorf("key cache: %w", err))
	}
	if b.registry != "" {
		if b.options.Registry, err = openRegistry(b.registry); err != nil {
			return badInput(err)
		}
	}
	b.options.Setup, b.options.Report = !b.skipSetup, b.reporter()
	b.options.Keys = func() *keycache.Cache { return keycache.Open(dir, b.keyProgress) }
	result, err := b.options.Measure(ctx)
	if err != nil {
		return measureFailed(ctx, err)
	}
	return b.conclude(result)
}

// conclude prints the result and turns it into an exit status.
func (b *benchCircuits) conclude(result *bench.CircuitsResult) error {
	if err := b.print(result); err != nil {
		return err
	}
	if !result.AsGolden {
		return isFalse(fmt.Errorf("a circuit does not have its golden number of constraints"))
	}
	return nil
}

func (b *benchCircuits) check() error {
	if b.options.Runs < 1 {
		return fmt.Errorf("--runs %d: want at least 1", b.options.Runs)
	}
	for _, n := range b.options.Batches {
		if n < 1 || n > maxBatch {
			return fmt.Errorf("--batches %d: want 1 to %d", n, maxBatch)
		}
	}
	b.options.Circuits = circuits.Names()
	if len(b.circuits) == 0 {
		return nil
	}
	b.options.Circuits = nil
	for _, name := range b.circuits {
		if !slices.Contains(circuits.Names(), circuits.Name(name)) {
			return fmt.Errorf("--circuit %s: there are %v", name, circuits.Names())
		}
		b.options.Circuits = append(b.options.Circuits, circuits.Name(name))
	}
	return nil
}

// maxBatch bounds a batch, because each of its proofs is made first.
const maxBatch = 4096

// measureFailed says that an interrupted measurement has no result.
func measureFailed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return isFalse(fmt.Errorf("interrupted; nothing was written"))
	}
	return badInput(err)
}

func (b *benchCircuits) print(r *bench.CircuitsResult) error {
	if b.json {
		return b.printJSON(r)
	}
	b.printSetting(&r.Setting)
	b.say("seed %d, %d runs, times in ms: median (least – 90th percentile)\n", r.Seed, r.Runs)
	for i := range r.Circuits {
		b.printCircuit(&r.Circuits[i])
	}
	return nil
}

func (b *benchCircuits) printCircuit(c *bench.Circuit) {
	b.say("%s: %d constraints (golden %d), %d public inputs", c.Name, c.Constraints, c.Golden, c.Public)
	var parts []string
	for _, p := range c.Parts {
		parts = append(parts, fmt.Sprintf("%s %d", p.Name, p.Constraints))
	}
	b.say("  parts: %s", strings.Join(parts, ", "))
	b.say("  proving key %s, verifying key %s, proof %d B; circuit id %s, %s keys", inBytes(c.ProvingKey), inBytes(c.VerifyingKey), c.Proof, c.ID[:16], c.Origin)
	b.say("  a prover: %s of %s", inBytes(c.Peak.Bytes), c.Peak.Of)
	t := b.table("what", "runs", "wall ms", "CPU ms")
	row := func(what string, times *bench.Times) {
		if times != nil {
			t.AppendRow([]any{what, times.Runs, inSpread(times.Wall), inSpread(times.CPU)})
		}
	}
	row("compile", &c.Compile)
	row("development set-up", c.Setup)
	row("load system and keys", &c.Load)
	row("prove", &c.Prove)
	row("verify", &c.Verify)
	row("fold the key for a slice", c.Fold)
	for i := range c.Batches {
		row(fmt.Sprintf("verify, each of %d", c.Batches[i].Proofs), &c.Batches[i].PerProof)
	}
	t.Render()
	b.say("")
}

// printSetting says where a figure comes from.
func (c *console) printSetting(s *bench.Setting) {
	c.say("%s, %d cores, %s memory, %s, load %.2f at the start", s.CPU, s.Cores, inBytes(s.Memory), s.OS, s.Load)
	revision := "of an unknown revision"
	if s.Revision != "" {
		revision = s.Revision
	}
	if s.Modified {
		revision += " with changes"
	}
	c.say("weir %s %s, %s, parameter set %s, %s", s.Weir, revision, s.Go, s.ParameterSet, s.Date.Format("2006-01-02 15:04:05Z07:00"))
}

// inSpread is median (least – 90th percentile).
func inSpread(s bench.Spread) string {
	return fmt.Sprintf("%s (%s – %s)", threeDigits(s.Median), threeDigits(s.Min), threeDigits(s.P90))
}

// threeDigits writes a time with about three digits that count.
func threeDigits(x float64) string {
	switch {
	case x >= 100:
		return fmt.Sprintf("%.0f", x)
	case x >= 10:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.2f", x)
}

func newBenchDistancesCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use:   "distances",
		Short: "Derive how much one contribution can tell beyond its score, from the parameters",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return c.printDistances(bench.Derive()) },
	}
}

func (c *console) printDistances(d *bench.Distances) error {
	if c.json {
		return c.printJSON(d)
	}
	c.say("Parameter set %s: what follows from it, for each contribution (protocol, section 7).", d.ParameterSet)
	t := c.table("figure", "value", "how")
	for _, term := range d.Terms {
		t.AppendRow([]any{term.Name, fmt.Sprintf("2^%.2f", term.Log2), term.Formula})
	}
	t.Render()
	c.say("\nDistance of one contribution from one that tells only the score; those of several add up.")
	t = c.table("resolution, bits", "group slots 2^(resolution−57)", "limbs + group slots + flooding")
	for _, r := range d.Totals {
		t.AppendRow([]any{r.Bits, fmt.Sprintf("2^%.0f", r.Groups), fmt.Sprintf("2^%.2f", r.Total)})
	}
	t.Render()
	return nil
}
