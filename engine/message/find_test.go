package message

import (
	"context"
	"crypto/ed25519"
	"errors"
	"testing"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/consent"
)

// giveConsent is a consent of an enterprise certified on the test chain, and what judges it.
func giveConsent(t testing.TB) (*consent.Given, *consent.Authority) {
	registrar, enterprise := testKey("registrar"), testKey("enterprise")
	certificate := consent.Certificate{Chain: testChain, Serial: 1, Kind: engine.USCC, Identifier: "91440300708461136T",
		Key: consent.Key(enterprise.Public().(ed25519.PublicKey)), From: at.Unix(), To: at.AddDate(1, 0, 0).Unix()}
	if err := certificate.Certify(registrar); err != nil {
		t.Fatal(err)
	}
	terms := consent.Terms{Bank: "bank", Model: "sme-working-capital", Purpose: consent.PreLoan, Output: consent.OutputScore, Uses: 1,
		Resolution: 10, NotAfter: at.AddDate(0, 1, 0).Unix()}
	given, err := consent.Give(certificate, enterprise, terms, canonical.Stream([]byte("weir/test"), "consent"))
	if err != nil {
		t.Fatal(err)
	}
	return given, &consent.Authority{Chain: testChain, Registrar: consent.Key(registrar.Public().(ed25519.PublicKey))}
}

func consentKey(g *consent.Given) consent.Key { return consent.Key(g.Key.Public().(ed25519.PublicKey)) }

func TestConsentsAreFoundUnderTheirKey(t *testing.T) {
	given, _ := giveConsent(t)
	board, key := new(bulletin), consentKey(given)
	if p, err := FindConsent(t.Context(), board, testChain, key); p != nil || err != nil {
		t.Errorf("empty board: %v, %v", p, err)
	}
	board.post(t, KindConsent, ConsentKey(key), []byte("junk"))
	copied, err := consent.OpenPublic(given.Public, testChain)
	if err != nil {
		t.Fatal(err)
	}
	copied.Sign(testKey("bank"))
	board.post(t, KindConsent, ConsentKey(key), canonical.Encode(copied)) // signed by another key, under this one's place
	if p, err := FindConsent(t.Context(), board, testChain, key); p != nil || err != nil {
		t.Errorf("others' entries: %v, %v", p, err)
	}
	board.post(t, KindConsent, ConsentKey(key), given.Public)
	if p, err := FindConsent(t.Context(), board, testChain, key); err != nil || p == nil || p.Key != key {
		t.Errorf("its own entry: %v", err)
	}
	if p, err := FindConsent(t.Context(), board, "other", key); p != nil || err != nil {
		t.Errorf("another chain: %v, %v", p, err)
	}
}

func TestOnlyTheConsentKeyRevokes(t *testing.T) {
	given, _ := giveConsent(t)
	board, key := new(bulletin), consentKey(given)
	board.post(t, KindRevocation, ConsentKey(key), consent.Revoke(testChain, testKey("bank")))
	board.post(t, KindRevocation, ConsentKey(key), consent.Revoke("other", given.Key))
	board.post(t, KindRevocation, ConsentKey(key), []byte("junk"))
	if revoked, err := ConsentRevoked(t.Context(), board, testChain, key); revoked || err != nil {
		t.Errorf("others' revocations count: %v", err)
	}
	board.post(t, KindRevocation, ConsentKey(key), consent.Revoke(testChain, given.Key))
	if revoked, err := ConsentRevoked(t.Context(), board, testChain, key); !revoked || err != nil {
		t.Errorf("its own does not: %v", err)
	}
}

func TestEvidenceIsJudgedAgainstTheBoard(t *testing.T) {
	given, authority := giveConsent(t)
	board := new(bulletin)
	_, _, err := CheckEvidence(t.Context(), board, authority, given.Evidence, at)
	refused(t, "consent not on the board", err, consent.ErrEvidence)
	_, _, err = CheckEvidence(t.Context(), board, authority, []byte("junk"), at)
	refused(t, "junk", err, consent.ErrEvidence)
	board.post(t, KindConsent, ConsentKey(consentKey(given)), given.Public)
	id, key, err := CheckEvidence(t.Context(), board, authority, given.Evidence, at)
	if err != nil || id.Text != "91440300708461136T" || key != consentKey(given) {
		t.Errorf("%v", err)
	}
	_, _, err = CheckEvidence(t.Context(), board, authority, given.Evidence, at.AddDate(2, 0, 0))
	refused(t, "after the certificate's end", err, consent.ErrCertificate)
}

