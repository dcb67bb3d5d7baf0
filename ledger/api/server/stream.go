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
	"weir/ledger/api/internal/shelf"
	"weir/ledger/api/internal/wire"
)

// Bounds on the blocks that streams are sending, as events of up to 4 MiB, all together.
var blocksHeld = shelf.Bounds{Used: 48 << 20, Unused: 8 << 20}

const maxReading = 2 // blocks that are read from the store for streams at a time

// blocks sends one block after another. Streams that send one block at the same time share it; a stream whose client is slow
// is cut off when the memory of its block is needed.
func (s *Server) blocks(_ context.Context, in *param.Resume) (*huma.StreamResponse, error) {
	from, err := in.First(0)
	if err != nil {
		return nil, err
	}
	return s.stream(func(ctx context.Context, cut func(), send func(sending) error) error {
		for height := from; ; height++ {
			block, give := s.held.Take(height, cut)
			err := s.sendBlock(ctx, block, send)
			give()
			if err != nil {
				return err
			}
		}
	}), nil
}

func (s *Server) sendBlock(ctx context.Context, block *shelf.Item, send func(sending) error) error {
	select {
	case <-block.Ready():
	case <-ctx.Done():
		return ctx.Err()
	}
	event, err := block.Bytes()
	if err != nil {
		return err
	}
	sent := make(chan struct{})
	if err := send(sending{event, func() { close(sent) }}); err != nil {
		return err
	}
	<-sent
	return ctx.Err()
}

// event waits for a block and gives it as an event. Only some of the blocks that are there are read at a time.
func (s *Server) event(ctx context.Context, height uint64) ([]byte, error) {
	if height <= s.node.Head().Height {
		select {
		case s.reading <- struct{}{}:
			defer func() { <-s.reading }()
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	for block, err := range s.node.Blocks(ctx, height) {
		if err != nil {
			return nil, err
		}
		return wire.Event{Number: height, Data: wire.EncodeBlock(block)}.Encode(), nil
	}
	return nil, ctx.Err()
}

// sending is an event on its way: sent is called when its bytes are needed no more.
type sending struct {
	bytes []byte
	sent  func()
}

// stream answers with what produce sends, until that ends, the client goes, or the server stops. cut ends it at once, in the
// middle of an event. While produce is silent the stream says that it is alive.
func (s *Server) stream(produce func(ctx context.Context, cut func(), send func(sending) error) error) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(c huma.Context) {
		r, w := humago.Unwrap(c)
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		defer context.AfterFunc(s.stopped, cancel)()
		control := http.NewResponseController(w)
		off, cut := context.WithCancel(context.Background())
		defer cut()
		defer context.AfterFunc(off, func() {
			cancel()
			_ = control.SetWriteDeadline(time.Unix(1, 0)) // ends a write that is under way
		})()
		events := make(chan sending)
		ended := make(chan error, 1)
		go func() {
			ended <- produce(ctx, cut, func(e sending) error {
				select {
				case events <- e:
					return nil
				case <-ctx.Done():
					return ctx.Err()
				}
			})
		}()
		if err := relay(w, off, events, ended); err != nil && !errors.Is(err, context.Canceled) {
			_ = s.explain(ctx, err) // for the log: the client only sees the stream end
		}
	}}
}

// relay writes events until they end, and gives the reason, or until the client takes no more, which is no error.
func relay(w http.ResponseWriter, off context.Context, events <-chan sending, ended <-chan error) error {
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
			if err = patience(control, off); err == nil {
				_, err = w.Write(e.bytes)
			}
			e.sent()
		case <-tick.C:
			if err = patience(control, off); err == nil {
				_, err = io.WriteString(w, wire.Heartbeat)
			}
		case err := <-ended:
			return err
		}
	}
	return nil
}

// patience is how long the next write may take.
func patience(control *http.ResponseController, off context.Context) error {
	return errors.Join(control.SetWriteDeadline(time.Now().Add(replyTimeout)), off.Err())
}
