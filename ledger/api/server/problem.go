package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"weir/ledger/api/internal/wire"
)

// fromHuma makes the library's own refusals of parameters and bodies problems with a code. They repeat no value.
func fromHuma(status int, detail string, errs ...error) huma.StatusError {
	code := wire.CodeRequest
	switch {
	case status == http.StatusRequestEntityTooLarge:
		code = wire.CodeTooLarge
	case status >= http.StatusInternalServerError:
		return wire.NewProblem(status, wire.CodeInternal, "the node failed; its log says how")
	}
	for _, err := range errs {
		var d *huma.ErrorDetail
		if errors.As(err, &d) {
			detail += "; " + d.Location + ": " + d.Message
		}
	}
	return wire.NewProblem(status, code, detail)
}

// The library has one such function for a whole process, and weir one use of the library.
func init() { huma.NewError = fromHuma }

// explain is the problem that an error is told as. One that is the node's own fault is logged: it is told to nobody else.
func (s *Server) explain(ctx context.Context, err error) error {
	p := wire.Explain(err)
	if p.Status >= http.StatusInternalServerError && p.Code != wire.CodePending {
		s.options.Log.ErrorContext(ctx, "request failed", "code", string(p.Code), "error", err)
	}
	return p
}

// write answers with a problem where the library is not asked.
func write(w http.ResponseWriter, p *wire.Problem) {
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // a client that is gone is no fault
}
