package load

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"weir/ledger"
)

// Traffic is signed transactions, a list for each sender, and how many of each sender's may be on their way.
type Traffic struct {
	Txs    [][]*ledger.Tx
	Window int
	before *ledger.Tx // sent first, and not counted; nil for none
}

// Notes are so many senders' notes, one of each on its way.
func Notes(senders, each int) *Traffic {
	return traffic(senders, each, 1, Stranger, (*Sender).Note)
}

// Deposits are so many members' deposits of count documents each, up to four of each member on their way.
func Deposits(members, each int, count uint64) *Traffic {
	return traffic(members, each, 4, Member, func(s *Sender) *ledger.Tx { return s.Deposit(count) })
}

// Proofs are one bare key's claims about a table, so many on their way at once.
func Proofs(table []byte, claims []Proof, window int) *Traffic {
	s := Stranger(0)
	t := &Traffic{Txs: make([][]*ledger.Tx, 1), Window: window, before: s.Table(table)}
	for _, claim := range claims {
		t.Txs[0] = append(t.Txs[0], s.Proof(claim))
	}
	return t
}

func traffic(senders, each, window int, sender func(int) *Sender, next func(*Sender) *ledger.Tx) *Traffic {
	t := &Traffic{Txs: make([][]*ledger.Tx, senders), Window: window}
	var made sync.WaitGroup
	for i := range t.Txs {
		made.Go(func() {
			s := sender(i)
			for range each {
				t.Txs[i] = append(t.Txs[i], next(s))
			}
		})
	}
	made.Wait()
	return t
}

// Count is how many transactions there are.
func (t *Traffic) Count() (n int) {
	for _, list := range t.Txs {
		n += len(list)
	}
	return n
}

// Rate is what became of a traffic: every transaction is durable, and its result is ok.
type Rate struct {
	Transactions int
	Blocks       int
	Took         time.Duration
}

// PerSecond is transactions a second.
func (r *Rate) PerSecond() float64 { return float64(r.Transactions) / r.Took.Seconds() }

// Run hands over all of a traffic, and waits for the results.
func (t *Traffic) Run(ctx context.Context, l *Ledger) (*Rate, error) {
	if t.before != nil {
		if err := l.Submit(ctx, t.before); err != nil {
			return nil, err
		}
	}
	var done atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	first, began := l.Machine.Head().Height, time.Now()
	for _, list := range t.Txs {
		group.Go(func() error { return t.send(ctx, l, list, &done) })
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return &Rate{Transactions: int(done.Load()), Blocks: int(l.Machine.Head().Height - first), Took: time.Since(began)}, nil
}

// send hands one sender's transactions over in order, and waits for the oldest when the window is full.
func (t *Traffic) send(ctx context.Context, l *Ledger, list []*ledger.Tx, done *atomic.Int64) error {
	var waiting []func(context.Context) (*ledger.Result, error)
	for len(list) > 0 || len(waiting) > 0 {
		if len(list) > 0 && len(waiting) < t.Window {
			await, err := l.solo.HandOver(list[0].Bytes())
			if err != nil {
				return err
			}
			waiting, list = append(waiting, await), list[1:]
			continue
		}
		if err := taken(waiting[0](ctx)); err != nil {
			return err
		}
		waiting = waiting[1:]
		done.Add(1)
	}
	return nil
}

// Lone sends one note after another, each when the one before is durable, and gives how long each took.
func Lone(ctx context.Context, l *Ledger, count int) ([]time.Duration, error) {
	s := Stranger(1 << 20)
	times := make([]time.Duration, count)
	for i := range times {
		tx := s.Note()
		began := time.Now()
		if err := l.Submit(ctx, tx); err != nil {
			return nil, err
		}
		times[i] = time.Since(began)
	}
	return times, nil
}
