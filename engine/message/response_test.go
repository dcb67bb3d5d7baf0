package message

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"testing"

	"weir/engine"
	"weir/engine/canonical"
)

func testResponse() (*Response, *Commit) {
	r := &Response{Label: hash("label"), Party: "tax/vat", C1: make([]byte, 75776), C0: make([]byte, 544)}
	c := testCommit("tax/vat")
	c.Response = ResponseDigest(r.File())
	return r, c
}

func TestResponsesRefused(t *testing.T) {
	r, c := testResponse()
	for name, spoil := range map[string]func(*Response, *Commit){
		"another c1":              func(r *Response, _ *Commit) { r.C1 = append([]byte{1}, r.C1[1:]...) },
		"c1 and c0 cut elsewhere": func(r *Response, _ *Commit) { r.C1, r.C0 = r.C1[1:], make([]byte, 545) },
		"short c1, committed to": func(r *Response, c *Commit) {
			r.C1 = r.C1[1:]
			c.Response = ResponseDigest(r.File())
		},
		"long c0, committed to": func(r *Response, c *Commit) {
			r.C0 = make([]byte, 545)
			c.Response = ResponseDigest(r.File())
		},
		"no parts, committed to": func(r *Response, c *Commit) {
			r.C1, r.C0 = nil, nil
			c.Response = ResponseDigest(r.File())
		},
		"another commit": func(_ *Response, c *Commit) { c.Response = hash("response") },
		"another label, committed to": func(r *Response, c *Commit) {
			r.Label = hash("label2")
			c.Response = ResponseDigest(r.File())
		},
		"another party's copy": func(r *Response, c *Commit) {
			r.Party = "social/staff"
			c.Response = ResponseDigest(r.File())
		},
		"its SHA-256 committed to": func(r *Response, c *Commit) { c.Response = Blob(r.File()) },
	} {
		spoiled, commit := *r, *c
		spoil(&spoiled, &commit)
		_, err := OpenResponse(spoiled.File(), &commit)
		refused(t, name, err, ErrPost)
	}
	file := r.File()
	for i := 0; i < len(file); i++ {
		if i > 100 && i < len(file)-600 { // heads and c0 byte by byte, of c1 a sample
			i += 997
		}
		file[i] ^= 0x80 >> (i % 8)
		if read, err := OpenResponse(file, c); err == nil || read != nil {
			t.Fatalf("byte %d flipped: accepted", i)
		}
		file[i] ^= 0x80 >> (i % 8)
		if read, err := OpenResponse(file[:i], c); err == nil || read != nil {
			t.Fatalf("cut to %d bytes: accepted", i)
		}
	}
	for name, file := range map[string][]byte{"empty": nil, "a post": sign(KindApproval, "tax", Approval{})} {
		_, err := OpenResponse(file, c)
		refused(t, name, err, canonical.ErrNotCanonical)
	}
	_, err := OpenResponse(make([]byte, MaxResponse+1), c)
	refused(t, "over the limit", err, canonical.ErrTooLong)
}

func TestResponseOpens(t *testing.T) {
	want, c := testResponse()
	if r, err := OpenResponse(want.File(), c); err != nil || !reflect.DeepEqual(r, want) {
		t.Errorf("%+v, %v", r, err)
	}
	if !IsNamedBy(c.Response, want.File()) || !IsNamedBy(Blob(want.File()), want.File()) || IsNamedBy(c.Response, []byte("other")) || IsNamedBy(engine.Digest{}, nil) {
		t.Error("the content store's names differ")
	}
}

// shelf is a content store with one content for every digest.
type shelf []byte

func (s shelf) Store(context.Context, engine.Digest, []byte) error { return nil }

func (s shelf) Fetch(_ context.Context, _ engine.Digest, limit int) ([]byte, error) {
	if s == nil {
		return nil, ErrNotFound
	}
	return s, nil // more than limit, if it likes
}

func TestFetchedPolynomialsAreCompared(t *testing.T) {
	content := []byte("polynomial")
	if got, err := FetchPolynomial(t.Context(), shelf(content), Blob(content), len(content)); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%v", err)
	}
	_, err := FetchPolynomial(t.Context(), shelf(content), Blob(content), len(content)-1)
	refused(t, "longer than asked", err, ErrPost)
	_, err = FetchPolynomial(t.Context(), shelf("polynomiaL"), Blob(content), len(content))
	refused(t, "another content", err, ErrPost)
	if _, err = FetchPolynomial(t.Context(), shelf(nil), Blob(content), len(content)); !errors.Is(err, ErrNotFound) {
		t.Errorf("nothing there: %v", err)
	}
}
