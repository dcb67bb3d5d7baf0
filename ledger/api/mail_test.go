package api_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/api"
	"weir/ledger/ledgertest"
	"weir/ledger/mailbox"
)

func send(t *testing.T, c *api.Client, to, body string) {
	t.Helper()
	if _, err := c.Send(t.Context(), to, message.KindEvidence, []byte(body)); err != nil {
		t.Fatal(err)
	}
}

// take reads so many letters.
func take(t *testing.T, c *api.Client, address string, key ed25519.PrivateKey, after uint64, count int) []mailbox.Letter {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var found []mailbox.Letter
	for l, err := range c.Letters(ctx, address, key, after) {
		if err != nil {
			t.Fatal(err)
		}
		if found = append(found, l); len(found) == count {
			break
		}
	}
	return found
}

func TestLettersReachTheirAddressee(t *testing.T) {
	c := newWorld(t).serve(t)
	stranger := ledgertest.Key("stranger")
	bare := string(ledger.BareKey([32]byte(stranger.Public().(ed25519.PublicKey))))
	for address, key := range map[string]ed25519.PrivateKey{"alice": ledgertest.Key("alice"), "bob/tax": ledgertest.Key("bob"), bare: stranger} {
		send(t, c, address, "one")
		send(t, c, address, "two")
		send(t, c, address, "one") // the same letter
		found := take(t, c, address, key, 0, 2)
		if string(found[0].Body) != "one" || string(found[1].Body) != "two" || found[0].Kind != message.KindEvidence || found[1].Number <= found[0].Number {
			t.Errorf("%s: %+v", address, found)
		}
		if err := c.DeleteLetters(t.Context(), address, key, found[0].Number); err != nil {
			t.Error(err)
		}
		if again := take(t, c, address, key, 0, 1); string(again[0].Body) != "two" {
			t.Errorf("%s: after one was deleted: %+v", address, again)
		}
	}
}

func TestNobodyElseReadsLetters(t *testing.T) {
	c := newWorld(t).serve(t)
	send(t, c, "alice", "secret")
	for _, key := range []ed25519.PrivateKey{ledgertest.Key("bob"), ledgertest.Key("mallory")} {
		for l, err := range c.Letters(t.Context(), "alice", key, 0) {
			if !errors.Is(err, api.ErrUnauthorised) {
				t.Errorf("%+v, %v", l, err)
			}
		}
		if err := c.DeleteLetters(t.Context(), "alice", key, 9); !errors.Is(err, api.ErrUnauthorised) {
			t.Errorf("delete: %v", err)
		}
	}
}

func TestLettersThatAreRefused(t *testing.T) {
	c := newWorld(t).serve(t)
	largest := bytes.Repeat([]byte{1}, mailbox.MaxBody)
	if _, err := c.Send(t.Context(), "alice", message.KindEvidence, largest); err != nil {
		t.Errorf("the largest: %v", err)
	}
	for name, got := range map[string]error{
		"too long":  second(c.Send(t.Context(), "alice", message.KindEvidence, append(largest, 1))),
		"empty":     second(c.Send(t.Context(), "alice", message.KindEvidence, nil)),
		"bad kind":  second(c.Send(t.Context(), "alice", "Evil Kind", []byte("x"))),
		"bad name":  second(c.Send(t.Context(), "a b", message.KindEvidence, []byte("x"))),
		"dots":      second(c.Send(t.Context(), "..", message.KindEvidence, []byte("x"))),
		"slashes":   second(c.Send(t.Context(), "bob/tax/more", message.KindEvidence, []byte("x"))),
		"a bad key": second(c.Send(t.Context(), "key:00", message.KindEvidence, []byte("x"))),
	} {
		if !errors.Is(got, mailbox.ErrLetter) && !errors.Is(got, api.ErrRequest) && !errors.Is(got, message.ErrNotFound) {
			t.Errorf("%s: %v", name, got)
		}
	}
	if _, err := c.Send(t.Context(), "nobody", message.KindEvidence, []byte("x")); !errors.Is(err, message.ErrNotFound) {
		t.Errorf("to nobody: %v", err)
	}
	for i := 0; ; i++ {
		if _, err := c.Send(t.Context(), fmt.Sprintf("key:%064x", 1), message.KindEvidence, fmt.Append(nil, i)); err != nil {
			if !errors.Is(err, mailbox.ErrFull) || i != 16 {
				t.Errorf("letter %d: %v", i, err)
			}
			break
		}
	}
}

