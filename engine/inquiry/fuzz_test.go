package inquiry_test

import (
	"bytes"
	"errors"
	"testing"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/inquiry"
	"weir/engine/internal/messagetest"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/ledger"
)

// FuzzBodies reads the same bytes as every message type: no input panics, errors are typed, and what is accepted is its
// own encoding. Members' bodies come this far only behind a valid signature, so this goes past it.
func FuzzBodies(f *testing.F) {
	given, _ := messagetest.GiveConsent(f)
	response, _ := messagetest.Response()
	for _, body := range []any{
		messagetest.Records(f), &offer.Approval{}, messagetest.Request(), messagetest.Commit("tax/vat"),
		&inquiry.Declined{Code: inquiry.DeclinedTerms}, response, messagetest.Genesis(),
		&offer.Package{Version: []byte{1}}, messagetest.Secret(f, "tax").Key("tax/vat"),
	} {
		f.Add(canonical.Encode(body))
	}
	f.Add(given.Public)
	f.Add(given.Evidence)
	f.Add([]byte{0x9b, 255, 255, 255, 255, 255, 255, 255, 255})
	f.Add([]byte{0x85, 0x5b, 0x7f, 255, 255, 255, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, body := range []any{
			new(ledger.Draft), new(offer.Records), new(offer.Package), new(offer.Approval),
			new(inquiry.Request), new(inquiry.Commit), new(inquiry.Declined), new(inquiry.Response),
			new(message.Genesis),
			new(inquiry.Settlement), new(inquiry.Accusation), new(inquiry.Retry), new(inquiry.Anchor), new(inquiry.Released),
			new(inquiry.Missing), new(inquiry.Answer), new(inquiry.Expire), new(consent.Public), new(consent.Evidence), new(consent.Certificate),
		} {
			err := canonical.Decode(b, message.MaxPost, body)
			if err == nil && !bytes.Equal(canonical.Encode(body), b) {
				t.Fatalf("%T: accepted bytes that are not its encoding", body)
			}
			if err != nil && !errors.Is(err, canonical.ErrNotCanonical) && !errors.Is(err, canonical.ErrTooLong) {
				t.Fatalf("%T: untyped error %v", body, err)
			}
		}
	})
}

// FuzzSignedBodies signs any body as each kind of an inquiry and opens it: whatever a member signs, nothing panics.
func FuzzSignedBodies(f *testing.F) {
	g := messagetest.Genesis()
	for _, body := range []any{messagetest.Request(), messagetest.Commit("tax/vat"), &inquiry.Declined{Party: "tax/vat", Code: inquiry.DeclinedTerms},
		&inquiry.Accusation{Accused: "tax/vat"}, &inquiry.Settlement{Proof: make([]byte, 96)}} {
		f.Add(canonical.Encode(body))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _, _, errRequest := inquiry.OpenRequest(g, messagetest.SignBody(message.KindRequest, "bank", b))
		c, errCommit := inquiry.OpenCommit(g, messagetest.SignBody(message.KindCommit, "tax", b))
		_, errDeclined := inquiry.OpenDeclined(g, messagetest.SignBody(message.KindDeclined, "tax", b))
		_, _, errAccusation := inquiry.OpenAccusation(g, messagetest.SignBody(message.KindAccusation, "bank", b))
		_, errSettlement := inquiry.OpenSettlement(g, messagetest.SignBody(message.KindSettlement, "bank", b), engine.Digest{}, nil)
		for _, err := range []error{errRequest, errCommit, errDeclined, errAccusation, errSettlement} {
			if err != nil && !errors.Is(err, message.ErrPost) {
				t.Fatalf("untyped error %v", err)
			}
		}
		if errCommit == nil && len(c.Masks) != len(c.Commit.Masks) {
			t.Fatal("a commit lost a mask")
		}
	})
}
