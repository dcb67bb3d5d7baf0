package receipt_test

import (
	"math/big"
	"testing"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/inquiry"
	"weir/engine/model"
	"weir/engine/offer"
	"weir/engine/pedersen"
	"weir/engine/receipt"
	"weir/engine/receipt/receipttest"
	"weir/ledger"
	"weir/ledger/contract/tasks"
	"weir/ledger/ledgertest"
	"weir/ledger/proof"
)

// What a sequencer that helps a bank could write, with the trusted signature under it: each is caught by the named check.
func TestForgeriesOfALedger(t *testing.T) {
	s := receipttest.Settle(t, receipttest.Options{Holders: 2})
	whole := s.Receipt(t)
	if report := receipt.Verify(receipttest.Forge(t, whole).Sign(t), s.Trust, receipttest.Verifier); !report.Verified() {
		t.Fatalf("a ledger written anew does not verify: %+v", report.Failed())
	}
	for name, c := range map[string]struct {
		check receipt.Name
		forge func(f *receipttest.Forged)
	}{
		"a member's signature by another": {"signatures", func(f *receipttest.Forged) {
			f.Resend("approval", 0, "h1", ledgertest.Key("bank"))
		}},
		"an approval of nobody": {"signatures", func(f *receipttest.Forged) {
			f.Resend("approval", 0, "stranger", ledgertest.Key("stranger"))
		}},
		"a refused commit": {"results", func(f *receipttest.Forged) { f.Result("commit", 0).Code = ledger.CodeUnproven }},
		"a contract of another name": {"results", func(f *receipttest.Forged) {
			f.Result("approval", 0).Contract = "records@1.0.0"
		}},
		"a commit judged under another key": {"keys", func(f *receipttest.Forged) { f.Result("commit", 0).Keys[0] = engine.Digest{1} }},
		"a commit judged under no key":      {"keys", func(f *receipttest.Forged) { f.Result("commit", 1).Keys = nil }},
		"terms for another bank":            {"consent", terms(func(p *consent.Terms) { p.Bank = "other" })},
		"terms for another purpose":         {"consent", terms(func(p *consent.Terms) { p.Purpose = consent.PostLoan })},
		"terms for another model":           {"consent", terms(func(p *consent.Terms) { p.Model = "other" })},
		"terms of fewer bits":               {"consent", terms(func(p *consent.Terms) { p.Resolution = 9 })},
		"terms that ended before the score": {"consent", terms(func(p *consent.Terms) { p.NotAfter = ledgertest.Began.Unix() })},
		"a consent that its key did not sign": {"consent", func(f *receipttest.Forged) {
			receipttest.Edit(f, "consent", 0, func(p *consent.Public) { p.Signature[3] ^= 1 })
		}},
		"a consent under another key": {"consent", func(f *receipttest.Forged) {
			receipttest.Edit(f, "consent", 0, func(p *consent.Public) { p.Sign(ledgertest.Key("other")) })
		}},
		"a consent sent by the bank": {"consent", func(f *receipttest.Forged) { f.Resend("consent", 0, "bank", ledgertest.Key("bank")) }},
		"a consent revoked at the last commit": {"consent", func(f *receipttest.Forged) {
			r := f.Result("commit", 1)
			r.Events[len(r.Events)-1].Data = canonical.Encode([]any{tasks.PhaseEnded, tasks.End{State: tasks.Refused, Cause: tasks.CauseRevoked}})
		}},
		"a request for reasons of a score": {"consent", func(f *receipttest.Forged) {
			receipttest.Edit(f, "request", 0, func(r *inquiry.Request) { r.Output = consent.OutputReasons })
		}},
		"a model with reasons, asked for its score": {"consent", withGroups},
		"reasons that the terms do not allow": {"consent", func(f *receipttest.Forged) {
			withGroups(f)
			receipttest.Edit(f, "request", 0, func(r *inquiry.Request) { r.Output = consent.OutputReasons })
		}},
		"another's request": {"request", func(f *receipttest.Forged) { f.Resend("request", 0, "h1", ledgertest.Key("h1")) }},
		"a request of attempt 1": {"request", func(f *receipttest.Forged) {
			receipttest.Edit(f, "request", 0, func(r *inquiry.Request) { r.Attempt = 1 })
		}},
		"a request for another model": {"model", func(f *receipttest.Forged) {
			receipttest.Edit(f, "request", 0, func(r *inquiry.Request) { r.Model[0] ^= 1 })
		}},
		"a request with a root less": {"model", func(f *receipttest.Forged) {
			receipttest.Edit(f, "request", 0, func(r *inquiry.Request) { r.Roots = r.Roots[:1] })
		}},
		"another point in the model": {"model", func(f *receipttest.Forged) {
			receipttest.Edit(f, "model", 0, func(p *offer.Package) { p.Slices[0].W[8] = p.Slices[0].W[9] })
		}},
		"no point in the model": {"model", func(f *receipttest.Forged) {
			receipttest.Edit(f, "model", 0, func(p *offer.Package) { p.Slices[0].W[8][3] ^= 1 })
		}},
		"another base": {"model", func(f *receipttest.Forged) {
			receipttest.Edit(f, "model", 0, func(p *offer.Package) {
				v, _ := model.DecodeVersion(p.Version)
				v.BaseC = pedersen.CommitSmall([pedersen.Groups]int64{900}, big.NewInt(77)).Encode()
				p.Version = v.Encode()
			})
		}},
		"a model that a holder published": {"model", func(f *receipttest.Forged) { f.Resend("model", 0, "h1", ledgertest.Key("h1")) }},
		"an approval less":                {"approvals", func(f *receipttest.Forged) { f.Drop("approval", 1) }},
		"the supervisor's missing":        {"approvals", func(f *receipttest.Forged) { f.Drop("approval", 2) }},
		"an approval of another model": {"approvals", func(f *receipttest.Forged) {
			receipttest.Edit(f, "approval", 0, func(a *offer.Approval) { a.Model[0] ^= 1 })
		}},
		"a holder who approves for another": {"approvals", func(f *receipttest.Forged) {
			f.Resend("approval", 0, "h2", ledgertest.Key("h2"))
		}},
		"the bank approves as supervisor": {"approvals", func(f *receipttest.Forged) {
			f.Resend("approval", 2, "bank", ledgertest.Key("bank"))
		}},
		"another root": {"roots", func(f *receipttest.Forged) {
			receipttest.Edit(f, "records", 0, func(r *offer.Records) { r.Root[31] ^= 1 })
		}},
		"another schema": {"roots", func(f *receipttest.Forged) {
			var other []byte
			receipttest.Edit(f, "records", 1, func(r *offer.Records) { other = r.Schema })
			receipttest.Edit(f, "records", 0, func(r *offer.Records) { r.Schema = other })
		}},
		"records by another holder": {"roots", func(f *receipttest.Forged) { f.Resend("records", 0, "h2", ledgertest.Key("h2")) }},
		"one party's records twice": {"roots", func(f *receipttest.Forged) {
			var first offer.Records
			receipttest.Edit(f, "records", 0, func(r *offer.Records) { first = *r })
			receipttest.Edit(f, "records", 1, func(r *offer.Records) { *r = first })
			f.Resend("records", 1, "h1", ledgertest.Key("h1"))
		}},
		"a commit to another label": {"label", func(f *receipttest.Forged) {
			receipttest.Edit(f, "commit", 0, func(c *inquiry.Commit) { c.Label[0] ^= 1 })
		}},
		"another tag": {"label", func(f *receipttest.Forged) {
			receipttest.Edit(f, "consent", 0, func(p *consent.Public) { p.Tag[31] ^= 1; p.Sign(ledgertest.Key("consent")) })
		}},
		"a commit of the other party's": {"contexts", func(f *receipttest.Forged) {
			receipttest.Edit(f, "commit", 0, func(c *inquiry.Commit) { c.Party = "h2/s2" })
		}},
		"a partner who is none": {"contexts", func(f *receipttest.Forged) {
			receipttest.Edit(f, "commit", 0, func(c *inquiry.Commit) { c.Masks[0].Partner = "h3/s3" })
		}},
		"a commitment that is no point": {"contexts", func(f *receipttest.Forged) {
			receipttest.Edit(f, "commit", 0, func(c *inquiry.Commit) { c.C[3] ^= 1 })
		}},
		"masks that do not cancel": {"masks", func(f *receipttest.Forged) {
			receipttest.Edit(f, "commit", 0, func(c *inquiry.Commit) { c.Masks[0].P = pedersen.TimesH(big.NewInt(9)).Encode() })
		}},
		"another commitment": {"proofs", func(f *receipttest.Forged) {
			receipttest.Edit(f, "commit", 0, func(c *inquiry.Commit) { c.C = pedersen.TimesH(big.NewInt(9)).Encode() })
		}},
		"another response": {"proofs", func(f *receipttest.Forged) {
			receipttest.Edit(f, "commit", 0, func(c *inquiry.Commit) { c.Response[0] ^= 1 })
		}},
		"no proof": {"proofs", func(f *receipttest.Forged) {
			receipttest.Edit(f, "commit", 0, func(c *inquiry.Commit) { c.Proof = []byte{} })
		}},
		"storage of another response": {"released", func(f *receipttest.Forged) {
			receipttest.Edit(f, "commit", 0, func(c *inquiry.Commit) { c.Response[0] ^= 1 })
		}},
		"an anchor that anchored nothing": {"released", func(f *receipttest.Forged) { f.Result("anchor", 0).Events = nil }},
		"a settlement without knowledge": {"settlement", func(f *receipttest.Forged) {
			receipttest.Edit(f, "settlement", 0, func(s *inquiry.Settlement) { s.Proof[40] ^= 1 })
		}},
		"a settlement by another": {"settlement", func(f *receipttest.Forged) {
			f.Resend("settlement", 0, "h1", ledgertest.Key("h1"))
		}},
		"a settlement that settled nothing": {"settlement", func(f *receipttest.Forged) { f.Result("settlement", 0).Events = nil }},
		"no settlement":                     {"format", func(f *receipttest.Forged) { f.Drop("settlement", 0) }},
		"a commit less":                     {"format", func(f *receipttest.Forged) { f.Drop("commit", 0) }},
	} {
		f := receipttest.Forge(t, whole)
		c.forge(f)
		mustFail(t, name, receipt.Verify(f.Sign(t), s.Trust, receipttest.Verifier), c.check)
	}
}

