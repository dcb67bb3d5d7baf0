package bench

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"weir/engine"
	"weir/ledger"
	"weir/ledger/badgerdb"
	"weir/ledger/contract"
	"weir/ledger/machine"
	"weir/ledger/proof"
	"weir/ledger/solo"
)

// BenchmarkLedger measures the solo ledger on disk: signed transactions of 500 bytes, each verified, judged by a contract
// that writes one new entry, and durable before its result is given. keys is the size of the state at the start. What the
// disk and the database could do at best is measured beside it: op=sync and op=store.
//
//	go test ./bench -run '^$' -bench 'Ledger/op=(sync|lone)' -benchtime 500x
//	go test ./bench -run '^$' -bench 'Ledger/op=(store|many)' -benchtime 100000x
//	go test ./bench -run '^$' -bench 'Ledger/op=open' -benchtime 3x
func BenchmarkLedger(b *testing.B) {
	b.Run("op=sync/file=grows", func(b *testing.B) { benchmarkSync(b, true) })
	b.Run("op=sync/file=stays", func(b *testing.B) { benchmarkSync(b, false) })
	b.Run("op=store", benchmarkStore)
	for _, keys := range []int{0, 100_000} {
		b.Run(fmt.Sprintf("op=lone/keys=%d", keys), func(b *testing.B) { benchmarkLone(b, keys) })
		b.Run(fmt.Sprintf("op=many/keys=%d", keys), func(b *testing.B) { benchmarkMany(b, keys) })
	}
	b.Run("op=batch-signatures", benchmarkSignatures)
	for _, keys := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprintf("op=open/keys=%d", keys), func(b *testing.B) { benchmarkOpen(b, keys) })
	}
}

// benchmarkSync is what one durable write costs on this disk: appending a page, or writing one that is there again.
func benchmarkSync(b *testing.B, grows bool) {
	f := value(os.Create(filepath.Join(b.TempDir(), "f")))(b)
	defer f.Close()
	page := make([]byte, 4096)
	var times []time.Duration
	for n := int64(0); b.Loop(); n++ {
		began := time.Now()
		at := n * int64(len(page))
		if !grows {
			at = 0
		}
		if _, err := f.WriteAt(page, at); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(began))
	}
	reportQuantiles(b, times)
}

// benchmarkStore is the database's own ceiling: blocks of 1,000 times 500 bytes, with an id, a count and an entry for
// each, and nothing judged.
func benchmarkStore(b *testing.B) {
	db := value(badgerdb.Open(b.TempDir()))(b)
	defer db.Close()
	const perBlock = 1000
	blocks := 0
	for n := 0; n < b.N; n += perBlock {
		var writes []ledger.Write
		for i := range perBlock {
			id := sha256.Sum256(fmt.Appendf(nil, "%d", n+i))
			writes = append(writes, ledger.Write{Key: append([]byte{'i'}, id[:]...), Value: id[:12]},
				ledger.Write{Key: append([]byte("sdeposits"), id[:]...), Value: id[:9]},
				ledger.Write{Key: fmt.Appendf(nil, "ssequence/%x", i), Value: id[:3]})
		}
		for i := range 10 {
			page := make([]byte, 50<<10)
			writes = append(writes, ledger.Write{Key: fmt.Appendf(nil, "t%08d/%d", n, i), Value: page},
				ledger.Write{Key: fmt.Appendf(nil, "r%08d/%d", n, i), Value: page[:25<<10]})
		}
		if err := db.Commit(ledger.Head{Height: uint64(n / perBlock)}, writes); err != nil {
			b.Fatal(err)
		}
		blocks++
	}
	b.ReportMetric(float64(blocks*perBlock)/b.Elapsed().Seconds(), "tx/s")
}

const (
	depositSize = 500 // bytes of a signed transaction
	depositors  = 3000
)

// deposits is a contract that remembers the digest of every body it is sent.
func deposits() *contract.Contract {
	return &contract.Contract{
		Name: "deposits", Version: "1", KeyOf: func(*contract.Context, engine.Name) ([32]byte, bool) { return [32]byte{}, false },
		Methods: []contract.Method{
			{Kind: "deposit", Bare: true, Run: func(c *contract.Context, body []byte) error {
				digest := engine.Digest(sha256.Sum256(body))
				_, known := c.Get(digest.String())
				c.Put(digest.String(), binary.BigEndian.AppendUint64(nil, c.Height()))
				return c.Require(!known, ledger.CodeConflict, "the digest is new", "it is not")
			}},
			{Kind: "fill", Bare: true, Run: func(c *contract.Context, body []byte) error {
				for i := range 1000 {
					c.Put(fmt.Sprintf("%x/%04d", sha256.Sum256(body), i), body)
				}
				return nil
			}},
		},
	}
}

type ledgerBench struct {
	db      *badgerdb.DB
	machine *machine.Machine
	solo    *solo.Sequencer
	config  machine.Config
}

