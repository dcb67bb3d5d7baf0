package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/member/folder"
	"weir/ledger"
	"weir/ledger/deposit"
)

// flood is for how long, and by how many, a node is used by the tests below. WEIR_FLOOD (make flood) sets a number of seconds,
// and then there are as many of everybody as the targets say.
func flood(t *testing.T) (lasts time.Duration, full bool) {
	text := os.Getenv("WEIR_FLOOD")
	if text == "" {
		return 2 * time.Second, false
	}
	seconds, err := strconv.Atoi(text)
	if err != nil || seconds < 1 {
		t.Fatalf("WEIR_FLOOD=%q: want a number of seconds", text)
	}
	return time.Duration(seconds) * time.Second, true
}

// served is a node in a process of its own, with the holders of its consortium.
type served struct {
	t       *testing.T
	process *child
	address string
	chain   engine.Name
	holders []*depositor
}

// depositor is one holder, at an address of its own on loopback.
type depositor struct {
	name   engine.Name
	key    ed25519.PrivateKey
	next   uint64
	client *http.Client
}

// from is a client at an address of its own on loopback.
func from(i int) *http.Client {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 1, byte(i/250), byte(i%250+1))}, Timeout: 5 * time.Second}
	return &http.Client{Transport: &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 128}, Timeout: 30 * time.Second}
}

// serveNode founds a consortium with so many holders and starts its node.
func serveNode(t *testing.T, holders int) *served {
	t.Helper()
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("no /proc here to read a process's memory from")
	}
	d := &deployment{t: t, root: t.TempDir(), children: map[string]*child{}}
	s := &served{t: t, address: freeAddress(t), chain: "weir-test"}
	found := []string{"init", "node", d.path("node"), "--name", "operator", "--chain", string(s.chain)}
	for _, member := range []string{"bank", "registrar", "supervisor"} {
		d.weir("init", member, d.path(member), "--name", member)
		found = append(found, "--member", d.path(member, folder.MemberFile))
	}
	for i := range holders {
		name := fmt.Sprintf("holder-%03d", i)
		d.weir("init", "agent", d.path(name), "--name", name, "--source", "tax")
		found = append(found, "--member", d.path(name, folder.MemberFile))
		key, err := folder.Key(d.path(name))
		if err != nil {
			t.Fatal(err)
		}
		s.holders = append(s.holders, &depositor{name: engine.Name(name), key: key, client: from(i)})
	}
	d.weir(found...)
	d.child("node", "node", d.path("node"), "--set", "listen.address="+s.address)
	s.process = d.children["node"]
	t.Cleanup(func() {
		s.process.kill(syscall.SIGTERM)
		if t.Failed() {
			text, _ := os.ReadFile(d.path("node.log"))
			t.Logf("node:\n%s", text[max(0, len(text)-4000):])
		}
	})
	d.eventually("the node answers", time.Minute, func(context.Context) error {
		r, err := s.holders[0].client.Get("http://" + s.address + "/v1/status")
		if err == nil {
			r.Body.Close()
		}
		return err
	})
	return s
}

// memory is the most that the node's process has had resident, and what it has now, in MiB: all of it, and without the pages
// of files, which the system takes back whenever it likes.
func (s *served) memory() (peak, now, anonymous int) {
	s.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.process.cmd.Process.Pid))
	if err != nil {
		s.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		for field, into := range map[string]*int{"VmHWM:": &peak, "VmRSS:": &now, "RssAnon:": &anonymous} {
			if rest, found := strings.CutPrefix(line, field); found {
				fmt.Sscan(rest, into)
				*into >>= 10
			}
		}
	}
	return peak, now, anonymous
}

// deposit puts one more document on the ledger, and tells what the node answered.
func (d *depositor) deposit(ctx context.Context, s *served) (status int, err error) {
	body := deposit.Deposit{Digest: sha256.Sum256(fmt.Appendf(nil, "%s %d", d.name, d.next)), Count: 1, Public: strings.Repeat("note ", 40)}
	tx := ledger.Draft{Chain: s.chain, Kind: deposit.KindDeposit, Sender: ledger.Account(d.name), Sequence: d.next, Expiry: 1 << 62, Body: canonical.Encode(body)}.Sign(d.key)
	status, answer, err := s.post(ctx, d.client, tx.Bytes())
	if err != nil || status != http.StatusOK {
		return status, err
	}
	r, err := ledger.DecodeResult(answer)
	if err == nil && !r.OK() {
		err = fmt.Errorf("%s: %s", r.Code, r.Why)
	}
	d.next++
	return status, err
}

func (s *served) post(ctx context.Context, client *http.Client, tx []byte) (status int, answer []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.address+"/v1/transactions", bytes.NewReader(tx))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", "application/cbor")
	response, err := client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(response.Body, ledger.MaxResult))
	return response.StatusCode, answer, err
}

// subscribe reads the stream of blocks until ctx ends, as fast as pause between two reads lets it, and counts bytes.
func (s *served) subscribe(ctx context.Context, client *http.Client, pause time.Duration, read *atomic.Int64) {
	patient := &http.Client{Transport: client.Transport}
	buffer := make([]byte, 64<<10)
	for ctx.Err() == nil {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.address+"/v1/blocks", nil)
		if err != nil {
			return
		}
		response, err := patient.Do(r)
		for err == nil && ctx.Err() == nil {
			var n int
			n, err = response.Body.Read(buffer)
			read.Add(int64(n))
			_ = wait(ctx, pause)
		}
		if response != nil {
			response.Body.Close()
		}
		_ = wait(ctx, 100*time.Millisecond)
	}
}

// The node's memory while holders deposit as fast as they can and others follow every block.
func TestNodeUnderLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("real processes")
	}
	lasts, full := flood(t)
	holders, subscribers := 8, 10
	if full {
		holders, subscribers = 64, 100
	}
	s := serveNode(t, holders)
	idle, _, _ := s.memory()
	ctx, cancel := context.WithTimeout(t.Context(), lasts)
	defer cancel()
	var all sync.WaitGroup
	var done, busy, read atomic.Int64
	for i := range subscribers {
		all.Go(func() { s.subscribe(ctx, from(1000+i), 0, &read) })
	}
	for _, d := range s.holders {
		all.Go(func() {
			for ctx.Err() == nil {
				switch status, err := d.deposit(context.WithoutCancel(ctx), s); {
				case err != nil:
					t.Errorf("%s: %v", d.name, err)
					return
				case status == http.StatusOK:
					done.Add(1)
				case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
					busy.Add(1)
				default:
					t.Errorf("%s: status %d", d.name, status)
					return
				}
			}
		})
	}
	for range int(lasts / (5 * time.Second)) {
		if wait(ctx, 5*time.Second) == nil {
			peak, now, anonymous := s.memory()
			t.Logf("peak %d MiB, now %d MiB, without files %d MiB; %d deposits, %d MiB read", peak, now, anonymous, done.Load(), read.Load()>>20)
		}
	}
	all.Wait()
	peak, _, _ := s.memory()
	t.Logf("%d deposits (%.0f a second), %d told to ask later, %d MiB read by %d subscribers; memory %d MiB before, at most %d MiB",
		done.Load(), float64(done.Load())/lasts.Seconds(), busy.Load(), read.Load()>>20, subscribers, idle, peak)
	if done.Load() == 0 || read.Load() == 0 {
		t.Error("nothing was done")
	}
	if peak > mostLoaded {
		t.Errorf("the node used %d MiB, limit %d", peak, mostLoaded)
	}
}

// mostLoaded is what a node under load may have resident, in MiB.
const mostLoaded = 400