func TestCommitsOfALabelAreFound(t *testing.T) {
	g, label := testGenesis(), hash("label")
	board := new(bulletin)
	all := func() error {
		found, err := g.FindCommits(t.Context(), board, label, parties)
		if err == nil {
			err = CheckPairs(parties, found)
		}
		return err
	}
	for _, party := range parties {
		refused(t, "before the commit of "+string(party), all(), ErrNotFound)
		key := ContributionKey(label, party)
		other := testCommit(party)
		other.Label = hash("label2")
		board.post(t, KindCommit, key, sign(KindCommit, party.Holder(), other)) // of another label
		board.post(t, KindCommit, key, sign(KindCommit, "bank", testCommit(party)))
		sibling := testCommit(party + "2") // its key begins with this party's
		board.post(t, KindCommit, ContributionKey(label, party+"2"), sign(KindCommit, party.Holder(), sibling))
		refused(t, "only others' commits", all(), ErrNotFound)
		board.post(t, KindCommit, key, sign(KindCommit, party.Holder(), testCommit(party)))
	}
	if err := all(); err != nil {
		t.Error(err)
	}
}

func TestRefusalEndsAnAttempt(t *testing.T) {
	g, label, board := testGenesis(), hash("label"), new(bulletin)
	find := func() error {
		_, err := g.FindCommits(t.Context(), board, label, []engine.PartyID{"tax/vat"})
		return err
	}
	key := ContributionKey(label, "tax/vat")
	for _, d := range []Declined{
		{Label: hash("label2"), Party: "tax/vat", Code: DeclinedTerms}, {Label: label, Party: "tax/other", Code: DeclinedTerms},
		{Label: label, Party: "tax/vat", Code: "whatever"},
	} {
		board.post(t, KindDeclined, key, sign(KindDeclined, "tax", d))
	}
	board.post(t, KindDeclined, key, sign(KindDeclined, "bank", Declined{Label: label, Party: "tax/vat", Code: DeclinedTerms}))
	refused(t, "refusals of others", find(), ErrNotFound)
	board.post(t, KindDeclined, key, sign(KindDeclined, "tax", Declined{Label: label, Party: "tax/vat", Code: DeclinedTerms}))
	var declined *DeclinedError
	if err := find(); !errors.As(err, &declined) || declined.Party != "tax/vat" || declined.Code != DeclinedTerms {
		t.Errorf("%v", err)
	}
}

// A board that cannot be read is an error, never an answer.
func TestABrokenBoardIsAnError(t *testing.T) {
	g, board := testGenesis(), new(bulletin)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, find := range map[string]func() error{
		"request":    func() error { _, _, err := g.FindRequest(ctx, board, engine.RequestID{}); return err },
		"consent":    func() error { _, err := FindConsent(ctx, board, testChain, consent.Key{}); return err },
		"revocation": func() error { _, err := ConsentRevoked(ctx, board, testChain, consent.Key{}); return err },
		"records":    func() error { _, _, err := g.FindRecords(ctx, board, "tax/vat"); return err },
		"model":      func() error { _, err := g.FindPackage(ctx, board, engine.Digest{}); return err },
		"commits":    func() error { _, err := g.FindCommits(ctx, board, engine.Digest{}, parties); return err },
	} {
		refused(t, name, find(), context.Canceled)
	}
}

// Keys of entries are pinned: they are what readers of a board ask for.
func TestKeysOfEntries(t *testing.T) {
	d := engine.Digest{1}
	for got, want := range map[string]string{
		RecordsKey("tax/vat"): "tax/vat/", ModelKey(d): d.String(), PeriodKey("2026-11", "bank"): "2026-11/bank",
		PairKey("2026-11", "a/b", "c/d"): "2026-11/a/b/c/d", ConsentKey(consent.Key(d)): d.String(), ContributionKey(d, "tax/vat"): d.String() + "/tax/vat",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
