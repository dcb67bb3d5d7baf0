package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"weir/bench/load"
	"weir/bench/synthetic"
	"weir/circuits"
	"weir/circuits/contribution"
	"weir/circuits/keycache"
	"weir/engine/consortium"
	"weir/engine/proof"
	"weir/ledger/contract"
	"weir/ledger/deposit"
)

// LedgerOptions say what of the ledger is measured.
type LedgerOptions struct {
	Folder       string // on the disk that is measured; what is made there is removed
	Transactions int    // notes, and deposits, at least LeastTransactions
	Lone         int    // notes one after another, at least 1
	BatchOf      uint64 // documents in a batch, at least 2
	Proofs       int    // on their way at once, at most MostProofs; 0: none are measured
	Seed         uint64 // of the proofs
	Keys         *keycache.Cache
	Registry     proof.Registry // nil for development keys
	Report       consortium.Reporter
}

// Bounds of LedgerOptions.
const (
	MostProofs  = 1000             // what one block holds
	MostInBatch = deposit.MaxCount // documents
)

// LeastTransactions is one for each sender.
const LeastTransactions = noteSenders

// noteSenders are how many bare keys send notes, one on its way of each.
const noteSenders = 3000

// LedgerResult is what LedgerOptions.Measure found: the sequencer over the database on disk, every result durable.
type LedgerResult struct {
	Setting Setting `json:"setting"`
	Sync    Spread  `json:"sync_page_ms"` // of a page of a growing file
	Store   Rate    `json:"store"`        // the database's own ceiling, nothing judged
	Notes   Rate    `json:"transactions"` // of load.NoteSize bytes
	Size    int     `json:"transaction_bytes"`
	Deposit Rate    `json:"deposits"` // one document each, through the evidence contract
	Batches Rate    `json:"deposits_in_batches"`
	BatchOf uint64  `json:"documents_in_a_batch"`
	Lone    Spread  `json:"lone_transaction_ms"`
	Proofs  []Rate  `json:"proofs"` // of contributions, by proofs in a block
	Origin  string  `json:"keys_origin,omitempty"`
	Peak    Peak    `json:"peak_memory"` // those who send are in the same process
}

// Rate is how fast something went.
type Rate struct {
	Count     int     `json:"count"`
	PerSecond float64 `json:"per_second"`
	PerBlock  float64 `json:"per_block"`
	CPU       float64 `json:"cpu_ms_each"` // user and system, those who send included
}

// Measure measures one thing after another, each on a ledger of its own.
func (o *LedgerOptions) Measure(ctx context.Context) (*LedgerResult, error) {
	folder, err := os.MkdirTemp(o.Folder, "weir-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	r := &LedgerResult{Setting: NewSetting(), Size: load.NoteSize, BatchOf: o.BatchOf}
	for _, step := range []struct {
		name string
		run  func(context.Context, string, *LedgerResult) error
	}{{"disk", o.disk}, {"transactions", o.notes}, {"deposits", o.deposits}, {"lone transactions", o.lone}, {"proofs", o.proofs}} {
		o.Report.Begin(step.name)
		began := time.Now()
		if err := step.run(ctx, folder, r); err != nil {
			return nil, fmt.Errorf("measure %s: %w", step.name, err)
		}
		o.Report.End(step.name, time.Since(began))
	}
	return r, ctx.Err()
}

func (o *LedgerOptions) disk(_ context.Context, folder string, r *LedgerResult) error {
	times, err := load.Sync(folder, 200, true)
	if err != nil {
		return err
	}
	r.Sync = spreadOf(inMilliseconds(times))
	used := cpuTime()
	rate, err := load.Store(filepath.Join(folder, "ceiling"), max(o.Transactions/1000, 1))
	if err != nil {
		return err
	}
	r.Store = rateOf(rate, cpuTime()-used, 1)
	return nil
}

// run is what became of a traffic.
func run(ctx context.Context, folder string, judge contract.Verifier, t *load.Traffic, documents uint64) (Rate, error) {
	rate, cpu, err := runTraffic(ctx, filepath.Join(folder, "ledger"), judge, t)
	if err != nil {
		return Rate{}, err
	}
	return rateOf(rate, cpu, documents), nil
}

// runTraffic founds a ledger, sends a traffic, and removes the ledger. cpu is the processor time of the sending alone.
func runTraffic(ctx context.Context, folder string, judge contract.Verifier, t *load.Traffic) (rate *load.Rate, cpu time.Duration, err error) {
	l, err := load.Open(folder, judge)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, l.Close(), os.RemoveAll(folder)) }()
	used := cpuTime()
	rate, err = t.Run(ctx, l)
	return rate, cpuTime() - used, err
}

func rateOf(r *load.Rate, cpu time.Duration, documents uint64) Rate {
	count := r.Transactions * int(documents)
	return Rate{Count: count, PerSecond: r.PerSecond() * float64(documents), CPU: milliseconds(cpu) / float64(count),
		PerBlock: float64(count) / float64(max(r.Blocks, 1))}
}

func (o *LedgerOptions) notes(ctx context.Context, folder string, r *LedgerResult) (err error) {
	t := load.Notes(noteSenders, o.Transactions/noteSenders)
	r.Peak, err = peakOf(func() (err error) {
		r.Notes, err = run(ctx, folder, nil, t, 1)
		return err
	})
	return err
}

func (o *LedgerOptions) deposits(ctx context.Context, folder string, r *LedgerResult) (err error) {
	each := max(o.Transactions/load.Members, 1)
	if r.Deposit, err = run(ctx, folder, nil, load.Deposits(load.Members, each, 1), 1); err != nil {
		return err
	}
	r.Batches, err = run(ctx, folder, nil, load.Deposits(load.Members, each, o.BatchOf), o.BatchOf)
	return err
}

func (o *LedgerOptions) lone(ctx context.Context, folder string, r *LedgerResult) error {
	l, err := load.Open(filepath.Join(folder, "lone"), nil)
	if err != nil {
		return err
	}
	times, err := load.Lone(ctx, l, o.Lone)
	if err = errors.Join(err, l.Close()); err == nil {
		r.Lone = spreadOf(inMilliseconds(times))
	}
	return err
}

// proofs are judged by a ledger of their own for every number of them on their way, because a ledger remembers its verdicts.
func (o *LedgerOptions) proofs(ctx context.Context, folder string, r *LedgerResult) error {
	if o.Proofs == 0 {
		return nil
	}
	keys, err := o.Keys.Load(ctx, circuits.Contribution, o.Registry[circuits.Contribution], contribution.Compile)
	if err != nil {
		return err
	}
	r.Origin = string(keys.Origin)
	p, err := load.Prove(ctx, keys, synthetic.Seed(o.Seed), o.Proofs, o.Report.Step)
	if err != nil {
		return err
	}
	for _, window := range []int{1, o.Proofs} {
		judge, err := p.Judge()
		if err != nil {
			return err
		}
		rate, err := run(ctx, folder, judge, load.Proofs(p.Table, p.Claims, window), 1)
		if err != nil {
			return err
		}
		r.Proofs = append(r.Proofs, rate)
	}
	return nil
}

func inMilliseconds(times []time.Duration) []float64 {
	list := make([]float64, len(times))
	for i, t := range times {
		list[i] = milliseconds(t)
	}
	return list
}
