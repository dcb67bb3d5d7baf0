// Package api is a node as its members reach it over HTTP: message.Ledger, message.Log, message.Blobs and message.Mail, a
// stream of blocks, and a mailbox. It is for everybody but the node: all others only dial (the other end is
// ledger/api/server).
//
// A client gives the same typed errors that a node in the same process gives. It trusts no node: every length is bounded
// before it is read, and what it is given it checks against what it asked for. Whether the ledger tells the truth is for
// the checkpoints and proofs of ledger/proof to show.
package api

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"weir/engine"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/api/internal/wire"
)

// ErrUnreachable is returned when a node did not answer, as often as it was asked.
var ErrUnreachable = errors.New("node cannot be reached")

// What a node answers beside the errors of the packages that it serves.
var (
	ErrAnswer       = wire.ErrAnswer       // its answer is not what was asked for; it is not to be trusted
	ErrRequest      = wire.ErrRequest      // it does not take the request
	ErrUnauthorised = wire.ErrUnauthorised // the key is not the addressee's, or the clocks are apart
	ErrInternal     = wire.ErrInternal     // it failed
)

// ClientOptions are how a client dials.
type ClientOptions struct {
	Chain    engine.Name      // the ledger's id: what is about another one is refused
	TLS      *tls.Config      // whom to trust, and the client's own certificate; nil: the system's roots
	Timeout  time.Duration    // of one attempt; default 30 s
	Patience time.Duration    // how long to try again while the node does not answer or is busy; default 15 s
	Answer   time.Duration    // how long to wait for the answer to a letter; default 60 s
	Clock    func() time.Time // default time.Now
	// KeyOf is the key that a member signs with, from a founding document or a registry that the caller trusts. Who sends no
	// letter that wants an answer needs none.
	KeyOf func(ctx context.Context, name engine.Name) ([32]byte, error)
}

// Client is a node that is reached over HTTP: message.Ledger, message.Log, message.Blobs and message.Mail. All calls are
// safe to repeat, and are repeated while the node does not answer; errors are those of a node in the same process, or
// ErrUnreachable, ErrAnswer, ErrRequest or ErrInternal. It honours HTTPS_PROXY, HTTP_PROXY and NO_PROXY, follows no
// redirect, and is safe for concurrent use.
type Client struct {
	base    *url.URL
	options ClientOptions
	http    *http.Client
}

// Dial makes a client of the node at a URL, http or https. It connects when it is first used.
func Dial(address string, options ClientOptions) (*Client, error) {
	base, err := url.Parse(address)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" || base.User != nil || base.RawQuery != "" {
		return nil, fmt.Errorf("dial node: want a URL such as https://node.example:7443")
	}
	if _, err := engine.ParseName(string(options.Chain)); err != nil {
		return nil, fmt.Errorf("dial node: chain id: %w", err)
	}
	options.fill()
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: options.TLS, ForceAttemptHTTP2: true,
		DisableCompression: true, TLSHandshakeTimeout: 10 * time.Second, IdleConnTimeout: time.Minute, MaxIdleConnsPerHost: 16,
		MaxResponseHeaderBytes: 16 << 10}
	refuse := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{base: base, options: options, http: &http.Client{Transport: transport, CheckRedirect: refuse}}, nil
}

func (o *ClientOptions) fill() {
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	if o.Patience == 0 {
		o.Patience = 15 * time.Second
	}
	if o.Answer == 0 {
		o.Answer = time.Minute
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
}

// Close ends connections that are not in use.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

// call is one request; it is safe to repeat.
type call struct {
	method string
	path   []string // segments below /v1
	query  url.Values
	body   []byte
	kind   string             // content type of the body
	key    ed25519.PrivateKey // stamps the request; nil: none
	limit  int                // bytes of the answer
}

func (c *Client) request(ctx context.Context, k call) (*http.Request, error) {
	segments := []string{"v1"}
	for _, s := range k.path {
		segments = append(segments, url.PathEscape(s))
	}
	u := c.base.JoinPath(segments...)
	u.RawQuery = k.query.Encode()
	r, err := http.NewRequestWithContext(ctx, k.method, u.String(), bytes.NewReader(k.body))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRequest, err)
	}
	if k.kind != "" {
		r.Header.Set("Content-Type", k.kind)
	}
	if k.key != nil {
		wire.Sign(r, c.options.Chain, k.key, k.body, c.options.Clock())
	}
	return r, nil
}

// do makes a call, again while the node does not answer, is busy, or has no result yet.
func (c *Client) do(ctx context.Context, k call) ([]byte, error) {
	var pause backoff
	patience := time.Now().Add(c.options.Patience)
	for {
		b, err := c.attempt(ctx, k)
		switch {
		case errors.Is(err, wire.ErrPending):
			pause.reset()
			patience = time.Now().Add(c.options.Patience)
		case !passing(err) || time.Now().After(patience):
			return b, err
		}
		if stopped := pause.sleep(ctx); stopped != nil {
			if errors.Is(err, wire.ErrPending) {
				return nil, stopped
			}
			return nil, fmt.Errorf("%w: %w", err, stopped)
		}
	}
}

// passing tells whether an error may be gone when the call is repeated.
func passing(err error) bool {
	return errors.Is(err, ErrUnreachable) || errors.Is(err, ledger.ErrBusy) || errors.Is(err, ledger.ErrClosed)
}

func (c *Client) attempt(ctx context.Context, k call) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	r, err := c.request(ctx, k)
	if err != nil {
		return nil, err
	}
	response, err := c.send(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.ContentLength > int64(k.limit) {
		return nil, fmt.Errorf("%w: %d bytes, limit %d", ErrAnswer, response.ContentLength, k.limit)
	}
	b, err := io.ReadAll(io.LimitReader(response.Body, int64(k.limit)+1))
	if err != nil {
		return nil, unreachable(err)
	}
	if len(b) > k.limit {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrAnswer, k.limit)
	}
	return b, nil
}

// send gives the response to a request that succeeded; any other is an error.
func (c *Client) send(r *http.Request) (*http.Response, error) {
	response, err := c.http.Do(r)
	if err != nil {
		return nil, unreachable(err)
	}
	if response.StatusCode == http.StatusOK {
		return response, nil
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusNoContent {
		response.Body = http.NoBody
		return response, nil
	}
	problem, err := io.ReadAll(io.LimitReader(response.Body, wire.MaxProblem))
	if err != nil {
		return nil, unreachable(err)
	}
	return nil, wire.Err(response.StatusCode, problem)
}

// unreachable hides the URL, which may say what was asked for.
func unreachable(err error) error {
	var within *url.Error
	if errors.As(err, &within) {
		err = within.Err
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}

// backoff is pauses that double, with jitter, between 50 ms and 5 s.
type backoff struct{ next time.Duration }

func (b *backoff) reset() { b.next = 0 }

func (b *backoff) sleep(ctx context.Context) error {
	b.next = min(max(2*b.next, 50*time.Millisecond), 5*time.Second)
	wait := time.NewTimer(b.next/2 + rand.N(b.next/2))
	defer wait.Stop()
	select {
	case <-wait.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

var (
	_ message.Ledger = (*Client)(nil)
	_ message.Log    = (*Client)(nil)
	_ message.Blobs  = (*Client)(nil)
	_ message.Mail   = (*Client)(nil)
	_ message.Pager  = (*Client)(nil)
)
