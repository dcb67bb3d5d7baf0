package solo_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"weir/engine"
	"weir/ledger"
	"weir/ledger/ledgertest"
	"weir/ledger/machine"
	"weir/ledger/solo"
)

// slow is a store whose commits take a while, and may fail.
type slow struct {
	ledgertest.Memory
	takes  time.Duration
	failAt uint64
}

var errDisk = errors.New("disk")

func (s *slow) Commit(h ledger.Head, w []ledger.Write) error {
	time.Sleep(s.takes)
	if s.failAt > 0 && h.Height == s.failAt {
		return errDisk
	}
	return s.Memory.Commit(h, w)
}

func start(t *testing.T, store ledger.Store, change ...func(*solo.Config)) (*solo.Sequencer, *machine.Machine) {
	t.Helper()
	m := ledgertest.Found(t, store)
	config := solo.Config{Machine: m, Proposer: ledgertest.Sequencer, Origin: ledgertest.Origin, Signer: ledgertest.Signer(t), Clock: time.Now}
	for _, f := range change {
		f(&config)
	}
	s, err := solo.Start(config)
	if err != nil {
		t.Fatal(err)
	}
	return s, m
}

func tx(account string, sequence uint64, body string) *ledger.Tx {
	return ledgertest.Tx(account, sequence, "count/add", body)
}

func submit(t *testing.T, s ledger.Orderer, tx *ledger.Tx) *ledger.Result {
	t.Helper()
	r, err := s.Submit(t.Context(), tx.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func stop(t *testing.T, s *solo.Sequencer) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// A lone transaction goes into a block without waiting for company.
func TestLoneTransactionIsNotDelayed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := start(t, new(ledgertest.Memory), func(c *solo.Config) { c.Gather = time.Hour })
		defer stop(t, s)
		began := time.Now()
		r := submit(t, s, tx("alice", 0, "apples 3"))
		if took := time.Since(began); took != 0 || !r.OK() || r.Height != 1 {
			t.Errorf("%+v after %v", r, took)
		}
		if got := ledgertest.Value(t, m, "apples"); got != "3" {
			t.Errorf("apples = %s", got)
		}
		c, err := m.Checkpoint()
		if err != nil {
			t.Fatal(err)
		}
		size, _ := m.Tree()
		b, err := m.Bundle(r.Tx, c, size)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ledgertest.Trust(t).Verify(b.Encode()); err != nil {
			t.Error(err)
		}
	})
}

// What arrives while a block is written goes into the next one, all together.
func TestGroupCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := start(t, &slow{takes: 10 * time.Millisecond})
		defer stop(t, s)
		var all sync.WaitGroup
		began := time.Now()
		for i := range 300 {
			key := ledgertest.Key(fmt.Sprint("key ", i))
			d := ledger.Draft{Chain: "test", Kind: "count/add", Sender: ledger.BareKey(ledgertest.Public(fmt.Sprint("key ", i))), Expiry: 100, Body: []byte("apples 1")}
			all.Go(func() {
				if _, err := s.Submit(t.Context(), d.Sign(key).Bytes()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if took := time.Since(began); m.Head().Height > 4 || took > 100*time.Millisecond {
			t.Errorf("%d blocks, %v", m.Head().Height, took)
		}
		if got := ledgertest.Value(t, m, "apples"); got != "300" {
			t.Errorf("apples = %s", got)
		}
	})
}

// patient judges a proof for a while.
type patient struct{ takes time.Duration }

func (p patient) Verify(engine.Digest, []byte, []byte) error {
	time.Sleep(p.takes)
	return nil
}

// While one block is written, the next is judged: five of them take the time of six steps, not of ten.
func TestBlocksAreJudgedWhileTheOneBeforeIsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const step = 10 * time.Millisecond
		config := ledgertest.Config(t, &slow{takes: step})
		config.Verifier = patient{step}
		m, err := machine.Found(config, machine.Founding{Chain: "test", Time: ledgertest.Began, Proposer: "p", Document: ledgertest.Document("alice")})
		if err != nil {
			t.Fatal(err)
		}
		s, err := solo.Start(solo.Config{Machine: m, Proposer: "p", Origin: ledgertest.Origin, Signer: ledgertest.Signer(t), Clock: time.Now, BlockTxs: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer stop(t, s)
		began := time.Now()
		var all sync.WaitGroup
		for n := range uint64(5) {
			all.Go(func() {
				time.Sleep(time.Duration(n) * time.Microsecond)
				if r := submit(t, s, ledgertest.Tx("alice", n, "count/proof", fmt.Sprint("statement-", n, " proof"))); !r.OK() || r.Height != n+1 {
					t.Errorf("%+v", r)
				}
			})
		}
		all.Wait()
		if took := time.Since(began); took > 6*step+time.Millisecond {
			t.Errorf("took %v", took)
		}
	})
}

