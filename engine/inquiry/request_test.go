package inquiry_test

import (
	"reflect"
	"testing"

	"weir/engine"
	"weir/engine/inquiry"
	"weir/engine/internal/messagetest"
	"weir/engine/internal/plain"
	"weir/engine/message"
	"weir/engine/offer"
)

func TestRequestOpens(t *testing.T) {
	post := messagetest.Sign(message.KindRequest, "bank", messagetest.Request())
	r, id, bank, err := inquiry.OpenRequest(messagetest.Genesis(), post)
	if err != nil || !reflect.DeepEqual(r, messagetest.Request()) || id != inquiry.RequestIDOf(post) || bank != "bank" {
		t.Fatalf("%+v by %s, %v", r, bank, err)
	}
	if other := messagetest.Sign(message.KindRequest, "bank2", messagetest.Request()); inquiry.RequestIDOf(other) == id {
		t.Error("the same request of another bank has the same id")
	}
}

func TestRootsMustBeTheModels(t *testing.T) {
	s, err := messagetest.Package().Read()
	if err != nil {
		t.Fatal(err)
	}
	if err := messagetest.Request().CheckRoots(s); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*inquiry.Request){
		"none": func(r *inquiry.Request) { r.Roots = nil }, "one less": func(r *inquiry.Request) { r.Roots = r.Roots[:2] },
		"one more":      func(r *inquiry.Request) { r.Roots = append(r.Roots, inquiry.PartyRoot{Party: "x/y"}) },
		"out of order":  func(r *inquiry.Request) { r.Roots[0], r.Roots[1] = r.Roots[1], r.Roots[0] },
		"twice":         func(r *inquiry.Request) { r.Roots[1] = r.Roots[0] },
		"another party": func(r *inquiry.Request) { r.Roots[2].Party = "tax/other" },
	} {
		r := messagetest.Request()
		spoil(r)
		messagetest.Refused(t, name, r.CheckRoots(s), message.ErrPost)
	}
}

func TestRequestIsFoundByItsID(t *testing.T) {
	g, board := messagetest.Genesis(), new(messagetest.Bulletin)
	post := messagetest.Sign(message.KindRequest, "bank", messagetest.Request())
	id := inquiry.RequestIDOf(post)
	_, _, err := inquiry.FindRequest(t.Context(), g, board, id)
	messagetest.Refused(t, "empty board", err, message.ErrNotFound)
	board.Put(t, message.KindRequest, id.String(), messagetest.Sign(message.KindRequest, "bank2", messagetest.Request())) // under a key that is not its own
	_, _, err = inquiry.FindRequest(t.Context(), g, board, id)
	messagetest.Refused(t, "another's request", err, message.ErrNotFound)
	board.Put(t, message.KindRequest, id.String(), post)
	r, found, err := inquiry.FindRequest(t.Context(), g, board, id)
	if err != nil || !reflect.DeepEqual(r, messagetest.Request()) || string(found) != string(post) {
		t.Errorf("%v", err)
	}
	forged := messagetest.Sign(message.KindRequest, "tax", messagetest.Request())
	board.Put(t, message.KindRequest, engine.RequestID(inquiry.RequestIDOf(forged)).String(), forged)
	_, _, err = inquiry.FindRequest(t.Context(), g, board, inquiry.RequestIDOf(forged))
	messagetest.Refused(t, "a holder's request", err, message.ErrPost)
}

func TestLabel(t *testing.T) {
	r, id, tag := messagetest.Request(), engine.RequestID(messagetest.Hash("request")), [32]byte(messagetest.Hash("tag"))
	var roots [][]byte
	for _, root := range r.Roots {
		roots = append(roots, plain.Array(plain.Text(root.Party), plain.Bytes(root.Root[:])))
	}
	want := plain.Digest("weir/label/v1", plain.Array(plain.Text(messagetest.Chain), plain.Bytes(id[:]), plain.Bytes(r.Model[:]), plain.Array(roots...),
		plain.Bytes(tag[:]), plain.Number(1)))
	messagetest.Pinned(t, "label", inquiry.Label(messagetest.Chain, id, r, tag), want, "b884235815811a3c716458ae2c01fe9a726f7d0f6c6a5fc410f13b3d0d083bcb")
}

// A04, A06, A07: whatever differs between two requests, models or contributions gives another label or context.
func TestEveryFieldEntersTheLabel(t *testing.T) {
	seen := map[engine.Digest]string{}
	add := func(name string, d engine.Digest) {
		if other, twice := seen[d]; twice {
			t.Errorf("%s and %s give one digest", name, other)
		}
		seen[d] = name
	}
	change := func(f func(*inquiry.Request)) *inquiry.Request { r := messagetest.Request(); f(r); return r }
	id, tag := engine.RequestID(messagetest.Hash("request")), [32]byte(messagetest.Hash("tag"))
	add("as it is", inquiry.Label(messagetest.Chain, id, messagetest.Request(), tag))
	add("chain", inquiry.Label("other", id, messagetest.Request(), tag))
	add("request", inquiry.Label(messagetest.Chain, engine.RequestID(messagetest.Hash("request2")), messagetest.Request(), tag))
	add("tag", inquiry.Label(messagetest.Chain, id, messagetest.Request(), messagetest.Hash("tag2")))
	add("model", inquiry.Label(messagetest.Chain, id, change(func(r *inquiry.Request) { r.Model = messagetest.Hash("model2") }), tag))
	add("attempt", inquiry.Label(messagetest.Chain, id, change(func(r *inquiry.Request) { r.Attempt = 2 }), tag))
	add("a root", inquiry.Label(messagetest.Chain, id, change(func(r *inquiry.Request) { r.Roots[1].Root[31] ^= 1 }), tag))
	add("a party", inquiry.Label(messagetest.Chain, id, change(func(r *inquiry.Request) { r.Roots[2].Party = "tax/other" }), tag))
	add("fewer roots", inquiry.Label(messagetest.Chain, id, change(func(r *inquiry.Request) { r.Roots = r.Roots[:2] }), tag))
}

// A request's id is a digest of its whole post, whatever the post carries.
func TestRequestID(t *testing.T) {
	post := messagetest.Sign(message.KindApproval, "tax", offer.Approval{Model: messagetest.Hash("model"), Party: "tax/vat"})
	p, err := messagetest.Genesis().OpenPost(post)
	if err != nil {
		t.Fatal(err)
	}
	whole := plain.Array(plain.Text(p.Chain), plain.Text(p.Kind), plain.Text(p.Signer), plain.Bytes(p.Body), plain.Bytes(p.Signature))
	messagetest.Pinned(t, "request id", engine.Digest(inquiry.RequestIDOf(post)), plain.Digest("weir/request/v1", whole),
		"9f726c76a781073c7ac4955ce2867836b1e53a40660e5a4f4bcd49292417d67b")
}
