package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/api/server"
	"weir/ledger/mailbox"
	"weir/ledger/node"
)

// stub is a node that says what a test wants: what it does not say, nobody asks it.
type stub struct {
	server.Node
	submit func(ctx context.Context, tx []byte) (*ledger.Result, error)
}

func (stub) Head() *ledger.Header                { return &ledger.Header{Chain: "test", Proposer: "p"} }
func (stub) Key(ledger.Sender) ([32]byte, error) { return [32]byte{1}, nil }
func (stub) Founding() ([]byte, error)           { return []byte("founding"), nil }
func (stub) Checkpoint(context.Context) ([]byte, error) {
	return nil, fmt.Errorf("%w: no checkpoint", message.ErrNotFound)
}
func (s stub) Await(ctx context.Context, _ uint64) ([]byte, error) { return s.Checkpoint(ctx) }
func (s stub) Submit(ctx context.Context, tx []byte) (*ledger.Result, error) {
	return s.submit(ctx, tx)
}
func (stub) Store(context.Context, engine.Digest, []byte) ([]byte, error) {
	return []byte("receipt"), nil
}
func (stub) Ask(_ context.Context, _ engine.Name, _ string, argument []byte) ([]byte, error) {
	return argument, nil
}
func (stub) Blocks(ctx context.Context, _ uint64) iter.Seq2[*ledger.Committed, error] {
	return func(yield func(*ledger.Committed, error) bool) {
		<-ctx.Done()
		yield(nil, ctx.Err())
	}
}

func accept(context.Context, []byte) (*ledger.Result, error) {
	return &ledger.Result{Height: 1, Of: 1, Code: ledger.CodeOK}, nil
}

