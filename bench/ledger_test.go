package bench

import (
	"crypto/rand"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"weir/bench/load"
	"weir/circuits"
	"weir/circuits/contribution"
	"weir/engine"
	"weir/ledger"
)

// BenchmarkLedger measures the solo ledger on disk: signed transactions of 500 bytes, each verified, judged by a contract
// that writes one new entry, and durable before its result is given; and deposits through the evidence contract. keys is the
// size of the state at the start. What the disk and the database could do at best is measured beside it: op=sync and op=store.
//
//	go test ./bench -run '^$' -bench 'Ledger/op=(sync|lone)' -benchtime 500x
//	go test ./bench -run '^$' -bench 'Ledger/op=(store|many|deposits)' -benchtime 150000x
//	go test ./bench -run '^$' -bench 'Ledger/op=proofs' -benchtime 256x
//	go test ./bench -run '^$' -bench 'Ledger/op=open' -benchtime 3x
func BenchmarkLedger(b *testing.B) {
	b.Run("op=sync/file=grows", func(b *testing.B) { benchmarkSync(b, true) })
	b.Run("op=sync/file=stays", func(b *testing.B) { benchmarkSync(b, false) })
	b.Run("op=store", benchmarkStore)
	for _, keys := range []int{0, 100_000} {
		b.Run(fmt.Sprintf("op=lone/keys=%d", keys), func(b *testing.B) { benchmarkLone(b, keys) })
		b.Run(fmt.Sprintf("op=many/keys=%d", keys), func(b *testing.B) {
			benchmarkTraffic(b, newLedger(b, keys), load.Notes(min(noteSenders, b.N), max(1, b.N/noteSenders)), 1)
		})
	}
	for _, documents := range []uint64{1, 1000} {
		b.Run(fmt.Sprintf("op=deposits/documents=%d", documents), func(b *testing.B) {
			benchmarkTraffic(b, newLedger(b, 0), load.Deposits(min(load.Members, b.N), max(1, b.N/load.Members), documents), documents)
		})
	}
	for _, together := range []int{1, 64, 256} {
		b.Run(fmt.Sprintf("op=proofs/together=%d", together), func(b *testing.B) { benchmarkProofs(b, together) })
	}
	b.Run("op=batch-signatures", benchmarkSignatures)
	for _, keys := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprintf("op=open/keys=%d", keys), func(b *testing.B) { benchmarkOpen(b, keys) })
	}
}

