package contribute_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/contribute"
	"weir/engine/inquiry"
	"weir/engine/internal/partytest"
	"weir/engine/message"
	"weir/engine/offer"
)

// What a holder must refuse, and the public code it refuses with.
func TestJudgeRefuses(t *testing.T) {
	a := partytest.New(3)
	self := a.Parties[1]
	stranger := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, 32))
	someone := engine.Identifier{Kind: engine.Opaque, Text: "enterprise-2"}
	request := func(change func(r *inquiry.Request)) func(*contribute.Duty) {
		return func(d *contribute.Duty) {
			r := a.NewRequest()
			change(&r)
			d.Request = [][]byte{a.Sign(partytest.Bank, message.KindRequest, r)}
		}
	}
	terms := func(change func(terms *consent.Terms)) func(*contribute.Duty) {
		return func(d *contribute.Duty) {
			its := a.Terms()
			change(&its)
			given, public := a.Consent(a.Cert, a.EK, its)
			d.Evidence, d.Public = given.Evidence, public
		}
	}
	evidence := func(cert consent.Certificate, key ed25519.PrivateKey) func(*contribute.Duty) {
		return func(d *contribute.Duty) {
			given, public := a.Consent(cert, key, a.Terms())
			d.Evidence, d.Public = given.Evidence, public
		}
	}
	tests := map[string]struct {
		change func(d *contribute.Duty)
		code   inquiry.DeclineCode
	}{
		"model not approved": {func(d *contribute.Duty) { d.Sealed = nil }, inquiry.DeclinedModel},
		"another model":      {request(func(r *inquiry.Request) { r.Model[0] ^= 1 }), inquiry.DeclinedModel},
		"model of another bank": {func(d *contribute.Duty) {
			d.Request = [][]byte{a.Sign(partytest.OtherBank, message.KindRequest, a.NewRequest())}
		}, inquiry.DeclinedModel},
		"a root left out":              {request(func(r *inquiry.Request) { r.Roots = r.Roots[:2] }), inquiry.DeclinedModel},
		"no roots":                     {request(func(r *inquiry.Request) { r.Roots = []inquiry.PartyRoot{} }), inquiry.DeclinedModel},
		"a root twice":                 {request(func(r *inquiry.Request) { r.Roots[2] = r.Roots[1] }), inquiry.DeclinedModel},
		"roots in another order":       {request(func(r *inquiry.Request) { slices.Reverse(r.Roots) }), inquiry.DeclinedModel},
		"a model without this party":   {func(d *contribute.Duty) { d.Party = "h9/s9" }, inquiry.DeclinedModel},
		"an old root":                  {func(d *contribute.Duty) { d.Root[31] ^= 1 }, inquiry.DeclinedRecords},
		"the root of another party":    {request(func(r *inquiry.Request) { r.Roots[1].Root = r.Roots[0].Root }), inquiry.DeclinedRecords},
		"no public consent":            {func(d *contribute.Duty) { d.Public = nil }, inquiry.DeclinedConsent},
		"another consent key":          {request(func(r *inquiry.Request) { r.Consent[0] ^= 1 }), inquiry.DeclinedConsent},
		"revoked":                      {func(d *contribute.Duty) { d.Revoked = true }, inquiry.DeclinedRevocation},
		"consent for another bank":     {terms(func(c *consent.Terms) { c.Bank = partytest.OtherBank }), inquiry.DeclinedTerms},
		"consent for another model":    {terms(func(c *consent.Terms) { c.Model = "other" }), inquiry.DeclinedTerms},
		"consent for another version":  {terms(func(c *consent.Terms) { c.Version = engine.Digest{1} }), inquiry.DeclinedTerms},
		"consent for another purpose":  {terms(func(c *consent.Terms) { c.Purpose = consent.PostLoan }), inquiry.DeclinedTerms},
		"asked for another purpose":    {request(func(r *inquiry.Request) { r.Purpose = consent.InLoan }), inquiry.DeclinedTerms},
		"asked for an unknown purpose": {request(func(r *inquiry.Request) { r.Purpose = "" }), inquiry.DeclinedTerms},
		"asked for another output":     {request(func(r *inquiry.Request) { r.Output = "reasons" }), inquiry.DeclinedTerms},
		"asked for reasons of a score": {request(func(r *inquiry.Request) { r.Output = consent.OutputReasons }), inquiry.DeclinedTerms},
		"a model with reasons":         {func(d *contribute.Duty) { d.Sealed = withGroups(d.Sealed) }, inquiry.DeclinedTerms},
		"reasons the terms do not allow": {func(d *contribute.Duty) {
			request(func(r *inquiry.Request) { r.Output = consent.OutputReasons })(d)
			d.Sealed = withGroups(d.Sealed)
		}, inquiry.DeclinedTerms},
		"consent for fewer bits":         {terms(func(c *consent.Terms) { c.Resolution = 11 }), inquiry.DeclinedTerms},
		"consent expired":                {func(d *contribute.Duty) { d.Now = d.Now.Add(time.Hour + time.Second) }, inquiry.DeclinedTerms},
		"no evidence":                    {func(d *contribute.Duty) { d.Evidence = nil }, inquiry.DeclinedConsent},
		"empty evidence":                 {func(d *contribute.Duty) { d.Evidence = []byte{} }, inquiry.DeclinedConsent},
		"truncated evidence":             {func(d *contribute.Duty) { d.Evidence = d.Evidence[:len(d.Evidence)-1] }, inquiry.DeclinedConsent},
		"extended evidence":              {func(d *contribute.Duty) { d.Evidence = append(bytes.Clone(d.Evidence), 0) }, inquiry.DeclinedConsent},
		"signed without the enterprise":  {evidence(a.Cert, stranger), inquiry.DeclinedConsent},
		"certificate for another":        {evidence(a.Certificate(someone, stranger), a.EK), inquiry.DeclinedConsent},
		"certificate made by the bank":   {evidence(forgedCertificate(a, stranger), stranger), inquiry.DeclinedConsent},
		"certificate not valid any more": {func(d *contribute.Duty) { longTerms(a, d); d.Now = d.Now.Add(241 * time.Hour) }, inquiry.DeclinedConsent},
		"certificate not valid yet":      {func(d *contribute.Duty) { d.Now = d.Now.Add(-2 * time.Hour) }, inquiry.DeclinedConsent},
		"certificate revoked":            {func(d *contribute.Duty) { d.Authority.Revoked = revoked(t, a, 7) }, inquiry.DeclinedConsent},
		"key of the enterprise changed": {func(d *contribute.Duty) {
			d.Authority.Known = func(engine.Subject) (consent.Key, bool) { return consent.Key{1}, true }
		}, inquiry.DeclinedConsent},
		"consent of another enterprise": {func(d *contribute.Duty) {
			given, _ := a.Consent(a.Certificate(someone, stranger), stranger, a.Terms())
			d.Evidence = given.Evidence
		}, inquiry.DeclinedConsent},
		"tag that opens to another enterprise": {func(d *contribute.Duty) { d.Public = resigned(t, a, func(p *consent.Public) { p.Tag[31] ^= 1 }) }, inquiry.DeclinedConsent},
		"terms widened after the fact":         {func(d *contribute.Duty) { d.Public = resigned(t, a, func(p *consent.Public) { p.Terms.Uses = 99 }) }, inquiry.DeclinedConsent},
		"entry copied under another key": {func(d *contribute.Duty) {
			public := *a.Public
			public.Sign(stranger)
			d.Public = &public
			request(func(r *inquiry.Request) { r.Consent = public.Key })(d)
		}, inquiry.DeclinedConsent},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d := a.Duty(self)
			test.change(d)
			task, err := d.Judge()
			var refusal *contribute.Refusal
			if !errors.As(err, &refusal) || refusal.Code != test.code || task != nil {
				t.Fatalf("got %v, want declined (%s)", err, test.code)
			}
			if strings.Contains(err.Error(), a.Subject.Text) || strings.Contains(err.Error(), someone.Text) {
				t.Errorf("the refusal names the enterprise: %v", err)
			}
		})
	}
}

