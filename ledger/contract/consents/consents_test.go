package consents_test

import (
	"math"
	"testing"

	"weir/engine/consent"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/contract/consents"
	"weir/ledger/contract/internal/scoringtest"
	"weir/ledger/ledgertest"
)

const (
	kindConsent    = message.KindConsent
	kindRevocation = message.KindRevocation
)

const form = "a consent is { key, tag, terms } for this chain, signed by its key"

// A28: nobody but the consent's own key publishes one or takes it back.
func TestConsentsRefused(t *testing.T) {
	w := scoringtest.Found(t)
	body, from := scoringtest.Consent("a", w.Terms(1))
	_, other := scoringtest.Consent("b", w.Terms(1))
	scoringtest.Refused(t, w.As(t, other, kindConsent, body), ledger.CodeUnauthorised, "the consent key itself sends the transaction")
	scoringtest.Refused(t, w.As(t, ledger.Account("bank"), kindConsent, body), ledger.CodeUnauthorised, "the consent key itself sends the transaction")
	none := w.Terms(0)
	bad, _ := scoringtest.Consent("a", none)
	scoringtest.Refused(t, w.As(t, from, kindConsent, bad), ledger.CodeMalformed, form)
	for i := range body {
		flipped := append([]byte{}, body...)
		flipped[i] ^= 1
		if r := w.As(t, from, kindConsent, flipped); r.OK() {
			t.Fatalf("taken with byte %d changed", i)
		}
	}
	late := w.Terms(1)
	late.NotAfter = w.Time.Unix() - 1
	for _, end := range []int64{late.NotAfter, math.MinInt64} {
		late.NotAfter = end
		old, _ := scoringtest.Consent("a", late)
		scoringtest.Refused(t, w.As(t, from, kindConsent, old), ledger.CodeExpired, "the consent's time has not passed")
	}
	scoringtest.Taken(t, w.As(t, from, kindConsent, body))
	scoringtest.Refused(t, w.As(t, from, kindConsent, body), ledger.CodeConflict, "a consent has a key of its own")
}

func TestRevocationIsFinal(t *testing.T) {
	w := scoringtest.Found(t)
	scoringtest.Refused(t, w.Revoke(t, "a"), ledger.CodeUnknown, "the consent stands on the ledger")
	w.Give(t, "a", 1)
	revocation := consent.Revoke(scoringtest.Chain, ledgertest.Key("consent a"))
	scoringtest.Refused(t, w.As(t, ledger.Account("bank"), kindRevocation, revocation), ledger.CodeUnauthorised, "the consent key itself sends the transaction")
	foreign := consent.Revoke("other", ledgertest.Key("consent a"))
	scoringtest.Refused(t, w.As(t, ledger.BareKey(scoringtest.ConsentKey("a")), kindRevocation, foreign), ledger.CodeMalformed,
		"a revocation is for this chain, signed by the consent key")
	w.Later(7)
	scoringtest.Taken(t, w.Revoke(t, "a"))
	scoringtest.Refused(t, w.Revoke(t, "a"), ledger.CodeRevoked, "a consent is revoked once")
	var s consents.Status
	w.Ask(t, consents.Name, "status", scoringtest.ConsentKey("a"), &s)
	if s.Revoked != w.Time.UnixMilli() || s.Dead() != s.Revoked {
		t.Errorf("%+v, dead at %d", s, s.Dead())
	}
	body, from := scoringtest.Consent("a", w.Terms(1))
	scoringtest.Refused(t, w.As(t, from, kindConsent, body), ledger.CodeConflict, "a consent has a key of its own")
}

func TestTermsWithoutAnEndDoNotOverflow(t *testing.T) {
	for _, end := range []int64{0, math.MaxInt64, math.MinInt64, math.MaxInt64 / 1000} {
		s := consents.Status{Terms: consent.Terms{NotAfter: end}}
		if s.Dead() <= 0 {
			t.Errorf("terms until %d are dead at %d", end, s.Dead())
		}
	}
}

// Uses are counted by the scheduler and nobody else.
func TestReadersDoNotCount(t *testing.T) {
	w := scoringtest.Found(t)
	w.Give(t, "a", 1)
	for _, answer := range []string{"reserve", "return", "charge"} {
		w.AskRefused(t, consents.Name, answer, scoringtest.ConsentKey("a"), ledger.CodeUnauthorised)
	}
	w.AskRefused(t, consents.Name, "status", scoringtest.ConsentKey("b"), ledger.CodeUnknown)
}
