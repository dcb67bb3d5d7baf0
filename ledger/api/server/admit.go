package server

import (
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"weir/ledger/api/internal/wire"
	"weir/ledger/node"
)

const (
	maxBody      = node.MaxBlob     // bytes of the largest body of any operation
	replyTimeout = 30 * time.Second // how long an answer may take to leave, or one event of a stream
)

// admit is the way into every operation: it bounds what is under way, counts it, and keeps a fault of one request from the
// others.
func (s *Server) admit(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, operation := mux.Handler(r)
		stream := operation == "GET /v1/blocks" || operation == "GET /v1/mail/{address}"
		if p := s.length(r); p != nil {
			refuse(w, p)
			return
		}
		leave, admitted := s.gate.Enter(r, stream, r.ContentLength)
		if !admitted {
			s.metrics.Refuse()
			w.Header().Set("Retry-After", "1")
			refuse(w, wire.NewProblem(http.StatusTooManyRequests, "busy", "too much is under way; ask again"))
			return
		}
		defer leave()
		answer := &answer{ResponseWriter: w, status: http.StatusOK}
		end := s.metrics.Begin(operation, stream, r.ContentLength)
		began := time.Now()
		defer func() {
			end(answer.status)
			s.options.Log.DebugContext(r.Context(), "answered", "operation", operation, "status", answer.status, "took", time.Since(began))
		}()
		defer s.recover(operation, answer)
		s.deadlines(answer, r)
		mux.ServeHTTP(answer, r)
	})
}

// length refuses bodies whose length is not stated, or is above what any operation takes.
func (s *Server) length(r *http.Request) *wire.Problem {
	switch {
	case r.ContentLength < 0:
		return wire.NewProblem(http.StatusLengthRequired, wire.CodeRequest, "state the length of the body")
	case r.ContentLength > maxBody:
		return tooLarge(maxBody)
	}
	return nil
}

func tooLarge(limit int64) *wire.Problem {
	return wire.NewProblem(http.StatusRequestEntityTooLarge, wire.CodeTooLarge, fmt.Sprintf("the operation takes at most %d bytes", limit))
}

// refuse answers and leaves the body unread: the connection ends.
func refuse(w http.ResponseWriter, p *wire.Problem) {
	w.Header().Set("Connection", "close")
	write(w, p)
}

// deadlines bound how long the body may take to arrive and the answer to leave. That on reading ends with the body:
// otherwise it would end a request that waits for its result.
func (s *Server) deadlines(w http.ResponseWriter, r *http.Request) {
	control := http.NewResponseController(w)
	now := time.Now()
	_ = control.SetWriteDeadline(now.Add(wire.MaxWait + replyTimeout)) // not every writer in a test has deadlines
	if r.ContentLength > 0 {
		_ = control.SetReadDeadline(now.Add(s.options.BodyTimeout))
		r.Body = &timedBody{ReadCloser: r.Body, header: w.Header(), arrived: sync.OnceFunc(func() { _ = control.SetReadDeadline(time.Time{}) })}
	}
}

type timedBody struct {
	io.ReadCloser
	header  http.Header // of the answer
	arrived func()
}

func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	switch err {
	case nil:
	case io.EOF:
		b.arrived()
	default: // the rest will not be waited for
		b.header.Set("Connection", "close")
	}
	return n, err
}

// recover answers a request that made the server panic. What the panic says may be part of the request, and stays unsaid.
func (s *Server) recover(operation string, w *answer) {
	fault := recover()
	if fault == nil {
		return
	}
	if fault == http.ErrAbortHandler {
		panic(fault)
	}
	s.options.Log.Error("request failed", "operation", operation, "fault", fmt.Sprintf("%T", fault), "stack", string(debug.Stack()))
	if !w.begun {
		refuse(w, wire.NewProblem(http.StatusInternalServerError, wire.CodeInternal, "the node failed; its log says how"))
	}
}

// answer remembers the status.
type answer struct {
	http.ResponseWriter
	status int
	begun  bool
}

func (a *answer) WriteHeader(status int) {
	if !a.begun {
		a.status, a.begun = status, true
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	a.begun = true
	return a.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