// logs collects what is logged.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func serve(t *testing.T, n server.Node, options server.Options) (url string, logged *logs) {
	t.Helper()
	mail, err := mailbox.Open(filepath.Join(t.TempDir(), "mail"), mailbox.Config{Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mail.Close() })
	logged = new(logs)
	options.Log = slog.New(slog.NewJSONHandler(logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s := server.New(n, mail, options)
	listener := httptest.NewServer(s)
	t.Cleanup(func() {
		s.Stop()
		listener.Close()
	})
	return listener.URL, logged
}

func ask(t *testing.T, method, url string, body io.Reader) (status int, code string, text []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if text, err = io.ReadAll(io.LimitReader(response.Body, 1<<20)); err != nil {
		t.Fatal(err)
	}
	if response.Header.Get("Content-Type") == "application/problem+json" {
		var p struct{ Code string }
		if err := json.Unmarshal(text, &p); err != nil {
			t.Fatal(err)
		}
		code = p.Code
	}
	return response.StatusCode, code, text
}

// A15, A16, A24: exact limits, and everything malformed gets a problem with a code.
func TestRequestsThatAreRefused(t *testing.T) {
	url, _ := serve(t, stub{submit: accept}, server.Options{})
	zeros := func(n int) io.Reader { return bytes.NewReader(make([]byte, n)) }
	id := strings.Repeat("0a", 32)
	for _, c := range []struct {
		method, path string
		body         io.Reader
		status       int
		code         string
	}{
		{"POST", "/v1/transactions", zeros(ledger.MaxTx), 200, ""},
		{"POST", "/v1/transactions", zeros(ledger.MaxTx + 1), 413, "too-large"},
		{"POST", "/v1/transactions", zeros(1 << 24), 413, "too-large"},
		{"POST", "/v1/transactions", struct{ io.Reader }{zeros(10)}, 411, "bad-request"}, // no stated length
		{"POST", "/v1/transactions?wait=-1", zeros(1), 422, "bad-request"},
		{"POST", "/v1/transactions?wait=20001", zeros(1), 422, "bad-request"},
		{"POST", "/v1/transactions?wait=99999999999999999999", zeros(1), 422, "bad-request"},
		{"POST", "/v1/transactions?evil=1", zeros(1), 422, "bad-request"},
		{"PUT", "/v1/contents/" + id, zeros(node.MaxBlob), 200, ""},
		{"PUT", "/v1/contents/" + id, zeros(node.MaxBlob + 1), 413, "too-large"},
		{"PUT", "/v1/contents/" + strings.ToUpper(id), zeros(1), 422, "bad-request"},
		{"PUT", "/v1/contents/" + id[1:], zeros(1), 422, "bad-request"},
		{"GET", "/v1/founding", zeros(1), 413, "too-large"}, // it takes no body
		{"GET", "/v1/transactions/" + id + "00", nil, 422, "bad-request"},
		{"GET", "/v1/senders/key:00", nil, 400, "bad-request"},
		{"GET", "/v1/senders/" + strings.Repeat("a", 100), nil, 422, "bad-request"},
		{"GET", "/v1/entries", nil, 422, "bad-request"},
		{"GET", "/v1/entries?kind=post&from=18446744073709551616", nil, 422, "bad-request"},
		{"GET", "/v1/entries?kind=post&prefix=" + strings.Repeat("a", 513), nil, 422, "bad-request"},
		{"GET", "/v1/consistency?old=1", nil, 422, "bad-request"},
		{"GET", "/v1/blocks?from=x", nil, 422, "bad-request"},
		{"POST", "/v1/contracts/posts/echo", zeros(64 << 10), 200, ""},
		{"POST", "/v1/contracts/posts/echo", zeros(64<<10 + 1), 413, "too-large"},
		{"POST", "/v1/mail/alice", zeros(5), 400, "bad-request"},
		{"GET", "/v1/mail/alice", nil, 401, "unauthorised"},
		{"DELETE", "/v1/mail/alice?up_to=3", nil, 401, "unauthorised"},
		{"GET", "/v1/mail/..%2f..%2fetc", nil, 422, "letter"},
		{"PUT", "/v1/mail/alice/key", zeros(9), 400, "bad-request"},
		{"GET", "/v1/mail/alice/key", nil, 404, "not-found"},
		{"GET", "/v1/checkpoint", nil, 404, "not-found"},
		{"GET", "/v1/health", nil, 200, ""},
		{"GET", "/nothing", nil, 404, ""},
		{"DELETE", "/v1/transactions", nil, 405, ""},
	} {
		if status, code, text := ask(t, c.method, url+c.path, c.body); status != c.status || code != c.code {
			t.Errorf("%s %.60s: %d %s, want %d %s: %.200s", c.method, c.path, status, code, c.status, c.code, text)
		}
	}
}

// A25: neither what is asked nor who asks stands in a log, even of a node that fails or panics.
func TestLogsSayNothingOfRequests(t *testing.T) {
	const canary = "canary-4711"
	url, logged := serve(t, stub{submit: func(_ context.Context, tx []byte) (*ledger.Result, error) {
		if bytes.Contains(tx, []byte("panic")) {
			panic(string(tx))
		}
		return nil, errors.New("the disk is full")
	}}, server.Options{})
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/v1/transactions", canary, 500}, {"POST", "/v1/transactions", "panic " + canary, 500}, {"GET", "/v1/entries?prefix=" + canary, "", 422},
		{"GET", "/v1/mail/" + canary, "", 401}, {"GET", "/" + canary, "", 404}, {"POST", "/v1/mail/" + canary, canary, 400},
	} {
		status, _, text := ask(t, c.method, url+c.path, strings.NewReader(c.body))
		if status != c.status || status >= 500 && (bytes.Contains(text, []byte("disk")) || bytes.Contains(text, []byte(canary))) {
			t.Errorf("%s %s: %d %s", c.method, c.path, status, text)
		}
	}
	if strings.Contains(logged.String(), canary) || strings.Contains(logged.String(), "127.0.0.1") {
		t.Errorf("logged: %s", logged)
	}
	if !strings.Contains(logged.String(), "the disk is full") || !strings.Contains(logged.String(), `"fault":"string"`) {
		t.Errorf("a fault of the node is not logged: %s", logged)
	}
}

func TestHaltedNodeIsNotHealthy(t *testing.T) {
	halted := make(chan struct{})
	close(halted)
	url, _ := serve(t, stub{}, server.Options{Halted: halted})
	if status, code, _ := ask(t, "GET", url+"/v1/health", nil); status != 503 || code != "halted" {
		t.Errorf("%d %s", status, code)
	}
}

// A result that does not come in time is not an error of the transaction: ask again.
func TestPending(t *testing.T) {
	url, _ := serve(t, stub{submit: func(ctx context.Context, _ []byte) (*ledger.Result, error) {
		<-ctx.Done()
		return nil, fmt.Errorf("transaction: %w", ctx.Err())
	}}, server.Options{})
	if status, code, _ := ask(t, "POST", url+"/v1/transactions?wait=1", strings.NewReader("x")); status != 504 || code != "pending" {
		t.Errorf("%d %s", status, code)
	}
}