func newLedger(b *testing.B, keys int) *ledgerBench {
	b.Helper()
	folder := b.TempDir()
	l := &ledgerBench{db: value(badgerdb.Open(folder))(b)}
	l.config = machine.Config{Store: l.db, Contracts: value(contract.NewSet(deposits()))(b), Random: rand.Reader}
	l.machine = value(machine.Found(l.config, machine.Founding{Chain: "bench", Time: time.Now(), Proposer: "sequencer"}))(b)
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	l.solo = value(solo.Start(solo.Config{Machine: l.machine, Proposer: "sequencer", Origin: "bench", Signer: value(proof.NewSigner("sequencer", key))(b), Clock: time.Now}))(b)
	filler := depositorKey(-1)
	for n := range keys / 1000 {
		l.submit(b, ledger.Draft{Chain: "bench", Kind: "fill", Sender: senderOf(filler), Sequence: uint64(n), Expiry: 1 << 62, Body: fmt.Appendf(nil, "%d", n)}.Sign(filler))
	}
	b.Cleanup(func() {
		if err := l.solo.Close(); err != nil {
			b.Error(err)
		}
		if err := l.db.Close(); err != nil {
			b.Error(err)
		}
	})
	return l
}

// value gives what a constructor made, or ends the benchmark.
func value[T any](v T, err error) func(*testing.B) T {
	return func(b *testing.B) T {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
		return v
	}
}

func depositorKey(i int) ed25519.PrivateKey {
	seed := sha256.Sum256(fmt.Appendf(nil, "depositor %d", i))
	return ed25519.NewKeyFromSeed(seed[:])
}

func senderOf(key ed25519.PrivateKey) ledger.Sender {
	return ledger.BareKey([32]byte(key.Public().(ed25519.PublicKey)))
}

// deposit signs a transaction of depositSize bytes.
func deposit(key ed25519.PrivateKey, sequence uint64, text string) *ledger.Tx {
	d := ledger.Draft{Chain: "bench", Kind: "deposit", Sender: senderOf(key), Sequence: sequence, Expiry: 1 << 62}
	d.Body = make([]byte, 300)
	d.Body = append(make([]byte, depositSize-len(d.Sign(key).Bytes())), d.Body...)
	copy(d.Body, text)
	return d.Sign(key)
}

func (l *ledgerBench) submit(b *testing.B, tx *ledger.Tx) {
	if r, err := l.solo.Submit(b.Context(), tx.Bytes()); err != nil || !r.OK() {
		b.Errorf("%+v, %v", r, err)
	}
}

func benchmarkLone(b *testing.B, keys int) {
	l := newLedger(b, keys)
	key := depositorKey(0)
	var times []time.Duration
	b.ReportAllocs()
	for n := uint64(0); b.Loop(); n++ {
		tx := deposit(key, n, fmt.Sprint("lone ", n))
		began := time.Now()
		l.submit(b, tx)
		times = append(times, time.Since(began))
	}
	reportQuantiles(b, times)
}

func reportQuantiles(b *testing.B, times []time.Duration) {
	slices.Sort(times)
	for name, part := range map[string]float64{"p50-ms": 0.5, "p99-ms": 0.99} {
		b.ReportMetric(float64(times[int(part*float64(len(times)-1))].Microseconds())/1000, name)
	}
}

// benchmarkMany has some thousand senders, each with one transaction on its way.
func benchmarkMany(b *testing.B, keys int) {
	l := newLedger(b, keys)
	per := max(1, b.N/depositors)
	signed := make([][]*ledger.Tx, min(depositors, b.N))
	for i := range signed {
		key := depositorKey(i)
		for n := range per {
			signed[i] = append(signed[i], deposit(key, uint64(n), fmt.Sprintf("%d %d", i, n)))
		}
	}
	first := l.machine.Head().Height
	b.ReportMetric(float64(len(signed[0][0].Bytes())), "B/tx")
	b.ReportAllocs()
	before := cpuTime()
	b.ResetTimer()
	peak, _ := peakOf(func() error {
		var all sync.WaitGroup
		for _, txs := range signed {
			all.Go(func() {
				for _, tx := range txs {
					l.submit(b, tx)
				}
			})
		}
		all.Wait()
		return nil
	})
	b.StopTimer()
	done := float64(per * len(signed))
	b.ReportMetric(done/b.Elapsed().Seconds(), "tx/s")
	b.ReportMetric(done/float64(l.machine.Head().Height-first), "tx/block")
	b.ReportMetric(float64((cpuTime()-before).Microseconds())/done, "cpu-µs/tx") // whatever else runs; clients included
	b.ReportMetric(float64(peak.Bytes>>20), "peak-MB")                           // the clients' signed transactions included
}

func benchmarkSignatures(b *testing.B) {
	var claims []ledger.Signature
	for i := range 1000 {
		key := depositorKey(i)
		tx := deposit(key, 0, "")
		claims = append(claims, ledger.Signature{Key: [32]byte(key.Public().(ed25519.PublicKey)), Digest: tx.ID(), Signature: tx.Signature})
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
		if _, err := machine.Open(l.config); err != nil {
			b.Fatal(err)
		}
	}
}
