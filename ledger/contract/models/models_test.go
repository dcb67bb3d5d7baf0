package models_test

import (
	"slices"
	"testing"

	"weir/engine"
	"weir/engine/message"
	"weir/engine/model"
	"weir/engine/offer"
	"weir/ledger"
	"weir/ledger/contract/internal/scoringtest"
	"weir/ledger/contract/models"
)

const (
	kindModel    = message.KindModel
	kindApproval = message.KindApproval
)

func status(t *testing.T, w *scoringtest.World, d engine.Digest) (s models.Status) {
	t.Helper()
	w.Ask(t, models.Name, "sealing", d, &s)
	return s
}

// A02, A03: forms and policy, each rule named.
func TestPackagesRefused(t *testing.T) {
	found := scoringtest.Found(t)
	const form = "a package is a version with a commitment to each of its points"
	for name, c := range map[string]struct {
		from   engine.Name
		spoil  func(p *offer.Package, v *model.Version)
		code   ledger.Code
		clause string
	}{
		"by a holder":      {"tax", func(*offer.Package, *model.Version) {}, ledger.CodeUnauthorised, "the sender's role allows the transaction"},
		"by another bank":  {"bank2", func(*offer.Package, *model.Version) {}, ledger.CodeUnauthorised, "a bank seals its own models, for this chain"},
		"another chain":    {"bank", func(_ *offer.Package, v *model.Version) { v.Chain = "other" }, ledger.CodeUnauthorised, "a bank seals its own models, for this chain"},
		"a slice less":     {"bank", func(p *offer.Package, _ *model.Version) { p.Slices = p.Slices[:2] }, ledger.CodeMalformed, form},
		"another key":      {"bank", func(p *offer.Package, _ *model.Version) { p.Slices[1].B[0] ^= 1 }, ledger.CodeMalformed, form},
		"no point":         {"bank", func(p *offer.Package, _ *model.Version) { p.Slices[1].W[7] = [32]byte{} }, ledger.CodeMalformed, form},
		"too many bits":    {"bank", func(_ *offer.Package, v *model.Version) { v.Resolution = 11 }, ledger.CodeTerms, "the version keeps the consortium's policy"},
		"one holder":       {"bank", func(_ *offer.Package, v *model.Version) { oneHolder(v) }, ledger.CodeTerms, "the version keeps the consortium's policy"},
		"one that is none": {"bank", func(p *offer.Package, _ *model.Version) { p.Sealing = 1 }, ledger.CodeUnknown, "a version begins with sealing 0"},
	} {
		t.Run(name, func(t *testing.T) {
			p, v := scoringtest.Package(t, 0), scoringtest.Version(t)
			c.spoil(p, v)
			p.Version = v.Encode()
			scoringtest.Refused(t, found.Fork().Send(t, c.from, kindModel, p), c.code, c.clause)
		})
	}
}

func oneHolder(v *model.Version) {
	for i, party := range []engine.PartyID{"tax/a", "tax/b", "tax/c"} {
		v.Slices[i].Party = party
	}
}

func TestSealingsOfAVersion(t *testing.T) {
	w := scoringtest.Found(t)
	first, later := scoringtest.Package(t, 0), scoringtest.Package(t, 1)
	w.OK(t, "bank", kindModel, first)
	scoringtest.Refused(t, w.Send(t, "bank", kindModel, first), ledger.CodeConflict, "a version has one sealing 0")
	other := scoringtest.Package(t, 0)
	other.Slices[0].C0[0] ^= 1
	scoringtest.Refused(t, w.Send(t, "bank", kindModel, other), ledger.CodeConflict, "a version has one sealing 0")
	v := scoringtest.Version(t)
	v.Slices[0].Edges[0][1]++
	other.Version = v.Encode()
	scoringtest.Refused(t, w.Send(t, "bank", kindModel, other), ledger.CodeConflict, "a bank gives a name and version once")

	const same = "a later sealing carries the points of sealing 0"
	unproven := *later
	unproven.Same = [][]byte{}
	scoringtest.Refused(t, w.Send(t, "bank", kindModel, unproven), ledger.CodeUnproven, same)
	moved := *later
	moved.Slices = slices.Clone(later.Slices)
	moved.Slices[2].W[255] = moved.Slices[2].W[254]
	scoringtest.Refused(t, w.Send(t, "bank", kindModel, moved), ledger.CodeUnproven, same)
	skipped := *later
	skipped.Sealing = 2
	scoringtest.Refused(t, w.Send(t, "bank", kindModel, skipped), ledger.CodeConflict, "sealings are numbered without a gap, each number once")
	w.OK(t, "bank", kindModel, later)
	scoringtest.Refused(t, w.Send(t, "bank", kindModel, later), ledger.CodeConflict, "sealings are numbered without a gap, each number once")

	a, b := scoringtest.Read(t, first), scoringtest.Read(t, later)
	if s := status(t, w, b.ModelDigest); s.Approved || s.Sealing.Number != 1 || s.Sealing.Version != a.VersionDigest {
		t.Errorf("%+v", s)
	}
	scoringtest.Refused(t, w.Send(t, "supervisor", kindApproval, offer.Approval{Model: b.ModelDigest}), ledger.CodeConflict, "sealing 0 of a version is approved")
	w.Approve(t, a.ModelDigest)
	for _, d := range []engine.Digest{a.ModelDigest, b.ModelDigest} {
		if !status(t, w, d).Approved {
			t.Error("approvals of sealing 0 hold for the version")
		}
	}
}

