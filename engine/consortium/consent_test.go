package consortium

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"weir/engine"
	"weir/engine/authority"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/inquiry"
	"weir/engine/message"
)

// stolen is what a bank or holder has of an enterprise after one honest consent: public entry, certificate and envelope.
func (w *world) stolen(t *testing.T, id engine.Identifier) (*consent.Public, *consent.Evidence, *consent.Given) {
	t.Helper()
	c, ek := w.certified(t, id)
	given := w.makeConsent(t, c, ek, w.terms())
	if _, answers := w.give(t, given); errors.Join(answers...) != nil {
		t.Fatal(errors.Join(answers...))
	}
	public, err := consent.OpenPublic(given.Public, w.genesis.Chain)
	if err != nil {
		t.Fatal(err)
	}
	var evidence consent.Evidence
	if err := canonical.Decode(given.Evidence, 1<<20, &evidence); err != nil {
		t.Fatal(err)
	}
	return public, &evidence, given
}

func newKey(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// A28: a bank, a holder or a stranger makes a consent without the enterprise's key, with everything else that it can
// have — the registrar's real certificate, the enterprise's real nonces and signature of an earlier consent. Every holder
// refuses the evidence when it arrives and declines the request; nothing is released.
func TestConsentWithoutTheEnterprise(t *testing.T) {
	w := shared(t)
	// Each forgery gives a public entry, signed by the forger's own consent key, and evidence for it.
	forgeries := map[string]func(t *testing.T, public *consent.Public, e *consent.Evidence, forger ed25519.PrivateKey) (*consent.Public, *consent.Evidence){
		"the bank certifies its own key": func(t *testing.T, _ *consent.Public, e *consent.Evidence, forger ed25519.PrivateKey) (*consent.Public, *consent.Evidence) {
			c := e.Certificate
			c.Key = consent.Key(forger.Public().(ed25519.PublicKey))
			if err := c.Certify(w.keys[BankName]); err != nil {
				t.Fatal(err)
			}
			return w.remade(t, c, forger)
		},
		"a real certificate, the envelope signed by another key": func(t *testing.T, _ *consent.Public, e *consent.Evidence, forger ed25519.PrivateKey) (*consent.Public, *consent.Evidence) {
			return w.remade(t, e.Certificate, forger)
		},
		"an earlier envelope for a new entry": func(_ *testing.T, public *consent.Public, e *consent.Evidence, forger ed25519.PrivateKey) (*consent.Public, *consent.Evidence) {
			public.Sign(forger)
			e.Envelope.Consent = public.Key
			return public, e
		},
		"an earlier envelope with wider terms": func(_ *testing.T, public *consent.Public, e *consent.Evidence, forger ed25519.PrivateKey) (*consent.Public, *consent.Evidence) {
			public.Terms.Uses = 1000
			public.Sign(forger)
			e.Envelope.Consent, e.Envelope.Terms = public.Key, public.Terms.Digest()
			return public, e
		},
		"a certificate for another enterprise": func(_ *testing.T, public *consent.Public, e *consent.Evidence, forger ed25519.PrivateKey) (*consent.Public, *consent.Evidence) {
			other, ek := w.certified(t, engine.Identifier{Kind: engine.Opaque, Text: "friendly-enterprise"})
			public.Sign(forger)
			e.Certificate, e.Envelope.Consent = other, public.Key
			digest := e.Envelope.Digest()
			e.Signature = ed25519.Sign(ek, digest[:])
			return public, e
		},
		"a friendly enterprise opens the tag of another": func(_ *testing.T, public *consent.Public, e *consent.Evidence, forger ed25519.PrivateKey) (*consent.Public, *consent.Evidence) {
			other, ek := w.certified(t, engine.Identifier{Kind: engine.Opaque, Text: "friendly-enterprise"})
			public.Sign(forger)
			e.Certificate, e.Envelope.Consent, e.Envelope.Identifier = other, public.Key, other.Identifier
			digest := e.Envelope.Digest()
			e.Signature = ed25519.Sign(ek, digest[:])
			return public, e
		},
		"no signature": func(_ *testing.T, public *consent.Public, e *consent.Evidence, forger ed25519.PrivateKey) (*consent.Public, *consent.Evidence) {
			public.Sign(forger)
			e.Envelope.Consent, e.Signature = public.Key, []byte{}
			return public, e
		},
	}
	for name, forge := range forgeries {
		t.Run(name, func(t *testing.T) {
			id := engine.Identifier{Kind: engine.Opaque, Text: "victim-" + strings.ReplaceAll(name, " ", "-")}
			public, evidence, _ := w.stolen(t, id)
			public, evidence = forge(t, public, evidence, w.forger(t))
			key, answers := w.give(t, &consent.Given{Public: canonical.Encode(public), Evidence: canonical.Encode(evidence)})
			for i, err := range answers {
				if !errors.Is(err, consent.ErrEvidence) && !errors.Is(err, consent.ErrCertificate) {
					t.Errorf("%s took the evidence: %v", w.parties[i], err)
				}
				if err != nil && strings.Contains(err.Error(), id.Text) {
					t.Errorf("the refusal names the enterprise: %v", err)
				}
			}
			if err := w.send(t, string(BankName), canonical.Encode(evidence)); err == nil {
				t.Error("the bank took the evidence")
			}
			w.mustDecline(t, w.requested(t, key), inquiry.DeclinedConsent)
		})
	}
}

// remade is a fresh consent under a certificate, signed by a key that is not the certified one's.
func (w *world) remade(t *testing.T, c consent.Certificate, key ed25519.PrivateKey) (*consent.Public, *consent.Evidence) {
	t.Helper()
	given := w.makeConsent(t, c, key, w.terms())
	public, err := consent.OpenPublic(given.Public, w.genesis.Chain)
	if err != nil {
		t.Fatal(err)
	}
	var evidence consent.Evidence
	if err := canonical.Decode(given.Evidence, 1<<20, &evidence); err != nil {
		t.Fatal(err)
	}
	return public, &evidence
}

// A stranger copies an enterprise's public entry under its own key, and the evidence that a holder has: the evidence
// names the first key, and the request under the second finds none.
func TestEntryCopiedUnderAnotherKey(t *testing.T) {
	w := shared(t)
	public, evidence, _ := w.stolen(t, engine.Identifier{Kind: engine.Opaque, Text: "copied-entry"})
	public.Sign(w.forger(t))
	key, answers := w.give(t, &consent.Given{Public: canonical.Encode(public), Evidence: canonical.Encode(evidence)})
	if err := errors.Join(answers...); err != nil {
		t.Fatalf("the evidence itself is honest, and names the first entry: %v", err)
	}
	w.mustDecline(t, w.requested(t, key), inquiry.DeclinedConsent)
}

// The registrar certifies another key for an enterprise that a holder has answered for: without a change notice every
// holder refuses it.
func TestEnterpriseKeyChanged(t *testing.T) {
	w := shared(t)
	id := enterprise(14)
	if _, err := w.Ask(t.Context(), w.consented(t, id)); err != nil {
		t.Fatal(err)
	}
	c, ek := w.certified(t, id)
	key, answers := w.give(t, w.makeConsent(t, c, ek, w.terms()))
	for i, err := range answers {
		if !errors.Is(err, consent.ErrCertificate) {
			t.Errorf("%s: %v", w.parties[i], err)
		}
	}
	w.mustDecline(t, w.requested(t, key), inquiry.DeclinedConsent)
	if _, err := w.Ask(t.Context(), w.consented(t, id)); err != nil {
		t.Errorf("with the key that is known: %v", err)
	}
}

// An enterprise that lost its key: the registrar revokes, certifies another and sends the notice. Holders that have answered
// for the enterprise decline the new key before it, follow after it, and the score is the same.
func TestEnterpriseKeyChangedWithNotice(t *testing.T) {
	w := found(t, 3)
	id := enterprise(14)
	first, err := w.Ask(t.Context(), w.consented(t, id))
	if err != nil {
		t.Fatal(err)
	}
	old := w.consented(t, id)
	list, err := w.registrar.Revoke(id, rand.Reader, w.clock.now())
	if err != nil {
		t.Fatal(err)
	}
	w.distribute(t, message.KindRevokedSerials, list)
	delete(w.wallets, id)
	renewed := w.wallet(t, id)
	if _, err := renewed.Give(t.Context(), w.terms(), w.parties, 0, w.clock.now()); !errors.Is(err, consent.ErrCertificate) {
		t.Errorf("a new key without a notice: %v", err)
	}
	notices := w.registrar.Changes(id)
	for range 2 { // it may come again
		for _, notice := range notices {
			w.distribute(t, message.KindKeyChange, notice)
		}
	}
	second, err := w.Ask(t.Context(), w.consented(t, id))
	if err != nil || second.Sum != first.Sum {
		t.Errorf("after the notice: %v, %v", second, err)
	}
	w.mustDecline(t, w.requested(t, old), inquiry.DeclinedConsent)
	if len(notices) != 1 {
		t.Errorf("%d notices of one change", len(notices))
	}
}

// distribute has the registrar send a message to the bank and every holder.
func (w *world) distribute(t *testing.T, kind message.Kind, content []byte) {
	t.Helper()
	l := w.link("registrar")
	if err := w.registrar.Distribute(t.Context(), w.genesis, l, l, authority.Letter{Kind: kind, Content: content}, w.receivers(), w.clock.now()); err != nil {
		t.Fatal(err)
	}
}

// receivers are the addresses of the bank and of every holder.
func (w *world) receivers() []string {
	to := []string{string(BankName)}
	for _, p := range w.parties {
		to = append(to, string(p))
	}
	return to
}

// Evidence reaches only whom it was sealed to, in the month whose key it was sealed to, and only as evidence.
func TestEvidenceInWrongHands(t *testing.T) {
	w := shared(t)
	l := w.link("stranger")
	tapped := &tap{receiver: w.agents[w.parties[0]]}
	w.network.join(string(w.parties[0]), tapped)
	w.stolen(t, engine.Identifier{Kind: engine.Opaque, Text: "wrong-hands"})
	w.network.join(string(w.parties[0]), w.agents[w.parties[0]])
	sealed := tapped.bodies[0]
	for name, send := range map[string]func() error{
		"another holder": func() error { return second(l.Send(t.Context(), string(w.parties[1]), message.KindEvidence, sealed)) },
		"the bank":       func() error { return second(l.Send(t.Context(), string(BankName), message.KindEvidence, sealed)) },
		"truncated": func() error {
			return second(l.Send(t.Context(), string(w.parties[0]), message.KindEvidence, sealed[:len(sealed)-1]))
		},
		"altered": func() error {
			return second(l.Send(t.Context(), string(w.parties[0]), message.KindEvidence, flip(sealed)))
		},
		"empty":           func() error { return second(l.Send(t.Context(), string(w.parties[0]), message.KindEvidence, nil)) },
		"as an enrolment": func() error { return second(l.Send(t.Context(), string(w.parties[0]), message.KindEnrolment, sealed)) },
		"to the bank as a certificate": func() error {
			return second(l.Send(t.Context(), string(BankName), message.KindCertificate, sealed))
		},
		"to nobody": func() error { return second(l.Send(t.Context(), "nobody", message.KindEvidence, sealed)) },
	} {
		if send() == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if err := second(l.Send(t.Context(), string(w.parties[0]), message.KindEvidence, sealed)); err != nil {
		t.Errorf("the control: %v", err)
	}
}

func second(_ []byte, err error) error { return err }

// The registrar certifies only a key whose owner applies, and one key for an enterprise.
func TestRegistrarRefuses(t *testing.T) {
	w := shared(t)
	l := w.link("stranger")
	id := enterprise(15)
	w.wallet(t, id)
	key := newKey(t)
	application := consent.Enrol(w.genesis.Chain, engine.Identifier{Kind: engine.Opaque, Text: "newcomer"}, key)
	for name, body := range map[string][]byte{
		"a second key":      consent.Enrol(w.genesis.Chain, id, key),
		"another chain":     consent.Enrol("other", enterprise(16), key),
		"no identifier":     consent.Enrol(w.genesis.Chain, engine.Identifier{Kind: engine.Opaque}, key),
		"an invalid code":   consent.Enrol(w.genesis.Chain, engine.Identifier{Kind: engine.USCC, Text: "91990004MA89794830"}, key),
		"altered":           flip(application),
		"extended":          append(application[:len(application):len(application)], 0),
		"nothing":           nil,
		"not an enrolment":  []byte("hello"),
		"of a holder's key": consent.Enrol(w.genesis.Chain, id, w.keys[w.parties[0].Holder()]),
	} {
		if answer, err := l.Send(t.Context(), string(RegistrarName), message.KindEnrolment, body); err == nil || len(answer) > 0 {
			t.Errorf("%s: certified", name)
		} else if strings.Contains(err.Error(), id.Text) {
			t.Errorf("%s: the refusal names the enterprise: %v", name, err)
		}
	}
	if _, err := l.Send(t.Context(), string(RegistrarName), message.KindEvidence, application); err == nil {
		t.Error("the registrar took a message of another kind")
	}
	if _, err := l.Send(t.Context(), string(RegistrarName), message.KindEnrolment, application); err != nil {
		t.Errorf("the control: %v", err)
	}
}

// A request that was answered is posted again, by the bank and by others: the same bytes are the same request, and
// nothing new leaves.
func TestReplayedRequest(t *testing.T) {
	w := shared(t)
	key := w.consented(t, enterprise(17))
	id := w.requested(t, key)
	if again := w.requested(t, key); again == id {
		t.Fatal("two requests have one id")
	}
	for range 2 {
		for _, party := range w.parties {
			if err := w.agents[party].Contribute(t.Context(), id, w.clock.now()); err != nil {
				t.Fatal(err)
			}
		}
	}
	attempt, err := inquiry.FindAttempt(t.Context(), w.genesis, w.link("x"), id)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if r, err := w.link("x").Submit(t.Context(), attempt.Posts[0]); err != nil || engine.RequestID(r.Tx) != id {
			t.Errorf("the same bytes again: %v", err)
		}
	}
	if entries, err := w.link("x").Find(t.Context(), message.KindRequest, id.String()); err != nil || len(entries) != 1 {
		t.Errorf("%d entries of one request, %v", len(entries), err)
	}
	var unknown engine.RequestID
	unknown[0] = 1
	for _, party := range w.parties {
		if err := w.agents[party].Contribute(t.Context(), unknown, w.clock.now()); !errors.Is(err, message.ErrNotFound) {
			t.Errorf("%s answered a request that is not on the board: %v", party, err)
		}
	}
}

// A certificate that the registrar revoked counts no more, at the bank and at every holder, whether the evidence came
// before the list or after it.
func TestRevokedCertificate(t *testing.T) {
	w := found(t, 3)
	id := enterprise(5)
	before, wallet := w.consented(t, id), w.wallet(t, id)
	list, err := w.registrar.Revoke(id, rand.Reader, w.options.Now())
	if err != nil {
		t.Fatal(err)
	}
	w.distribute(t, message.KindRevokedSerials, list)
	w.mustDecline(t, w.requested(t, before), inquiry.DeclinedConsent)
	if _, err := wallet.Give(t.Context(), w.terms(), w.parties, 0, w.options.Now()); !errors.Is(err, consent.ErrCertificate) {
		t.Errorf("evidence under the revoked certificate: %v", err)
	}
	if _, err := w.Ask(t.Context(), w.consented(t, enterprise(6))); err != nil {
		t.Errorf("another enterprise: %v", err)
	}
	forged := bytes.Clone(list)
	forged[len(forged)-1] ^= 1
	l := w.link("registrar")
	err = w.registrar.Distribute(t.Context(), w.genesis, l, l, authority.Letter{Kind: message.KindRevokedSerials, Content: forged}, w.receivers(), w.options.Now())
	if !errors.Is(err, consent.ErrCertificate) {
		t.Errorf("a list that the registrar did not sign: %v", err)
	}
}
