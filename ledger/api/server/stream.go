package server

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"weir/ledger/api/internal/param"
	"weir/ledger/api/internal/wire"
)

func (s *Server) blocks(_ context.Context, in *param.Resume) (*huma.StreamResponse, error) {
	from, err := in.First(0)
	if err != nil {
		return nil, err
	}
	return s.stream(func(ctx context.Context, send func(wire.Event) error) error {
		for block, err := range s.node.Blocks(ctx, from) {
			if err == nil {
				err = send(wire.Event{Number: block.Header.Height, Data: wire.EncodeBlock(block)})
			}
			if err != nil {
				return err
			}
		}
		return nil
	}), nil
}

// stream answers with what produce sends, until that ends, the client goes, or the server stops. While produce is silent
// the stream says that it is alive.
func (s *Server) stream(produce func(ctx context.Context, send func(wire.Event) error) error) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(c huma.Context) {
		r, w := humago.Unwrap(c)
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		defer context.AfterFunc(s.stopped, cancel)()
		events := make(chan wire.Event)
		ended := make(chan error, 1)
		go func() {
			ended <- produce(ctx, func(e wire.Event) error {
				select {
				case events <- e:
					return nil
				case <-ctx.Done():
					return ctx.Err()
				}
			})
		}()
		if err := s.relay(w, events, ended); err != nil && !errors.Is(err, context.Canceled) {
			_ = s.explain(ctx, err) // for the log: the client only sees the stream end
		}
	}}
}

// relay writes events until they end, and gives the reason, or until the client takes no more, which is no error.
func (s *Server) relay(w http.ResponseWriter, events <-chan wire.Event, ended <-chan error) error {
	w.Header().Set("Content-Type", wire.Stream)
	w.Header().Set("Cache-Control", "no-store")
	control := http.NewResponseController(w)
	tick := time.NewTicker(wire.Heartbeats)
	defer tick.Stop()
	_, err := io.WriteString(w, wire.Heartbeat)
	for err == nil {
		if control.Flush() != nil {
			return nil
		}
		select {
		case e := <-events:
			err = errors.Join(control.SetWriteDeadline(time.Now().Add(replyTimeout)), event(e, w))
		case <-tick.C:
			err = errors.Join(control.SetWriteDeadline(time.Now().Add(replyTimeout)), beat(w))
		case err := <-ended:
			return err
		}
	}
	return nil
}

func event(e wire.Event, w io.Writer) error {
	_, err := e.WriteTo(w)
	return err
}

func beat(w io.Writer) error {
	_, err := io.WriteString(w, wire.Heartbeat)
	return err
}