// withGroups puts a group beside the score of the model.
func withGroups(f *receipttest.Forged) {
	receipttest.Edit(f, "model", 0, func(p *offer.Package) {
		v, _ := model.DecodeVersion(p.Version)
		v.Groups = 3
		p.Version = v.Encode()
	})
}

func terms(change func(*consent.Terms)) func(f *receipttest.Forged) {
	return func(f *receipttest.Forged) {
		receipttest.Edit(f, "consent", 0, func(p *consent.Public) {
			change(&p.Terms)
			p.Sign(ledgertest.Key("consent"))
		})
	}
}

// mustFail fails the test unless a check of that name does not hold.
func mustFail(t *testing.T, name string, report *receipt.Report, check receipt.Name) {
	t.Helper()
	for _, c := range report.Checks {
		if c.Name == check && !c.OK && c.Why != receipt.ErrUnchecked.Error() {
			return
		}
	}
	t.Errorf("%s: check %s does not fail; the first that fails is %+v", name, check, report.Failed())
}

// A08: numbers that do not open what was committed to, and numbers over another base.
func TestOpeningsThatAreNone(t *testing.T) {
	s := receipttest.Settle(t, receipttest.Options{Holders: 2})
	r := s.Receipt(t)
	order := pedersen.Order()
	for name, change := range map[string]func(o *receipt.Opening){
		"one point more":   func(o *receipt.Opening) { o.Sums[0]++ },
		"another group":    func(o *receipt.Opening) { o.Sums[3]++ },
		"another blinding": func(o *receipt.Opening) { o.Blinding[31] ^= 1 },
		"another base": func(o *receipt.Opening) {
			*o = *receipt.NewOpening([4]int64{o.Sums[0] - 320}, 321, big.NewInt(0), big.NewInt(77))
		},
		"without the base": func(o *receipt.Opening) { o.Sums[0] -= 320 },
		"blinding plus ℓ": func(o *receipt.Opening) {
			b := new(big.Int).SetBytes(o.Blinding[:])
			b.Add(b, order).FillBytes(o.Blinding[:])
		},
		"everything zero": func(o *receipt.Opening) { *o = receipt.Opening{} },
		"blinding of ones": func(o *receipt.Opening) {
			for i := range o.Blinding {
				o.Blinding[i] = 255
			}
		},
		"a score near 2^63": func(o *receipt.Opening) { o.Sums[0] = 1<<63 - 1 },
	} {
		forged := *r
		forged.Opened = []receipt.Opening{r.Opened[0]}
		change(&forged.Opened[0])
		report := receipt.Verify(forged.Encode(), s.Trust, receipttest.Verifier)
		mustFail(t, name, report, "opening")
		if report.Failed().Name != "opening" {
			t.Errorf("%s: %s fails too", name, report.Failed().Name)
		}
	}
	twice := *r
	twice.Opened = append(twice.Opened, twice.Opened[0])
	mustFail(t, "two openings", receipt.Verify(twice.Encode(), s.Trust, receipttest.Verifier), "format")
}

