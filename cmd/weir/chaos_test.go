package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/member/control"
	"weir/engine/member/folder"
	"weir/engine/receipt"
	"weir/ledger/contract"
	"weir/ledger/contract/consents"
	"weir/ledger/contract/tasks"
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

// One consortium of real processes, founded by commands.
func TestProcesses(t *testing.T) {
	if testing.Short() {
		t.Skip("about a minute: real processes and real proofs")
	}
	d := deploy(t, 30*time.Second)
	d.sealModel()
	for _, part := range []struct {
		name string
		test func(*testing.T, *deployment)
	}{{"RunByCommands", testCommands}, {"ThatAreKilled", testKills}} {
		t.Run(part.name, func(t *testing.T) {
			d.t = t
			part.test(t, d)
		})
		d.t = t
	}
}

// Requests over processes of which any is killed with kill -9 again and again: no request is lost, none is answered twice,
// none is wrong, and what was taken back is not answered.
func testKills(t *testing.T, d *deployment) {
	requests, subjects := chaos(t)
	before := d.receipts()
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
	d.receiptsHold(before + int(scored.Load()))
	d.auditTells(given, before)
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
	lasts := "1h"
	if what == expired {
		lasts = "5s"
	}
	key, err := wallet.give(lasts)
	if err != nil {
		return key, "", fmt.Errorf("consent: %w", err)
	}
	switch what {
	case revoked:
		err = wallet.revoke(key)
	case expired:
		err = wait(ctx, 6100*time.Millisecond)
	case taken:
		time.AfterFunc(time.Duration(i%7)*100*time.Millisecond, func() { wallet.revoke(key) })
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

// auditTells has the supervisor audit the ledger, through the node and then over its store: every score that was given is
// told, with the proofs judged again. before is how many there were before them.
func (d *deployment) auditTells(given map[int]consent.Key, before int) {
	d.t.Helper()
	for _, file := range []string{filepath.Join("node", folder.ConsortiumFile), filepath.Join("node", keysFolder)} {
		if err := exec.Command("cp", "-r", d.path(file), d.path("supervisor")).Run(); err != nil {
			d.t.Fatal(err)
		}
	}
	told := func(args ...string) (uses map[string]shownUse, settled int) {
		var out, said bytes.Buffer
		if status := run(d.t.Context(), append([]string{"audit", "--as", d.path("supervisor"), "--json"}, args...), nil, &out, &said); status != 0 {
			d.t.Fatalf("%d: %s", status, said.String())
		}
		var a audited
		if err := json.Unmarshal(out.Bytes(), &a); err != nil {
			d.t.Fatal(err)
		}
		uses = map[string]shownUse{}
		for _, u := range a.Uses {
			if u.End == string(tasks.Settled) {
				uses[u.Consent], settled = u, settled+1
			}
		}
		return uses, settled
	}
	check := func(uses map[string]shownUse, settled int) {
		if settled != before+len(given) {
			d.t.Errorf("%d scores are told, %d were given", settled, before+len(given))
		}
		for _, key := range given {
			if u := uses[hex.EncodeToString(key[:])]; !u.Charged || u.Bank != "bank" || u.Bits != 13 {
				d.t.Errorf("%+v", u)
			}
		}
	}
	check(told("--node", "http://"+d.address))
	d.children["node"].kill(syscall.SIGTERM)
	check(told("--store", d.path("node", "ledger", "store")))
}

// receipts is how many the bank kept.
func (d *deployment) receipts() int {
	d.t.Helper()
	files, err := os.ReadDir(d.path("bank", "receipts"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		d.t.Fatal(err)
	}
	return len(files)
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
