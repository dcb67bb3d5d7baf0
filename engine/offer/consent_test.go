package offer_test

import (
	"testing"

	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/internal/messagetest"
	"weir/engine/message"
	"weir/engine/offer"
)

func TestConsentsAreFoundUnderTheirKey(t *testing.T) {
	given, _ := messagetest.GiveConsent(t)
	board, key := new(messagetest.Bulletin), messagetest.ConsentKey(given)
	if p, err := offer.FindConsent(t.Context(), board, messagetest.Chain, key); p != nil || err != nil {
		t.Errorf("empty board: %v, %v", p, err)
	}
	board.Put(t, message.KindConsent, message.ConsentKey(key), []byte("junk"))
	copied, err := consent.OpenPublic(given.Public, messagetest.Chain)
	if err != nil {
		t.Fatal(err)
	}
	copied.Sign(messagetest.Key("bank"))
	board.Put(t, message.KindConsent, message.ConsentKey(key), canonical.Encode(copied)) // signed by another key, under this one's place
	if p, err := offer.FindConsent(t.Context(), board, messagetest.Chain, key); p != nil || err != nil {
		t.Errorf("others' entries: %v, %v", p, err)
	}
	board.Put(t, message.KindConsent, message.ConsentKey(key), given.Public)
	if p, err := offer.FindConsent(t.Context(), board, messagetest.Chain, key); err != nil || p == nil || p.Key != key {
		t.Errorf("its own entry: %v", err)
	}
	if p, err := offer.FindConsent(t.Context(), board, "other", key); p != nil || err != nil {
		t.Errorf("another chain: %v, %v", p, err)
	}
}

func TestOnlyTheConsentKeyRevokes(t *testing.T) {
	given, _ := messagetest.GiveConsent(t)
	board, key := new(messagetest.Bulletin), messagetest.ConsentKey(given)
	board.Put(t, message.KindRevocation, message.ConsentKey(key), consent.Revoke(messagetest.Chain, messagetest.Key("bank")))
	board.Put(t, message.KindRevocation, message.ConsentKey(key), consent.Revoke("other", given.Key))
	board.Put(t, message.KindRevocation, message.ConsentKey(key), []byte("junk"))
	if revoked, err := offer.ConsentRevoked(t.Context(), board, messagetest.Chain, key); revoked || err != nil {
		t.Errorf("others' revocations count: %v", err)
	}
	board.Put(t, message.KindRevocation, message.ConsentKey(key), consent.Revoke(messagetest.Chain, given.Key))
	if revoked, err := offer.ConsentRevoked(t.Context(), board, messagetest.Chain, key); !revoked || err != nil {
		t.Errorf("its own does not: %v", err)
	}
}

func TestEvidenceIsJudgedAgainstTheBoard(t *testing.T) {
	given, authority := messagetest.GiveConsent(t)
	board := new(messagetest.Bulletin)
	_, _, err := offer.CheckEvidence(t.Context(), board, authority, given.Evidence, messagetest.At)
	messagetest.Refused(t, "consent not on the board", err, consent.ErrEvidence)
	_, _, err = offer.CheckEvidence(t.Context(), board, authority, []byte("junk"), messagetest.At)
	messagetest.Refused(t, "junk", err, consent.ErrEvidence)
	board.Put(t, message.KindConsent, message.ConsentKey(messagetest.ConsentKey(given)), given.Public)
	id, key, err := offer.CheckEvidence(t.Context(), board, authority, given.Evidence, messagetest.At)
	if err != nil || id.Text != "91440300708461136T" || key != messagetest.ConsentKey(given) {
		t.Errorf("%v", err)
	}
	_, _, err = offer.CheckEvidence(t.Context(), board, authority, given.Evidence, messagetest.At.AddDate(2, 0, 0))
	messagetest.Refused(t, "after the certificate's end", err, consent.ErrCertificate)
}
