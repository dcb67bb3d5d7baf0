package evidence_test

import (
	"strings"
	"testing"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/engine/period"
	"weir/ledger"
	"weir/ledger/contract/evidence"
	"weir/ledger/contract/internal/scoringtest"
	"weir/ledger/contract/registry"
	"weir/ledger/deposit"
)

func put(t testing.TB, w *scoringtest.World, from engine.Name, digest byte) *ledger.Result {
	t.Helper()
	return w.Send(t, from, deposit.KindDeposit, deposit.Deposit{Digest: engine.Digest{digest}, Count: 1})
}

func lookup(t testing.TB, w *scoringtest.World, digest engine.Digest) (list []evidence.Entry) {
	t.Helper()
	w.Ask(t, evidence.Name, "deposits", digest, &list)
	return list
}

// The first deposit of a digest stays the first; a later one by another stands beside it.
func TestFirstDepositWins(t *testing.T) {
	w := scoringtest.Found(t)
	first := scoringtest.Taken(t, put(t, w, "tax", 1))
	second := scoringtest.Taken(t, put(t, w, "bank", 1)) // in the same block, by a name that sorts before
	w.Later(1000)
	third := scoringtest.Taken(t, put(t, w, "registrar", 1))
	list := lookup(t, w, engine.Digest{1})
	if len(list) != 3 || list[0].Tx != first.Tx || list[0].By != "tax" || list[1].Tx != second.Tx || list[1].Height != list[0].Height || list[2].Tx != third.Tx ||
		list[2].Time != list[0].Time+1000 {
		t.Errorf("%+v", list)
	}
	scoringtest.Refused(t, put(t, w, "tax", 1), ledger.CodeConflict, "an account deposits a digest once")
	w.AskRefused(t, evidence.Name, "deposits", engine.Digest{2}, ledger.CodeUnknown)
}

func TestDepositsRefused(t *testing.T) {
	found := scoringtest.Found(t)
	const bounds = "a deposit is within its bounds"
	for name, d := range map[string]deposit.Deposit{
		"no digest":       {Count: 1},
		"of nothing":      {Digest: engine.Digest{1}},
		"a great batch":   {Digest: engine.Digest{1}, Count: deposit.MaxCount + 1},
		"the most of all": {Digest: engine.Digest{1}, Count: 1<<64 - 1},
		"a long note":     {Digest: engine.Digest{1}, Count: 1, Public: strings.Repeat("x", deposit.MaxPublic+1)},
	} {
		t.Run(name, func(t *testing.T) {
			scoringtest.Refused(t, found.Fork().Send(t, "tax", deposit.KindDeposit, d), ledger.CodeMalformed, bounds)
		})
	}
	most := deposit.Deposit{Digest: engine.Digest{1}, Count: deposit.MaxCount, Public: strings.Repeat("x", deposit.MaxPublic)}
	scoringtest.Taken(t, found.Fork().Send(t, "tax", deposit.KindDeposit, most))
	scoringtest.Refused(t, put(t, found.Fork(), "nobody", 1), ledger.CodeUnknown, "the sender is a member")
	no := canonical.Encode([]any{engine.Digest{1}, 1, "\xff", engine.Digest{}})
	scoringtest.Refused(t, found.Fork().Send(t, "tax", deposit.KindDeposit, no), ledger.CodeMalformed, "the body is the canonical encoding of what its kind carries")
}

// batch of three documents, of which the caller deposits the root.
func batch(t *testing.T) (*deposit.Batch, []engine.Digest) {
	t.Helper()
	digests := []engine.Digest{{11}, {12}, {13}}
	b, err := deposit.NewBatch(digests)
	if err != nil {
		t.Fatal(err)
	}
	return b, digests
}

