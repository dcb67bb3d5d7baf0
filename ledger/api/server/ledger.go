package server

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/api/internal/param"
	"weir/ledger/api/internal/wire"
	"weir/ledger/node"
	"weir/ledger/proof"
	"weir/ledger/witness/gather"
)

// maxArgument bounds the argument of a question to a contract, in bytes.
const maxArgument = 64 << 10

type health struct {
	Status string `json:"status" enum:"ok"`
}

type jsonOf[T any] struct{ Body T }

type nothing struct{}

// aboutLedger are the operations of message.Ledger, and what a node says of itself.
func (s *Server) aboutLedger(api huma.API) {
	register(api, huma.Operation{OperationID: "health", Method: http.MethodGet, Path: "/v1/health", Summary: "Whether the node takes transactions"}, s.health)
	register(api, huma.Operation{OperationID: "status", Method: http.MethodGet, Path: "/v1/status", Summary: "Where the node stands"}, s.status)
	register(api, operation("founding", http.MethodGet, "/v1/founding", "The founding document", wire.CBOR), s.founding)
	register(api, takes(ledger.MaxTx, operation("submit", http.MethodPost, "/v1/transactions",
		"Hand over a signed transaction and wait until its result is durable; the same bytes again give the same result", wire.CBOR)), s.submit)
	register(api, operation("result", http.MethodGet, "/v1/transactions/{digest}", "What became of a transaction", wire.CBOR), s.result)
	register(api, operation("next", http.MethodGet, "/v1/senders/{sender}", "[sequence number of a sender's next transaction, height]", wire.CBOR), s.next)
	register(api, operation("find", http.MethodGet, "/v1/entries", "[accepted transactions of a kind, number of the next page or 0], oldest first", wire.CBOR), s.find)
	register(api, takes(maxArgument, operation("ask", http.MethodPost, "/v1/contracts/{contract}/{answer}", "Put a question to a contract", wire.CBOR)), s.ask)
	register(api, operation("blocks", http.MethodGet, "/v1/blocks",
		"Every block from a height on, as server-sent events: base64 of [header, transactions, results] under the height", wire.Stream), s.blocks)
}

func (s *Server) health(context.Context, *nothing) (*jsonOf[health], error) {
	select {
	case <-s.options.Halted:
		return nil, wire.Explain(ledger.ErrHalted)
	default:
		return &jsonOf[health]{health{"ok"}}, nil
	}
}

func (s *Server) status(ctx context.Context, _ *nothing) (*jsonOf[wire.Status], error) {
	head := s.node.Head()
	status := wire.Status{Chain: head.Chain, Height: head.Height, Time: head.At(), Contracts: head.Contracts}
	note, err := s.node.Checkpoint(ctx)
	var checkpoint *proof.Checkpoint
	if err == nil {
		checkpoint, err = proof.ReadCheckpoint(note)
	}
	if err == nil {
		status.Checkpoint = checkpoint.Size
	}
	if err != nil && !errors.Is(err, message.ErrNotFound) {
		return nil, s.explain(ctx, err)
	}
	return &jsonOf[wire.Status]{status}, nil
}

func (s *Server) founding(ctx context.Context, _ *nothing) (*octets, error) {
	b, err := s.node.Founding()
	return s.answer(ctx, wire.CBOR, b, err)
}

func (s *Server) submit(ctx context.Context, in *struct {
	param.Wait
	RawBody []byte `contentType:"application/cbor"`
}) (*octets, error) {
	ctx, cancel := in.Bound(ctx, wire.MaxWait)
	defer cancel()
	tx := append([]byte{}, in.RawBody...) // the library uses the buffer again; the transaction may outlast the request
	result, err := s.node.Submit(ctx, tx)
	return s.answerResult(ctx, result, err)
}

func (s *Server) result(ctx context.Context, in *struct {
	param.Digest
	param.Wait
}) (*octets, error) {
	id, err := in.Parse()
	if err != nil {
		return nil, err
	}
	if in.Wait.Wait == 0 {
		result, err := s.node.Result(ctx, id)
		return s.answerResult(ctx, result, err)
	}
	ctx, cancel := in.Bound(ctx, 0)
	defer cancel()
	result, err := s.node.Wait(ctx, id)
	return s.answerResult(ctx, result, err)
}

