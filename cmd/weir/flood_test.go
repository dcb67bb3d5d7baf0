package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"weir/engine/canonical"
	"weir/ledger"
	"weir/ledger/deposit"
)

// flooders are the addresses that an attack on a node comes from, on loopback.
type flooders struct {
	s         *served
	addresses int
	all       sync.WaitGroup
	dialled   atomic.Int64
	refused   atomic.Int64 // connections that the node, or the system, did not take or did not keep

	mu       sync.Mutex
	statuses map[int]int
}

// allowFiles raises the limit on open files to what the system lets this process have, and skips where that is too few.
func allowFiles(t *testing.T, want int) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	limit.Cur = limit.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur < uint64(want) {
		t.Skipf("the system lets this process have %d open files, %d are needed (ulimit -Hn): %v", limit.Cur, want, err)
	}
}

func address(i int) *net.TCPAddr {
	return &net.TCPAddr{IP: net.IPv4(127, 2, byte(i/250), byte(i%250+1))}
}

// hold opens connections from all addresses, says something on each, and keeps them open without reading, until ctx ends.
func (f *flooders) hold(ctx context.Context, connections int, say string) {
	f.all.Go(func() {
		var open []net.Conn
		for i := range connections {
			d := net.Dialer{LocalAddr: address(i % f.addresses), Timeout: time.Second}
			c, err := d.DialContext(ctx, "tcp", f.s.address)
			f.dialled.Add(1)
			if err == nil {
				_, err = io.WriteString(c, say)
				open = append(open, c)
			}
			if err != nil {
				f.refused.Add(1)
			}
		}
		<-ctx.Done()
		for _, c := range open {
			c.Close()
		}
	})
}

// junk posts transactions that look right, and are not, from one address, and counts the answers.
func (f *flooders) junk(ctx context.Context, from int, make func(n uint64) []byte) {
	d := net.Dialer{LocalAddr: address(from), Timeout: time.Second}
	client := &http.Client{Transport: &http.Transport{DialContext: d.DialContext}, Timeout: 5 * time.Second}
	for n := uint64(0); ctx.Err() == nil; n++ {
		status, _, err := f.s.post(ctx, client, make(n))
		if err != nil {
			_ = wait(ctx, 10*time.Millisecond)
			continue
		}
		f.mu.Lock()
		f.statuses[status]++
		f.mu.Unlock()
	}
}

// gigabyte announces a body of 1 GiB and gives the status of the answer.
func (f *flooders) gigabyte() (status int, err error) {
	c, err := net.Dial("tcp", f.s.address)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	fmt.Fprintf(c, "POST /v1/transactions HTTP/1.1\r\nHost: n\r\nContent-Type: application/cbor\r\nContent-Length: %d\r\n\r\n", 1<<30)
	_, err = fmt.Fscanf(c, "HTTP/1.1 %d", &status)
	return status, err
}

// begin starts everything at once.
func (f *flooders) begin(ctx context.Context, connections, workers int) {
	each := connections / 5
	f.hold(ctx, each, "")                                                          // says nothing
	f.hold(ctx, each, "GET /v1/status HTTP/1.1\r\nHost: n\r\n")                    // never ends its header
	f.hold(ctx, each, "GET /v1/blocks HTTP/1.1\r\nHost: n\r\n\r\n")                // reads nothing
	f.hold(ctx, each, "GET /v1/blocks?from=999999999 HTTP/1.1\r\nHost: n\r\n\r\n") // waits for what will not come
	slow := &flooders{s: f.s, addresses: 2, statuses: map[int]int{}}
	slow.hold(ctx, each, "POST /v1/transactions HTTP/1.1\r\nHost: n\r\nContent-Type: application/cbor\r\nContent-Length: 262144\r\n\r\nab")
	f.all.Go(func() {
		slow.all.Wait()
		f.dialled.Add(slow.dialled.Load())
		f.refused.Add(slow.refused.Load())
	})
	victim := f.s.holders[0]
	draft := func(n uint64) ledger.Draft {
		body := deposit.Deposit{Digest: sha256.Sum256(fmt.Appendf(nil, "junk %d", n)), Count: 1, Public: strings.Repeat("junk ", 40)}
		return ledger.Draft{Chain: f.s.chain, Kind: deposit.KindDeposit, Sender: ledger.Account(victim.name), Sequence: victim.next, Expiry: 1 << 62, Body: canonical.Encode(body)}
	}
	other := f.s.holders[1].key
	for i, change := range []func(*ledger.Draft){
		func(*ledger.Draft) {},                        // signed by another
		func(d *ledger.Draft) { d.Expiry = 0 },        // expired
		func(d *ledger.Draft) { d.Chain = "another" }, // of another chain
	} {
		for range workers {
			f.all.Go(func() {
				f.junk(ctx, i, func(n uint64) []byte {
					d := draft(n)
					change(&d)
					tx := d.Sign(other)
					return tx.Bytes()
				})
			})
		}
	}
}

