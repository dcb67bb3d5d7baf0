package authority_test

import (
	"context"
	"errors"
	"testing"

	"weir/engine"
	"weir/engine/authority"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/inquiry"
	"weir/engine/inquiry/reply"
	"weir/engine/internal/partytest"
	"weir/engine/message"
	"weir/engine/period"
)

// bankOffice is a post office where the bank reads the evidence that is sent to it.
type bankOffice struct {
	*office
	secret   *period.Secret
	evidence consent.Evidence
}

func newBankOffice(t *testing.T) *bankOffice {
	t.Helper()
	a, o := partytest.New(2), &bankOffice{office: newOffice()}
	var err error
	if o.secret, err = period.NewSecret(period.Of(now), partytest.Stream("bank")); err != nil {
		t.Fatal(err)
	}
	o.Put(message.KindPeriodKey, message.PeriodKey(string(period.Of(now)), string(partytest.Bank)),
		a.Sign(partytest.Bank, message.KindPeriodKey, o.secret.Key(string(partytest.Bank))))
	return o
}

func (o *bankOffice) Send(ctx context.Context, to string, kind message.Kind, body []byte) ([]byte, error) {
	if kind != message.KindEvidence {
		return o.office.Send(ctx, to, kind, body)
	}
	content, err := o.secret.Open(to, string(kind), body)
	if err == nil {
		err = canonical.Decode(content, 1<<20, &o.evidence)
	}
	return nil, err
}