// Bytes that are no request of a bank are an error of package message and no refusal: there is no label to decline.
func TestJudgeWithoutRequest(t *testing.T) {
	a := partytest.New(3)
	posts := map[string][]byte{
		"nothing":             nil,
		"garbage":             []byte("garbage"),
		"truncated":           a.Request[:len(a.Request)-1],
		"extended":            append(bytes.Clone(a.Request), 0),
		"altered":             altered(a.Request),
		"by a holder":         a.Sign(a.Parties[0].Holder(), message.KindRequest, a.NewRequest()),
		"by the registrar":    a.Sign(partytest.Registrar, message.KindRequest, a.NewRequest()),
		"of another kind":     a.Sign(partytest.Bank, message.KindApproval, a.NewRequest()),
		"for another chain":   message.Sign("other-chain", message.KindRequest, partytest.Bank, a.Keys[partytest.Bank], 0, 100, a.NewRequest()),
		"signed by a holder":  message.Sign(a.Genesis.Chain, message.KindRequest, partytest.Bank, a.Keys[a.Parties[0].Holder()], 0, 100, a.NewRequest()),
		"by nobody we know":   message.Sign(a.Genesis.Chain, message.KindRequest, "stranger", a.Keys[partytest.Bank], 0, 100, a.NewRequest()),
		"of another message":  a.Sign(partytest.Bank, message.KindRequest, offer.Approval{}),
		"16 MiB of something": bytes.Repeat([]byte{0x41}, 16<<20),
	}
	for name, post := range posts {
		d := a.Duty(a.Parties[0])
		d.Request = [][]byte{post}
		task, err := d.Judge()
		var refusal *contribute.Refusal
		if !errors.Is(err, message.ErrPost) || errors.As(err, &refusal) || task != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The task carries what the step needs, and the label binds request, model, roots and consent.
func TestJudgeAccepts(t *testing.T) {
	a := partytest.New(3)
	labels := map[engine.Digest]bool{}
	for i, p := range a.Parties {
		task, err := a.Duty(p).Judge()
		if err != nil {
			t.Fatal(err)
		}
		if task.Party != p || task.Slice != i || task.Bank != partytest.Bank || task.Subject != a.Subject || task.Key != a.Cert.Key {
			t.Errorf("%s: %+v", p, task)
		}
		labels[task.Label] = true
	}
	if len(labels) != 1 {
		t.Error("the parties see different labels")
	}
	d := a.Duty(a.Parties[0])
	d.Request = append(d.Request, a.Sign(partytest.Bank, message.KindRetry, inquiry.Retry{Label: a.Label(), Model: a.Sealing.Sealed.ModelDigest}))
	task, err := d.Judge()
	if err != nil || labels[task.Label] || task.Request.Attempt != 1 {
		t.Errorf("another attempt has the same label, or was refused: %v", err)
	}
}

// A retry is judged as the request is: by whose it is, of which attempt, and under which model.
func TestJudgeRetries(t *testing.T) {
	a := partytest.New(3)
	model := a.Sealing.Sealed.ModelDigest
	judge := func(posts ...[]byte) (*contribute.Task, error) {
		d := a.Duty(a.Parties[0])
		d.Request = posts
		return d.Judge()
	}
	retry := func(bank engine.Name, label, model engine.Digest) []byte {
		return a.Sign(bank, message.KindRetry, inquiry.Retry{Label: label, Model: model})
	}
	for name, posts := range map[string][][]byte{
		"no posts":         nil,
		"by another bank":  {a.Request, retry(partytest.OtherBank, a.Label(), model)},
		"of another label": {a.Request, retry(partytest.Bank, engine.Digest{1}, model)},
		"before it":        {retry(partytest.Bank, a.Label(), model), a.Request},
		"the same twice":   {a.Request, retry(partytest.Bank, a.Label(), model), retry(partytest.Bank, a.Label(), model)},
	} {
		var refusal *contribute.Refusal
		if task, err := judge(posts...); !errors.Is(err, message.ErrPost) || errors.As(err, &refusal) || task != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	var refusal *contribute.Refusal
	if _, err := judge(a.Request, retry(partytest.Bank, a.Label(), engine.Digest{1})); !errors.As(err, &refusal) || refusal.Code != inquiry.DeclinedModel {
		t.Errorf("under a model that was not approved here: %v", err)
	}
}

func altered(b []byte) []byte {
	out := bytes.Clone(b)
	out[len(out)/2] ^= 1
	return out
}

// withGroups is the model with a group beside its score.
func withGroups(s *offer.Sealed) *offer.Sealed {
	sealed, version := *s, *s.Version
	version.Groups = 3
	sealed.Version = &version
	return &sealed
}

// Terms that allow reasons allow a model that gives some, and one that gives the score alone.
func TestReasonsAreAllowedByTheirTerms(t *testing.T) {
	a := partytest.New(3)
	terms := a.Terms()
	terms.Output = consent.OutputReasons
	for output, groups := range map[consent.Output]bool{consent.OutputReasons: true, consent.OutputScore: false} {
		d := a.Duty(a.Parties[1])
		given, public := a.Consent(a.Cert, a.EK, terms)
		r := a.NewRequest()
		r.Consent, r.Output = public.Key, output
		d.Public, d.Evidence, d.Request = public, given.Evidence, [][]byte{a.Sign(partytest.Bank, message.KindRequest, r)}
		if groups {
			d.Sealed = withGroups(d.Sealed)
		}
		if _, err := d.Judge(); err != nil {
			t.Errorf("%s: %v", output, err)
		}
	}
}

// longTerms gives a consent that outlives its certificate.
func longTerms(a *partytest.Attempt, d *contribute.Duty) {
	terms := a.Terms()
	terms.NotAfter = a.Now.Add(1000 * time.Hour).Unix()
	given, public := a.Consent(a.Cert, a.EK, terms)
	d.Evidence, d.Public = given.Evidence, public
}

// forgedCertificate is one that a bank signs in the registrar's place.
func forgedCertificate(a *partytest.Attempt, key ed25519.PrivateKey) consent.Certificate {
	c := a.Certificate(a.Subject, key)
	if err := c.Certify(a.Keys[partytest.Bank]); err != nil {
		panic(err)
	}
	return c
}

// resigned is the attempt's public entry, changed and signed again by its own consent key.
func resigned(t *testing.T, a *partytest.Attempt, change func(p *consent.Public)) *consent.Public {
	public := *a.Public
	change(&public)
	public.Sign(a.Given.Key)
	read, err := consent.OpenPublic(canonical.Encode(public), a.Genesis.Chain)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func revoked(t *testing.T, a *partytest.Attempt, serials ...uint64) *consent.RevokedSerials {
	registrar := a.Keys[partytest.Registrar]
	list, err := consent.RevokeSerials(a.Genesis.Chain, a.Now, [16]byte{1}, serials, registrar)
	if err != nil {
		t.Fatal(err)
	}
	read, err := consent.OpenRevokedSerials(list, a.Genesis.Chain, consent.Key(registrar.Public().(ed25519.PublicKey)))
	if err != nil {
		t.Fatal(err)
	}
	return read
}