// A trust file that names somebody else, and a receipt with another key.
func TestAnothersTrust(t *testing.T) {
	s := receipttest.Settle(t, receipttest.Options{Holders: 2})
	b := s.Receipt(t).Encode()
	other := ledgertest.Public("other")
	for check, change := range map[receipt.Name]func(trust *receipt.Trust){
		"chain":      func(trust *receipt.Trust) { trust.Chain = "elsewhere" },
		"checkpoint": func(trust *receipt.Trust) { trust.CheckpointKeys = []string{noteKey(t, "other", other)} },
		"witnesses": func(trust *receipt.Trust) {
			trust.Witnesses = proof.Witnesses{Need: 1, Keys: []string{witnessKey(t, "other")}}
		},
		"contracts": func(trust *receipt.Trust) { trust.ContractSets = []engine.Digest{{1}} },
		"keys": func(trust *receipt.Trust) {
			trust.VerifyingKeys = []receipt.VerifyingKey{{Circuit: "contribution", ID: engine.Digest{1}}}
		},
	} {
		trust := *s.Trust
		change(&trust)
		report := receipt.Verify(b, &trust, receipttest.Verifier)
		mustFail(t, string(check), report, check)
		if report.Failed().Name != check {
			t.Errorf("%s: %s fails before", check, report.Failed().Name)
		}
	}
	none := *s.Trust
	none.VerifyingKeys = nil
	mustFail(t, "no key listed", receipt.Verify(b, &none, receipttest.Verifier), "keys")
	origin := *s.Trust
	origin.Origin = "elsewhere"
	mustFail(t, "another log", receipt.Verify(b, &origin, receipttest.Verifier), "checkpoint")
	keyed := *s.Receipt(t)
	keyed.Key = []byte("another key")
	mustFail(t, "another key", receipt.Verify(keyed.Encode(), s.Trust, receipttest.Verifier), "keys")
}