// consented is an enrolled wallet with a consent, and the reply key that its evidence names.
func (o *bankOffice) consented(t *testing.T, id engine.Identifier, seed string) (*authority.Wallet, consent.Key, []byte) {
	t.Helper()
	w := newWallet(o, id, seed)
	if err := w.Enrol(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	key, err := w.Give(t.Context(), partytest.New(2).Terms(), nil, 0, now)
	if err != nil {
		t.Fatal(err)
	}
	return w, key, o.evidence.Envelope.ReplyKey
}

// ask puts a bank's request under a consent on the ledger.
func (o *bankOffice) ask(t *testing.T, key consent.Key, purpose consent.Purpose) *inquiry.Attempt {
	t.Helper()
	a := partytest.New(2)
	r := a.NewRequest()
	r.Consent, r.Purpose = key, purpose
	post := a.Sign(partytest.Bank, message.KindRequest, r)
	_, id, _, err := inquiry.OpenRequest(a.Genesis, post)
	if err != nil {
		t.Fatal(err)
	}
	o.Put(message.KindRequest, id.String(), post)
	return o.newest(t, id)
}

func (o *bankOffice) newest(t *testing.T, id engine.RequestID) *inquiry.Attempt {
	t.Helper()
	attempt, err := inquiry.FindAttempt(t.Context(), partytest.New(2).Genesis, o, id)
	if err != nil {
		t.Fatal(err)
	}
	return attempt
}

// decline puts a refusal on the ledger, for a reason sealed to a key; no key seals none.
func (o *bankOffice) decline(t *testing.T, attempt *inquiry.Attempt, party engine.PartyID, to []byte, reason reply.Reason) *inquiry.Declined {
	t.Helper()
	a := partytest.New(2)
	d := &inquiry.Declined{Label: attempt.Label, Party: party, Code: reason.Code()}
	if to != nil {
		var err error
		if d.Reply, err = reply.Seal(a.Genesis.Chain, d, to, reason); err != nil {
			t.Fatal(err)
		}
	}
	o.put(party.Holder(), attempt.Label, d)
	return d
}

func (o *bankOffice) put(signer engine.Name, label engine.Digest, d *inquiry.Declined) {
	o.Put(message.KindDeclined, message.ContributionKey(label, d.Party), partytest.New(2).Sign(signer, message.KindDeclined, d))
}

// A wallet finds the refusals of every attempt under its own consents, and reads why.
func TestRefusals(t *testing.T) {
	o, a := newBankOffice(t), partytest.New(2)
	mine, key, replyKey := o.consented(t, acme, "mine")
	_, other, otherReply := o.consented(t, engine.Identifier{Kind: engine.Opaque, Text: "other"}, "other")

	first := o.ask(t, key, consent.PreLoan)
	o.decline(t, first, a.Parties[0], replyKey, reply.BitsSpent)
	o.decline(t, first, a.Parties[1], nil, reply.NoConsent)
	retry := a.Sign(partytest.Bank, message.KindRetry, inquiry.Retry{Label: first.Label, Model: first.Request.Model})
	o.Put(message.KindRetry, message.RetryKey(first.ID)+"1", retry)
	second := o.newest(t, first.ID)
	o.decline(t, second, a.Parties[0], replyKey, reply.Paused)
	o.decline(t, o.ask(t, other, consent.PreLoan), a.Parties[0], otherReply, reply.BitsSpent)

	want := []authority.Refusal{
		{Attempt: 0, Party: a.Parties[0], Reason: reply.BitsSpent}, {Attempt: 0, Party: a.Parties[1], Code: inquiry.DeclinedConsent},
		{Attempt: 1, Party: a.Parties[0], Reason: reply.Paused},
	}
	got, err := mine.Refusals(t.Context())
	if err != nil || len(got) != len(want) {
		t.Fatalf("%+v, %v", got, err)
	}
	for i := range want {
		w := &want[i]
		w.Consent, w.Bank, w.Request = key, partytest.Bank, first.ID
		if w.Reason != "" {
			w.Code = w.Reason.Code()
		}
		if got[i] != *w {
			t.Errorf("refusal %d is %+v, want %+v", i, got[i], *w)
		}
	}
	failed := errors.New("the ledger is down")
	o.Fails = failed
	if _, err := mine.Refusals(t.Context()); !errors.Is(err, failed) {
		t.Errorf("got %v", err)
	}
}

// Who has the evidence can seal to its reply key. What does not belong where it stands is not believed.
func TestForgedRefusals(t *testing.T) {
	o, a := newBankOffice(t), partytest.New(2)
	mine, key, replyKey := o.consented(t, acme, "mine")
	_, _, otherReply := o.consented(t, engine.Identifier{Kind: engine.Opaque, Text: "other"}, "other")
	attempt, later := o.ask(t, key, consent.PreLoan), o.ask(t, key, consent.InLoan)
	good := *o.decline(t, attempt, a.Parties[0], replyKey, reply.BitsSpent)

	copied := good // to another of the enterprise's own requests, by the same party
	copied.Label = later.Label
	o.put(a.Parties[0].Holder(), later.Label, &copied)
	o.decline(t, later, a.Parties[1], otherReply, reply.Paused) // sealed to somebody else

	stranger := engine.NewPartyID(a.Parties[0].Holder(), "another") // a source that was not asked
	o.decline(t, attempt, stranger, replyKey, reply.Paused)
	o.put(a.Parties[0].Holder(), later.Label, &good)   // under a label where it does not belong
	o.put(a.Parties[1].Holder(), attempt.Label, &good) // by another holder
	o.put(partytest.Bank, attempt.Label, &good)        // by the bank

	got, err := mine.Refusals(t.Context())
	if err != nil || len(got) != 3 {
		t.Fatalf("%+v, %v", got, err)
	}
	if got[0].Reason != reply.BitsSpent || got[0].Err != nil {
		t.Errorf("the good one: %+v", got[0])
	}
	for _, r := range got[1:] {
		if r.Request != later.ID || r.Reason != "" || !errors.Is(r.Err, reply.ErrReply) || !r.Code.Known() {
			t.Errorf("believed: %+v", r)
		}
	}
}

// Every consent has a reply key of its own: by it, no two are seen to be one enterprise's.
func TestReplyKeysAreFresh(t *testing.T) {
	o := newBankOffice(t)
	w, _, first := o.consented(t, acme, "mine")
	if _, err := w.Give(t.Context(), partytest.New(2).Terms(), nil, 0, now); err != nil {
		t.Fatal(err)
	}
	if second := o.evidence.Envelope.ReplyKey; len(first) != period.PublicKeySize || len(second) != len(first) || string(first) == string(second) {
		t.Errorf("reply keys of %d and %d bytes, or the same", len(first), len(second))
	}
}