// value gives what a constructor made, or ends the benchmark.
func value[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// benchmarkSync is what one durable write costs on this disk: appending a page, or writing one that is there again.
func benchmarkSync(b *testing.B, grows bool) {
	reportTimes(b, value(load.Sync(b.TempDir(), b.N, grows))(b))
}

// benchmarkStore is the database's own ceiling.
func benchmarkStore(b *testing.B) {
	rate := value(load.Store(b.TempDir(), max(1, b.N/1000)))(b)
	b.ReportMetric(rate.PerSecond(), "tx/s")
}

func newLedger(b *testing.B, keys int) *load.Ledger {
	b.Helper()
	l := value(load.Open(b.TempDir(), nil))(b)
	b.Cleanup(func() {
		if err := l.Close(); err != nil {
			b.Error(err)
		}
	})
	if err := load.Fill(b.Context(), l, keys); err != nil {
		b.Fatal(err)
	}
	return l
}

func benchmarkLone(b *testing.B, keys int) {
	l := newLedger(b, keys)
	b.ReportAllocs()
	b.ResetTimer()
	reportTimes(b, value(load.Lone(b.Context(), l, b.N))(b))
}

func reportTimes(b *testing.B, times []time.Duration) {
	b.Helper()
	s := spreadOf(inMilliseconds(times))
	b.ReportMetric(s.Median, "p50-ms")
	b.ReportMetric(s.P99, "p99-ms")
}

// benchmarkTraffic reports what whatever else runs on the machine does not change beside what it does.
func benchmarkTraffic(b *testing.B, l *load.Ledger, t *load.Traffic, documents uint64) {
	b.Helper()
	var rate *load.Rate
	b.ReportAllocs()
	before := cpuTime()
	b.ResetTimer()
	peak, err := peakOf(func() (err error) {
		rate, err = t.Run(b.Context(), l)
		return err
	})
	b.StopTimer()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(rate.PerSecond(), "tx/s")
	b.ReportMetric(rate.PerSecond()*float64(documents), "documents/s")
	b.ReportMetric(float64(rate.Transactions)/float64(rate.Blocks), "tx/block")
	b.ReportMetric(float64((cpuTime()-before).Microseconds())/float64(rate.Transactions), "cpu-µs/tx") // clients included
	b.ReportMetric(float64(peak.Bytes>>20), "peak-MB")                                                 // the clients' signed transactions included
}

// benchmarkProofs judges the same proofs as often as it takes, each time by a ledger that does not know them.
func benchmarkProofs(b *testing.B, together int) {
	keys := value(machineKeys(b)().Load(b.Context(), circuits.Contribution, engine.Digest{}, contribution.Compile))(b)
	p := value(load.Prove(b.Context(), keys, 1, max(together, 32), quiet{}.Step))(b)
	done, blocks, cpu := 0, 0, time.Duration(0)
	var took time.Duration
	for n := 0; done < b.N; n++ {
		rate, used, err := runTraffic(b.Context(), filepath.Join(b.TempDir(), fmt.Sprint(n)), value(p.Judge())(b), load.Proofs(p.Table, p.Claims, together))
		if err != nil {
			b.Fatal(err)
		}
		done, blocks, took, cpu = done+rate.Transactions, blocks+rate.Blocks, took+rate.Took, cpu+used
	}
	b.ReportMetric(float64(done)/took.Seconds(), "proofs/s")
	b.ReportMetric(float64(done)/float64(blocks), "proofs/block")
	b.ReportMetric(float64(cpu.Microseconds())/float64(done)/1000, "cpu-ms/proof")
}

func benchmarkSignatures(b *testing.B) {
	var claims []ledger.Signature
	for i := range 1000 {
		s := load.Stranger(i)
		tx := s.Note()
		key, _ := tx.Sender.Key()
		claims = append(claims, ledger.Signature{Key: key, Digest: tx.ID(), Signature: tx.Signature})
	}
	b.ReportAllocs()
	for b.Loop() {
		ledger.VerifyBatch(rand.Reader, claims)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(claims)), "µs/signature")
}

// benchmarkOpen is taking a ledger up again: reading the state, building its tree, comparing.
func benchmarkOpen(b *testing.B, keys int) {
	l := newLedger(b, keys)
	for b.Loop() {
		if err := l.Reopen(); err != nil {
			b.Fatal(err)
		}
	}
}

// Everything that is measured is taken, and is what it is said to be.
func TestLedgerIsMeasured(t *testing.T) {
	o := LedgerOptions{Folder: t.TempDir(), Transactions: LeastTransactions, Lone: 3, BatchOf: 10, Report: quiet{}}
	if !testing.Short() {
		o.Proofs, o.Seed, o.Keys = 2, 1, machineKeys(t)()
	}
	r, err := o.Measure(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r.Notes.Count != LeastTransactions || r.Deposit.Count == 0 || r.Batches.Count != 10*r.Deposit.Count || r.Store.PerSecond <= 0 || r.Lone.Min <= 0 ||
		r.Sync.Min <= 0 || r.Peak.Bytes == 0 {
		t.Errorf("%+v", r)
	}
	if o.Proofs > 0 && (len(r.Proofs) != 2 || r.Proofs[0].Count != 2 || r.Proofs[0].PerBlock != 1) {
		t.Errorf("%+v", r.Proofs)
	}
	if left := value(filepath.Glob(filepath.Join(o.Folder, "*")))(t); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	for _, tx := range []*ledger.Tx{load.Stranger(1).Note(), load.Member(1).Note()} {
		if len(tx.Bytes()) != load.NoteSize {
			t.Errorf("a note of %s has %d bytes", tx.Sender, len(tx.Bytes()))
		}
	}
}
