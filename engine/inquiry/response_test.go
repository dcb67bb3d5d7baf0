package inquiry_test

import (
	"reflect"
	"testing"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/inquiry"
	"weir/engine/internal/messagetest"
	"weir/engine/internal/plain"
	"weir/engine/message"
	"weir/engine/offer"
)

func TestResponsesRefused(t *testing.T) {
	r, c := messagetest.Response()
	for name, spoil := range map[string]func(*inquiry.Response, *inquiry.Commit){
		"another c1":              func(r *inquiry.Response, _ *inquiry.Commit) { r.C1 = append([]byte{1}, r.C1[1:]...) },
		"c1 and c0 cut elsewhere": func(r *inquiry.Response, _ *inquiry.Commit) { r.C1, r.C0 = r.C1[1:], make([]byte, 545) },
		"short c1, committed to": func(r *inquiry.Response, c *inquiry.Commit) {
			r.C1 = r.C1[1:]
			c.Response = inquiry.ResponseDigest(r.File())
		},
		"long c0, committed to": func(r *inquiry.Response, c *inquiry.Commit) {
			r.C0 = make([]byte, 545)
			c.Response = inquiry.ResponseDigest(r.File())
		},
		"no parts, committed to": func(r *inquiry.Response, c *inquiry.Commit) {
			r.C1, r.C0 = nil, nil
			c.Response = inquiry.ResponseDigest(r.File())
		},
		"another commit": func(_ *inquiry.Response, c *inquiry.Commit) { c.Response = messagetest.Hash("response") },
		"another label, committed to": func(r *inquiry.Response, c *inquiry.Commit) {
			r.Label = messagetest.Hash("label2")
			c.Response = inquiry.ResponseDigest(r.File())
		},
		"another party's copy": func(r *inquiry.Response, c *inquiry.Commit) {
			r.Party = "social/staff"
			c.Response = inquiry.ResponseDigest(r.File())
		},
		"its SHA-256 committed to": func(r *inquiry.Response, c *inquiry.Commit) { c.Response = message.Blob(r.File()) },
	} {
		spoiled, commit := *r, *c
		spoil(&spoiled, &commit)
		_, err := inquiry.OpenResponse(spoiled.File(), &commit)
		messagetest.Refused(t, name, err, message.ErrPost)
	}
	file := r.File()
	for i := 0; i < len(file); i++ {
		if i > 100 && i < len(file)-600 { // heads and c0 byte by byte, of c1 a sample
			i += 997
		}
		file[i] ^= 0x80 >> (i % 8)
		if read, err := inquiry.OpenResponse(file, c); err == nil || read != nil {
			t.Fatalf("byte %d flipped: accepted", i)
		}
		file[i] ^= 0x80 >> (i % 8)
		if read, err := inquiry.OpenResponse(file[:i], c); err == nil || read != nil {
			t.Fatalf("cut to %d bytes: accepted", i)
		}
	}
	for name, file := range map[string][]byte{"empty": nil, "a post": messagetest.Sign(message.KindApproval, "tax", offer.Approval{})} {
		_, err := inquiry.OpenResponse(file, c)
		messagetest.Refused(t, name, err, canonical.ErrNotCanonical)
	}
	_, err := inquiry.OpenResponse(make([]byte, inquiry.MaxResponse+1), c)
	messagetest.Refused(t, "over the limit", err, canonical.ErrTooLong)
}

func TestResponseOpens(t *testing.T) {
	want, c := messagetest.Response()
	if r, err := inquiry.OpenResponse(want.File(), c); err != nil || !reflect.DeepEqual(r, want) {
		t.Errorf("%+v, %v", r, err)
	}
	if file := want.File(); !inquiry.IsNamedBy(c.Response, file) || !inquiry.IsNamedBy(message.Blob(file), file) ||
		inquiry.IsNamedBy(c.Response, []byte("other")) || inquiry.IsNamedBy(engine.Digest{}, nil) {
		t.Error("the content store's names differ")
	}
}

func TestResponseDigest(t *testing.T) {
	r := &inquiry.Response{Label: messagetest.Hash("label"), Party: "tax/vat", C1: make([]byte, 75776), C0: []byte{1, 2, 3}}
	fields := plain.Array(plain.Bytes(r.Label[:]), plain.Text(r.Party), plain.Bytes(r.C1), plain.Bytes(r.C0))
	messagetest.Pinned(t, "response", inquiry.ResponseDigest(r.File()), plain.Digest("weir/response/v1", fields),
		"3bda2c2e3dca712771307903a2d612213cca0c923d64d52925aa464a3f40d162")
}