// One sender's transactions, handed over in order, stand in order; a block splits where it must.
func TestOrderAndBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := start(t, &slow{takes: time.Millisecond}, func(c *solo.Config) { c.BlockTxs = 7 })
		defer stop(t, s)
		var all sync.WaitGroup
		for n := range uint64(50) {
			all.Go(func() {
				time.Sleep(time.Duration(n) * time.Microsecond)
				if r, err := s.Submit(t.Context(), tx("alice", n, "apples 1").Bytes()); err != nil || !r.OK() {
					t.Errorf("%d: %v", n, err)
				}
			})
		}
		for n := range uint64(4) { // these write too much for one block
			all.Go(func() {
				time.Sleep(time.Duration(n) * time.Microsecond)
				if r, err := s.Submit(t.Context(), ledgertest.Tx("bob", n, "count/fill", "900").Bytes()); err != nil || !r.OK() {
					t.Errorf("%d: %v", n, err)
				}
			})
		}
		all.Wait()
		next := map[ledger.Sender]uint64{}
		for height := uint64(1); height <= m.Head().Height; height++ {
			b, err := m.Block(height)
			if err != nil || len(b.Txs) > 7 || len(b.Txs) == 0 {
				t.Fatalf("block %d: %v", height, err)
			}
			for _, tx := range b.Txs {
				if tx.Sequence != next[tx.Sender] {
					t.Errorf("%s: %d, want %d", tx.Sender, tx.Sequence, next[tx.Sender])
				}
				next[tx.Sender]++
			}
		}
		if next["alice"] != 50 || next["bob"] != 4 {
			t.Errorf("%v", next)
		}
	})
}

// A transaction may be asked for again, at any time: it is applied once and has one result.
func TestIdempotent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := start(t, &slow{takes: 5 * time.Millisecond})
		defer stop(t, s)
		one := tx("alice", 0, "apples 3")
		impatient, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := s.Submit(impatient, one.Bytes()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if r, err := s.Submit(t.Context(), one.Bytes()); err != nil || r.Height != 1 {
					t.Errorf("%+v, %v", r, err)
				}
			})
		}
		all.Wait()
		if r := submit(t, s, one); r.Height != 1 || ledgertest.Value(t, m, "apples") != "3" {
			t.Errorf("%+v", r)
		}
		if r, err := s.Wait(t.Context(), one.ID()); err != nil || r.Tx != one.ID() {
			t.Errorf("%v", err)
		}
	})
}

func TestRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := start(t, new(ledgertest.Memory))
		defer stop(t, s)
		submit(t, s, tx("alice", 0, "apples 3"))
		stolen := tx("alice", 1, "apples 1").Draft.Sign(ledgertest.Key("mallory"))
		for name, c := range map[string]struct {
			bytes []byte
			want  error
		}{
			"garbage":         {[]byte("x"), ledger.ErrTx},
			"too long":        {make([]byte, ledger.MaxTx+1), ledger.ErrTx},
			"wrong signature": {stolen.Bytes(), ledger.ErrSignature},
			"gap":             {tx("alice", 2, "apples 1").Bytes(), ledger.ErrSequence},
			"used sequence":   {tx("alice", 0, "apples 9").Bytes(), ledger.ErrSequence},
			"no account":      {tx("mallory", 0, "apples 1").Bytes(), ledger.ErrSender},
			"wrong chain":     {ledger.Draft{Chain: "other", Kind: "count/add", Sender: "alice", Sequence: 1, Expiry: 9}.Sign(ledgertest.Key("alice")).Bytes(), ledger.ErrChain},
			"used, expired":   {ledger.Draft{Chain: "test", Kind: "count/add", Sender: "alice", Sequence: 0, Expiry: 1, Body: []byte("apples 4")}.Sign(ledgertest.Key("mallory")).Bytes(), ledger.ErrSequence},
			"expired, stolen": {ledger.Draft{Chain: "test", Kind: "count/add", Sender: "alice", Sequence: 1, Expiry: 1}.Sign(ledgertest.Key("mallory")).Bytes(), ledger.ErrExpired},
			"expired":         {ledger.Draft{Chain: "test", Kind: "count/add", Sender: "alice", Sequence: 1, Expiry: 1}.Sign(ledgertest.Key("alice")).Bytes(), ledger.ErrExpired},
		} {
			if _, err := s.Submit(t.Context(), c.bytes); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if m.Head().Height != 1 {
			t.Error("a refused transaction made a block")
		}
		if r := submit(t, s, tx("alice", 1, "apples 2000")); r.Code != ledger.CodeTerms {
			t.Errorf("%+v", r)
		}
	})
}

