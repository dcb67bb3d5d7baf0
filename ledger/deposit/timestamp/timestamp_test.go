package timestamp_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"os"
	"testing"
	"time"

	"weir/engine"
	"weir/ledger/deposit/timestamp"
	"weir/ledger/deposit/timestamp/timestamptest"
)

var digest = engine.Digest(sha256.Sum256([]byte("deposited")))

func TestTokensRefused(t *testing.T) {
	a := timestamptest.New(t, digest, timestamptest.Purpose(true))
	if at, err := timestamp.Verify(a.Token(), digest, a.Roots); err != nil || !at.Equal(a.At) {
		t.Fatalf("an honest token: %v", err)
	}
	foreign := timestamptest.New(t, digest, timestamptest.Purpose(true))
	for name, change := range map[string]func(*timestamptest.Authority){
		"another digest":            func(a *timestamptest.Authority) { a.Digest = make([]byte, 32) },
		"a digest cut short":        func(a *timestamptest.Authority) { a.Digest = digest[:31] },
		"of another hash":           func(a *timestamptest.Authority) { a.ImprintOf = timestamptest.SHA512 },
		"attributes of other kind":  func(a *timestamptest.Authority) { a.Kind = timestamptest.SignedData },
		"other kind of content":     func(a *timestamptest.Authority) { a.Contents = timestamptest.SignedData },
		"signed over other content": func(a *timestamptest.Authority) { a.Over = []byte("other") },
		"other attributes":          func(a *timestamptest.Authority) { a.Forged = true },
		"two signers":               func(a *timestamptest.Authority) { a.Twice = true },
		"attributes twice":          func(a *timestamptest.Authority) { a.Repeat = true },
		"no kind":                   func(a *timestamptest.Authority) { a.Without = timestamptest.ContentType },
		"no digest":                 func(a *timestamptest.Authority) { a.Without = timestamptest.MessageDigest },
		"no certificate named":      func(a *timestamptest.Authority) { a.Without = timestamptest.SigningCert },
		"another certificate named": func(a *timestamptest.Authority) { a.Named = make([]byte, 32) },
		"another serial number":     func(a *timestamptest.Authority) { a.Serial = big.NewInt(3) },
		"another version":           func(a *timestamptest.Authority) { a.Version = 2 },
		"before the certificate":    func(a *timestamptest.Authority) { a.At = a.At.Add(-2 * time.Hour) },
		"after the certificate":     func(a *timestamptest.Authority) { a.At = a.At.Add(2 * time.Hour) },
		"roots of another":          func(a *timestamptest.Authority) { a.Roots = foreign.Roots },
		"signed by another":         func(a *timestamptest.Authority) { a.Key = foreign.Key },
	} {
		changed := *a
		change(&changed)
		if at, err := timestamp.Verify(changed.Token(), digest, changed.Roots); !errors.Is(err, timestamp.ErrToken) || !at.IsZero() {
			t.Errorf("%s: %v, %v", name, at, err)
		}
	}
	for name, purpose := range map[string][]pkix.Extension{
		"no purpose":   nil,
		"not critical": timestamptest.Purpose(false),
		"two purposes": timestamptest.Purpose(true, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 1}),
	} {
		a := timestamptest.New(t, digest, purpose)
		if _, err := timestamp.Verify(a.Token(), digest, a.Roots); !errors.Is(err, timestamp.ErrToken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := timestamp.Verify(make([]byte, timestamp.Max+1), digest, a.Roots); !errors.Is(err, timestamp.ErrToken) {
		t.Errorf("too long: %v", err)
	}
}

// Tokens that openssl made, over SHA-256 of "weir", with milliseconds, accuracy and the authority's name.
func TestTokensOfOthers(t *testing.T) {
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(read(t, "root.pem")) {
		t.Fatal("no root")
	}
	over := sha256.Sum256([]byte("weir"))
	for file, want := range map[string]string{"ec.token": "2026-11-25T16:29:57.614Z", "rsa.token": "2026-11-25T16:29:57.704Z"} {
		token := read(t, file)
		at, err := timestamp.Verify(token, over, roots)
		if err != nil || at.Format(time.RFC3339Nano) != want {
			t.Fatalf("%s: %v, %v", file, at, err)
		}
		if _, err := timestamp.Verify(token, digest, roots); !errors.Is(err, timestamp.ErrToken) {
			t.Errorf("%s, another digest: %v", file, err)
		}
		for i := range token {
			changed := bytes.Clone(token)
			changed[i] ^= 1
			if got, err := timestamp.Verify(changed, over, roots); err == nil && !got.Equal(at) || err != nil && !errors.Is(err, timestamp.ErrToken) {
				t.Fatalf("%s, byte %d: %v, %v", file, i, got, err)
			}
			if _, err := timestamp.Verify(token[:i], over, roots); !errors.Is(err, timestamp.ErrToken) {
				t.Fatalf("%s, cut at %d: %v", file, i, err)
			}
		}
	}
}

func read(t testing.TB, file string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// FuzzStamp: no bytes make a token but what an authority signed, none panic.
func FuzzStamp(f *testing.F) {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(read(f, "root.pem"))
	over := sha256.Sum256([]byte("weir"))
	for _, file := range []string{"ec.token", "rsa.token"} {
		f.Add(read(f, file))
	}
	f.Fuzz(func(t *testing.T, token []byte) {
		at, err := timestamp.Verify(token, over, roots)
		if err != nil && !errors.Is(err, timestamp.ErrToken) || err == nil && at.Year() != 2026 {
			t.Fatalf("%v, %v", at, err)
		}
		if _, err := timestamp.Verify(token, digest, roots); err == nil {
			t.Fatal("a token over another digest")
		}
	})
}

// Covers tells what a token is over, whoever made it.
func TestCovers(t *testing.T) {
	over := engine.Digest(sha256.Sum256([]byte("weir")))
	for _, file := range []string{"ec.token", "rsa.token"} {
		token := read(t, file)
		if err := timestamp.Covers(token, over); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		if err := timestamp.Covers(token, digest); !errors.Is(err, timestamp.ErrToken) {
			t.Errorf("%s over another digest: %v", file, err)
		}
	}
	if err := timestamp.Covers([]byte("hello"), over); !errors.Is(err, timestamp.ErrToken) {
		t.Errorf("no token: %v", err)
	}
}
