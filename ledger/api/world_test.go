package api_test

import (
	"crypto/rand"
	"iter"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/inquiry"
	"weir/ledger"
	"weir/ledger/api"
	"weir/ledger/api/server"
	"weir/ledger/blob"
	"weir/ledger/contract"
	"weir/ledger/contract/board"
	"weir/ledger/ledgertest"
	"weir/ledger/machine"
	"weir/ledger/mailbox"
	"weir/ledger/node"
	"weir/ledger/solo"
	"weir/ledger/witness/gather"
)

const nodeName engine.Name = "node-1"

// posts is a contract that notes every body as the key of an entry, for the accounts of ledgertest and any bare key. It
// answers "echo", and refuses "never".
func posts(t testing.TB) *contract.Set {
	t.Helper()
	set, err := contract.NewSet(board.New(), &contract.Contract{
		Name: "posts", Version: "1.0.0", Source: engine.Digest{1},
		KeyOf: func(_ *contract.Context, account engine.Name) ([32]byte, bool) {
			return ledgertest.Public(string(account)), account == "alice" || account == "bob"
		},
		Methods: []contract.Method{{Kind: "post", Bare: true, Run: func(c *contract.Context, body []byte) error {
			key, _, _ := strings.Cut(string(body), " ")
			return board.Note(c, "post", key)
		}}},
		Answers: []contract.Answer{
			{Name: "echo", Run: func(_ *contract.Context, argument []byte) ([]byte, error) { return argument, nil }},
			{Name: "never", Run: func(*contract.Context, []byte) ([]byte, error) {
				return nil, contract.Refuse(ledger.CodeUnknown, "there is an answer", "there is none")
			}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// world is a node of its own, with everything under it.
type world struct {
	node      *node.Node
	machine   *machine.Machine
	sequencer *solo.Sequencer
	mail      *mailbox.Mailbox
}

func newWorld(t testing.TB) *world { return newWitnessed(t, 0) }

// newWitnessed is a world whose checkpoints are final with the cosignatures of so many out of three witnesses: w1, w2, w3.
func newWitnessed(t testing.TB, need int) *world {
	t.Helper()
	m, err := machine.Found(machine.Config{Store: new(ledgertest.Memory), Contracts: posts(t), Random: rand.Reader},
		machine.Founding{Chain: "test", Time: ledgertest.Began, Proposer: ledgertest.Sequencer, Document: []byte("founding")})
	if err != nil {
		t.Fatal(err)
	}
	s, err := solo.Start(solo.Config{Machine: m, Proposer: ledgertest.Sequencer, Origin: ledgertest.Origin, Signer: ledgertest.Signer(t), Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	folder := t.TempDir()
	contents, err := blob.Open(filepath.Join(folder, "contents"), node.MaxBlob, inquiry.IsNamedBy)
	if err != nil {
		t.Fatal(err)
	}
	mail, err := mailbox.Open(filepath.Join(folder, "mail"), mailbox.Config{Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mail.Close() })
	gatherer, err := gather.Open(gather.Config{Log: m, Trust: ledgertest.Witnessed(t, need, "w1", "w2", "w3"), File: filepath.Join(folder, "cosigned"), Moved: s.Moved})
	if err != nil {
		t.Fatal(err)
	}
	n := node.New(node.Config{Machine: m, Orderer: s, Blobs: contents, Name: nodeName, Key: ledgertest.Key(string(nodeName)), Clock: time.Now, Gatherer: gatherer})
	return &world{node: n, machine: m, sequencer: s, mail: mail}
}

// listen puts the node behind HTTP on loopback.
func (w *world) listen(t testing.TB) (url string) {
	t.Helper()
	s := server.New(w.node, w.mail, server.Options{Halted: w.sequencer.Halted()})
	listener := httptest.NewServer(s)
	t.Cleanup(func() {
		s.Stop()
		listener.Close()
	})
	return listener.URL
}

// serve is listen, and a client of it.
func (w *world) serve(t testing.TB) *api.Client {
	t.Helper()
	return dialWith(t, w.listen(t), api.ClientOptions{Chain: "test", Patience: 2 * time.Second})
}

func dialWith(t testing.TB, url string, options api.ClientOptions) *api.Client {
	t.Helper()
	c, err := api.Dial(url, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// start puts a server for the world into place; stop takes it away, and ends its streams.
func (w *world) start(place *atomic.Pointer[http.Handler]) (stop func()) {
	s := server.New(w.node, w.mail, server.Options{})
	h := http.Handler(s)
	place.Store(&h)
	return func() {
		place.Store(nil)
		s.Stop()
	}
}

// pull gives the values of a stream one by one.
func pull[T any](t *testing.T, stream iter.Seq2[T, error]) (next func() T, end func()) {
	t.Helper()
	step, end := iter.Pull2(stream)
	return func() T {
		t.Helper()
		v, err, more := step()
		if err != nil || !more {
			t.Fatalf("stream ended: %v", err)
		}
		return v
	}, end
}
