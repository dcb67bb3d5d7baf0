// Package guard keeps one client of a server from using what all need: connections, requests under way, bytes of bodies,
// submissions in a second. It also counts requests, without saying whose. It is for the API's server.
//
// Every bound is on one client and on all together. A client is a client certificate, or where there is none, a network
// address; in IPv6, the 64 bits that one subscriber has. What is above a bound is refused at once: nothing queues.
package guard

import (
	"net"
	"net/netip"
	"slices"
	"sync"
)

// Listener refuses connections above its bounds by closing them. When all connections are in use, one more of a client that
// has few goes before the oldest of the client that has most: nobody keeps others out by holding what there is.
type Listener struct {
	net.Listener
	all, ofOne int

	mu    sync.Mutex
	total int
	open  map[string][]*conn // of each client, the oldest first
}

// Listen bounds a listener's open connections: of all clients, and of one network address.
func Listen(l net.Listener, all, ofOne int) *Listener {
	return &Listener{Listener: l, all: all, ofOne: ofOne, open: map[string][]*conn{}}
}

// Accept gives the next connection within the bounds.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		admitted, gone := l.admit(c)
		if gone != nil {
			cutOff(gone.Conn)
		}
		if admitted != nil {
			return admitted, nil
		}
		cutOff(c)
	}
}

// cutOff closes a connection so that nothing of it is kept, not even by the system.
func cutOff(c net.Conn) {
	if tcp, is := c.(*net.TCPConn); is {
		tcp.SetLinger(0)
	}
	c.Close()
}

// admit counts a connection, or gives nil. gone is one that has to be closed for it.
func (l *Listener) admit(c net.Conn) (admitted, gone *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	client := network(c.RemoteAddr().String())
	has := len(l.open[client])
	if has >= l.ofOne {
		return nil, nil
	}
	if l.total >= l.all {
		if gone = l.oldestOfMost(has + 1); gone == nil {
			return nil, nil
		}
		l.remove(gone)
	}
	admitted = &conn{Conn: c, listener: l, client: client}
	l.open[client] = append(l.open[client], admitted)
	l.total++
	return admitted, gone
}

// oldestOfMost is the oldest connection of the client that has most, if it has more than so many.
func (l *Listener) oldestOfMost(than int) (oldest *conn) {
	for _, list := range l.open {
		if len(list) > than {
			oldest, than = list[0], len(list)
		}
	}
	return oldest
}

// remove counts a connection no more; doing it again does nothing.
func (l *Listener) remove(c *conn) {
	i := slices.Index(l.open[c.client], c)
	if i < 0 {
		return
	}
	l.total--
	if l.open[c.client] = slices.Delete(l.open[c.client], i, i+1); len(l.open[c.client]) == 0 {
		delete(l.open, c.client)
	}
}

type conn struct {
	net.Conn
	listener *Listener
	client   string
}

func (c *conn) Close() error {
	c.listener.mu.Lock()
	c.listener.remove(c)
	c.listener.mu.Unlock()
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
