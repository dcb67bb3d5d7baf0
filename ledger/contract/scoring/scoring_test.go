package scoring_test

import (
	"crypto/rand"
	"testing"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/board"
	"weir/ledger/contract/internal/scoringtest"
	"weir/ledger/contract/scoring"
	"weir/ledger/contract/tasks"
	"weir/ledger/ledgertest"
	"weir/ledger/machine"
)

// The whole set on a machine, with signatures: blocks are replayed to the same state, and a reader finds on it what stood
// on a board.
func TestLedgerIsFoundedAndReplayed(t *testing.T) {
	set, err := scoring.Contracts(scoringtest.Rules(t))
	if err != nil {
		t.Fatal(err)
	}
	config := machine.Config{Store: new(ledgertest.Memory), Contracts: set, Verifier: scoringtest.Verifier{}, Random: rand.Reader}
	m, err := machine.Found(config, machine.Founding{Chain: scoringtest.Chain, Time: ledgertest.Began, Proposer: ledgertest.Sequencer,
		Document: scoringtest.Genesis().Encode()})
	if err != nil {
		t.Fatal(err)
	}
	send := func(from string, sequence uint64, kind ledger.Kind, body any) *ledger.Tx {
		return ledgertest.Tx(from, sequence, kind, string(canonical.Encode(body)))
	}
	records := send("tax", 0, "records", scoringtest.Records(t, "tax/vat", "2026-10", 0, 1))
	ledgertest.Run(t, m, records, send("bank", 0, "model", scoringtest.Package(t, 0)))
	key := ledgertest.Key("consent a")
	terms := (&scoringtest.World{Time: ledgertest.Began}).Terms(1)
	body, from := scoringtest.Consent("a", terms)
	consent := ledger.Draft{Chain: "test", Kind: "consent", Sender: from, Expiry: 9, Body: body}.Sign(key)
	request := send("bank", 1, "request", scoringtest.Request(engine.Digest{}, "a"))
	o := ledgertest.Run(t, m, consent, request)
	scoringtest.Refused(t, o.Results[1], ledger.CodeUnknown, "the model stands on the ledger")

	found, err := m.Query(board.Name, "find", canonical.Encode(board.Place{Kind: "records", Key: message.RecordsKey("tax/vat")}))
	var entries []board.Entry
	if err == nil {
		err = canonical.Decode(found, contract.MaxValue, &entries)
	}
	if err != nil || len(entries) != 1 || entries[0].Tx != records.ID() {
		t.Errorf("found %+v, %v", entries, err)
	}
	again := config
	again.Store = new(ledgertest.Memory)
	replayed, err := machine.Replay(m, again)
	if err != nil {
		t.Fatal(err)
	}
	if replayed.Head().State != m.Head().State {
		t.Error("replayed to another state")
	}
}

func TestRulesThatSettleNothing(t *testing.T) {
	if _, err := scoring.Contracts(tasks.Rules{}); err == nil {
		t.Error("accepted")
	}
}

var kinds = []ledger.Kind{"period-key", "encapsulation", "pair-ok", "records", "model", "approval", "suspend", "retire", "consent",
	"revocation", "request", "retry", "commit", "declined", "anchor", "released", "missing", "answer", "settlement", "accusation", "expire",
	"rotate-key", "revoke-key", "propose", "vote", "deposit", "grant", "withdraw", "hand-over"}

// Whatever the bytes and whoever the sender, a contract refuses with a clause and breaks none of its own rules.
func FuzzBodies(f *testing.F) {
	world := scoringtest.Offered(f)
	model := scoringtest.Read(f, scoringtest.Package(f, 0)).ModelDigest
	label := world.Open(f, model, "a", 1)
	world.Give(f, "b", 1)
	for _, body := range []any{scoringtest.Records(f, "tax/vat", "2026-10", 1, 1), scoringtest.Request(model, "b"), world.Proven(f, scoringtest.Commit(label, "tax/vat")),
		inquiry.Expire{Label: label}, inquiry.Retry{Label: label, Model: model}, inquiry.Answer{Label: label, Party: "tax/vat"}, world.Released(label, "tax/vat", "sequencer"),
		scoringtest.Anchor(f, label, 9, "sequencer", "witness"), scoringtest.Settlement(f, label, "bank", 0), []any{}, "text", nil} {
		for i := range kinds {
			f.Add(uint8(i), canonical.Encode(body))
		}
	}
	f.Fuzz(func(t *testing.T, kind uint8, body []byte) {
		if len(body) > ledger.MaxTx {
			t.Skip()
		}
		for _, from := range []engine.Name{"tax", "bank", "supervisor", "nobody"} {
			r := world.Fork().Send(t, from, kinds[int(kind)%len(kinds)], body)
			if !r.OK() && (len(r.Clauses) == 0 || r.Why == "") {
				t.Errorf("refused without a clause: %+v", r)
			}
		}
	})
}

// What one transaction of each kind costs the judge, without the proof systems.
func BenchmarkJudge(b *testing.B) {
	offered := scoringtest.Offered(b)
	model := scoringtest.Read(b, scoringtest.Package(b, 0)).ModelDigest
	offered.Give(b, "a", 1)
	opened := offered.Fork()
	label := opened.Label(b, opened.OK(b, "bank", "request", scoringtest.Request(model, "a")).Tx)
	commit := opened.Proven(b, scoringtest.Commit(label, "tax/vat"))
	released := opened.Fork()
	released.Complete(b, label)
	released.Release(b, label)
	for _, c := range []struct {
		kind  ledger.Kind
		from  engine.Name
		world *scoringtest.World
		body  any
	}{
		{"request", "bank", offered, scoringtest.Request(model, "a")}, {"commit", "tax", opened, commit},
		{"model", "bank", scoringtest.Found(b), scoringtest.Package(b, 0)}, {"accusation", "bank", released, released.Accuse(b, label, "tax/vat")},
		{"settlement", "bank", released, scoringtest.Settlement(b, label, "bank", 0)},
	} {
		b.Run("kind="+string(c.kind), func(b *testing.B) {
			body := canonical.Encode(c.body)
			b.ReportAllocs()
			for b.Loop() {
				scoringtest.Taken(b, c.world.Fork().Send(b, c.from, c.kind, body))
			}
			b.ReportMetric(float64(len(body)), "body-bytes")
		})
	}
}
