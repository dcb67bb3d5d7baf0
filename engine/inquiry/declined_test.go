package inquiry_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"weir/engine"
	"weir/engine/inquiry"
	"weir/engine/internal/messagetest"
	"weir/engine/message"
)

func TestDeclinedRefused(t *testing.T) {
	g := messagetest.Genesis()
	for name, d := range map[string]inquiry.Declined{
		"no code": {Party: "tax/vat"}, "unknown code": {Party: "tax/vat", Code: "tired"},
		"text as a code":         {Party: "tax/vat", Code: "91440300708461136T has a low score"},
		"code in capitals":       {Party: "tax/vat", Code: "Consent"},
		"another holder's party": {Party: "social/staff", Code: inquiry.DeclinedConsent},
		"no party":               {Code: inquiry.DeclinedConsent},
		"party without source":   {Party: "tax", Code: inquiry.DeclinedConsent},
		"a long reply":           {Party: "tax/vat", Code: inquiry.DeclinedConsent, Reply: make([]byte, inquiry.MaxReply+1)},
	} {
		read, err := inquiry.OpenDeclined(g, messagetest.Sign(message.KindDeclined, "tax", d))
		messagetest.Refused(t, name, err, message.ErrPost)
		if read != nil || err != nil && strings.Contains(err.Error(), "91440300708461136T") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i, code := range []inquiry.DeclineCode{"consent", "terms", "model", "records", "partners", "revocation", "rules"} {
		want := inquiry.Declined{Label: messagetest.Hash("label"), Party: "tax/vat", Code: code, Reply: make([]byte, i*inquiry.MaxReply/6)}
		d, err := inquiry.OpenDeclined(g, messagetest.Sign(message.KindDeclined, "tax", want))
		if err != nil || !reflect.DeepEqual(*d, want) {
			t.Errorf("%s: %v", code, err)
		}
	}
}

func TestRefusalEndsAnAttempt(t *testing.T) {
	g, label, board := messagetest.Genesis(), messagetest.Hash("label"), new(messagetest.Bulletin)
	find := func() error {
		_, err := inquiry.FindCommits(t.Context(), g, board, label, []engine.PartyID{"tax/vat"})
		return err
	}
	key := message.ContributionKey(label, "tax/vat")
	for _, d := range []inquiry.Declined{
		{Label: messagetest.Hash("label2"), Party: "tax/vat", Code: inquiry.DeclinedTerms},
		{Label: label, Party: "tax/other", Code: inquiry.DeclinedTerms},
		{Label: label, Party: "tax/vat", Code: "whatever"},
	} {
		board.Put(t, message.KindDeclined, key, messagetest.Sign(message.KindDeclined, "tax", d))
	}
	terms := inquiry.Declined{Label: label, Party: "tax/vat", Code: inquiry.DeclinedTerms}
	board.Put(t, message.KindDeclined, key, messagetest.Sign(message.KindDeclined, "bank", terms))
	messagetest.Refused(t, "refusals of others", find(), message.ErrNotFound)
	board.Put(t, message.KindDeclined, key, messagetest.Sign(message.KindDeclined, "tax", terms))
	var declined *inquiry.DeclinedError
	if err := find(); !errors.As(err, &declined) || declined.Party != "tax/vat" || declined.Code != inquiry.DeclinedTerms {
		t.Errorf("%v", err)
	}
}
