package api_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/engine/message"
	"weir/ledger/api"
	"weir/ledger/api/server"
)

// attack is what A24 does to a node, from an address of its own on loopback, until ctx ends.
type attack struct {
	address string
	dialer  net.Dialer
	all     sync.WaitGroup
}

func newAttack(address string) *attack {
	return &attack{address: address, dialer: net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}, Timeout: time.Second}}
}

// hold opens connections, says something on each, and keeps them open.
func (a *attack) hold(ctx context.Context, count int, say string) {
	a.all.Go(func() {
		var open []net.Conn
		for range count {
			c, err := a.dialer.DialContext(ctx, "tcp", a.address)
			if err != nil {
				continue
			}
			_, _ = io.WriteString(c, say) // it may be closed already
			open = append(open, c)
		}
		<-ctx.Done()
		for _, c := range open {
			c.Close()
		}
	})
}

// flood repeats a request from several connections.
func (a *attack) flood(ctx context.Context, workers int, make func() (method, path string, body io.Reader)) {
	client := &http.Client{Transport: &http.Transport{DialContext: a.dialer.DialContext}, Timeout: time.Second}
	for range workers {
		a.all.Go(func() {
			for ctx.Err() == nil {
				method, path, body := make()
				r, err := http.NewRequestWithContext(ctx, method, "http://"+a.address+path, body)
				if err != nil {
					return
				}
				if response, err := client.Do(r); err == nil {
					_, _ = io.Copy(io.Discard, response.Body)
					response.Body.Close()
				}
			}
		})
	}
}

func (a *attack) begin(ctx context.Context, connections int) {
	junk := strings.Repeat("x", 100_000)
	a.hold(ctx, connections, "")                                                                                                       // says nothing
	a.hold(ctx, connections, "GET /v1/status HTTP/1.1\r\nHost: n\r\n")                                                                 // never ends its header
	a.hold(ctx, connections, "POST /v1/transactions HTTP/1.1\r\nHost: n\r\nContent-Length: 262144\r\n\r\nab")                          // sends slowly
	a.hold(ctx, connections, "PUT /v1/contents/"+strings.Repeat("0", 64)+" HTTP/1.1\r\nHost: n\r\nContent-Length: 1073741824\r\n\r\n") // 1 GiB
	a.hold(ctx, connections, "GET /v1/blocks HTTP/1.1\r\nHost: n\r\n\r\n")                                                             // reads nothing
	a.flood(ctx, 2, func() (string, string, io.Reader) {
		return http.MethodPost, "/v1/transactions", strings.NewReader(junk)
	})
	a.flood(ctx, 1, func() (string, string, io.Reader) {
		return http.MethodPost, "/v1/transactions", io.MultiReader(strings.NewReader(junk), endless{})
	})
	a.flood(ctx, 1, func() (string, string, io.Reader) { return http.MethodPost, "/v1/mail/alice", strings.NewReader(junk) })
	a.flood(ctx, 1, func() (string, string, io.Reader) {
		return http.MethodGet, "/v1/entries?kind=post&prefix=" + junk[:4000], nil
	})
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// honest is a member's calls.
func honest(t testing.TB, c *api.Client, n uint64) {
	t.Helper()
	content := fmt.Append(nil, "content ", n)
	for name, err := range map[string]error{
		"submit": second(c.Submit(t.Context(), post("alice", n, fmt.Sprint("honest/", n)).Bytes())),
		"find":   second(c.Find(t.Context(), "post", fmt.Sprint("honest/", n))),
		"store":  second(c.Store(t.Context(), message.Blob(content), content)),
	} {
		if err != nil {
			t.Errorf("%s %d: %v", name, n, err)
		}
	}
}

// A24: under a load of connections, slow senders, too large bodies and junk, memory is bounded and members are served.
func TestUnderAttack(t *testing.T) {
	w := newWorld(t)
	address, _ := w.run(t, server.Listen{Address: "127.0.0.1:0", Shutdown: time.Minute})
	c := dialWith(t, "http://"+address, api.ClientOptions{Chain: "test"})
	honest(t, c, 0)
	before := inUse()
	ctx, cancel := context.WithCancel(t.Context())
	a := newAttack(address)
	a.begin(ctx, 150)
	most := uint64(0)
	for n := range uint64(40) {
		honest(t, c, n+1)
		most = max(most, inUse())
	}
	cancel()
	a.all.Wait()
	if grown := int64(most) - int64(before); grown > 128<<20 {
		t.Errorf("memory grew by %d MiB, attackers' own included", grown>>20)
	}
}

// inUse is the bytes of heap and stacks in use.
func inUse() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

// An honest member's three calls, alone and under attack.
func BenchmarkHonest(b *testing.B) {
	for _, connections := range []int{0, 500} {
		b.Run(fmt.Sprintf("attackers=%d", 5*connections), func(b *testing.B) {
			w := newWorld(b)
			address, _ := w.run(b, server.Listen{Address: "127.0.0.1:0", Shutdown: time.Second})
			c := dialWith(b, "http://"+address, api.ClientOptions{Chain: "test"})
			ctx, cancel := context.WithCancel(b.Context())
			a := newAttack(address)
			if connections > 0 {
				a.begin(ctx, connections)
			}
			n := uint64(0)
			for b.Loop() {
				honest(b, c, n)
				n++
			}
			b.ReportMetric(float64(inUse()>>20), "MiB")
			cancel()
			a.all.Wait()
		})
	}
}

// A24: streams that nobody reads, each stuck at another block, share a bounded memory; whoever reads gets every block.
func TestStreamsThatNobodyReads(t *testing.T) {
	if testing.Short() {
		t.Skip("some seconds: 50 MB of blocks, 240 streams")
	}
	w := newWorld(t)
	const blocks, clients, each = 200, 8, 30
	junk := strings.Repeat("x", 250_000)
	for n := range uint64(blocks) {
		submit(t, w.node, post("alice", n, fmt.Sprint("large/", n, " ", junk)))
	}
	address, _ := w.run(t, server.Listen{Address: "127.0.0.1:0", Shutdown: time.Minute})
	runtime.GC()
	before := inUse()
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for i := range clients {
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(i+1))}, Timeout: 5 * time.Second}
		for k := range each {
			all.Go(func() {
				c, err := dialer.DialContext(ctx, "tcp", address)
				if err != nil {
					t.Error(err)
					return
				}
				defer c.Close()
				c.(*net.TCPConn).SetReadBuffer(4096)
				fmt.Fprintf(c, "GET /v1/blocks HTTP/1.1\r\nHost: n\r\nLast-Event-ID: %d\r\n\r\n", (i*each+k)%blocks)
				<-ctx.Done()
			})
		}
	}
	c := dialWith(t, "http://"+address, api.ClientOptions{Chain: "test"})
	next := uint64(0)
	for block, err := range c.Blocks(t.Context(), 0) {
		if err != nil || block.Header.Height != next {
			t.Fatalf("block %d: %v", next, err)
		}
		if next++; next > blocks {
			break
		}
	}
	runtime.GC()
	grown := (int64(inUse()) - int64(before)) >> 20
	cancel()
	all.Wait()
	t.Logf("%d MiB are held, the client's own included", grown)
	if grown > 96 {
		t.Errorf("%d MiB are held", grown)
	}
}
