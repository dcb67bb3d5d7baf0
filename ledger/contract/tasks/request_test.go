package tasks_test

import (
	"fmt"
	"math/big"
	"slices"
	"testing"

	"weir/engine"
	"weir/engine/consent"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/engine/pedersen"
	"weir/ledger"
	"weir/ledger/contract/internal/scoringtest"
	"weir/ledger/contract/models"
	"weir/ledger/contract/tasks"
)

// A05, A07, A13: everything that a request rests on, one rule at a time.
func TestRequestsRefused(t *testing.T) {
	offered := scoringtest.Offered(t)
	model := modelOf(t, 0)
	for name, c := range map[string]struct {
		bank   engine.Name
		spoil  func(w *scoringtest.World, terms *consent.Terms, r *inquiry.Request)
		code   ledger.Code
		clause string
	}{
		"by a holder":       {"tax", nil, ledger.CodeUnauthorised, "the sender's role allows the transaction"},
		"by a stranger":     {"nobody", nil, ledger.CodeUnknown, "the sender is a member"},
		"another bank's":    {"bank2", nil, ledger.CodeUnauthorised, "a bank asks its own models"}, // A17: a copied request
		"attempt 1 at once": {"bank", func(_ *scoringtest.World, _ *consent.Terms, r *inquiry.Request) { r.Attempt = 1 }, ledger.CodeMalformed, "a request is attempt 0"},
		"without a consent": {"bank", func(_ *scoringtest.World, _ *consent.Terms, r *inquiry.Request) { r.Consent[0] ^= 1 }, ledger.CodeUnknown, "the consent stands on the ledger"},
		"an unknown model":  {"bank", func(_ *scoringtest.World, _ *consent.Terms, r *inquiry.Request) { r.Model[0] ^= 1 }, ledger.CodeUnknown, "the model stands on the ledger"},
		"for another bank":  {"bank", func(_ *scoringtest.World, s *consent.Terms, _ *inquiry.Request) { s.Bank = "bank2" }, ledger.CodeTerms, "the consent's terms allow the request"},
		"for another model": {"bank", func(_ *scoringtest.World, s *consent.Terms, _ *inquiry.Request) { s.Model = "other" }, ledger.CodeTerms, "the consent's terms allow the request"},
		"for another one":   {"bank", func(_ *scoringtest.World, s *consent.Terms, _ *inquiry.Request) { s.Version[0] = 1 }, ledger.CodeTerms, "the consent's terms allow the request"},
		"another purpose":   {"bank", func(_ *scoringtest.World, _ *consent.Terms, r *inquiry.Request) { r.Purpose = consent.PostLoan }, ledger.CodeTerms, "the consent's terms allow the request"},
		"another output":    {"bank", func(_ *scoringtest.World, _ *consent.Terms, r *inquiry.Request) { r.Output = "more" }, ledger.CodeTerms, "the consent's terms allow the request"},
		"reasons of none": {"bank", func(_ *scoringtest.World, s *consent.Terms, r *inquiry.Request) {
			s.Output, r.Output = consent.OutputReasons, consent.OutputReasons
		}, ledger.CodeTerms, "the consent's terms allow the request"},
		"too much told":      {"bank", func(_ *scoringtest.World, s *consent.Terms, _ *inquiry.Request) { s.Resolution = 9 }, ledger.CodeTerms, "the consent's terms allow the request"},
		"consent expired":    {"bank", func(w *scoringtest.World, _ *consent.Terms, _ *inquiry.Request) { w.Later(86_401_000) }, ledger.CodeExpired, "the consent's time has not passed"},
		"a root too few":     {"bank", func(_ *scoringtest.World, _ *consent.Terms, r *inquiry.Request) { r.Roots = r.Roots[:2] }, ledger.CodeMalformed, "a request names one root for each slice"},
		"roots out of order": {"bank", func(_ *scoringtest.World, _ *consent.Terms, r *inquiry.Request) { slices.Reverse(r.Roots) }, ledger.CodeMalformed, "roots are in the order of the slices"},
		"another root":       {"bank", func(_ *scoringtest.World, _ *consent.Terms, r *inquiry.Request) { r.Roots[1].Root[31] ^= 8 }, ledger.CodeConflict, "a root is the highest revision of its party's newest epoch"},
		"corrected records": {"bank", func(w *scoringtest.World, _ *consent.Terms, _ *inquiry.Request) {
			w.OK(t, "tax", kind(message.KindRecords), scoringtest.Records(t, "tax/vat", "2026-10", 1, 77))
		}, ledger.CodeConflict, "a root is the highest revision of its party's newest epoch"},
		"suspended": {"bank", func(w *scoringtest.World, _ *consent.Terms, _ *inquiry.Request) {
			w.OK(t, "supervisor", models.KindSuspend, models.Suspension{Version: scoringtest.Version(t).Digest()})
		}, ledger.CodeSuspended, "the model is not suspended"},
		"retired": {"bank", func(w *scoringtest.World, _ *consent.Terms, _ *inquiry.Request) {
			w.OK(t, "bank", models.KindRetire, models.Retirement{Model: model})
		}, ledger.CodeSuspended, "the sealing is not retired"},
	} {
		t.Run(name, func(t *testing.T) {
			w := offered.Fork()
			terms, r := w.Terms(1), scoringtest.Request(model, name)
			body, from := scoringtest.Consent(name, terms)
			if c.spoil != nil {
				spoiled := terms
				c.spoil(w, &spoiled, r)
				body, _ = scoringtest.Consent(name, spoiled)
			}
			if name == "consent expired" { // published in its time
				w.Time = offered.Time
			}
			scoringtest.Taken(t, w.As(t, from, kind(message.KindConsent), body))
			if name == "consent expired" {
				w.Later(86_401_000)
			}
			before := status(t, w, name)
			scoringtest.Refused(t, w.Send(t, c.bank, kind(message.KindRequest), r), c.code, c.clause)
			if after := status(t, w, name); after != before {
				t.Errorf("a refused request changed the consent: %+v", after)
			}
		})
	}
}

