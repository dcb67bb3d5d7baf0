package consent

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/canonical"
)

func change(t testing.TB) ([]byte, engine.Identifier) {
	id, _, err := newScene(t).check()
	if err != nil {
		t.Fatal(err)
	}
	return ChangeKey(testChain, id, publicKey(testKey("old")), publicKey(testKey("new")), at, testKey("registrar")), id
}

func TestKeyChange(t *testing.T) {
	b, id := change(t)
	about, c, err := OpenKeyChange(b, testChain, publicKey(testKey("registrar")))
	if err != nil || about != id || c.At != at.Unix() {
		t.Fatalf("%v, %v", about, err)
	}
	older, newer, other := publicKey(testKey("old")), publicKey(testKey("new")), publicKey(testKey("other"))
	for known, want := range map[Key]Key{older: newer, newer: newer, other: other} {
		if c.Follow(known) != want {
			t.Error("the notice moves another key than the one given up")
		}
	}
	if text := fmt.Sprintf("%v %+v %#v", c, c, c); strings.Contains(text, id.Text) {
		t.Errorf("it prints %s", text)
	}
}

func TestKeyChangesRefused(t *testing.T) {
	good, id := change(t)
	registrar, older, newer := testKey("registrar"), publicKey(testKey("old")), publicKey(testKey("new"))
	var unnamed KeyChange
	if err := canonical.Decode(good, maxMessage, &unnamed); err != nil {
		t.Fatal(err)
	}
	unnamed.Identifier = id.Text[:17]
	for name, b := range map[string][]byte{
		"empty": nil, "truncated": good[:len(good)-1], "extended": append(bytes.Clone(good), 0),
		"of another chain":      ChangeKey("other", id, older, newer, at, registrar),
		"by the enterprise":     ChangeKey(testChain, id, older, newer, at, testKey("new")),
		"to the same key":       ChangeKey(testChain, id, older, older, at, registrar),
		"no identifier":         canonical.Encode(unnamed),
		"over the limit":        make([]byte, maxMessage+1),
		"an enrolment":          Enrol(testChain, id, testKey("new")),
		"a claim of 2^63 bytes": {0x87, 0x7b, 0x7f, 255, 255, 255, 255, 255, 255, 255},
	} {
		_, c, err := OpenKeyChange(b, testChain, publicKey(registrar))
		if !errors.Is(err, ErrCertificate) || c != nil || strings.Contains(err.Error(), id.Text[:17]) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1
		if _, _, err := OpenKeyChange(bad, testChain, publicKey(registrar)); !errors.Is(err, ErrCertificate) {
			t.Fatalf("byte %d flipped: %v", i, err)
		}
	}
}

// A holder that knows the old key takes the new one after the notice, and then no longer the old one.
func TestHoldersFollowAKeyChange(t *testing.T) {
	s := newScene(t)
	id, _, err := s.check()
	if err != nil {
		t.Fatal(err)
	}
	known := publicKey(testKey("old"))
	s.authority.Known = func(engine.Subject) (Key, bool) { return known, true }
	if _, _, err := s.check(); !errors.Is(err, ErrCertificate) {
		t.Fatalf("another key without a notice: %v", err)
	}
	notice := ChangeKey(testChain, id, known, publicKey(s.enterprise), at.Add(-time.Hour), testKey("registrar"))
	_, c, err := OpenKeyChange(notice, testChain, publicKey(testKey("registrar")))
	if err != nil {
		t.Fatal(err)
	}
	known = c.Follow(known)
	if _, _, err := s.check(); err != nil {
		t.Fatalf("after the notice: %v", err)
	}
	if known == publicKey(testKey("old")) {
		t.Fatal("the key given up is still the known one")
	}
}

func FuzzOpenKeyChange(f *testing.F) {
	b, _ := change(f)
	seed(f, b)
	f.Fuzz(func(t *testing.T, b []byte) {
		_, c, err := OpenKeyChange(b, testChain, publicKey(testKey("registrar")))
		judge(t, b, c, err, ErrCertificate)
	})
}
