package wire

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"weir/engine/canonical"
	"weir/engine/period"
	"weir/ledger"
)

var (
	key = ed25519.NewKeyFromSeed(make([]byte, 32))
	at  = time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
)

func public() [32]byte { return [32]byte(key.Public().(ed25519.PublicKey)) }

func tx(kind ledger.Kind) []byte {
	return ledger.Draft{Chain: "test", Kind: kind, Sender: "alice", Expiry: 9, Body: []byte("body")}.Sign(key).Bytes()
}

func FuzzDecodePage(f *testing.F) {
	f.Add(canonical.Encode(Page{Txs: [][]byte{tx("post")}, Next: 4}))
	f.Add(canonical.Encode(Page{Txs: [][]byte{tx("other")}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := DecodePage(b, "test", "post")
		if err == nil && !bytes.Equal(canonical.Encode(p), b) {
			t.Fatal("decoded to something else")
		}
		if err != nil && !errors.Is(err, ErrAnswer) {
			t.Fatal(err)
		}
	})
}

func FuzzDecodeStateKeys(f *testing.F) {
	f.Add(EncodeStateKeys([]string{"account/tax", "\xff\x00"}))
	f.Add(EncodeStateKeys(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		keys, err := DecodeStateKeys(b)
		if err == nil && !bytes.Equal(EncodeStateKeys(keys), b) {
			t.Fatal("decoded to something else")
		}
		if err != nil && !errors.Is(err, ErrRequest) {
			t.Fatal(err)
		}
	})
}

func FuzzDecodeBlock(f *testing.F) {
	f.Add(EncodeBlock(&ledger.Committed{Header: &ledger.Header{Chain: "test", Proposer: "p"}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := DecodeBlock(b)
		if err == nil && !bytes.Equal(EncodeBlock(c), b) {
			t.Fatal("decoded to something else")
		}
		if err != nil && !errors.Is(err, ErrAnswer) {
			t.Fatal(err)
		}
	})
}

func FuzzDecodeLetters(f *testing.F) {
	f.Add(canonical.Encode(Letter{Kind: "evidence", Body: []byte("x")}))
	f.Add(canonical.Encode(Waiting{Kind: "evidence", Time: 7, Body: []byte("x")}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if l, err := DecodeLetter(b); err == nil && !bytes.Equal(canonical.Encode(l), b) {
			t.Fatal("decoded to something else")
		}
		if w, err := DecodeWaiting(b); err == nil && !bytes.Equal(canonical.Encode(w), b) {
			t.Fatal("decoded to something else")
		}
		if p, err := DecodePath(b); err == nil && !bytes.Equal(canonical.Encode(p), b) {
			t.Fatal("decoded to something else")
		}
	})
}

func mailKey(t testing.TB) []byte {
	secret, err := period.NewSecret("2026-11", bytes.NewReader(make([]byte, 64)))
	if err != nil {
		t.Fatal(err)
	}
	return canonical.Encode(SignMailKey("test", secret.Key("alice"), key, at))
}

func FuzzOpenMailKey(f *testing.F) {
	f.Add(mailKey(f))
	f.Fuzz(func(t *testing.T, b []byte) {
		if k, err := OpenMailKey(b, "test", "alice", public()); err == nil && !bytes.Equal(canonical.Encode(k), b) {
			t.Fatal("decoded to something else")
		}
	})
}

// Whatever is read from a stream is what Encode gives, and nothing else.
func FuzzReadEvents(f *testing.F) {
	f.Add([]byte("id: 7\ndata: AAEC\n\n" + Heartbeat + "id: 8\ndata: \n\n"))
	f.Add([]byte("id: 7\r\ndata: AAEC\n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var again bytes.Buffer
		err := ReadEvents(bytes.NewReader(b), func() {}, func(e Event) bool {
			again.Write(e.Encode())
			return true
		})
		if err != nil && !errors.Is(err, ErrAnswer) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatal(err)
		}
		if !bytes.Contains(b, []byte(":\n")) && !bytes.HasPrefix(b, []byte(":")) && !bytes.Contains(b, []byte("\n:")) && !bytes.HasPrefix(b, again.Bytes()) {
			t.Fatalf("%q was read as %q", b, again.Bytes())
		}
	})
}

func FuzzProblem(f *testing.F) {
	f.Add(404, []byte(`{"code":"not-found","detail":"x"}`))
	f.Add(422, []byte(`{"code":"refusal","refusal":{"code":"unknown","clause":"c","why":"w"}}`))
	f.Fuzz(func(t *testing.T, status int, b []byte) {
		if err := Err(status, b); err == nil || len(err.Error()) > 20000 {
			t.Fatal("no error, or an endless one")
		}
	})
}

func stamped() *http.Request {
	r, err := http.NewRequest(http.MethodGet, "https://node/v1/mail/alice?from=1", nil)
	if err != nil {
		panic(err)
	}
	Sign(r, "test", key, nil, at)
	return r
}

func FuzzStamp(f *testing.F) {
	good := stamped().Header.Get("Authorization")
	f.Add(good)
	f.Add("Weir AAAA")
	f.Fuzz(func(t *testing.T, authorization string) {
		err := Check(authorization, http.MethodGet, "/v1/mail/alice?from=1", nil, "test", public(), at)
		if err == nil && authorization != good {
			t.Fatal("a stamp that nobody made")
		}
		if err != nil && !errors.Is(err, ErrUnauthorised) {
			t.Fatal(err)
		}
	})
}

// A17, A26: a stamp counts for its request alone, and for a while.
func TestStampIsOfOneRequest(t *testing.T) {
	good := stamped().Header.Get("Authorization")
	const get, path = http.MethodGet, "/v1/mail/alice?from=1"
	if err := Check(good, get, path, nil, "test", public(), at.Add(Window)); err != nil {
		t.Errorf("within the window: %v", err)
	}
	for name, err := range map[string]error{
		"another method":  Check(good, http.MethodDelete, path, nil, "test", public(), at),
		"another address": Check(good, get, "/v1/mail/bob?from=1", nil, "test", public(), at),
		"another query":   Check(good, get, "/v1/mail/alice?from=0", nil, "test", public(), at),
		"a body":          Check(good, get, path, []byte("x"), "test", public(), at),
		"another chain":   Check(good, get, path, nil, "other", public(), at),
		"another key":     Check(good, get, path, nil, "test", [32]byte{1}, at),
		"too late":        Check(good, get, path, nil, "test", public(), at.Add(Window+time.Second)),
		"too early":       Check(good, get, path, nil, "test", public(), at.Add(-Window-time.Second)),
		"none":            Check("", get, path, nil, "test", public(), at),
		"a bearer's":      Check("Bearer x", get, path, nil, "test", public(), at),
	} {
		if !errors.Is(err, ErrUnauthorised) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMailKeyIsItsAddressees(t *testing.T) {
	good := mailKey(t)
	if _, err := OpenMailKey(good, "test", "alice", public()); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"another address": second(OpenMailKey(good, "test", "bob", public())), "another chain": second(OpenMailKey(good, "other", "alice", public())),
		"another signer": second(OpenMailKey(good, "test", "alice", [32]byte{1})), "truncated": second(OpenMailKey(good[:len(good)-1], "test", "alice", public())),
	} {
		if !errors.Is(err, ErrRequest) && !errors.Is(err, ErrUnauthorised) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// Every code comes back as the error that it was made of.
func TestCodesComeBack(t *testing.T) {
	for _, k := range known {
		p := Explain(k.err)
		back := Err(p.Status, must(p))
		if p.Code == CodePending || p.Code == "not-found" {
			continue // several errors below share these; the first on the list comes back
		}
		if !errors.Is(back, k.err) {
			t.Errorf("%v went as %s and came back as %v", k.err, p.Code, back)
		}
	}
	if p := Explain(errors.New("secret of the node")); p.Code != CodeInternal || bytes.Contains(must(p), []byte("secret")) {
		t.Errorf("a fault of the node is told: %s", must(p))
	}
}

func must(p *Problem) []byte {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err)
	}
	return b
}