func TestGrantsRefused(t *testing.T) {
	w := scoringtest.Found(t)
	scoringtest.Taken(t, put(t, w, "tax", 1))
	scoringtest.Taken(t, put(t, w, "bank2", 2))
	b, digests := batch(t)
	root := b.Deposit("")
	w.OK(t, "tax", deposit.KindDeposit, root)
	own := deposit.Grant{Document: engine.Digest{1}, Deposit: engine.Digest{1}, To: "bank"}
	of := func(f func(*deposit.Grant)) deposit.Grant { g := own; f(&g); return g }
	for name, c := range map[string]struct {
		from   engine.Name
		grant  deposit.Grant
		code   ledger.Code
		clause string
	}{
		"by another":               {"bank", own, ledger.CodeUnauthorised, "a depositor grants what it deposited"},
		"by another depositor":     {"bank2", own, ledger.CodeUnauthorised, "a depositor grants what it deposited"},
		"of another's, by a trick": {"bank2", of(func(g *deposit.Grant) { g.Deposit = engine.Digest{2} }), ledger.CodeUnproven, "the document is in the deposit"},
		"never deposited":          {"tax", of(func(g *deposit.Grant) { g.Document, g.Deposit = engine.Digest{9}, engine.Digest{9} }), ledger.CodeUnauthorised, "a depositor grants what it deposited"},
		"not in the batch":         {"tax", of(func(g *deposit.Grant) { g.Deposit, g.Place = root.Digest, b.Place(0) }), ledger.CodeUnproven, "the document is in the deposit"},
		"at another place":         {"tax", of(func(g *deposit.Grant) { g.Document, g.Deposit, g.Place = digests[1], root.Digest, b.Place(0) }), ledger.CodeUnproven, "the document is in the deposit"},
		"the root as a document":   {"tax", of(func(g *deposit.Grant) { g.Document, g.Deposit = root.Digest, root.Digest }), ledger.CodeUnproven, "the document is in the deposit"},
		"to nobody":                {"tax", of(func(g *deposit.Grant) { g.To = "nobody" }), ledger.CodeUnknown, "the sender is a member"},
		"to no name":               {"tax", of(func(g *deposit.Grant) { g.To = "a/b/c" }), ledger.CodeMalformed, "a grant is to a party or a member"},
		"to a long name":           {"tax", of(func(g *deposit.Grant) { g.To = strings.Repeat("x", 10_000) }), ledger.CodeMalformed, "a grant is to a party or a member"},
	} {
		t.Run(name, func(t *testing.T) {
			scoringtest.Refused(t, w.Fork().Send(t, c.from, deposit.KindGrant, c.grant), c.code, c.clause)
		})
	}
	w.OK(t, "tax", deposit.KindGrant, own)
	scoringtest.Refused(t, w.Send(t, "tax", deposit.KindGrant, own), ledger.CodeConflict, "a grant is given once")
	w.OK(t, "tax", deposit.KindGrant, deposit.Grant{Document: digests[1], Deposit: root.Digest, Place: b.Place(1), To: "power/meter"})
}

