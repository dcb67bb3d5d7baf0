package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/api/internal/wire"
	"weir/ledger/contract"
	"weir/ledger/machine"
	"weir/ledger/proof"
)

// Bounds on what a client reads, where the kind of answer has none of its own.
const (
	maxStatus  = 4 << 10
	maxNote    = 64 << 10
	maxReceipt = 512
	maxFound   = 64 << 20 // bytes of all transactions that one Find gives
	maxEntries = 4096     // of them
)

// Status is where a node stands.
type Status = wire.Status

// Status says where the node stands. It is the node's word alone.
func (c *Client) Status(ctx context.Context) (*Status, error) {
	b, err := c.do(ctx, call{method: http.MethodGet, path: []string{"status"}, limit: maxStatus})
	if err != nil {
		return nil, fmt.Errorf("status: %w", err)
	}
	var s Status
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, fmt.Errorf("status: %w: not JSON of a status", ErrAnswer)
	}
	if s.Chain != c.options.Chain {
		return nil, fmt.Errorf("status: %w: of another chain than %s", ErrAnswer, c.options.Chain)
	}
	return &s, nil
}

// Founding is the founding document. The caller compares its digest with the one it trusts.
func (c *Client) Founding(ctx context.Context) ([]byte, error) {
	b, err := c.do(ctx, call{method: http.MethodGet, path: []string{"founding"}, limit: machine.MaxFounding})
	return b, wrap("founding document", err)
}

// Next is message.Ledger's.
func (c *Client) Next(ctx context.Context, sender ledger.Sender) (sequence, height uint64, err error) {
	b, err := c.do(ctx, call{method: http.MethodGet, path: []string{"senders", string(sender)}, limit: 64})
	if err != nil {
		return 0, 0, wrap("next", err)
	}
	var p wire.Place
	if err := canonical.Decode(b, 64, &p); err != nil {
		return 0, 0, fmt.Errorf("next: %w: %w", ErrAnswer, err)
	}
	return p.Sequence, p.Height, nil
}

// Submit is message.Ledger's. It waits, and asks again, until ctx ends.
func (c *Client) Submit(ctx context.Context, tx []byte) (*ledger.Result, error) {
	decoded, err := ledger.DecodeTx(tx)
	if err != nil {
		return nil, err
	}
	b, err := c.do(ctx, call{method: http.MethodPost, path: []string{"transactions"}, query: c.wait(), body: tx, kind: wire.CBOR, limit: ledger.MaxResult})
	return resultOf(decoded.ID(), b, err)
}

// Wait is ledger.Orderer's: it waits until a transaction that somebody submitted has a durable result.
func (c *Client) Wait(ctx context.Context, tx engine.Digest) (*ledger.Result, error) {
	b, err := c.do(ctx, call{method: http.MethodGet, path: []string{"transactions", tx.String()}, query: c.wait(), limit: ledger.MaxResult})
	return resultOf(tx, b, err)
}

// Result is what became of a transaction, or message.ErrNotFound.
func (c *Client) Result(ctx context.Context, tx engine.Digest) (*ledger.Result, error) {
	b, err := c.do(ctx, call{method: http.MethodGet, path: []string{"transactions", tx.String()}, limit: ledger.MaxResult})
	return resultOf(tx, b, err)
}

// wait asks the node to answer before the attempt times out.
func (c *Client) wait() url.Values {
	wait := min(wire.MaxWait, c.options.Timeout/2)
	return url.Values{"wait": {strconv.FormatInt(max(wait.Milliseconds(), 1), 10)}}
}

func resultOf(id engine.Digest, b []byte, err error) (*ledger.Result, error) {
	if err != nil {
		return nil, fmt.Errorf("transaction %s: %w", id.Short(), err)
	}
	r, err := ledger.DecodeResult(b)
	if err != nil {
		return nil, fmt.Errorf("transaction %s: %w: %w", id.Short(), ErrAnswer, err)
	}
	if r.Tx != id {
		return nil, fmt.Errorf("transaction %s: %w: the result of another one", id.Short(), ErrAnswer)
	}
	return r, nil
}

// Find is message.Board's. It takes at most 4,096 transactions of 64 MiB together.
func (c *Client) Find(ctx context.Context, kind message.Kind, prefix string) ([][]byte, error) {
	var found [][]byte
	size := 0
	err := c.FindEach(ctx, kind, prefix, func(tx []byte) bool {
		found = append(found, tx)
		size += len(tx)
		return len(found) <= maxEntries && size <= maxFound
	})
	if err == nil && (len(found) > maxEntries || size > maxFound) {
		err = fmt.Errorf("find %s: %w: more than %d transactions or %d bytes", kind, ErrAnswer, maxEntries, maxFound)
	}
	if err != nil {
		return nil, err
	}
	return found, nil
}

// FindEach is message.Pager's: Find for as many transactions as there are, of which it holds one page.
func (c *Client) FindEach(ctx context.Context, kind message.Kind, prefix string, yield func(tx []byte) bool) error {
	for from := uint64(0); ; {
		query := url.Values{"kind": {string(kind)}, "prefix": {prefix}, "from": {strconv.FormatUint(from, 10)}}
		b, err := c.do(ctx, call{method: http.MethodGet, path: []string{"entries"}, query: query, limit: wire.MaxPage})
		if err != nil {
			return fmt.Errorf("find %s: %w", kind, err)
		}
		page, err := wire.DecodePage(b, c.options.Chain, kind)
		if err != nil {
			return fmt.Errorf("find %s: %w", kind, err)
		}
		for _, tx := range page.Txs {
			if !yield(tx) {
				return nil
			}
		}
		switch {
		case page.Next == 0:
			return nil
		case page.Next <= from:
			return fmt.Errorf("find %s: %w: pages go back", kind, ErrAnswer)
		}
		from = page.Next
	}
}

