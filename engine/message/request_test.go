package message

import (
	"reflect"
	"testing"

	"weir/engine"
)

func TestRequestOpens(t *testing.T) {
	post := sign(KindRequest, "bank", testRequest())
	r, id, bank, err := testGenesis().OpenRequest(post)
	if err != nil || !reflect.DeepEqual(r, testRequest()) || id != RequestIDOf(post) || bank != "bank" {
		t.Fatalf("%+v by %s, %v", r, bank, err)
	}
	if other := sign(KindRequest, "bank2", testRequest()); RequestIDOf(other) == id {
		t.Error("the same request of another bank has the same id")
	}
}

func TestRootsMustBeTheModels(t *testing.T) {
	s, err := testPackage().Read()
	if err != nil {
		t.Fatal(err)
	}
	if err := testRequest().CheckRoots(s); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Request){
		"none": func(r *Request) { r.Roots = nil }, "one less": func(r *Request) { r.Roots = r.Roots[:2] },
		"one more":      func(r *Request) { r.Roots = append(r.Roots, PartyRoot{Party: "x/y"}) },
		"out of order":  func(r *Request) { r.Roots[0], r.Roots[1] = r.Roots[1], r.Roots[0] },
		"twice":         func(r *Request) { r.Roots[1] = r.Roots[0] },
		"another party": func(r *Request) { r.Roots[2].Party = "tax/other" },
	} {
		r := testRequest()
		spoil(r)
		refused(t, name, r.CheckRoots(s), ErrPost)
	}
}

func TestRequestIsFoundByItsID(t *testing.T) {
	g, board := testGenesis(), new(bulletin)
	post := sign(KindRequest, "bank", testRequest())
	id := RequestIDOf(post)
	_, _, err := g.FindRequest(t.Context(), board, id)
	refused(t, "empty board", err, ErrNotFound)
	board.post(t, KindRequest, id.String(), sign(KindRequest, "bank2", testRequest())) // under a key that is not its own
	_, _, err = g.FindRequest(t.Context(), board, id)
	refused(t, "another's request", err, ErrNotFound)
	board.post(t, KindRequest, id.String(), post)
	r, found, err := g.FindRequest(t.Context(), board, id)
	if err != nil || !reflect.DeepEqual(r, testRequest()) || string(found) != string(post) {
		t.Errorf("%v", err)
	}
	forged := sign(KindRequest, "tax", testRequest())
	board.post(t, KindRequest, engine.RequestID(RequestIDOf(forged)).String(), forged)
	_, _, err = g.FindRequest(t.Context(), board, RequestIDOf(forged))
	refused(t, "a holder's request", err, ErrPost)
}
