package server

import (
	"context"
	"io/fs"
	"os"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"weir/ledger/api/internal/wire"
)

// octets is an answer of bytes.
type octets struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func cborAnswer(b []byte) *octets { return &octets{ContentType: wire.CBOR, Body: b} }

var bytesSchema = &huma.Schema{Type: huma.TypeString, Format: "binary"}

// operation describes one operation that answers with a body of a type.
func operation(id, method, path, summary, answers string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary,
		Responses: map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{answers: {Schema: bytesSchema}}}}}
}

// takes bounds the body of an operation, in bytes.
func takes(limit int, o huma.Operation) huma.Operation {
	o.MaxBodyBytes = int64(limit) + 1 // the library refuses a body that reaches it
	o.RequestBody = &huma.RequestBody{Content: map[string]*huma.MediaType{}}
	return o
}

// register adds an operation. An empty body is the operation's to judge, not the library's.
func register[I, O any](api huma.API, o huma.Operation, run func(context.Context, *I) (*O, error)) {
	huma.Register(api, o, run)
	if o.RequestBody != nil {
		o.RequestBody.Required = false
	}
}

// bounded refuses a body that is longer than the operation takes, before any of it is read.
func (s *Server) bounded(c huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(c)
	limit := int64(0)
	if o := c.Operation(); o.RequestBody != nil {
		limit = o.MaxBodyBytes - 1
	}
	if r.ContentLength > limit {
		refuse(w, tooLarge(limit))
		return
	}
	next(c)
}

// files is a folder without its listings and hidden files.
func files(folder string) fs.FS { return noListing{os.DirFS(folder)} }

type noListing struct{ fs.FS }

func (n noListing) Open(name string) (fs.File, error) {
	if name == "." || strings.HasPrefix(name, ".") || strings.Contains(name, "/.") {
		return nil, fs.ErrNotExist
	}
	f, err := n.FS.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		return nil, fs.ErrNotExist
	}
	return f, nil
}
