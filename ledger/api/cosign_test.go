package api_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"weir/engine/message"
	"weir/ledger/api"
	"weir/ledger/api/server"
	"weir/ledger/ledgertest"
	"weir/ledger/proof"
	"weir/ledger/witness/gather"
)

// gathering is what witnesses reach, in the same process or over HTTP.
type gathering interface {
	message.Log
	Await(ctx context.Context, size uint64) ([]byte, error)
	Candidate(ctx context.Context, size uint64) ([]byte, error)
	Cosign(ctx context.Context, size uint64, line []byte) error
}

// cosign hands in a witness's line over the candidate.
func cosign(t *testing.T, g gathering, name string) *proof.Checkpoint {
	t.Helper()
	note, err := g.Candidate(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	c, err := proof.ReadCheckpoint(note)
	if err != nil {
		t.Fatal(err)
	}
	line, err := ledgertest.Cosigner(t, name).Cosign(c, time.Now())
	if err == nil {
		err = g.Cosign(t.Context(), c.Size, line)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Two of three witnesses make the served checkpoint final, whichever way they come; whoever waits for it is told.
func TestCosignatures(t *testing.T) {
	for name, reach := range map[string]func(*world) gathering{
		"node": func(w *world) gathering { return w.node }, "client": func(w *world) gathering { return w.serve(t) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWitnessed(t, 2)
			g := reach(w)
			if _, err := w.sequencer.Submit(t.Context(), post("alice", 0, "x").Bytes()); err != nil {
				t.Fatal(err)
			}
			c := cosign(t, g, "w1")
			if _, err := g.Checkpoint(t.Context()); !errors.Is(err, message.ErrNotFound) {
				t.Fatalf("final with one line of two: %v", err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			final := make(chan []byte, 1)
			go func() {
				note, err := g.Await(ctx, 0)
				if err != nil {
					t.Error(err)
				}
				final <- note
			}()
			cosign(t, g, "w3")
			if opened, err := ledgertest.Witnessed(t, 2, "w1", "w2", "w3").Open(<-final); err != nil || opened.Size != c.Size {
				t.Errorf("%v", err)
			}
			line, err := ledgertest.Cosigner(t, "mallory").Cosign(c, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if err := g.Cosign(t.Context(), c.Size, line); !errors.Is(err, gather.ErrCosignature) {
				t.Errorf("by nobody on the list: %v", err)
			}
			if err := g.Cosign(t.Context(), c.Size+7, line); !errors.Is(err, gather.ErrStale) {
				t.Errorf("over what is not gathered for: %v", err)
			}
		})
	}
}

// A body longer than a line is refused unread, and a server that stops lets nobody wait on.
func TestCosignaturesOverHTTP(t *testing.T) {
	w := newWitnessed(t, 2)
	s := server.New(w.node, w.mail, server.Options{})
	listener := httptest.NewServer(s)
	defer listener.Close()
	c := dialWith(t, listener.URL, api.ClientOptions{Chain: "test", Patience: time.Millisecond, Timeout: 20 * time.Second})
	if err := c.Cosign(t.Context(), 1, make([]byte, gather.MaxLine+1)); !errors.Is(err, api.ErrRequest) {
		t.Errorf("a long line: %v", err)
	}
	if r, err := http.Get(listener.URL + "/v1/checkpoint?over=1&wait=20001"); err != nil || r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a wait out of its bounds: %v, %v", r, err)
	}
	ended := make(chan error, 1)
	go func() {
		r, err := http.Get(listener.URL + "/v1/checkpoint?over=1&wait=20000")
		if err == nil && r.StatusCode != http.StatusNotFound {
			err = errors.New(r.Status)
		}
		ended <- err
	}()
	s.Stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it waits on")
	}
}