// A03: a model that tells more than a score is asked under terms that say so, and under no other name.
func TestReasonsNeedTheirTerms(t *testing.T) {
	w, p, v := scoringtest.Offered(t), scoringtest.Package(t, 0), scoringtest.Version(t)
	v.Version, v.Groups = "2026.2", 3
	for i := range v.Slices {
		v.Slices[i].Caps = [4]uint32{100, 1} // 301·4 = 1,204
	}
	v.Resolution = 10
	p.Version = v.Encode()
	scoringtest.Refused(t, w.Send(t, "bank", kind(message.KindModel), p), ledger.CodeMalformed, "a package is a version with a commitment to each of its points")
	v.Slices[2].Caps[1] = 0 // 301·3 = 903
	p.Version = v.Encode()
	w.OK(t, "bank", kind(message.KindModel), p)
	model := scoringtest.Read(t, p).ModelDigest
	w.Approve(t, model)
	for i, c := range []struct {
		terms, request consent.Output
		taken          bool
	}{
		{consent.OutputScore, consent.OutputScore, false}, {consent.OutputScore, consent.OutputReasons, false},
		{consent.OutputReasons, consent.OutputScore, false}, {consent.OutputReasons, consent.OutputReasons, true},
	} {
		name := fmt.Sprintf("reasons %d", i)
		terms, r := w.Terms(1), scoringtest.Request(model, name)
		terms.Output, r.Output = c.terms, c.request
		body, from := scoringtest.Consent(name, terms)
		scoringtest.Taken(t, w.As(t, from, kind(message.KindConsent), body))
		result := w.Send(t, "bank", kind(message.KindRequest), r)
		if c.taken {
			scoringtest.Taken(t, result)
		} else {
			scoringtest.Refused(t, result, ledger.CodeTerms, "the consent's terms allow the request")
		}
	}
}

func TestRevokedAndExhaustedConsentsAllowNothing(t *testing.T) {
	w := scoringtest.Offered(t)
	model := modelOf(t, 0)
	w.Open(t, model, "once", 1)
	scoringtest.Refused(t, w.Send(t, "bank", kind(message.KindRequest), scoringtest.Request(model, "once")), ledger.CodeExhausted, "a use of the consent is left")
	w.Give(t, "back", 1)
	scoringtest.Taken(t, w.Revoke(t, "back"))
	scoringtest.Refused(t, w.Send(t, "bank", kind(message.KindRequest), scoringtest.Request(model, "back")), ledger.CodeRevoked, "the consent is not revoked")
}

// A13: a schema that changed under a sealed model.
func TestRecordsOfAnotherSchema(t *testing.T) {
	w := scoringtest.Offered(t)
	r := scoringtest.Records(t, "tax/vat", "2026-11", 0, 3)
	s := scoringtest.Schema(t, "tax/vat", "2026-11", 0)
	s.Features[0].Name = "turnover"
	r.Schema = s.Encode()
	w.OK(t, "tax", kind(message.KindRecords), r)
	w.Give(t, "a", 1)
	scoringtest.Refused(t, w.Send(t, "bank", kind(message.KindRequest), scoringtest.Request(modelOf(t, 0), "a")),
		ledger.CodeConflict, "the records have the schema that the slice was sealed for")
}