// What is above a client's bounds is refused at once; when others are done there is room again.
func TestTooMuchUnderWay(t *testing.T) {
	inside, let := make(chan struct{}), make(chan struct{})
	url, _ := serve(t, stub{submit: func(context.Context, []byte) (*ledger.Result, error) {
		inside <- struct{}{}
		<-let
		return accept(context.Background(), nil)
	}}, server.Options{Bounds: server.Bounds{Requests: server.Bound{All: 9, OfOne: 2}, Streams: server.Bound{All: 1, OfOne: 1}}})
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() { ask(t, "POST", url+"/v1/transactions", strings.NewReader("x")) })
		<-inside
	}
	if status, code, _ := ask(t, "GET", url+"/v1/founding", nil); status != 429 || code != "busy" {
		t.Errorf("a third: %d %s", status, code)
	}
	close(let)
	all.Wait()
	if status, _, _ := ask(t, "GET", url+"/v1/founding", nil); status != 200 {
		t.Errorf("when there is room: %d", status)
	}
	response, err := http.Get(url + "/v1/blocks")
	if err != nil || response.StatusCode != 200 {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if status, _, _ := ask(t, "GET", url+"/v1/blocks", nil); status != 429 {
		t.Errorf("a second stream: %d", status)
	}
}

func TestStaticFiles(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{"checkpoint": "note", "tile/0/000": "tile", ".secret": "s", "tile/.new": "s"} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, []byte("outside"), 0o600); err != nil {
		t.Fatal(err)
	}
	url, _ := serve(t, stub{}, server.Options{Tiles: folder})
	for path, want := range map[string]int{"checkpoint": 200, "tile/0/000": 200, "": 404, "tile/": 404, "tile/0": 404, ".secret": 404, "tile/.new": 404, "none": 404, "..%2f..%2foutside": 404} {
		if status, _, text := ask(t, "GET", url+"/v1/log/"+path, nil); status != want {
			t.Errorf("%q: %d %s, want %d", path, status, text, want)
		}
	}
	if status, _, _ := ask(t, "PUT", url+"/v1/log/checkpoint", strings.NewReader("x")); status != 405 {
		t.Errorf("written: %d", status)
	}
}

func TestDescription(t *testing.T) {
	url, _ := serve(t, stub{}, server.Options{})
	status, _, text := ask(t, "GET", url+"/openapi.json", nil)
	var d struct {
		OpenAPI string                    `json:"openapi"`
		Paths   map[string]map[string]any `json:"paths"`
	}
	if err := json.Unmarshal(text, &d); err != nil || status != 200 {
		t.Fatalf("%d, %v", status, err)
	}
	if !strings.HasPrefix(d.OpenAPI, "3.1.") {
		t.Errorf("OpenAPI %s", d.OpenAPI)
	}
	for _, path := range []string{"/v1/health", "/v1/status", "/v1/founding", "/v1/transactions", "/v1/transactions/{digest}", "/v1/senders/{sender}", "/v1/entries",
		"/v1/contracts/{contract}/{answer}", "/v1/blocks", "/v1/checkpoint", "/v1/checkpoint/candidate",
		"/v1/checkpoint/cosignatures", "/v1/consistency", "/v1/bundles/{digest}", "/v1/contents/{digest}", "/v1/mail/{address}", "/v1/mail/{address}/key"} {
		if len(d.Paths[path]) == 0 {
			t.Errorf("%s is not described", path)
		}
	}
}

// A24: whoever sends slowly is answered and cut off; whoever sent everything may wait for its result.
func TestSlowBody(t *testing.T) {
	url, _ := serve(t, stub{submit: func(ctx context.Context, _ []byte) (*ledger.Result, error) {
		<-ctx.Done() // the wait is longer than a body may take
		return nil, fmt.Errorf("transaction: %w", ctx.Err())
	}}, server.Options{BodyTimeout: 50 * time.Millisecond})
	c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "POST /v1/transactions HTTP/1.1\r\nHost: n\r\nContent-Length: 262144\r\n\r\nab"); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(c) // until the server closes it
	if err != nil || !bytes.HasPrefix(answer, []byte("HTTP/1.1 408 ")) {
		t.Errorf("%.100s, %v", answer, err)
	}
	if status, code, _ := ask(t, "POST", url+"/v1/transactions?wait=300", strings.NewReader("x")); status != 504 || code != "pending" {
		t.Errorf("%d %s", status, code)
	}
}
