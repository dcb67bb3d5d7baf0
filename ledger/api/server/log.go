package server

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"weir/engine/canonical"
	"weir/ledger/api/internal/param"
	"weir/ledger/api/internal/wire"
	"weir/ledger/node"
)

// aboutLog are the operations of message.Log.
func (s *Server) aboutLog(api huma.API) {
	register(api, operation("checkpoint", http.MethodGet, "/v1/checkpoint", "The newest signed checkpoint, a C2SP note", wire.Note), s.checkpoint)
	register(api, operation("consistency", http.MethodGet, "/v1/consistency", "That the log of new headers continues the one of old headers", wire.CBOR), s.consistency)
	register(api, operation("bundle", http.MethodGet, "/v1/bundles/{digest}", "The proof bundle of a transaction in the log of a size, without a checkpoint", wire.CBOR), s.bundle)
	register(api, operation("header", http.MethodGet, "/v1/headers/{height}", "A block's header and its path in the log of a size", wire.CBOR), s.header)
}

func (s *Server) checkpoint(ctx context.Context, _ *nothing) (*octets, error) {
	b, err := s.node.Checkpoint(ctx)
	return s.answer(ctx, wire.Note, b, err)
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
