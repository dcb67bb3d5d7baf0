package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"weir/bench"
	"weir/bench/synthetic"
	"weir/circuits/keycache"
)

// benchScore is `weir bench score`.
type benchScore struct {
	*console
	options                  bench.ScoreOptions
	holders, features, lines []int
	enterprises              int
}

func newBenchScoreCommand(c *console) *cobra.Command {
	b := &benchScore{console: c}
	cmd := &cobra.Command{
		Use:   "score",
		Short: "Measure verified scores over a grid of consortia, beside scores without proofs and the plaintext model",
		Long: `Measure scores of synthetic enterprises, from the bank's request to the opened and settled number, for every
combination of the given sizes. All parties of a consortium run in this process and share its cores. Beside each stand
the same consortium without proofs (homomorphic encryption only) and the plaintext model. Exit status 1 if one score is
not that of the plaintext model.`,
		Example: `  weir bench score --holders 3 --features 8 --runs 100
  weir bench score --holders 2,3,5,8 --features 8,32 --json > score.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return b.run(cmd.Context()) },
	}
	flags := cmd.Flags()
	flags.IntVar(&b.options.Runs, "runs", 10, "scores of each consortium that are timed, after one that warms up")
	flags.Uint64Var(&b.options.Seed, "seed", 1, "decides all inputs")
	flags.IntSliceVar(&b.holders, "holders", []int{2, 3, 5, 8}, "holders of a consortium, one data source each")
	flags.IntSliceVar(&b.features, "features", []int{8, 32}, "features of each source, all read by the scorecard")
	flags.IntSliceVar(&b.lines, "lines", nil, "lines that the scorecard fills for each source, at least one a feature (default: one a feature)")
	flags.IntVar(&b.enterprises, "enterprises", 200, "enterprises with records; one more than --runs at least")
	return cmd
}

func (b *benchScore) run(ctx context.Context) error {
	if err := b.shapes(); err != nil {
		return badInput(err)
	}
	var err error
	if b.options.Keys, err = b.loadKeys(ctx); err != nil {
		return measureFailed(ctx, err)
	}
	b.options.Report = b.reporter()
	result, err := b.options.Measure(ctx)
	if err != nil {
		return measureFailed(ctx, err)
	}
	return b.conclude(result)
}

// conclude prints the result and turns it into an exit status.
func (b *benchScore) conclude(result *bench.ScoreResult) error {
	if err := b.print(result); err != nil {
		return err
	}
	if !result.AllEqual {
		return isFalse(errors.New("a score differs from that of the plaintext model"))
	}
	return nil
}

// shapes lists the grid; combinations with fewer lines than features are left out, and said so.
func (b *benchScore) shapes() error {
	if b.options.Runs < 1 {
		return fmt.Errorf("--runs %d: want at least 1", b.options.Runs)
	}
	if b.enterprises < 1 {
		return fmt.Errorf("--enterprises %d: want at least 1", b.enterprises)
	}
	for _, holders := range b.holders {
		for _, features := range b.features {
			lines := b.lines
			if len(lines) == 0 {
				lines = []int{features}
			}
			for _, l := range lines {
				if l < features {
					b.warn("%d features on %d lines left out: a feature takes a line at least", features, l)
					continue
				}
				shape := synthetic.Shape{Holders: holders, Features: features, Lines: l, Enterprises: max(b.enterprises, b.options.Runs+1)}
				if err := shape.Check(); err != nil {
					return err
				}
				b.options.Shapes = append(b.options.Shapes, shape)
			}
		}
	}
	if len(b.options.Shapes) == 0 {
		return errors.New("nothing to measure: no combination of --holders, --features and --lines is left")
	}
	return nil
}

func (b *benchScore) print(r *bench.ScoreResult) error {
	if b.json {
		return b.printJSON(r)
	}
	b.printSetting(&r.Setting)
	b.say("seed %d, %d scores each; all parties share this machine; times in ms\n", r.Seed, r.Runs)
	t := b.table("holders", "features", "lines", "proofs", "least", "p50", "p99", "CPU p50", "received", "equal")
	for i := range r.Cells {
		c := &r.Cells[i]
		for _, variant := range []struct {
			name string
			s    *bench.Scoring
		}{{"verified", &c.Verified}, {"HE only", &c.HEOnly}} {
			s := variant.s
			t.AppendRow([]any{c.Holders, c.Features, c.Lines, variant.name, threeDigits(s.Wall.Min), threeDigits(s.Wall.Median), threeDigits(s.Wall.P99),
				threeDigits(s.CPU.Median), inBytes(s.Received), fmt.Sprintf("%d of %d", s.Equal, s.Scores)})
		}
		t.AppendRow([]any{c.Holders, c.Features, c.Lines, "plaintext", threeDigits(c.Plaintext.Wall.Min / 1000), threeDigits(c.Plaintext.Wall.Median / 1000),
			threeDigits(c.Plaintext.Wall.P99 / 1000), "", "", ""})
		t.AppendSeparator()
	}
	t.Render()
	for i := range r.Cells {
		b.printPhases(&r.Cells[i])
	}
	b.say("Not in these figures: %s.", r.Cells[0].Verified.WhyNot)
	if slices.ContainsFunc(r.Keys, func(k bench.VerifyingKey) bool { return k.Origin == string(keycache.Development) }) {
		b.say("The proofs were made under DEVELOPMENT KEYS: whoever made them can forge. Who made them does not change the times.")
	}
	return nil
}

// printPhases shows where the time of a verified score goes, and what founding took.
func (b *benchScore) printPhases(c *bench.Cell) {
	b.say("%d holders, %d features, %d lines", c.Holders, c.Features, c.Lines)
	p50 := map[string]float64{}
	for phase, spread := range c.Verified.Phases {
		p50[phase] = spread.Median
	}
	if len(p50) > 0 {
		b.say("  a verified score, p50: %s", longestFirst(p50))
	}
	b.say("  founding: %s", longestFirst(c.Verified.Founding))
}

// longestFirst lists phases with their times.
func longestFirst(phases map[string]float64) string {
	names := slices.SortedFunc(maps.Keys(phases), func(a, b string) int {
		return cmp.Or(cmp.Compare(phases[b], phases[a]), strings.Compare(a, b))
	})
	for i, name := range names {
		names[i] = fmt.Sprintf("%s %s", name, threeDigits(phases[name]))
	}
	return strings.Join(names, ", ")
}