// honest has every holder but the first deposit for a while, one after another, and gives how long each deposit took.
func (s *served) honest(ctx context.Context, lasts time.Duration) (times []time.Duration) {
	var mu sync.Mutex
	var all sync.WaitGroup
	end := time.Now().Add(lasts)
	for _, d := range s.holders[1:] {
		all.Go(func() {
			for time.Now().Before(end) {
				began := time.Now()
				status, err := d.deposit(ctx, s)
				for ; err == nil && (status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable); status, err = d.deposit(ctx, s) {
					_ = wait(ctx, 10*time.Millisecond) // as a client does
				}
				if err != nil || status != http.StatusOK {
					s.t.Errorf("%s: status %d, %v", d.name, status, err)
					return
				}
				mu.Lock()
				times = append(times, time.Since(began))
				mu.Unlock()
				_ = wait(ctx, 20*time.Millisecond)
			}
		})
	}
	all.Wait()
	return times
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	if len(times) == 0 {
		return 0
	}
	return times[len(times)/2]
}

// A24: under ten thousand connections that say nothing, or half of something, or read nothing, and floods of transactions that
// look right, a node's memory is bounded, everything that is refused is refused with a reason, and members are served. How much
// longer they wait is said and not judged: the attackers take the processor that the node would have.
func TestNodeUnderAttack(t *testing.T) {
	if testing.Short() {
		t.Skip("real processes")
	}
	lasts, full := flood(t)
	connections, addresses, workers := 500, 10, 1
	if full {
		connections, addresses, workers = 10_000, 40, 8
	}
	allowFiles(t, connections+1000)
	s := serveNode(t, 4)
	alone := s.honest(t.Context(), lasts)
	ctx, cancel := context.WithCancel(t.Context())
	f := &flooders{s: s, addresses: addresses, statuses: map[int]int{}}
	f.begin(ctx, connections, workers)
	flooded := s.honest(t.Context(), lasts)
	status, err := f.gigabyte()
	if err != nil || status != http.StatusRequestEntityTooLarge {
		t.Errorf("a body of 1 GiB: status %d, %v", status, err)
	}
	stranger := &depositor{name: s.holders[0].name, key: s.holders[0].key, client: from(5000)} // comes now, over a new connection
	if status, err := stranger.deposit(t.Context(), s); err != nil || status != http.StatusOK {
		t.Errorf("a member who comes during the attack: status %d, %v", status, err)
	}
	cancel()
	f.all.Wait()
	peak, _, _ := s.memory()
	slower := float64(median(flooded)) / float64(max(median(alone), 1))
	t.Logf("%d connections asked for, %d not taken or not kept; junk was answered %v; %d honest deposits, p50 %v, before %d, p50 %v: %.1f times as long with the attackers on the same cores (to reach: 2); memory at most %d MiB",
		f.dialled.Load(), f.refused.Load(), f.statuses, len(flooded), median(flooded), len(alone), median(alone), slower, peak)
	for status := range f.statuses {
		if status < 400 || status >= 500 && status != http.StatusServiceUnavailable {
			t.Errorf("junk was answered with status %d", status)
		}
	}
	if len(f.statuses) == 0 || len(flooded) == 0 {
		t.Error("nothing was done")
	}
	if peak > mostLoaded {
		t.Errorf("the node used %d MiB, limit %d", peak, mostLoaded)
	}
}