func TestUnapprovedModelIsNotAsked(t *testing.T) {
	w := scoringtest.Found(t)
	for i, party := range scoringtest.Parties {
		w.OK(t, party.Holder(), kind(message.KindRecords), scoringtest.Records(t, party, "2026-10", 0, byte(i+1)))
	}
	w.OK(t, "bank", kind(message.KindModel), scoringtest.Package(t, 0))
	w.Give(t, "a", 1)
	scoringtest.Refused(t, w.Send(t, "bank", kind(message.KindRequest), scoringtest.Request(modelOf(t, 0), "a")),
		ledger.CodeTerms, "every party and supervisor has approved the model")
}

// A09, A14: what is wrong with one commit.
func TestCommitsRefused(t *testing.T) {
	opened := scoringtest.Offered(t)
	label := opened.Open(t, modelOf(t, 0), "a", 1)
	other := opened.Open(t, modelOf(t, 0), "b", 1)
	for name, c := range map[string]struct {
		from   engine.Name
		spoil  func(c *inquiry.Commit)
		code   ledger.Code
		clause string
	}{
		"of another holder": {"social", func(*inquiry.Commit) {}, ledger.CodeUnauthorised, "a holder speaks for its own sources only"},
		"of the bank":       {"bank", func(*inquiry.Commit) {}, ledger.CodeUnauthorised, "the sender's role allows the transaction"},
		"no party":          {"tax", func(c *inquiry.Commit) { c.Party = "tax" }, ledger.CodeMalformed, "a party is holder/source"},
		"no slice":          {"tax", func(c *inquiry.Commit) { c.Party = "tax/other" }, ledger.CodeUnauthorised, "the party has a slice of the model"},
		"to nothing":        {"tax", func(c *inquiry.Commit) { c.Label[0] ^= 1 }, ledger.CodeUnknown, "the task stands on the ledger"},
		"to another label":  {"tax", func(c *inquiry.Commit) { c.Label = other }, ledger.CodeUnproven, "the contribution fits the committed records, the consent and the model"},
		"no point":          {"tax", func(c *inquiry.Commit) { c.C = [32]byte{} }, ledger.CodeMalformed, "a commit has points of the prime subgroup, its partners in order"},
		"partner missing":   {"tax", func(c *inquiry.Commit) { c.Masks = c.Masks[:1] }, ledger.CodeMalformed, "a commit has a mask for every other party of the task"},
		"another partner":   {"tax", func(c *inquiry.Commit) { c.Masks[1].Partner = "social/x" }, ledger.CodeMalformed, "a commit has a mask for every other party of the task"},
		"no proof":          {"tax", func(c *inquiry.Commit) { c.Proof = []byte{} }, ledger.CodeUnproven, "the contribution fits the committed records, the consent and the model"},
		"proof flipped":     {"tax", func(c *inquiry.Commit) { c.Proof[0] ^= 1 }, ledger.CodeUnproven, "the contribution fits the committed records, the consent and the model"},
		"proof too long":    {"tax", func(c *inquiry.Commit) { c.Proof = make([]byte, inquiry.MaxProof+1) }, ledger.CodeMalformed, "a commit has points of the prime subgroup, its partners in order"},
		"another C":         {"tax", func(c *inquiry.Commit) { c.C = pedersen.TimesH(big.NewInt(3)).Encode() }, ledger.CodeUnproven, "the contribution fits the committed records, the consent and the model"},
		"another mask":      {"tax", func(c *inquiry.Commit) { c.Masks[0].P = pedersen.TimesH(big.NewInt(3)).Encode() }, ledger.CodeUnproven, "the contribution fits the committed records, the consent and the model"},
		"another response":  {"tax", func(c *inquiry.Commit) { c.Response[0] ^= 1 }, ledger.CodeUnproven, "the contribution fits the committed records, the consent and the model"},
	} {
		w := opened.Fork()
		m := w.Proven(t, scoringtest.Commit(label, "tax/vat"))
		c.spoil(m)
		t.Run(name, func(t *testing.T) {
			scoringtest.Refused(t, w.Send(t, c.from, kind(message.KindCommit), m), c.code, c.clause)
		})
	}
	scoringtest.Refused(t, opened.Send(t, "tax", kind(message.KindCommit), []byte("no commit")), ledger.CodeMalformed,
		"the body is the canonical encoding of what its kind carries")
	scoringtest.Taken(t, opened.Commit(t, label, "tax/vat"))
	scoringtest.Refused(t, opened.Commit(t, label, "tax/vat"), ledger.CodeConflict, "a party contributes once to a label")
	scoringtest.Refused(t, opened.Send(t, "tax", kind(message.KindDeclined), inquiry.Declined{Label: label, Party: "tax/vat", Code: inquiry.DeclinedTerms}),
		ledger.CodeConflict, "a party contributes once to a label")
}