// A key that is replaced while the next block is gathered takes its old transactions down with it, and nobody else's.
func TestRotationUnderway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := start(t, &slow{takes: 20 * time.Millisecond})
		defer stop(t, s)
		var all sync.WaitGroup
		later := func(wait time.Duration, tx *ledger.Tx, want error) {
			all.Go(func() {
				time.Sleep(wait)
				if _, err := s.Submit(t.Context(), tx.Bytes()); !errors.Is(err, want) || (err == nil) != (want == nil) {
					t.Errorf("%s %d: %v", tx.Sender, tx.Sequence, err)
				}
			})
		}
		bob := ledgertest.Public("bob")
		later(0, ledgertest.Tx("alice", 0, "count/key", engine.Digest(bob).String()), nil)
		later(time.Millisecond, tx("alice", 1, "apples 1"), ledger.ErrSignature)
		later(2*time.Millisecond, tx("alice", 2, "apples 1"), ledger.ErrSequence)
		later(3*time.Millisecond, tx("carol", 0, "apples 1"), nil)
		later(time.Second, tx("alice", 1, "pears 1").Draft.Sign(ledgertest.Key("bob")), nil)
		all.Wait()
		if got := ledgertest.Value(t, m, "apples"); got != "1" {
			t.Errorf("apples = %s", got)
		}
	})
}

// A24: the queue is bounded in number and bytes; what does not fit is refused, what was taken is done.
func TestBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := start(t, &slow{takes: time.Minute}, func(c *solo.Config) { c.Queue, c.BlockTxs = 5, 2 })
		defer stop(t, s)
		var all sync.WaitGroup
		for n := range uint64(5) {
			all.Go(func() {
				time.Sleep(time.Duration(n) * time.Millisecond)
				submit(t, s, tx("alice", n, "apples 1"))
			})
		}
		time.Sleep(10 * time.Millisecond)
		if _, err := s.Submit(t.Context(), tx("bob", 0, "apples 1").Bytes()); !errors.Is(err, ledger.ErrBusy) {
			t.Errorf("%v", err)
		}
		all.Wait()
		submit(t, s, tx("bob", 0, "apples 1"))
		if got := ledgertest.Value(t, m, "apples"); got != "6" {
			t.Errorf("apples = %s", got)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		s, _ := start(t, &slow{takes: time.Minute}, func(c *solo.Config) { c.QueueBytes = 1 })
		defer stop(t, s)
		if _, err := s.Submit(t.Context(), tx("bob", 0, "apples 1").Bytes()); !errors.Is(err, ledger.ErrBusy) {
			t.Errorf("bytes: %v", err)
		}
	})
}

// Blocks gives every block once, from any height, the past ones and those to come.
func TestBlocksResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := start(t, new(ledgertest.Memory))
		for n := range uint64(3) {
			submit(t, s, tx("alice", n, "apples 1"))
		}
		seen := make(chan uint64, 10)
		var follower sync.WaitGroup
		follower.Go(func() {
			for b, err := range s.Blocks(t.Context(), 2) {
				if err != nil {
					if !errors.Is(err, ledger.ErrClosed) {
						t.Errorf("%v", err)
					}
					return
				}
				if b.Results[0].Events[0].Kind != "added" {
					t.Errorf("%+v", b.Results[0])
				}
				seen <- b.Header.Height
			}
		})
		synctest.Wait()
		submit(t, s, tx("alice", 3, "apples 1"))
		stop(t, s)
		follower.Wait()
		close(seen)
		want := uint64(2)
		for height := range seen {
			if height != want {
				t.Errorf("block %d, want %d", height, want)
			}
			want++
		}
		if want != 5 {
			t.Errorf("ended before %d", want)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		for _, err := range s.Blocks(ended, 0) {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%v", err)
			}
		}
	})
}

