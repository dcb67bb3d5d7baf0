package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"weir/bench"
	"weir/circuits/keycache"
)

// benchLedger is `weir bench ledger`.
type benchLedger struct {
	*console
	options bench.LedgerOptions
}

func newBenchLedgerCommand(c *console) *cobra.Command {
	b := &benchLedger{console: c}
	cmd := &cobra.Command{
		Use:   "ledger",
		Short: "Measure a ledger on this machine's disk: transactions, deposits, proofs, and what the disk allows",
		Long: `Measure a ledger of one sequencer on this machine and disk: signed transactions, deposits one by one and in batches,
lone transactions, proofs of contributions one by one and many in a block; beside them a synced page and the database
alone. Every transaction is verified, judged by a contract, and durable before it counts. Those who send are in the same
process and share its cores and memory. What is made in the folder is removed.`,
		Example: `  weir bench ledger --folder /var/lib/weir
  weir bench ledger --transactions 300000 --proofs 0 --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return b.run(cmd.Context()) },
	}
	flags := cmd.Flags()
	flags.StringVar(&b.options.Folder, "folder", "", "folder on the disk to be measured (default: the system's folder for temporary files)")
	flags.IntVar(&b.options.Transactions, "transactions", 150_000, "transactions, and deposits, that are timed")
	flags.IntVar(&b.options.Lone, "lone", 1000, "transactions that are timed one after another")
	flags.Uint64Var(&b.options.BatchOf, "batch", 1000, "documents in a batch of deposits")
	flags.IntVar(&b.options.Proofs, "proofs", 256, "proofs that are timed, alone and together; 0 for none")
	flags.Uint64Var(&b.options.Seed, "seed", 1, "decides what is proven")
	return cmd
}

func (b *benchLedger) run(ctx context.Context) error {
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
	b.options.Keys, b.options.Report = keycache.Open(dir, b.keyProgress), b.reporter()
	result, err := b.options.Measure(ctx)
	if err != nil {
		return measureFailed(ctx, err)
	}
	return b.print(result)
}

func (b *benchLedger) check() error {
	o := &b.options
	switch {
	case o.Transactions < bench.LeastTransactions:
		return fmt.Errorf("--transactions %d: want at least %d, one for each sender", o.Transactions, bench.LeastTransactions)
	case o.Lone < 1:
		return fmt.Errorf("--lone %d: want at least 1", o.Lone)
	case o.BatchOf < 2 || o.BatchOf > bench.MostInBatch:
		return fmt.Errorf("--batch %d: want 2 to %d", o.BatchOf, bench.MostInBatch)
	case o.Proofs < 0 || o.Proofs > bench.MostProofs:
		return fmt.Errorf("--proofs %d: want 0 to %d", o.Proofs, bench.MostProofs)
	}
	return nil
}

func (b *benchLedger) print(r *bench.LedgerResult) error {
	if b.json {
		return b.printJSON(r)
	}
	b.printSetting(&r.Setting)
	b.say("every result durable; those who send share this process\n")
	t := b.table("what", "number", "a second", "in a block", "CPU ms each")
	row := func(what string, rate *bench.Rate) {
		t.AppendRow([]any{what, rate.Count, fmt.Sprintf("%.0f", rate.PerSecond), fmt.Sprintf("%.0f", rate.PerBlock), fmt.Sprintf("%.4f", rate.CPU)})
	}
	row("database alone, nothing judged", &r.Store)
	row(fmt.Sprintf("transactions of %d bytes", r.Size), &r.Notes)
	row("deposits", &r.Deposit)
	row(fmt.Sprintf("documents, %d in a deposit", r.BatchOf), &r.Batches)
	for i := range r.Proofs {
		row([]string{"proofs, one at a time", "proofs, together"}[i], &r.Proofs[i])
	}
	t.Render()
	b.say("a page synced, ms: p50 %s, p99 %s", threeDigits(r.Sync.Median), threeDigits(r.Sync.P99))
	b.say("a lone transaction durable, ms: p50 %s, p99 %s", threeDigits(r.Lone.Median), threeDigits(r.Lone.P99))
	b.say("memory: %s of %s", inBytes(r.Peak.Bytes), r.Peak.Of)
	return nil
}
