package consortium

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/consent"
	"weir/engine/contribute"
	"weir/engine/inquiry"
	"weir/engine/inquiry/reply"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/engine/period"
)

// mustDecline has every holder judge a request: each declines with this code, on the board too, nothing is released, and
// the bank opens nothing.
func (w *world) mustDecline(t *testing.T, id engine.RequestID, code inquiry.DeclineCode) {
	t.Helper()
	before := w.blobCount()
	for _, party := range w.parties {
		err := w.agents[party].Contribute(t.Context(), id, w.clock.now())
		var refusal *contribute.Refusal
		if !errors.As(err, &refusal) || refusal.Code != code {
			t.Fatalf("%s: got %v, want declined (%s)", party, err, code)
		}
		if err := w.agents[party].Release(t.Context(), id); err == nil {
			t.Fatalf("%s released a response it had declined", party)
		}
	}
	score, err := w.bank.Open(t.Context(), id)
	var declined *inquiry.DeclinedError
	if !errors.As(err, &declined) || declined.Code != code || declined.Party != w.parties[0] || score != nil {
		t.Fatalf("the bank: got %v, want declined (%s)", err, code)
	}
	if w.blobCount() != before {
		t.Fatal("something was released")
	}
}

// give posts a consent and sends its evidence to every holder whatever they answer; it gives their answers.
func (w *world) give(t *testing.T, given *consent.Given) (consent.Key, []error) {
	t.Helper()
	l := w.link("enterprise")
	public, err := consent.OpenPublic(given.Public, w.genesis.Chain)
	if err != nil {
		t.Fatal(err)
	}
	author := message.NewBareAuthor(l, w.genesis.Chain, w.given[public.Key])
	if _, err := author.Write(t.Context(), message.KindConsent, message.Encoded(given.Public)); err != nil {
		t.Fatal(err)
	}
	var answers []error
	for _, party := range w.parties {
		answers = append(answers, w.send(t, string(party), given.Evidence))
	}
	return public.Key, answers
}

// send seals evidence to a party's key of the month and delivers it.
func (w *world) send(t *testing.T, to string, evidence []byte) error {
	t.Helper()
	l, month := w.link("enterprise"), period.Of(w.clock.now())
	posts, err := l.Find(t.Context(), message.KindPeriodKey, message.PeriodKey(string(month), to))
	if err != nil || len(posts) != 1 {
		t.Fatalf("keys of %s: %d, %v", to, len(posts), err)
	}
	key, err := message.OpenPeriodKey(w.genesis, posts[0], to, month)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := period.SealTo(key, string(message.KindEvidence), evidence)
	if err != nil {
		t.Fatal(err)
	}
	_, err = l.Send(t.Context(), to, message.KindEvidence, sealed)
	return err
}

// certified is a fresh key of an enterprise with the registrar's certificate.
func (w *world) certified(t *testing.T, id engine.Identifier) (consent.Certificate, ed25519.PrivateKey) {
	t.Helper()
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := w.clock.now()
	c := consent.Certificate{Chain: w.genesis.Chain, Serial: 99, Kind: id.Kind, Identifier: id.Text, Key: consent.Key(public),
		From: now.Add(-time.Hour).Unix(), To: now.Add(24 * time.Hour).Unix()}
	if err := c.Certify(w.keys[RegistrarName]); err != nil {
		t.Fatal(err)
	}
	return c, key
}

func (w *world) makeConsent(t *testing.T, c consent.Certificate, key ed25519.PrivateKey, terms consent.Terms) *consent.Given {
	t.Helper()
	given, err := consent.Give(c, key, terms, consent.Options{}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w.given[consent.Key(given.Key.Public().(ed25519.PublicKey))] = given.Key
	return given
}

// A consent that its enterprise really gave, for something else than what the bank asks.
func TestConsentForSomethingElse(t *testing.T) {
	w := shared(t)
	tests := map[string]func(terms *consent.Terms){
		"another bank":    func(terms *consent.Terms) { terms.Bank = "other-bank" },
		"another model":   func(terms *consent.Terms) { terms.Model = "other-card" },
		"another version": func(terms *consent.Terms) { terms.Version = engine.Digest{1} },
		"another purpose": func(terms *consent.Terms) { terms.Purpose = consent.PostLoan },
		"fewer bits":      func(terms *consent.Terms) { terms.Resolution = 8 },
		"expired":         func(terms *consent.Terms) { terms.NotAfter = w.clock.now().Add(-time.Second).Unix() },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			terms := w.terms()
			change(&terms)
			c, ek := w.certified(t, engine.Identifier{Kind: engine.Opaque, Text: "terms-" + strings.ReplaceAll(name, " ", "-")})
			key, answers := w.give(t, w.makeConsent(t, c, ek, terms))
			if err := errors.Join(answers...); err != nil {
				t.Fatal(err)
			}
			w.mustDecline(t, w.requested(t, key), inquiry.DeclinedTerms)
		})
	}
}

