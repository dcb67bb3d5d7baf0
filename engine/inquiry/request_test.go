package inquiry_test

import (
	"reflect"
	"testing"

	"weir/engine"
	"weir/engine/inquiry"
	"weir/engine/internal/messagetest"
	"weir/engine/internal/plain"
	"weir/engine/message"
	"weir/ledger"
)

// idOf is the id of a transaction.
func idOf(t *testing.T, post []byte) engine.RequestID {
	t.Helper()
	tx, err := ledger.DecodeTx(post)
	if err != nil {
		t.Fatal(err)
	}
	return engine.RequestID(tx.ID())
}

func TestRequestOpens(t *testing.T) {
	post := messagetest.Sign(message.KindRequest, "bank", messagetest.Request())
	r, id, bank, err := inquiry.OpenRequest(messagetest.Genesis(), post)
	if err != nil || !reflect.DeepEqual(r, messagetest.Request()) || id != idOf(t, post) || bank != "bank" {
		t.Fatalf("%+v by %s, %v", r, bank, err)
	}
	if other := messagetest.Sign(message.KindRequest, "bank2", messagetest.Request()); idOf(t, other) == id {
		t.Error("the same request of another bank has the same id")
	}
	second := message.Sign(messagetest.Chain, message.KindRequest, "bank", messagetest.Key("bank"), 1, messagetest.Expiry, messagetest.Request())
	if idOf(t, second) == id {
		t.Error("the same request asked a second time has the same id")
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

// A request's id is that of its transaction: a digest of all that the bank signed, its place among its transactions too.
func TestRequestID(t *testing.T) {
	r := messagetest.Request()
	post := message.Sign(messagetest.Chain, message.KindRequest, "bank", messagetest.Key("bank"), 7, 900, r)
	var roots [][]byte
	for _, root := range r.Roots {
		roots = append(roots, plain.Array(plain.Text(root.Party), plain.Bytes(root.Root[:])))
	}
	body := plain.Array(plain.Bytes(r.Consent[:]), plain.Bytes(r.Model[:]), plain.Text(r.Purpose), plain.Text(r.Output), plain.Array(roots...),
		plain.Number(1))
	draft := plain.Array(plain.Text(messagetest.Chain), plain.Text(message.KindRequest), plain.Text("bank"), plain.Number(7), plain.Number(900),
		plain.Bytes(body))
	_, id, _, err := inquiry.OpenRequest(messagetest.Genesis(), post)
	if err != nil {
		t.Fatal(err)
	}
	messagetest.Pinned(t, "request id", engine.Digest(id), plain.Digest("weir/tx/v1", draft), "6b31b653f0299a21846cdcb7ab4256cbb4eb84ab00ba6e80f6742f62aa9b819f")
}
