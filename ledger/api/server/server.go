// Package server is a node behind HTTP: REST under /v1 with an OpenAPI 3.1 description at /openapi.json. It is for whoever
// runs a node; the other end is package api.
//
// What has an encoding on the ledger travels in it (application/cbor); errors are RFC 9457 problem documents with a code
// from a closed list. Nothing is read beyond what an operation takes, and no more is held at a time than its bounds say: a
// body without a stated length, or of too many bytes, is refused unread, and so is more of anything than one client may
// have under way. It logs no key, body, address or query, and decides nothing: that is for the node.
package server

import (
	"context"
	"iter"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"weir/engine"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/api/internal/guard"
	"weir/ledger/api/internal/shelf"
	"weir/ledger/mailbox"
)

// Node is what a server serves: *node.Node.
type Node interface {
	message.Ledger
	message.Log
	message.Blobs
	// Page is Find in parts (node.Node, Page).
	Page(ctx context.Context, kind message.Kind, prefix string, from uint64, count, size int) (txs [][]byte, next uint64, err error)
	Result(ctx context.Context, tx engine.Digest) (*ledger.Result, error)
	Wait(ctx context.Context, tx engine.Digest) (*ledger.Result, error)
	Ask(ctx context.Context, contract engine.Name, answer string, argument []byte) ([]byte, error)
	Blocks(ctx context.Context, from uint64) iter.Seq2[*ledger.Committed, error]
	Head() *ledger.Header
	Founding() ([]byte, error)
	Key(sender ledger.Sender) ([32]byte, error)
	// Await, Candidate and Cosign are about checkpoints and their witnesses (node.Node).
	Await(ctx context.Context, size uint64) ([]byte, error)
	Candidate(ctx context.Context, size uint64) ([]byte, error)
	Cosign(ctx context.Context, size uint64, line []byte) error
}

// Options are what a server runs with beside its node. The zero Options serve no tiles and log nothing.
type Options struct {
	Log    *slog.Logger
	Clock  func() time.Time // default time.Now
	Tiles  string           // folder of static files (C2SP tlog-tiles) served under /v1/log/; none: not served
	Halted <-chan struct{}  // closed when the node can take no more transactions

	BodyTimeout time.Duration // for a body to arrive; default 10 s
	Bounds      Bounds
}

// Bounds are what the clients of a server may have under way, all together and each. Zero numbers mean the defaults.
type Bounds = guard.Bounds

// Bound is on all clients together, and on one.
type Bound = guard.Bound

func (o *Options) fill() {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	o.BodyTimeout = orDefault(o.BodyTimeout, 10*time.Second)
}

// Server answers requests for a node. It is an http.Handler; Stop ends its streams.
type Server struct {
	node    Node
	mail    *mailbox.Mailbox
	options Options
	handler http.Handler
	gate    *guard.Gate
	metrics *guard.Metrics
	held    *shelf.Shelf  // blocks that streams are sending
	reading chan struct{} // has one for each block that is being read for them
	stop    context.CancelFunc
	stopped context.Context
}

// New puts a server together. Closing node and mailbox is the caller's.
func New(node Node, mail *mailbox.Mailbox, options Options) *Server {
	options.fill()
	s := &Server{node: node, mail: mail, options: options, gate: guard.NewGate(options.Bounds, options.Clock)}
	s.metrics = guard.NewMetrics(func() float64 { return float64(node.Head().Height) })
	s.held, s.reading = shelf.New(blocksHeld, s.event), make(chan struct{}, maxReading)
	s.stopped, s.stop = context.WithCancel(context.Background())
	mux := http.NewServeMux()
	config := huma.DefaultConfig("weir node", "1.0.0")
	config.DocsPath, config.SchemasPath, config.CreateHooks = "", "", nil // no page that loads scripts, no links in answers
	config.RejectUnknownQueryParameters = true
	api := humago.New(mux, config)
	api.UseMiddleware(s.bounded)
	s.aboutLedger(api)
	s.aboutLog(api)
	s.aboutContents(api)
	s.aboutMail(api)
	if options.Tiles != "" {
		mux.Handle("GET /v1/log/", http.StripPrefix("/v1/log/", http.FileServerFS(files(options.Tiles))))
	}
	s.handler = s.admit(mux)
	return s
}

// ServeHTTP is http.Handler's.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Stop ends all streams, so that a server can shut down.
func (s *Server) Stop() { s.stop() }