func TestRevokedConsent(t *testing.T) {
	w := shared(t)
	id := enterprise(8)
	key := w.consented(t, id)
	early := w.requested(t, key)
	if err := w.wallet(t, id).Revoke(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	w.mustDecline(t, early, inquiry.DeclinedRevocation)
	again := w.requestedFor(t, key, func(r *inquiry.Request) { r.Attempt = 1 })
	w.declinedBy(t, again, inquiry.DeclinedRevocation, inquiry.DeclinedRevocation, inquiry.DeclinedRevocation)
	other := w.consented(t, id) // revoking one consent leaves the others
	if _, err := w.Ask(t.Context(), other); err != nil {
		t.Errorf("another consent of the same enterprise: %v", err)
	}
	if err := w.wallet(t, enterprise(9)).Revoke(t.Context(), other); err == nil {
		t.Error("an enterprise revoked another's consent")
	}
}

func TestNoConsent(t *testing.T) {
	w := shared(t)
	w.mustDecline(t, w.requested(t, consent.Key{7}), inquiry.DeclinedConsent)
	if err := w.AskWithoutConsent(t.Context()); err == nil || strings.Contains(err.Error(), "was opened") {
		t.Errorf("got %v", err)
	}
}

// requestedFor posts a request that the bank signs, changed before it does, and that the bank's own runtime would not make.
func (w *world) requestedFor(t *testing.T, key consent.Key, change func(r *inquiry.Request)) engine.RequestID {
	t.Helper()
	r := inquiry.Request{Consent: key, Model: w.model, Purpose: consent.PreLoan, Output: consent.OutputScore}
	for _, party := range w.parties {
		records, _, err := offer.FindRecords(t.Context(), w.genesis, w.link("test"), party)
		if err != nil {
			t.Fatal(err)
		}
		r.Roots = append(r.Roots, inquiry.PartyRoot{Party: party, Root: records.Root})
	}
	change(&r)
	post, err := w.post(t.Context(), BankName, message.KindRequest, r)
	if err != nil {
		t.Fatal(err)
	}
	_, id, _, err := inquiry.OpenRequest(w.genesis, post)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// declinedBy has every holder judge a request and wants this code from each.
func (w *world) declinedBy(t *testing.T, id engine.RequestID, codes ...inquiry.DeclineCode) {
	t.Helper()
	for i, party := range w.parties {
		err := w.agents[party].Contribute(t.Context(), id, w.clock.now())
		var refusal *contribute.Refusal
		if !errors.As(err, &refusal) || refusal.Code != codes[i] {
			t.Errorf("%s: got %v, want declined (%s)", party, err, codes[i])
		}
	}
}

// What the agents decline for, they tell the enterprise, and the bank no more than the public code.
func TestRequestOverOtherRoots(t *testing.T) {
	w := shared(t)
	key := w.consented(t, enterprise(10))
	id := w.requestedFor(t, key, func(r *inquiry.Request) {
		r.Roots[0].Root, r.Roots[1].Root, r.Roots[2].Root = [32]byte{1}, [32]byte{2}, [32]byte{3}
	})
	w.declinedBy(t, id, inquiry.DeclinedRecords, inquiry.DeclinedRecords, inquiry.DeclinedRecords)
	id = w.requestedFor(t, key, func(r *inquiry.Request) { r.Roots = r.Roots[:2] })
	w.declinedBy(t, id, inquiry.DeclinedModel, inquiry.DeclinedModel, inquiry.DeclinedModel)
	refusals, err := w.wallet(t, enterprise(10)).Refusals(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	told := map[reply.Reason]int{}
	for _, r := range refusals {
		if r.Consent == key && r.Err == nil {
			told[r.Reason]++
		}
	}
	if told[reply.OtherRecords] != 3 || told[reply.OtherParties] != 2 || len(told) != 2 { // the third is not named by the second request
		t.Errorf("told %v", told)
	}
}