func TestHandOversRefused(t *testing.T) {
	const granted, keyed = "the sender has granted it", "the receiver has registered a key for the month"
	w := scoringtest.Found(t)
	scoringtest.Taken(t, put(t, w, "tax", 1))
	scoringtest.Taken(t, put(t, w, "power", 1))
	h := deposit.HandOver{Document: engine.Digest{1}, To: "bank", Month: "2026-11", Sealed: engine.Digest{7}}
	send := func(from engine.Name, h deposit.HandOver) *ledger.Result {
		return w.Send(t, from, deposit.KindHandOver, h)
	}
	scoringtest.Refused(t, send("tax", h), ledger.CodeUnauthorised, granted)
	w.OK(t, "tax", deposit.KindGrant, deposit.Grant{Document: engine.Digest{1}, Deposit: engine.Digest{1}, To: "bank"})
	scoringtest.Refused(t, send("tax", h), ledger.CodeUnknown, keyed)
	secret, err := period.NewSecret("2026-11", canonical.Stream([]byte("test"), "bank"))
	if err != nil {
		t.Fatal(err)
	}
	w.OK(t, "bank", message.KindPeriodKey, secret.Key("bank"))
	for name, c := range map[string]struct {
		from   engine.Name
		spoil  func(*deposit.HandOver)
		code   ledger.Code
		clause string
	}{
		"by its receiver":      {"bank", func(*deposit.HandOver) {}, ledger.CodeUnauthorised, granted},
		"by another depositor": {"power", func(*deposit.HandOver) {}, ledger.CodeUnauthorised, granted},
		"to another":           {"tax", func(h *deposit.HandOver) { h.To = "bank2" }, ledger.CodeUnauthorised, granted},
		"to a long name":       {"tax", func(h *deposit.HandOver) { h.To = strings.Repeat("x", 100_000) }, ledger.CodeUnauthorised, granted},
		"of another":           {"tax", func(h *deposit.HandOver) { h.Document = engine.Digest{2} }, ledger.CodeUnauthorised, granted},
		"for another month":    {"tax", func(h *deposit.HandOver) { h.Month = "2026-12" }, ledger.CodeUnknown, keyed},
		"for no month":         {"tax", func(h *deposit.HandOver) { h.Month = period.Period(strings.Repeat("x", 100_000)) }, ledger.CodeUnknown, keyed},
	} {
		t.Run(name, func(t *testing.T) {
			other := h
			c.spoil(&other)
			scoringtest.Refused(t, w.Fork().Send(t, c.from, deposit.KindHandOver, other), c.code, c.clause)
		})
	}
	scoringtest.Taken(t, send("tax", h))
	scoringtest.Refused(t, send("tax", h), ledger.CodeConflict, "a document is handed over once to a key")
	var list []evidence.Granted
	if w.Ask(t, evidence.Name, "grants", engine.Digest{1}, &list); len(list) != 1 || list[0].By != "tax" || list[0].Handed == 0 || list[0].Withdrawn != 0 {
		t.Errorf("%+v", list)
	}
	w.OK(t, "tax", deposit.KindWithdraw, deposit.Withdrawal{Document: engine.Digest{1}, To: "bank"})
	scoringtest.Refused(t, send("tax", h), ledger.CodeRevoked, "the grant is not withdrawn")
	scoringtest.Refused(t, w.Send(t, "tax", deposit.KindWithdraw, deposit.Withdrawal{Document: engine.Digest{1}, To: "bank"}), ledger.CodeRevoked, "the grant is not withdrawn")
	scoringtest.Refused(t, w.Send(t, "tax", deposit.KindGrant, deposit.Grant{Document: engine.Digest{1}, Deposit: engine.Digest{1}, To: "bank"}), ledger.CodeConflict, "a grant is given once")
}

// A suspended member deposits and grants nothing.
func TestSuspendedDepositors(t *testing.T) {
	w := scoringtest.Found(t)
	scoringtest.Taken(t, put(t, w, "tax", 1))
	w.Suspend(t, "tax")
	for kind, body := range map[ledger.Kind]any{deposit.KindDeposit: deposit.Deposit{Digest: engine.Digest{2}, Count: 1},
		deposit.KindGrant:    deposit.Grant{Document: engine.Digest{1}, Deposit: engine.Digest{1}, To: "bank"},
		deposit.KindHandOver: deposit.HandOver{Document: engine.Digest{1}, To: "bank"}, deposit.KindWithdraw: deposit.Withdrawal{To: "bank"}} {
		scoringtest.Refused(t, w.Send(t, "tax", kind, body), ledger.CodeSuspended, "the sender is not suspended")
	}
	scoringtest.Taken(t, put(t, w, "bank", 2))
	scoringtest.Refused(t, w.Send(t, "bank", deposit.KindGrant, deposit.Grant{Document: engine.Digest{2}, Deposit: engine.Digest{2}, To: "tax/vat"}),
		ledger.CodeSuspended, "every member that it rests on can speak")
	var a registry.Account
	if w.Ask(t, registry.Name, "account", "tax", &a); !a.Suspended {
		t.Errorf("%+v", a)
	}
}