func (s *Server) answerResult(ctx context.Context, result *ledger.Result, err error) (*octets, error) {
	if err != nil {
		return nil, s.explain(ctx, err)
	}
	return cborAnswer(result.Encode()), nil
}

func (s *Server) next(ctx context.Context, in *struct {
	Sender string `path:"sender" maxLength:"68" doc:"a name, or key: and 64 hexadecimal digits"`
}) (*octets, error) {
	sender, err := ledger.ParseSender(in.Sender)
	if err != nil {
		return nil, wire.NewProblem(http.StatusBadRequest, wire.CodeRequest, err.Error())
	}
	var p wire.Place
	p.Sequence, p.Height, err = s.node.Next(ctx, sender)
	return s.answer(ctx, wire.CBOR, canonical.Encode(p), err)
}

func (s *Server) find(ctx context.Context, in *struct {
	Kind   string `query:"kind" required:"true" minLength:"1" maxLength:"64" doc:"of the transactions"`
	Prefix string `query:"prefix" maxLength:"512" doc:"that their keys begin with"`
	From   uint64 `query:"from" doc:"number of the first entry: next of the page before"`
}) (*octets, error) {
	var p wire.Page
	var err error
	p.Txs, p.Next, err = s.node.Page(ctx, message.Kind(in.Kind), in.Prefix, in.From, wire.PageTxs, wire.PageBytes)
	return s.answer(ctx, wire.CBOR, canonical.Encode(p), err)
}

func (s *Server) ask(ctx context.Context, in *struct {
	Contract string `path:"contract" maxLength:"64"`
	Answer   string `path:"answer" maxLength:"64"`
	RawBody  []byte `contentType:"application/cbor"`
}) (*octets, error) {
	b, err := s.node.Ask(ctx, engine.Name(in.Contract), in.Answer, in.RawBody)
	return s.answer(ctx, wire.CBOR, b, err)
}

func (s *Server) answer(ctx context.Context, contentType string, b []byte, err error) (*octets, error) {
	if err != nil {
		return nil, s.explain(ctx, err)
	}
	return &octets{ContentType: contentType, Body: b}, nil
}

// aboutLog are the operations of message.Log.
func (s *Server) aboutLog(api huma.API) {
	register(api, operation("checkpoint", http.MethodGet, "/v1/checkpoint",
		"The newest checkpoint that is final by the consortium's witnesses, a C2SP note with their cosignatures", wire.Note), s.checkpoint)
	register(api, operation("candidate", http.MethodGet, "/v1/checkpoint/candidate",
		"The checkpoint that witnesses are to cosign next, a C2SP note with the cosignatures so far; it stays until it is final", wire.Note), s.candidate)
	register(api, takes(gather.MaxLine, operation("cosign", http.MethodPost, "/v1/checkpoint/cosignatures",
		"Hand in a listed witness's cosignature line (C2SP tlog-cosignature) over the candidate; the same again changes nothing", wire.Note)), s.cosign)
	register(api, operation("consistency", http.MethodGet, "/v1/consistency", "That the log of new headers continues the one of old headers", wire.CBOR), s.consistency)
	register(api, operation("bundle", http.MethodGet, "/v1/bundles/{digest}", "The proof bundle of a transaction in the log of a size, without a checkpoint", wire.CBOR), s.bundle)
	register(api, operation("header", http.MethodGet, "/v1/headers/{height}", "A block's header and its path in the log of a size", wire.CBOR), s.header)
	register(api, takes(wire.MaxStateKeys, operation("state", http.MethodPost, "/v1/state/{contract}",
		"How some keys of a contract stand after the last block: a state bundle", wire.CBOR)), s.state)
}

func (s *Server) checkpoint(ctx context.Context, in *param.Over) (*octets, error) {
	ctx, cancel := s.awaiting(ctx, in)
	defer cancel()
	b, err := s.node.Await(ctx, in.Over)
	return s.answer(ctx, wire.Note, b, err)
}