func second[T any](_ T, err error) error { return err }

// An enterprise and a registrar meet at the node, which sees sealed bytes alone.
func TestEnrolmentIsAnswered(t *testing.T) {
	w := newWorld(t)
	url := w.listen(t)
	options := api.ClientOptions{Chain: "test", KeyOf: func(_ context.Context, name engine.Name) ([32]byte, error) {
		return ledgertest.Public(string(name)), nil
	}}
	registrar, wallet := dialWith(t, url, options), dialWith(t, url, options)
	ctx, cancel := context.WithCancel(t.Context())
	var attending sync.WaitGroup
	attending.Go(func() {
		err := registrar.Attend(ctx, api.Attendant{Address: "alice", Key: ledgertest.Key("alice"),
			Receive: func(_ context.Context, kind message.Kind, body []byte) ([]byte, error) {
				if string(body) == "unknown applicant" {
					return nil, errors.New("applicant not identified")
				}
				return append([]byte("certificate for "), body...), nil
			}})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("attend: %v", err)
		}
	})
	for {
		if _, err := w.mail.Key("alice"); err == nil {
			answer, err := wallet.Send(t.Context(), "alice", message.KindEnrolment, []byte("applicant"))
			if errors.Is(err, message.ErrNotFound) {
				continue // not published yet
			}
			if err != nil || string(answer) != "certificate for applicant" {
				t.Errorf("%q, %v", answer, err)
			}
			break
		}
	}
	if _, err := wallet.Send(t.Context(), "alice", message.KindEnrolment, []byte("unknown applicant")); !errors.Is(err, api.ErrDeclined) ||
		!strings.Contains(err.Error(), "applicant not identified") {
		t.Errorf("declined: %v", err)
	}
	cancel()
	attending.Wait()
}

// alter is a node between an asker and the true one that changes a byte of every letter to a bare key: of each answer.
func alter(t *testing.T, node string) string {
	t.Helper()
	target, err := url.Parse(node)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.FlushInterval = -1
	proxy.ModifyResponse = func(r *http.Response) error {
		if strings.Contains(r.Request.URL.Path, "/mail/key:") && r.Request.Method == http.MethodGet {
			r.Body = &altered{ReadCloser: r.Body}
		}
		return nil
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return server.URL
}

// altered changes one digit of base64 far inside the data of an event.
type altered struct {
	io.ReadCloser
	read int
}

func (a *altered) Read(b []byte) (int, error) {
	n, err := a.ReadCloser.Read(b)
	if i := 1000 - a.read; i >= 0 && i < n {
		b[i] = map[bool]byte{true: 'B', false: 'A'}[b[i] == 'A']
	}
	a.read += n
	return n, err
}

// What a node makes of an answer is not taken for the addressee's.
func TestAnAlteredAnswerIsNotBelieved(t *testing.T) {
	w := newWorld(t)
	node := w.listen(t)
	options := api.ClientOptions{Chain: "test", KeyOf: func(_ context.Context, name engine.Name) ([32]byte, error) {
		return ledgertest.Public(string(name)), nil
	}}
	registrar, honest := dialWith(t, node, options), dialWith(t, node, options)
	options.Answer = time.Second
	lying := dialWith(t, alter(t, node), options)
	ctx, cancel := context.WithCancel(t.Context())
	var attending sync.WaitGroup
	attending.Go(func() {
		registrar.Attend(ctx, api.Attendant{Address: "alice", Key: ledgertest.Key("alice"),
			Receive: func(context.Context, message.Kind, []byte) ([]byte, error) { return []byte("certificate"), nil }})
	})
	defer attending.Wait()
	defer cancel()
	for {
		answer, err := honest.Send(t.Context(), "alice", message.KindEnrolment, []byte("applicant"))
		if err == nil && string(answer) == "certificate" {
			break
		}
		if !errors.Is(err, message.ErrNotFound) { // not published yet
			t.Fatalf("the control: %q, %v", answer, err)
		}
	}
	if answer, err := lying.Send(t.Context(), "alice", message.KindEnrolment, []byte("applicant")); !errors.Is(err, api.ErrNoAnswer) || answer != nil {
		t.Errorf("%q, %v", answer, err)
	}
}