// Close does what was taken, refuses the rest, and may be called again.
func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := start(t, &slow{takes: 5 * time.Millisecond})
		var all sync.WaitGroup
		for n := range uint64(10) {
			all.Go(func() {
				time.Sleep(time.Duration(n) * time.Microsecond)
				submit(t, s, tx("alice", n, "apples 1"))
			})
		}
		time.Sleep(time.Millisecond)
		var waiting sync.WaitGroup
		waiting.Go(func() {
			if _, err := s.Wait(t.Context(), engine.Digest{1}); !errors.Is(err, ledger.ErrClosed) {
				t.Errorf("wait: %v", err)
			}
		})
		stop(t, s)
		all.Wait()
		waiting.Wait()
		stop(t, s)
		if got := ledgertest.Value(t, m, "apples"); got != "10" {
			t.Errorf("apples = %s", got)
		}
		if _, err := s.Submit(t.Context(), tx("alice", 10, "apples 1").Bytes()); !errors.Is(err, ledger.ErrClosed) {
			t.Errorf("after close: %v", err)
		}
		if r := submit(t, s, tx("alice", 3, "apples 1")); !r.OK() {
			t.Error("what stands can be asked for after close")
		}
	})
}

// A18, A23: when the store fails, everything waiting is told, nothing more is taken, and nothing false is served.
func TestHalt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := start(t, &slow{takes: 5 * time.Millisecond, failAt: 2})
		submit(t, s, tx("alice", 0, "apples 1"))
		var all sync.WaitGroup
		for n := range uint64(10) {
			all.Go(func() {
				time.Sleep(time.Duration(n) * time.Millisecond)
				if _, err := s.Submit(t.Context(), tx("alice", n+1, "apples 1").Bytes()); !errors.Is(err, ledger.ErrHalted) || !errors.Is(err, errDisk) {
					t.Errorf("%d: %v", n, err)
				}
			})
		}
		all.Wait()
		<-s.Halted()
		for range 2 {
			if err := s.Close(); !errors.Is(err, ledger.ErrHalted) {
				t.Errorf("close: %v", err)
			}
		}
		if _, err := s.Wait(t.Context(), engine.Digest{1}); !errors.Is(err, ledger.ErrHalted) {
			t.Errorf("wait: %v", err)
		}
		if m.Head().Height != 1 || ledgertest.Value(t, m, "apples") != "1" {
			t.Error("a block that was not written counts")
		}
	})
}

// A clock that stands or goes back does not stop the ledger: block times increase by at least a millisecond.
func TestClockGoesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := start(t, new(ledgertest.Memory), func(c *solo.Config) { c.Clock = func() time.Time { return ledgertest.Began.Add(-time.Hour) } })
		defer stop(t, s)
		for n := range uint64(3) {
			submit(t, s, tx("alice", n, "apples 1"))
		}
		if got := m.Head().At().Sub(ledgertest.Began); got != 3*time.Millisecond {
			t.Errorf("%v", got)
		}
	})
}

func TestStartRefusesBounds(t *testing.T) {
	for name, f := range map[string]func(*solo.Config){
		"too many": func(c *solo.Config) { c.BlockTxs = ledger.MaxBlockTxs + 1 }, "negative": func(c *solo.Config) { c.BlockTxs = -1 },
		"too large": func(c *solo.Config) { c.BlockBytes = ledger.MaxBlockBytes + 1 }, "below one transaction": func(c *solo.Config) { c.BlockBytes = ledger.MaxTx - 1 },
	} {
		var config solo.Config
		f(&config)
		if s, err := solo.Start(config); err == nil {
			t.Errorf("%s: started", name)
			stop(t, s)
		}
	}
}

func Example() {
	t := new(testing.T)
	m := ledgertest.Found(t, new(ledgertest.Memory))
	s, err := solo.Start(solo.Config{Machine: m, Proposer: ledgertest.Sequencer, Origin: ledgertest.Origin, Signer: ledgertest.Signer(t), Clock: time.Now})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	result, err := s.Submit(context.Background(), tx("alice", 0, "apples 3").Bytes())
	fmt.Println(result.Code, result.Height, result.Contract, err)
	// Output: ok 1 counter@1.0.0 <nil>
}

var _ ledger.Orderer = (*solo.Sequencer)(nil)