func TestEveryApprovalIsNeededAndCountedOnce(t *testing.T) {
	w := scoringtest.Found(t)
	p := scoringtest.Package(t, 0)
	d := scoringtest.Read(t, p).ModelDigest
	approve := func(from engine.Name, party engine.PartyID) *ledger.Result {
		return w.Send(t, from, kindApproval, offer.Approval{Model: d, Party: party})
	}
	scoringtest.Refused(t, approve("tax", "tax/vat"), ledger.CodeUnknown, "the model stands on the ledger")
	w.OK(t, "bank", kindModel, p)
	scoringtest.Refused(t, approve("bank", ""), ledger.CodeUnauthorised, "the sender's role allows the transaction")
	scoringtest.Refused(t, approve("tax", "power/meter"), ledger.CodeUnauthorised, "a holder speaks for its own sources only")
	scoringtest.Refused(t, approve("tax", ""), ledger.CodeMalformed, "a party is holder/source")
	scoringtest.Refused(t, approve("tax", "tax/other"), ledger.CodeConflict, "each party and supervisor approves once")
	scoringtest.Refused(t, approve("supervisor", "tax/vat"), ledger.CodeUnauthorised, "a supervisor approves for itself")
	for _, a := range []struct {
		from  engine.Name
		party engine.PartyID
	}{{"tax", "tax/vat"}, {"supervisor", ""}, {"power", "power/meter"}, {"social", "social/staff"}} {
		if status(t, w, d).Approved {
			t.Errorf("approved before %s", a.from)
		}
		scoringtest.Taken(t, approve(a.from, a.party))
		scoringtest.Refused(t, approve(a.from, a.party), ledger.CodeConflict, "each party and supervisor approves once")
	}
	if !status(t, w, d).Approved {
		t.Error("not approved by all")
	}
}

func TestSuspensionAndRetirement(t *testing.T) {
	w := scoringtest.Offered(t)
	d, version := scoringtest.Read(t, scoringtest.Package(t, 0)).ModelDigest, scoringtest.Version(t).Digest()
	scoringtest.Refused(t, w.Send(t, "bank", models.KindSuspend, models.Suspension{Version: version}), ledger.CodeUnauthorised, "the sender's role allows the transaction")
	scoringtest.Refused(t, w.Send(t, "supervisor", models.KindSuspend, models.Suspension{}), ledger.CodeUnknown, "the version stands on the ledger")
	lift := models.Suspension{Version: version, Lift: true}
	scoringtest.Refused(t, w.Send(t, "supervisor", models.KindSuspend, lift), ledger.CodeConflict, "what is in force is suspended, what is suspended is lifted")
	w.OK(t, "supervisor", models.KindSuspend, models.Suspension{Version: version})
	at := w.Time.UnixMilli()
	if s := status(t, w, d); !s.Suspended || !slices.Equal(s.Halts, []int64{at}) {
		t.Errorf("%+v", s)
	}
	if first, halted := (&models.Status{Halts: []int64{3, 5}}).HaltedSince(4); !halted || first != 5 {
		t.Error("the first halt since a time")
	}
	w.Later(5)
	w.OK(t, "supervisor", models.KindSuspend, lift)
	if s := status(t, w, d); s.Suspended || !slices.Equal(s.Halts, []int64{at}) {
		t.Errorf("%+v", s)
	}
	scoringtest.Refused(t, w.Send(t, "bank2", models.KindRetire, models.Retirement{Model: d}), ledger.CodeUnauthorised, "a bank retires its own sealings")
	scoringtest.Refused(t, w.Send(t, "bank", models.KindRetire, models.Retirement{}), ledger.CodeUnknown, "the model stands on the ledger")
	w.OK(t, "bank", models.KindRetire, models.Retirement{Model: d})
	scoringtest.Refused(t, w.Send(t, "bank", models.KindRetire, models.Retirement{Model: d}), ledger.CodeConflict, "a sealing is retired once")
	if s := status(t, w, d); !s.Retired || !slices.Equal(s.Halts, []int64{at, at + 5}) {
		t.Errorf("%+v", s)
	}
}

// A sealing is retired by an accusation that the scheduler judged, not by whoever asks.
func TestReadersDoNotRetire(t *testing.T) {
	w := scoringtest.Offered(t)
	d := scoringtest.Read(t, scoringtest.Package(t, 0)).ModelDigest
	w.AskRefused(t, models.Name, "accused", d, ledger.CodeUnauthorised)
	w.AskRefused(t, models.Name, "table", models.TableOf{Model: d, Party: "tax/other"}, ledger.CodeUnknown)
	w.AskRefused(t, models.Name, "table", models.TableOf{Model: d, Party: "tax"}, ledger.CodeUnknown)
	w.AskRefused(t, models.Name, "sealing", engine.Digest{}, ledger.CodeUnknown)
}
