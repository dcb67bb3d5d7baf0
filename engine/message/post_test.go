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
	"weir/ledger"
)

func TestPostsRefused(t *testing.T) {
	g, body := messagetest.Genesis(), canonical.Encode(offer.Approval{Model: messagetest.Hash("model")})
	tax := messagetest.Key("tax")
	stranger := ledger.BareKey([32]byte(tax.Public().(ed25519.PublicKey)))
	for name, c := range map[string]struct {
		by    ed25519.PrivateKey
		spoil func(*ledger.Draft)
	}{
		"another chain":                    {tax, func(d *ledger.Draft) { d.Chain = "other" }},
		"no chain":                         {tax, func(d *ledger.Draft) { d.Chain = "" }},
		"unknown signer":                   {messagetest.Key("stranger"), func(d *ledger.Draft) { d.Sender = ledger.Account("stranger") }},
		"no signer":                        {tax, func(d *ledger.Draft) { d.Sender = "" }},
		"a party for a member":             {tax, func(d *ledger.Draft) { d.Sender = "tax/vat" }},
		"a key that is none":               {tax, func(d *ledger.Draft) { d.Sender = "key:tax" }},
		"a member's key that speaks alone": {tax, func(d *ledger.Draft) { d.Sender = stranger }},
		"signed by another member":         {messagetest.Key("bank"), func(*ledger.Draft) {}},
		"another signer's name":            {tax, func(d *ledger.Draft) { d.Sender = ledger.Account("social") }},
		"no kind":                          {tax, func(d *ledger.Draft) { d.Kind = "" }},
		"a kind in capitals":               {tax, func(d *ledger.Draft) { d.Kind = "Approval" }},
	} {
		d := messagetest.Draft(message.KindApproval, "tax", body)
		c.spoil(&d)
		_, err := g.OpenPost(d.Sign(c.by).Bytes())
		messagetest.Refused(t, name, err, message.ErrPost)
	}
}

// What was signed is one draft: the signature holds for no other, and only whole.
func TestSignaturesAreOverTheWholeDraft(t *testing.T) {
	g, body := messagetest.Genesis(), canonical.Encode(offer.Approval{Model: messagetest.Hash("model")})
	good := messagetest.Draft(message.KindApproval, "tax", body).Sign(messagetest.Key("tax"))
	encode := func(d ledger.Draft, signature []byte) []byte { return canonical.Encode([]any{d, signature}) }
	if b := encode(good.Draft, good.Signature[:]); !bytes.Equal(b, good.Bytes()) {
		t.Fatalf("encoded by hand: %x, want %x", b, good.Bytes())
	}
	for name, spoil := range map[string]func(d *ledger.Draft){
		"chain":        func(d *ledger.Draft) { d.Chain = "weir-tes2" },
		"sender":       func(d *ledger.Draft) { d.Sender = ledger.Account("social") },
		"sequence":     func(d *ledger.Draft) { d.Sequence++ },
		"expiry":       func(d *ledger.Draft) { d.Expiry++ },
		"kind":         func(d *ledger.Draft) { d.Kind = message.KindDeclined },
		"body":         func(d *ledger.Draft) { d.Body = canonical.Encode(offer.Approval{Model: messagetest.Hash("other")}) },
		"an empty one": func(d *ledger.Draft) { d.Body = []byte{} },
	} {
		d := good.Draft
		spoil(&d)
		_, err := g.OpenPost(encode(d, good.Signature[:]))
		messagetest.Refused(t, name, err, message.ErrPost)
	}
	for name, signature := range map[string][]byte{"none": nil, "empty": {}, "half": good.Signature[:32], "one byte more": append(good.Signature[:], 0),
		"zeros": make([]byte, len(good.Signature))} {
		_, err := g.OpenPost(encode(good.Draft, signature))
		messagetest.Refused(t, "signature: "+name, err, message.ErrPost)
	}
}

func TestPostsOverTheLimitAreNotRead(t *testing.T) {
	_, err := messagetest.Genesis().OpenPost(make([]byte, message.MaxPost+1))
	messagetest.Refused(t, "over the limit", err, message.ErrPost)
	messagetest.Refused(t, "over the limit", err, canonical.ErrTooLong)
}

func TestPostDigests(t *testing.T) {
	b := message.Sign(messagetest.Chain, message.KindApproval, "tax", messagetest.Key("tax"), 3, 500,
		offer.Approval{Model: messagetest.Hash("model"), Party: "tax/vat"})
	model := messagetest.Hash("model")
	body := plain.Array(plain.Bytes(model[:]), plain.Text("tax/vat"))
	draft := plain.Array(plain.Text(messagetest.Chain), plain.Text(message.KindApproval), plain.Text("tax"), plain.Number(3), plain.Number(500),
		plain.Bytes(body))
	digest := plain.Digest("weir/tx/v1", draft)
	p, err := messagetest.Genesis().OpenPost(b)
	if err != nil {
		t.Fatal(err)
	}
	if !ed25519.Verify(messagetest.Key("tax").Public().(ed25519.PublicKey), digest[:], p.Signature[:]) {
		t.Error("the signature is not over the draft by its formula")
	}
	if p.Signer != "tax" || p.Kind != message.KindApproval || p.Sequence != 3 || p.Expiry != 500 {
		t.Errorf("read %+v", p)
	}
	messagetest.Pinned(t, "what is signed", p.ID(), digest, "0b39994ac81d8c9af599d0dd84c8a7f8617a43416a894f43e78d03a1eca79fe3")
	if whole := plain.Array(draft, plain.Bytes(p.Signature[:])); string(b) != string(whole) {
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
	p := &message.Post{Tx: &ledger.Tx{Draft: ledger.Draft{Kind: message.KindCommit}}, Signer: "tax"}
	if err := p.SpeaksFor("tax/vat"); err != nil {
		t.Error(err)
	}
	for _, party := range []engine.PartyID{"", "tax", "tax/", "/vat", "tax/vat/x", "social/staff", "taxes/vat"} {
		messagetest.Refused(t, string(party), p.SpeaksFor(party), message.ErrPost)
	}
}
