package message_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"testing"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/inquiry"
	"weir/engine/internal/messagetest"
	"weir/engine/internal/plain"
	"weir/engine/message"
	"weir/engine/offer"
)

func TestPostsRefused(t *testing.T) {
	g := messagetest.Genesis()
	for name, spoil := range map[string]func(*message.Post){
		"another chain":            func(p *message.Post) { p.Chain = "other"; messagetest.Resign(p, "tax") },
		"no chain":                 func(p *message.Post) { p.Chain = ""; messagetest.Resign(p, "tax") },
		"unknown signer":           func(p *message.Post) { p.Signer = "stranger"; messagetest.Resign(p, "stranger") },
		"no signer":                func(p *message.Post) { p.Signer = ""; messagetest.Resign(p, "tax") },
		"signed by another member": func(p *message.Post) { messagetest.Resign(p, "bank") },
		"signed by nobody":         func(p *message.Post) { p.Signature = nil },
		"half a signature":         func(p *message.Post) { p.Signature = p.Signature[:32] },
		"a longer signature":       func(p *message.Post) { p.Signature = append(p.Signature, 0) },
		"another signer's name":    func(p *message.Post) { p.Signer = "social" },
		"kind changed":             func(p *message.Post) { p.Kind = message.KindDeclined },
		"body changed":             func(p *message.Post) { p.Body = canonical.Encode(offer.Approval{Model: messagetest.Hash("other")}) },
		"body emptied":             func(p *message.Post) { p.Body = nil },
		"signature of another body": func(p *message.Post) {
			p.Body[3] ^= 1
			messagetest.Resign(p, "tax")
			p.Body[3] ^= 1
		},
	} {
		p, err := g.OpenPost(messagetest.Sign(message.KindApproval, "tax", offer.Approval{Model: messagetest.Hash("model")}))
		if err != nil {
			t.Fatal(err)
		}
		spoil(p)
		_, err = g.OpenPost(canonical.Encode(p))
		messagetest.Refused(t, name, err, message.ErrPost)
	}
}

func TestPostsOverTheLimitAreNotRead(t *testing.T) {
	_, err := messagetest.Genesis().OpenPost(make([]byte, message.MaxPost+1))
	messagetest.Refused(t, "over the limit", err, message.ErrPost)
	messagetest.Refused(t, "over the limit", err, canonical.ErrTooLong)
}

func TestPostDigests(t *testing.T) {
	b := messagetest.Sign(message.KindApproval, "tax", offer.Approval{Model: messagetest.Hash("model"), Party: "tax/vat"})
	model := messagetest.Hash("model")
	body := plain.Array(plain.Bytes(model[:]), plain.Text("tax/vat"))
	signed := [][]byte{plain.Text(messagetest.Chain), plain.Text(message.KindApproval), plain.Text("tax"), plain.Bytes(body)}
	digest := plain.Digest("weir/post/v1", plain.Array(signed...))
	p, err := messagetest.Genesis().OpenPost(b)
	if err != nil {
		t.Fatal(err)
	}
	if !ed25519.Verify(messagetest.Key("tax").Public().(ed25519.PublicKey), digest[:], p.Signature) {
		t.Error("the signature is not over the signed part by its formula")
	}
	messagetest.Pinned(t, "signed part", messagetest.SignedDigest(p), digest, "a9313a1f5c1d7d24fac941cec50632366435d49eff0f7a9fc1f0d3d7ea510273")
	whole := plain.Array(append(signed, plain.Bytes(p.Signature))...)
	if string(b) != string(whole) {
		t.Errorf("post is %x, want %x", b, whole)
	}
}

func TestEveryFlippedByteOfAPostIsRefused(t *testing.T) {
	g := messagetest.Genesis()
	messagetest.Flips(messagetest.Sign(message.KindApproval, "tax", offer.Approval{Model: messagetest.Hash("model")}), func(spoiled []byte) {
		if _, _, err := offer.OpenApproval(g, spoiled); !errors.Is(err, message.ErrPost) {
			t.Fatalf("accepted or untyped: %v", err)
		}
	})
	declined := inquiry.Declined{Label: messagetest.Hash("label"), Party: "tax/vat", Code: inquiry.DeclinedConsent}
	messagetest.Flips(messagetest.Sign(message.KindDeclined, "tax", declined), func(spoiled []byte) {
		if _, err := inquiry.OpenDeclined(g, spoiled); !errors.Is(err, message.ErrPost) {
			t.Fatalf("accepted or untyped: %v", err)
		}
	})
}

// Bodies are read only as the kind that was signed, in their one form.
func TestBodiesAreOfTheSignedKind(t *testing.T) {
	g := messagetest.Genesis()
	approval := offer.Approval{Model: messagetest.Hash("model")}
	_, _, err := offer.OpenApproval(g, messagetest.Sign(message.KindDeclined, "tax", approval))
	messagetest.Refused(t, "another kind", err, message.ErrPost)
	_, _, err = offer.OpenApproval(g, messagetest.Sign("approval2", "tax", approval))
	messagetest.Refused(t, "unknown kind", err, message.ErrPost)
	for name, body := range map[string]any{
		"another message": inquiry.Declined{Label: messagetest.Hash("label"), Party: "tax/vat", Code: inquiry.DeclinedTerms},
		"nothing":         nil, "no array": messagetest.Hash("model"),
		"an element more": []any{messagetest.Hash("model"), 1}, "short digest": []any{make([]byte, 31)},
		"text for a digest": []any{string(make([]byte, 32))},
		"float":             []any{1.5},
	} {
		_, _, err := offer.OpenApproval(g, messagetest.Sign(message.KindApproval, "tax", body))
		messagetest.Refused(t, name, err, message.ErrPost)
	}
}

// FuzzOpenPost: only the seeded posts are signed, so nothing else is accepted.
func FuzzOpenPost(f *testing.F) {
	g := messagetest.Genesis()
	posts := [][]byte{
		messagetest.Sign(message.KindApproval, "tax", offer.Approval{}),
		messagetest.Sign(message.KindDeclined, "tax", inquiry.Declined{Party: "tax/vat"}),
		messagetest.Sign(message.KindRequest, "bank", messagetest.Request()),
	}
	for _, post := range posts {
		f.Add(post)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := g.OpenPost(b)
		if err != nil {
			if !errors.Is(err, message.ErrPost) || p != nil {
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

// A post speaks for the parties of its signer and for nobody else's.
func TestOnlyItsHolderSpeaksForAParty(t *testing.T) {
	p := &message.Post{Kind: message.KindCommit, Signer: "tax"}
	if err := p.SpeaksFor("tax/vat"); err != nil {
		t.Error(err)
	}
	for _, party := range []engine.PartyID{"", "tax", "tax/", "/vat", "tax/vat/x", "social/staff", "taxes/vat"} {
		messagetest.Refused(t, string(party), p.SpeaksFor(party), message.ErrPost)
	}
}
