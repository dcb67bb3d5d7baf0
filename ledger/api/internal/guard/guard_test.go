package guard

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"
)

func from(remote string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = remote
	return r
}

func TestOneClientIsOneSubscriber(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"10.0.0.1:1", "10.0.0.1:2", true}, {"10.0.0.1:1", "10.0.0.2:1", false}, {"[::ffff:10.0.0.1]:1", "10.0.0.1:1", true},
		{"[2001:db8::1]:1", "[2001:db8::2]:1", true}, {"[2001:db8::1]:1", "[2001:db8:0:1::1]:1", false}, {"[fe80::1%eth0]:1", "[fe80::1%eth1]:1", true},
	} {
		if same := Client(from(c.a)) == Client(from(c.b)); same != c.same {
			t.Errorf("%s and %s: %v", c.a, c.b, same)
		}
	}
}

// One client that uses all it may leaves room for others; all together have a bound as well.
func TestGate(t *testing.T) {
	now := time.Unix(0, 0)
	g := NewGate(Bounds{Requests: Bound{All: 3, OfOne: 2}, Bytes: Bound{All: 100, OfOne: 60}, Writes: Bound{All: 4, OfOne: 2}}, func() time.Time { return now })
	var leaves []func()
	enter := func(who string, stream bool, bytes int64, want bool) {
		t.Helper()
		leave, admitted := g.Enter(from(who+":1"), stream, bytes)
		if admitted != want {
			t.Errorf("%s with %d bytes: %v", who, bytes, admitted)
		}
		if admitted {
			leaves = append(leaves, leave)
		}
	}
	out := func() {
		for _, leave := range leaves {
			leave()
		}
		leaves = nil
	}
	enter("10.0.0.1", false, 0, true)
	enter("10.0.0.1", false, 0, true)
	enter("10.0.0.1", false, 0, false) // a third of one
	enter("10.0.0.1", true, 0, true)   // streams count apart
	enter("10.0.0.2", false, 0, true)
	enter("10.0.0.3", false, 0, false) // a fourth of all
	out()
	enter("10.0.0.1", false, 60, true)
	enter("10.0.0.1", false, 1, false)  // more bytes than one may
	enter("10.0.0.2", false, 41, false) // more than all may
	enter("10.0.0.2", false, 40, true)
	out()
	for range 2 {
		enter("10.0.0.1", false, 1, true) // with the two before, twice the rate at once
		out()
	}
	enter("10.0.0.1", false, 1, false)
	enter("10.0.0.1", false, 0, true) // reading is not writing
	out()
	now = now.Add(time.Second)
	enter("10.0.0.1", false, 1, true)
	out()
	now = now.Add(time.Hour)
	enter("10.0.0.9", false, 1, true)
	out()
	if len(g.ofOne) != 1 || g.requests.total+g.streams.total+g.bytes.total != 0 || len(g.requests.used)+len(g.streams.used)+len(g.bytes.used) != 0 {
		t.Errorf("something is kept of clients that are gone: %d rates", len(g.ofOne))
	}
}

// Connections above the bound are closed, those within are served, and one that ends makes room.
func TestListener(t *testing.T) {
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := Listen(plain, 9, 2)
	defer l.Close()
	accepted := make(chan net.Conn, 9)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- c
		}
	}()
	dial := func() net.Conn {
		t.Helper()
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	refused := func() bool {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			return true // cut off while it was being made
		}
		defer c.Close()
		_, err = c.Read(make([]byte, 1))
		return err != nil
	}
	dial()
	first := <-accepted
	dial()
	<-accepted
	if !refused() {
		t.Error("a third connection is served")
	}
	first.Close()
	first.Close() // counts once
	dial()
	<-accepted
	if !refused() {
		t.Error("a closed connection made room for two")
	}
}

// A client that has few connections gets one when others hold all there are, and takes it from whoever holds most.
func TestNobodyHoldsAllConnections(t *testing.T) {
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := Listen(plain, 6, 4)
	defer l.Close()
	dial := func(from byte) (c net.Conn, served net.Conn) {
		t.Helper()
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, from)}}
		c, err := d.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		accepted, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		return c, accepted
	}
	var held []net.Conn
	for _, from := range []byte{2, 2, 2, 2, 3, 3} {
		c, _ := dial(from)
		held = append(held, c)
	}
	_, honest := dial(4)
	if who := network(honest.RemoteAddr().String()); who != "127.0.0.4" || l.total != 6 || len(l.open["127.0.0.2"]) != 3 {
		t.Errorf("%s is served, %d connections, %d of the client that had most", who, l.total, len(l.open["127.0.0.2"]))
	}
	for i, c := range held {
		c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		_, err := c.Read(make([]byte, 1))
		var timeout net.Error
		if open := errors.As(err, &timeout) && timeout.Timeout(); open != (i > 0) {
			t.Errorf("connection %d: %v", i, err)
		}
	}
	honest.Close()
	honest.Close()
	if l.total != 5 {
		t.Errorf("%d connections are counted", l.total)
	}
	// Two clients have three each: a fourth goes before nobody's.
	dial(3)
	if _, gone := l.admit(&fake{remote: "127.0.0.3:1"}); gone != nil {
		t.Error("who has as many as the one that has most takes a connection from it")
	}
}

// fake is a connection of which only the client matters.
type fake struct {
	net.Conn
	remote string
}

func (f *fake) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(f.remote))
}

func TestMetricsNameNobody(t *testing.T) {
	m := NewMetrics(func() float64 { return 7 })
	m.Begin("GET /v1/mail/{address}", true, 0)(200)
	m.Begin("POST /v1/transactions", false, 12)(409)
	m.Refuse()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	text, err := io.ReadAll(w.Body)
	if err != nil || w.Code != http.StatusOK || len(text) == 0 {
		t.Fatalf("%d, %v", w.Code, err)
	}
}
