package message

import (
	"bytes"
	"errors"
	"testing"

	"weir/engine/canonical"
	"weir/engine/consent"
)

// FuzzBodies reads the same bytes as every message type: no input panics, errors are typed, and what is accepted is its
// own encoding. Members' bodies come this far only behind a valid signature, so this goes past it.
func FuzzBodies(f *testing.F) {
	given, _ := giveConsent(f)
	response, _ := testResponse()
	for _, body := range []any{
		testRecords(f), &Approval{}, testRequest(), testCommit("tax/vat"), &Declined{Code: DeclinedTerms}, response, testGenesis(),
		&Package{Version: []byte{1}}, newSecret(f, "tax").Key("tax/vat"),
	} {
		f.Add(canonical.Encode(body))
	}
	f.Add(given.Public)
	f.Add(given.Evidence)
	f.Add([]byte{0x9b, 255, 255, 255, 255, 255, 255, 255, 255})
	f.Add([]byte{0x85, 0x5b, 0x7f, 255, 255, 255, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, body := range []any{
			new(Post), new(Records), new(Package), new(Approval), new(Request), new(Commit), new(Declined), new(Response), new(Genesis),
			new(Settlement), new(Accusation), new(consent.Public), new(consent.Evidence), new(consent.Certificate),
		} {
			err := canonical.Decode(b, MaxPost, body)
			if err == nil && !bytes.Equal(canonical.Encode(body), b) {
				t.Fatalf("%T: accepted bytes that are not its encoding", body)
			}
			if err != nil && !errors.Is(err, canonical.ErrNotCanonical) && !errors.Is(err, canonical.ErrTooLong) {
				t.Fatalf("%T: untyped error %v", body, err)
			}
		}
	})
}

// FuzzSignedBodies signs any body as each kind and opens it: whatever a member signs, nothing panics.
func FuzzSignedBodies(f *testing.F) {
	g := testGenesis()
	for _, body := range []any{testRecords(f), testRequest(), testCommit("tax/vat"), &Declined{Party: "tax/vat", Code: DeclinedTerms}, &Approval{}} {
		f.Add(canonical.Encode(body))
	}
	small := testPackage()
	small.Slices = nil
	f.Add(canonical.Encode(small))
	f.Fuzz(func(t *testing.T, b []byte) {
		open := func(kind Kind) []byte {
			p := &Post{Chain: testChain, Kind: kind, Signer: "tax", Body: b}
			if kind == KindRequest || kind == KindModel {
				p.Signer = "bank"
			}
			resign(p, p.Signer)
			return canonical.Encode(p)
		}
		_, _, errRecords := g.OpenRecords(open(KindRecords))
		_, errPackage := g.OpenPackage(open(KindModel))
		_, _, errApproval := g.OpenApproval(open(KindApproval))
		_, _, _, errRequest := g.OpenRequest(open(KindRequest))
		c, errCommit := g.OpenCommit(open(KindCommit))
		_, errDeclined := g.OpenDeclined(open(KindDeclined))
		if errPackage == nil {
			t.Fatal("a package without slices was accepted")
		}
		for _, err := range []error{errRecords, errApproval, errRequest, errCommit, errDeclined} {
			if err != nil && !errors.Is(err, ErrPost) {
				t.Fatalf("untyped error %v", err)
			}
		}
		if errCommit == nil && len(c.Masks) != len(c.Commit.Masks) {
			t.Fatal("a commit lost a mask")
		}
	})
}

// FuzzOpenPost: only the seeded posts are signed, so nothing else is accepted.
func FuzzOpenPost(f *testing.F) {
	g := testGenesis()
	posts := [][]byte{sign(KindApproval, "tax", Approval{}), sign(KindDeclined, "tax", Declined{Party: "tax/vat"}), sign(KindRequest, "bank", testRequest())}
	for _, post := range posts {
		f.Add(post)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := g.OpenPost(b)
		if err != nil {
			if !errors.Is(err, ErrPost) || p != nil {
				t.Fatalf("untyped error, or a post beside it: %v", err)
			}
			return
		}
		for _, post := range posts {
			if bytes.Equal(b, post) {
				return
			}
		}
		t.Fatal("accepted a post that nobody signed")
	})
}

func FuzzDecodeGenesis(f *testing.F) {
	f.Add(testGenesis().Encode())
	f.Add((&Genesis{Chain: "c"}).Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		g, err := DecodeGenesis(b)
		if err != nil {
			if !errors.Is(err, ErrGenesis) || g != nil {
				t.Fatalf("untyped error, or a document beside it: %v", err)
			}
			return
		}
		if !bytes.Equal(g.Encode(), b) {
			t.Fatal("accepted bytes that are not its encoding")
		}
		for _, m := range g.Members {
			if found, known := g.Member(m.Name); !known || found != m {
				t.Fatal("a member cannot be found")
			}
		}
	})
}
