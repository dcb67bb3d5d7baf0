// Package guard keeps one client of a server from using what all need: connections, requests under way, bytes of bodies,
// submissions in a second. It also counts requests, without saying whose. It is for the API's server.
//
// Every bound is on one client and on all together. A client is a client certificate, or where there is none, a network
// address; in IPv6, the 64 bits that one subscriber has. What is above a bound is refused at once: nothing queues.
package guard

import (
	"net"
	"net/netip"
	"sync"
)

// Listener refuses connections above its bounds by closing them.
type Listener struct {
	net.Listener
	tally tally
}

// Listen bounds a listener's open connections: of all clients, and of one network address.
func Listen(l net.Listener, all, ofOne int) *Listener {
	return &Listener{Listener: l, tally: tally{all: int64(all), ofOne: int64(ofOne), used: map[string]int64{}}}
}

// Accept gives the next connection within the bounds.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		client := network(c.RemoteAddr().String())
		if l.tally.take(client, 1) {
			return &conn{Conn: c, release: sync.OnceFunc(func() { l.tally.give(client, 1) })}, nil
		}
		if tcp, is := c.(*net.TCPConn); is {
			tcp.SetLinger(0) // nothing of it is kept, not even by the system
		}
		c.Close()
	}
}

type conn struct {
	net.Conn
	release func()
}

func (c *conn) Close() error {
	defer c.release()
	return c.Conn.Close()
}

// network is the client that a remote address stands for.
func network(remote string) string {
	a, err := netip.ParseAddrPort(remote)
	if err != nil {
		return remote
	}
	ip := a.Addr().Unmap()
	if ip.Is4() {
		return ip.String()
	}
	subscriber, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return remote
	}
	return subscriber.String()
}

// tally counts what is in use, by all and by each.
type tally struct {
	all, ofOne int64 // bounds

	mu    sync.Mutex
	total int64
	used  map[string]int64
}

// take uses n more, or answers false when that is above a bound.
func (t *tally) take(client string, n int64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.total+n > t.all || t.used[client]+n > t.ofOne {
		return false
	}
	t.total += n
	t.used[client] += n
	return true
}

func (t *tally) give(client string, n int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.total -= n
	if t.used[client] -= n; t.used[client] == 0 {
		delete(t.used, client)
	}
}