func (s *Server) candidate(ctx context.Context, in *param.Over) (*octets, error) {
	ctx, cancel := s.awaiting(ctx, in)
	defer cancel()
	b, err := s.node.Candidate(ctx, in.Over)
	return s.answer(ctx, wire.Note, b, err)
}

// awaiting bounds how long an operation waits for a checkpoint; it ends when the server stops.
func (s *Server) awaiting(ctx context.Context, in *param.Over) (context.Context, context.CancelFunc) {
	ctx, cancel := in.Bound(ctx, time.Nanosecond)
	stop := context.AfterFunc(s.stopped, cancel)
	return ctx, func() { stop(); cancel() }
}

func (s *Server) cosign(ctx context.Context, in *struct {
	Size    uint64 `query:"size" required:"true" doc:"headers under the candidate"`
	RawBody []byte `contentType:"text/plain"`
}) (*nothing, error) {
	if err := s.node.Cosign(ctx, in.Size, append([]byte{}, in.RawBody...)); err != nil {
		return nil, s.explain(ctx, err)
	}
	return &nothing{}, nil
}

func (s *Server) consistency(ctx context.Context, in *struct {
	Old uint64 `query:"old" required:"true" doc:"headers"`
	New uint64 `query:"new" required:"true" doc:"headers"`
}) (*octets, error) {
	path, err := s.node.Consistency(ctx, in.Old, in.New)
	return s.answer(ctx, wire.CBOR, canonical.Encode(path), err)
}

func (s *Server) bundle(ctx context.Context, in *struct {
	param.Digest
	Size uint64 `query:"size" required:"true" doc:"headers of the log"`
}) (*octets, error) {
	id, err := in.Parse()
	if err != nil {
		return nil, err
	}
	b, err := s.node.Bundle(ctx, id, in.Size)
	return s.answer(ctx, wire.CBOR, b, err)
}

func (s *Server) header(ctx context.Context, in *struct {
	Height uint64 `path:"height"`
	Size   uint64 `query:"size" required:"true" doc:"headers of the log"`
}) (*octets, error) {
	header, path, err := s.node.Header(ctx, in.Height, in.Size)
	return s.answer(ctx, wire.CBOR, canonical.Encode(wire.Logged{Header: header, Path: path}), err)
}

func (s *Server) state(ctx context.Context, in *struct {
	Contract string `path:"contract" maxLength:"64"`
	RawBody  []byte `contentType:"application/cbor"`
}) (*octets, error) {
	keys, err := wire.DecodeStateKeys(in.RawBody)
	if err != nil {
		return nil, s.explain(ctx, err)
	}
	b, err := s.node.State(ctx, engine.Name(in.Contract), keys)
	return s.answer(ctx, wire.CBOR, b, err)
}

// aboutContents are the operations of message.Blobs.
func (s *Server) aboutContents(api huma.API) {
	register(api, takes(node.MaxBlob, operation("store", http.MethodPut, "/v1/contents/{digest}",
		"Keep a content under the digest that names it; the answer is the node's storage receipt", wire.CBOR)), s.store)
	register(api, operation("fetch", http.MethodGet, "/v1/contents/{digest}", "The content under a digest", wire.Octets), s.fetch)
}

func (s *Server) store(ctx context.Context, in *struct {
	param.Digest
	RawBody []byte `contentType:"application/octet-stream"`
}) (*octets, error) {
	digest, err := in.Parse()
	if err != nil {
		return nil, err
	}
	receipt, err := s.node.Store(ctx, digest, in.RawBody)
	return s.answer(ctx, wire.CBOR, receipt, err)
}

func (s *Server) fetch(ctx context.Context, in *param.Digest) (*octets, error) {
	digest, err := in.Parse()
	if err != nil {
		return nil, err
	}
	content, err := s.node.Fetch(ctx, digest, node.MaxBlob)
	return s.answer(ctx, wire.Octets, content, err)
}