// Retries: after which ends, and of what.
func TestRetries(t *testing.T) {
	offered := scoringtest.Offered(t)
	model, again := modelOf(t, 0), modelOf(t, 1)
	offered.OK(t, "bank", kind(message.KindModel), scoringtest.Package(t, 1))
	label := offered.Open(t, model, "a", 1)
	retry := func(w *scoringtest.World, model engine.Digest) *ledger.Result {
		return w.Send(t, "bank", message.KindRetry, inquiry.Retry{Label: label, Model: model})
	}
	scoringtest.Refused(t, retry(offered, model), ledger.CodePhase, "the last attempt has ended")

	w := offered.Fork() // expired: the use was reserved, goes back and is reserved again
	w.Later(scoringtest.Window)
	scoringtest.Refused(t, w.Send(t, "bank2", message.KindRetry, inquiry.Retry{Label: label, Model: model}), ledger.CodeUnauthorised, "a bank retries its own requests")
	scoringtest.Refused(t, retry(w, scoringtest.Hash("none")), ledger.CodeUnknown, "the model stands on the ledger")
	scoringtest.Taken(t, retry(w, model))
	scoringtest.Refused(t, retry(w, model), ledger.CodeConflict, "the last attempt of a request is retried")
	old := w.Task(t, label)
	next := w.Task(t, w.Label(t, engine.Digest(old.ID)))
	if next.Request.Attempt != 1 || next.Label == label || old.End.State != tasks.Expired || status(t, w, "a").Reserved != 1 {
		t.Errorf("%+v, then %+v", old, next)
	}
	w.Complete(t, next.Label)
	w.Release(t, next.Label)
	w.OK(t, "bank", kind(message.KindSettlement), scoringtest.Settlement(t, next.Label, "bank", 0))
	label = next.Label
	scoringtest.Refused(t, retry(w, model), ledger.CodePhase, "the last attempt is one that may be retried")

	w = offered.Fork() // withheld: the use is charged and stays so, the same request rides on it
	label = w.Label(t, engine.Digest(old.ID))
	w.Complete(t, label)
	w.OK(t, "bank", message.KindAnchor, scoringtest.Anchor(t, label, w.Height+1, "sequencer", "witness"))
	w.Later(scoringtest.Window)
	scoringtest.Taken(t, retry(w, again))
	if s := status(t, w, "a"); s.Charged != 1 || s.Reserved != 0 {
		t.Errorf("after withheld: %+v", s)
	}
	w.Complete(t, w.Label(t, engine.Digest(old.ID)))
	if s := status(t, w, "a"); s.Charged != 1 || s.Reserved != 0 {
		t.Errorf("charged twice: %+v", s)
	}

	w = offered.Fork() // accused: under the new sealing only
	w.Complete(t, label)
	w.Release(t, label)
	w.OK(t, "bank", kind(message.KindAccusation), w.Accuse(t, label, "tax/vat"))
	scoringtest.Refused(t, retry(w, model), ledger.CodeSuspended, "after an accusation the version is asked under a new sealing")
	scoringtest.Taken(t, retry(w, again))

	w = offered.Fork() // revoked: no retry
	scoringtest.Taken(t, w.Revoke(t, "a"))
	scoringtest.Refused(t, retry(w, model), ledger.CodePhase, "the last attempt is one that may be retried")
}

// A model over the sources of a holder that cannot speak is not asked: nobody would be left but to be named.
func TestSuspendedHoldersAreNotAsked(t *testing.T) {
	w := scoringtest.Offered(t)
	model := modelOf(t, 0)
	w.Give(t, "a", 1)
	w.Suspend(t, "tax")
	scoringtest.Refused(t, w.Send(t, "bank", kind(message.KindRequest), scoringtest.Request(model, "a")), ledger.CodeSuspended,
		"every member that it rests on can speak")
}
