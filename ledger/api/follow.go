package api

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"weir/ledger"
	"weir/ledger/api/internal/wire"
	"weir/ledger/mailbox"
)

// silence is how long a stream may say nothing before the client dials again: three heartbeats.
const silence = 3 * wire.Heartbeats

// Blocks is ledger.Orderer's: every block from a height on, in order, none twice and none left out, until ctx ends. While
// the node cannot be reached it dials again, with growing pauses. It ends with an error where a block is not the next one
// of the chain; whether the chain is the true one, checkpoints show.
func (c *Client) Blocks(ctx context.Context, from uint64) iter.Seq2[*ledger.Committed, error] {
	return func(yield func(*ledger.Committed, error) bool) {
		var last *ledger.Header
		err := c.follow(ctx, call{path: []string{"blocks"}}, from, func(e wire.Event) (bool, error) {
			block, err := c.follows(last, from, e)
			if err != nil {
				return false, err
			}
			last = block.Header
			return yield(block, nil), nil
		})
		if err != nil {
			yield(nil, fmt.Errorf("blocks: %w", err))
		}
	}
}

// follows reads a block that must be the one after last, or, where there is none, the one at height from.
func (c *Client) follows(last *ledger.Header, from uint64, e wire.Event) (*ledger.Committed, error) {
	block, err := wire.DecodeBlock(e.Data)
	if err != nil {
		return nil, err
	}
	h := block.Header
	switch {
	case h.Chain != c.options.Chain:
		return nil, fmt.Errorf("%w: block %d of another chain", ErrAnswer, e.Number)
	case h.Height != e.Number || last == nil && h.Height != from || last != nil && h.Height != last.Height+1:
		return nil, fmt.Errorf("%w: block %d out of order", ErrAnswer, h.Height)
	case last != nil && h.Previous != last.Digest():
		return nil, fmt.Errorf("%w: block %d does not continue the one before", ErrAnswer, h.Height)
	}
	return block, nil
}

// Letters gives every letter under an address whose number is above after: those that wait, and each as it comes, until
// ctx ends. The key is the one that the ledger knows for the address, or the bare key that it is. A letter stays until it
// is deleted (DeleteLetters); whoever remembers the last number sees none twice.
func (c *Client) Letters(ctx context.Context, address string, key ed25519.PrivateKey, after uint64) iter.Seq2[mailbox.Letter, error] {
	return func(yield func(mailbox.Letter, error) bool) {
		err := c.follow(ctx, call{path: []string{"mail", address}, key: key}, after+1, func(e wire.Event) (bool, error) {
			if e.Number <= after {
				return false, fmt.Errorf("%w: letter %d out of order", ErrAnswer, e.Number)
			}
			w, err := wire.DecodeWaiting(e.Data)
			if err != nil {
				return false, err
			}
			after = e.Number
			return yield(mailbox.Letter{Number: e.Number, Kind: w.Kind, Time: w.Time, Body: w.Body}, nil), nil
		})
		if err != nil {
			yield(mailbox.Letter{}, fmt.Errorf("letters: %w", err))
		}
	}
}

// DeleteLetters ends all letters under an address up to a number.
func (c *Client) DeleteLetters(ctx context.Context, address string, key ed25519.PrivateKey, upTo uint64) error {
	query := url.Values{"up_to": {strconv.FormatUint(upTo, 10)}}
	_, err := c.do(ctx, call{method: http.MethodDelete, path: []string{"mail", address}, query: query, key: key})
	return wrap("delete letters", err)
}

// follow reads a stream from a number on, and dials again wherever it breaks off, until ctx ends, take answers false, or
// something is wrong that dialling again does not mend.
func (c *Client) follow(ctx context.Context, k call, from uint64, take func(wire.Event) (bool, error)) error {
	var pause backoff
	k.method = http.MethodGet
	for {
		k.query = url.Values{"from": {strconv.FormatUint(from, 10)}}
		done, err := c.listen(ctx, k, func(e wire.Event) (bool, error) {
			more, err := take(e)
			if err == nil {
				pause.reset()
				from = e.Number + 1
			}
			return more, err
		})
		switch {
		case done:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		}
		if !passing(err) {
			return err
		}
		if stopped := pause.sleep(ctx); stopped != nil {
			return fmt.Errorf("%w: %w", stopped, err)
		}
	}
}

// listen reads one stream until it breaks off. done is true when take has enough.
func (c *Client) listen(ctx context.Context, k call, take func(wire.Event) (bool, error)) (done bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	quiet := time.AfterFunc(silence, cancel)
	defer quiet.Stop()
	r, err := c.request(ctx, k)
	if err != nil {
		return false, err
	}
	r.Header.Set("Accept", wire.Stream)
	response, err := c.send(r)
	if err != nil {
		return false, err
	}
	defer response.Body.Close()
	var refused error
	err = wire.ReadEvents(response.Body, func() { quiet.Reset(silence) }, func(e wire.Event) bool {
		quiet.Stop()
		more, err := take(e)
		quiet.Reset(silence)
		done, refused = !more && err == nil, err
		return more && err == nil
	})
	switch {
	case done || refused != nil:
		return done, refused
	case errors.Is(err, ErrAnswer):
		return false, err
	case err == nil || errors.Is(err, io.EOF):
		return false, fmt.Errorf("%w: the stream ended", ErrUnreachable)
	}
	return false, unreachable(err)
}
