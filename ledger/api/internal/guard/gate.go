package guard

import (
	"crypto/sha256"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Bound is on all clients, and on one.
type Bound struct{ All, OfOne int }

// Bounds are what a gate keeps to. The zero values mean the defaults.
type Bounds struct {
	Requests Bound // under way, streams aside; default 1,024 and 128
	Streams  Bound // open; default 1,024 and 32
	Bytes    Bound // of bodies under way; default 64 MiB and 8 MiB
	Writes   Bound // requests with a body, in a second; default 4,000 and 1,000, twice that at once
}

func (b *Bound) fill(all, ofOne int) {
	if b.All == 0 {
		b.All = all
	}
	if b.OfOne == 0 {
		b.OfOne = ofOne
	}
}

func (b Bound) tally() *tally {
	return &tally{all: int64(b.All), ofOne: int64(b.OfOne), used: map[string]int64{}}
}

// Gate admits requests. It is safe for concurrent use.
type Gate struct {
	bounds                   Bounds
	requests, streams, bytes *tally
	writes                   *rate.Limiter
	now                      func() time.Time

	mu    sync.Mutex
	ofOne map[string]*rate.Limiter // clients that wrote not long ago
	swept time.Time
}

// NewGate makes a gate.
func NewGate(bounds Bounds, now func() time.Time) *Gate {
	bounds.Requests.fill(1024, 128)
	bounds.Streams.fill(1024, 32)
	bounds.Bytes.fill(64<<20, 8<<20)
	bounds.Writes.fill(4000, 1000)
	return &Gate{bounds: bounds, requests: bounds.Requests.tally(), streams: bounds.Streams.tally(), bytes: bounds.Bytes.tally(),
		writes: rate.NewLimiter(rate.Limit(bounds.Writes.All), 2*bounds.Writes.All), now: now, ofOne: map[string]*rate.Limiter{}}
}

// Enter admits a request with a body of so many bytes, 0 for none, until leave is called; or it answers false.
func (g *Gate) Enter(r *http.Request, stream bool, bytes int64) (leave func(), admitted bool) {
	client := Client(r)
	under := g.requests
	if stream {
		under = g.streams
	}
	if !under.take(client, 1) {
		return nil, false
	}
	if bytes > 0 && !g.mayWrite(client) || !g.bytes.take(client, bytes) {
		under.give(client, 1)
		return nil, false
	}
	return func() {
		g.bytes.give(client, bytes)
		under.give(client, 1)
	}, true
}

// mayWrite tells whether a client is within its rate, and all are within theirs.
func (g *Gate) mayWrite(client string) bool {
	now := g.now()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sweep(now)
	l := g.ofOne[client]
	if l == nil {
		if len(g.ofOne) >= maxClients {
			return false
		}
		l = rate.NewLimiter(rate.Limit(g.bounds.Writes.OfOne), 2*g.bounds.Writes.OfOne)
		g.ofOne[client] = l
	}
	return l.AllowN(now, 1) && g.writes.AllowN(now, 1)
}

// maxClients bounds how many clients' rates are remembered, about 1 MB.
const maxClients = 10_000

// sweep forgets, every second, clients that have their full rate again.
func (g *Gate) sweep(now time.Time) {
	if since := now.Sub(g.swept); since >= 0 && since < time.Second {
		return
	}
	g.swept = now
	for client, l := range g.ofOne {
		if l.TokensAt(now) >= float64(l.Burst()) {
			delete(g.ofOne, client)
		}
	}
}

// Client is whom a request is counted for.
func Client(r *http.Request) string {
	if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		id := sha256.Sum256(r.TLS.PeerCertificates[0].RawSubjectPublicKeyInfo)
		return string(id[:])
	}
	return network(r.RemoteAddr)
}
