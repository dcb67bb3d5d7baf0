package offer_test

import (
	"bytes"
	"testing"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/internal/messagetest"
	"weir/engine/message"
	"weir/engine/offer"
)

// genesisOf is the tests' founding document for another chain.
func genesisOf(chain engine.Name) *message.Genesis {
	g := messagetest.Genesis()
	g.Chain = chain
	return g
}

func TestConsentsAreFoundUnderTheirKey(t *testing.T) {
	given, _ := messagetest.GiveConsent(t)
	g, board, key := messagetest.Genesis(), new(messagetest.Bulletin), messagetest.ConsentKey(given)
	if p, err := offer.FindConsent(t.Context(), g, board, key); p != nil || err != nil {
		t.Errorf("empty board: %v, %v", p, err)
	}
	copied, err := consent.OpenPublic(given.Public, messagetest.Chain)
	if err != nil {
		t.Fatal(err)
	}
	copied.Sign(messagetest.Key("bank")) // signed by another key, under this one's place
	for name, entry := range map[string][]byte{
		"junk":                             []byte("junk"),
		"without its transaction":          given.Public,
		"sent by another key":              messagetest.Bare(message.KindConsent, messagetest.Key("bank"), given.Public),
		"another key's, sent by this one":  messagetest.Bare(message.KindConsent, given.Key, canonical.Encode(copied)),
		"sent by a member":                 messagetest.SignBody(message.KindConsent, "bank", given.Public),
		"as another kind":                  messagetest.Bare(message.KindRevocation, given.Key, given.Public),
		"nothing":                          messagetest.Bare(message.KindConsent, given.Key, nil),
		"a revocation":                     messagetest.Bare(message.KindConsent, given.Key, consent.Revoke(messagetest.Chain, given.Key)),
		"with a body that nobody signed":   messagetest.Bare(message.KindConsent, given.Key, flipped(given.Public)),
		"with a transaction nobody signed": flipped(messagetest.Bare(message.KindConsent, given.Key, given.Public)),
	} {
		if p, err := offer.OpenConsent(g, entry); p != nil || err == nil {
			t.Errorf("%s opens: %v", name, err)
		}
		board.Put(t, message.KindConsent, message.ConsentKey(key), entry)
	}
	board.Put(t, message.KindConsent, message.ConsentKey(key), messagetest.Bare(message.KindConsent, messagetest.Key("bank"), canonical.Encode(copied)))
	if p, err := offer.FindConsent(t.Context(), g, board, key); p != nil || err != nil {
		t.Errorf("others' entries: %v, %v", p, err)
	}
	board.Put(t, message.KindConsent, message.ConsentKey(key), messagetest.Bare(message.KindConsent, given.Key, given.Public))
	if p, err := offer.FindConsent(t.Context(), g, board, key); err != nil || p == nil || p.Key != key {
		t.Errorf("its own entry: %v", err)
	}
	if p, err := offer.FindConsent(t.Context(), genesisOf("other"), board, key); p != nil || err != nil {
		t.Errorf("another chain: %v, %v", p, err)
	}
}

// flipped has its last byte changed.
func flipped(b []byte) []byte {
	b = bytes.Clone(b)
	b[len(b)-1] ^= 1
	return b
}

func TestOnlyTheConsentKeyRevokes(t *testing.T) {
	given, _ := messagetest.GiveConsent(t)
	g, board, key := messagetest.Genesis(), new(messagetest.Bulletin), messagetest.ConsentKey(given)
	own, others := consent.Revoke(messagetest.Chain, given.Key), consent.Revoke(messagetest.Chain, messagetest.Key("bank"))
	for _, entry := range [][]byte{
		[]byte("junk"), own,
		messagetest.Bare(message.KindRevocation, messagetest.Key("bank"), others),
		messagetest.Bare(message.KindRevocation, messagetest.Key("bank"), own), // sent by another key
		messagetest.Bare(message.KindRevocation, given.Key, others),
		messagetest.Bare(message.KindRevocation, given.Key, consent.Revoke("other", given.Key)),
		messagetest.Bare(message.KindRevocation, given.Key, given.Public),
		messagetest.Bare(message.KindRevocation, given.Key, flipped(own)),
		messagetest.Bare(message.KindConsent, given.Key, own),
		messagetest.SignBody(message.KindRevocation, "bank", own),
		flipped(messagetest.Bare(message.KindRevocation, given.Key, own)),
	} {
		board.Put(t, message.KindRevocation, message.ConsentKey(key), entry)
	}
	if revoked, err := offer.ConsentRevoked(t.Context(), g, board, key); revoked || err != nil {
		t.Errorf("others' revocations count: %v", err)
	}
	board.Put(t, message.KindRevocation, message.ConsentKey(key), messagetest.Bare(message.KindRevocation, given.Key, own))
	if revoked, err := offer.ConsentRevoked(t.Context(), g, board, key); !revoked || err != nil {
		t.Errorf("its own does not: %v", err)
	}
	if revoked, err := offer.ConsentRevoked(t.Context(), genesisOf("other"), board, key); revoked || err != nil {
		t.Errorf("it counts on another chain: %v", err)
	}
}

func TestEvidenceIsJudgedAgainstTheBoard(t *testing.T) {
	given, authority := messagetest.GiveConsent(t)
	g, board := messagetest.Genesis(), new(messagetest.Bulletin)
	_, _, err := offer.CheckEvidence(t.Context(), g, board, authority, given.Evidence, messagetest.At)
	messagetest.Refused(t, "consent not on the board", err, consent.ErrEvidence)
	_, _, err = offer.CheckEvidence(t.Context(), g, board, authority, []byte("junk"), messagetest.At)
	messagetest.Refused(t, "junk", err, consent.ErrEvidence)
	board.Put(t, message.KindConsent, message.ConsentKey(messagetest.ConsentKey(given)),
		messagetest.Bare(message.KindConsent, given.Key, given.Public))
	id, key, err := offer.CheckEvidence(t.Context(), g, board, authority, given.Evidence, messagetest.At)
	if err != nil || id.Text != "91440300708461136T" || key != messagetest.ConsentKey(given) {
		t.Errorf("%v", err)
	}
	_, _, err = offer.CheckEvidence(t.Context(), g, board, authority, given.Evidence, messagetest.At.AddDate(2, 0, 0))
	messagetest.Refused(t, "after the certificate's end", err, consent.ErrCertificate)
}
