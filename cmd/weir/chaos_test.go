package main

import (
	"context"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/member/control"
	"weir/engine/receipt"
	"weir/ledger/contract"
	"weir/ledger/contract/consents"
)

// chaos is how many requests the test below makes; WEIR_CHAOS sets another number (make chaos: 1,000).
func chaos(t *testing.T) (requests, subjects int) {
	text := os.Getenv("WEIR_CHAOS")
	if text == "" {
		return 6, 3
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("WEIR_CHAOS=%q: want a number of requests", text)
	}
	return n, min(n, 100)
}

// plan is what becomes of one request's consent before it is asked for.
type plan int

const (
	plain   plan = iota
	revoked      // taken back before the request
	expired      // its time is over before the request
	taken        // taken back at about the same time: the score, or a refusal
)

// Requests over real processes, of which any is killed with kill -9 again and again: no request is lost, none is answered
// twice, none is wrong, and what was taken back is not answered.
func TestProcessesThatAreKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("about a minute: real processes and real proofs")
	}
	requests, subjects := chaos(t)
	d := deploy(t, 30*time.Second)
	d.sealModel()
	stop := d.killAtRandom()
	ids := enterprises(t, subjects)
	var mu sync.Mutex
	given := map[int]consent.Key{}
	var scored, refused atomic.Int64
	group, ctx := errgroup.WithContext(t.Context())
	group.SetLimit(4)
	for i := range requests {
		group.Go(func() error {
			id, what := ids[i%len(ids)], planOf(i)
			key, score, err := d.ask(ctx, i, id, what)
			var no *control.RefusedError
			switch {
			case err == nil && (what == plain || what == taken):
				if want := d.reference(id); score != want {
					return fmt.Errorf("request %d: a wrong score", i)
				}
				scored.Add(1)
				mu.Lock()
				given[i] = key
				mu.Unlock()
				return nil
			case errors.As(err, &no) && what != plain && about(no.Reason):
				refused.Add(1)
				return nil
			}
			return fmt.Errorf("request %d of plan %d: %w", i, what, err)
		})
	}
	err := group.Wait()
	kills := stop()
	if err != nil {
		t.Fatal(err)
	}
	for i, key := range given {
		d.usedOnce(i, key)
	}
	d.receiptsHold(int(scored.Load()))
	t.Logf("%d requests over %d enterprises: %d scored, each once and exact, %d refused as planned, %d kills", requests, len(ids), scored.Load(), refused.Load(), kills)
}

func planOf(i int) plan {
	switch i % 10 {
	case 3:
		return revoked
	case 5:
		return expired
	case 8:
		return taken
	}
	return plain
}

// about tells whether a refusal says what was planned.
func about(reason string) bool {
	return strings.Contains(reason, "revoked") || strings.Contains(reason, "revocation") || strings.Contains(reason, "expired") || strings.Contains(reason, "taken back")
}

// ask gives a consent, does to it what is planned, and asks for the score until there is an answer: the score, and the reasons.
func (d *deployment) ask(ctx context.Context, i int, id engine.Identifier, what plan) (consent.Key, string, error) {
	wallet, err := d.enrolled(id)
	if err != nil {
		return consent.Key{}, "", err
	}
	valid := time.Hour
	if what == expired {
		valid = 2 * time.Second
	}
	wallet.Lock()
	key, err := d.give(wallet.Wallet, valid)
	wallet.Unlock()
	if err != nil {
		return key, "", fmt.Errorf("consent: %w", err)
	}
	switch what {
	case revoked:
		err = wallet.revoke(ctx, key)
	case expired:
		err = wait(ctx, 3100*time.Millisecond)
	case taken:
		time.AfterFunc(time.Duration(i%7)*100*time.Millisecond, func() { wallet.revoke(ctx, key) })
	}
	if err != nil {
		return key, "", err
	}
	answer, err := d.score(ctx, fmt.Sprintf("file-%d", i), key)
	if err != nil {
		return key, "", err
	}
	return key, told(answer.Score, answer.Reasons), nil
}

// killAtRandom kills one process after another, until the returned function is called; it gives how many.
func (d *deployment) killAtRandom() (stop func() int) {
	ctx, cancel := context.WithCancel(d.t.Context())
	done := make(chan int)
	var names []string
	for name := range d.children {
		names = append(names, name)
	}
	go func() {
		kills := 0
		random := mathrand.New(mathrand.NewPCG(1, uint64(time.Now().UnixNano())))
		for wait(ctx, time.Duration(2000+random.IntN(4000))*time.Millisecond) == nil {
			if err := d.children[names[random.IntN(len(names))]].restart(); err != nil {
				d.t.Errorf("start again: %v", err)
			}
			kills++
		}
		done <- kills
	}()
	return func() int { cancel(); return <-done }
}

// usedOnce asks the ledger how often a consent was used.
func (d *deployment) usedOnce(i int, key consent.Key) {
	d.t.Helper()
	var status consents.Status
	d.eventually("ask the ledger", time.Minute, func(ctx context.Context) error {
		b, err := d.client.Ask(ctx, consents.Name, "status", canonical.Encode(key))
		if err != nil {
			return err
		}
		return canonical.Decode(b, contract.MaxValue, &status)
	})
	if status.Charged != 1 || status.Reserved != 0 {
		d.t.Errorf("request %d: its consent was charged %d times, %d uses are reserved", i, status.Charged, status.Reserved)
	}
}

// receiptsHold checks every receipt that the bank kept.
func (d *deployment) receiptsHold(want int) {
	d.t.Helper()
	trust := d.trust()
	files, err := os.ReadDir(d.path("bank", "receipts"))
	if err != nil {
		d.t.Fatal(err)
	}
	held := 0
	for _, f := range files {
		b, err := os.ReadFile(d.path("bank", "receipts", f.Name()))
		if err != nil {
			d.t.Fatal(err)
		}
		if failed := receipt.Verify(b, trust, receiptJudge).Failed(); failed != nil {
			d.t.Errorf("%s: %s: %s", f.Name(), failed.Name, failed.Why)
			continue
		}
		held++
	}
	if held != want {
		d.t.Errorf("%d receipts for %d scores", held, want)
	}
}