// Ask puts a question to a contract, at the last block. A refusal is a *contract.Refusal. The answer is the node's word
// alone.
func (c *Client) Ask(ctx context.Context, name engine.Name, answer string, argument []byte) ([]byte, error) {
	b, err := c.do(ctx, call{method: http.MethodPost, path: []string{"contracts", string(name), answer}, body: argument, kind: wire.CBOR, limit: contract.MaxValue})
	return b, wrap("ask "+string(name), err)
}

// Checkpoint is message.Log's.
func (c *Client) Checkpoint(ctx context.Context) ([]byte, error) {
	b, err := c.do(ctx, call{method: http.MethodGet, path: []string{"checkpoint"}, limit: maxNote})
	return b, wrap("checkpoint", err)
}

// checkpointWait is how long a node holds a question for a newer checkpoint: a witness then also sees that the node has
// forgotten its line.
const checkpointWait = 5 * time.Second

// Await is Checkpoint once it is over more than size blocks, or what there is after some seconds.
func (c *Client) Await(ctx context.Context, size uint64) ([]byte, error) {
	return c.checkpoint(ctx, size, "checkpoint")
}

// Candidate is the checkpoint that witnesses are to cosign next, once it is over more than size blocks, or the one that there
// is after some seconds.
func (c *Client) Candidate(ctx context.Context, size uint64) ([]byte, error) {
	return c.checkpoint(ctx, size, "checkpoint", "candidate")
}

func (c *Client) checkpoint(ctx context.Context, size uint64, path ...string) ([]byte, error) {
	wait := max(min(checkpointWait, c.options.Timeout/2).Milliseconds(), 1)
	query := url.Values{"over": {strconv.FormatUint(size, 10)}, "wait": {strconv.FormatInt(wait, 10)}}
	b, err := c.do(ctx, call{method: http.MethodGet, path: path, query: query, limit: maxNote})
	return b, wrap("checkpoint", err)
}

// Cosign hands in a witness's line over the checkpoint of a size: gather.ErrCosignature where the node does not take it,
// gather.ErrStale where another one is being gathered for.
func (c *Client) Cosign(ctx context.Context, size uint64, line []byte) error {
	query := url.Values{"size": {strconv.FormatUint(size, 10)}}
	_, err := c.do(ctx, call{method: http.MethodPost, path: []string{"checkpoint", "cosignatures"}, query: query, body: line, kind: wire.Note, limit: 16})
	return wrap("cosign", err)
}

// Consistency is message.Log's.
func (c *Client) Consistency(ctx context.Context, oldSize, newSize uint64) ([]engine.Digest, error) {
	query := url.Values{"old": {strconv.FormatUint(oldSize, 10)}, "new": {strconv.FormatUint(newSize, 10)}}
	b, err := c.do(ctx, call{method: http.MethodGet, path: []string{"consistency"}, query: query, limit: wire.MaxPath})
	if err != nil {
		return nil, wrap("consistency", err)
	}
	return wire.DecodePath(b)
}

// Bundle is message.Log's.
func (c *Client) Bundle(ctx context.Context, tx engine.Digest, size uint64) ([]byte, error) {
	query := url.Values{"size": {strconv.FormatUint(size, 10)}}
	b, err := c.do(ctx, call{method: http.MethodGet, path: []string{"bundles", tx.String()}, query: query, limit: proof.MaxBundle})
	return b, wrap("bundle", err)
}

// Header is message.Log's.
func (c *Client) Header(ctx context.Context, height, size uint64) (header []byte, path []engine.Digest, err error) {
	query := url.Values{"size": {strconv.FormatUint(size, 10)}}
	b, err := c.do(ctx, call{method: http.MethodGet, path: []string{"headers", strconv.FormatUint(height, 10)}, query: query, limit: wire.MaxLogged})
	if err != nil {
		return nil, nil, wrap("header", err)
	}
	logged, err := wire.DecodeLogged(b)
	if err != nil {
		return nil, nil, err
	}
	return logged.Header, logged.Path, nil
}

// State is message.Log's.
func (c *Client) State(ctx context.Context, contract engine.Name, keys []string) ([]byte, error) {
	b, err := c.do(ctx, call{method: http.MethodPost, path: []string{"state", string(contract)}, body: wire.EncodeStateKeys(keys), kind: wire.CBOR,
		limit: proof.MaxStateBundle})
	return b, wrap("state of "+string(contract), err)
}

// Store is message.Blobs'.
func (c *Client) Store(ctx context.Context, digest engine.Digest, content []byte) ([]byte, error) {
	b, err := c.do(ctx, call{method: http.MethodPut, path: []string{"contents", digest.String()}, body: content, kind: wire.Octets, limit: maxReceipt})
	return b, wrap("store "+digest.Short(), err)
}

// Fetch is message.Fetcher's. What the digest does not name is refused.
func (c *Client) Fetch(ctx context.Context, digest engine.Digest, limit int) ([]byte, error) {
	b, err := c.do(ctx, call{method: http.MethodGet, path: []string{"contents", digest.String()}, limit: limit})
	if err == nil && !inquiry.IsNamedBy(digest, b) {
		err = fmt.Errorf("%w: another content", ErrAnswer)
	}
	if err != nil {
		return nil, wrap("fetch "+digest.Short(), err)
	}
	return b, nil
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
