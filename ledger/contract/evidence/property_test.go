package evidence_test

import (
	"testing"

	"pgregory.net/rapid"

	"weir/engine"
	"weir/ledger/contract/evidence"
	"weir/ledger/contract/internal/scoringtest"
	"weir/ledger/deposit"
)

// Random deposits, grants, withdrawals and hand-overs: the ledger takes what two lists of plain facts allow, and looks up what
// they hold, in their order.
func TestEvidenceAgreesWithTheOracle(t *testing.T) {
	type granted struct {
		digest   byte
		by       engine.Name
		to       string
		withdrew bool
	}
	founded := scoringtest.Found(t)
	names := []engine.Name{"tax", "power", "bank"}
	rapid.Check(t, func(rt *rapid.T) {
		w := founded.Fork()
		var deposited []evidence.Entry
		digests := map[byte][]engine.Name{}
		var grants []*granted
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			from, digest := rapid.SampledFrom(names).Draw(rt, "from"), rapid.ByteRange(1, 3).Draw(rt, "digest")
			to := rapid.SampledFrom([]string{"bank", "tax/vat"}).Draw(rt, "to")
			has := false
			for _, name := range digests[digest] {
				has = has || name == from
			}
			var grant *granted
			for _, g := range grants {
				if g.digest == digest && g.by == from && g.to == to {
					grant = g
				}
			}
			switch rapid.IntRange(0, 3).Draw(rt, "step") {
			case 0:
				if r := put(t, w, from, digest); r.OK() == has {
					rt.Fatalf("deposit of %d by %s: %s", digest, from, r.Code)
				} else if !has {
					digests[digest] = append(digests[digest], from)
					deposited = append(deposited, evidence.Entry{Number: uint64(len(deposited)), By: from, Tx: r.Tx, Height: w.Height, Time: w.Time.UnixMilli(), Count: 1})
				}
			case 1:
				r := w.Send(t, from, deposit.KindGrant, deposit.Grant{Document: engine.Digest{digest}, Deposit: engine.Digest{digest}, To: to})
				if r.OK() != (has && grant == nil) {
					rt.Fatalf("grant of %d by %s to %s: %s", digest, from, to, r.Code)
				} else if r.OK() {
					grants = append(grants, &granted{digest: digest, by: from, to: to})
				}
			case 2:
				r := w.Send(t, from, deposit.KindWithdraw, deposit.Withdrawal{Document: engine.Digest{digest}, To: to})
				if r.OK() != (grant != nil && !grant.withdrew) {
					rt.Fatalf("withdrawal of %d by %s to %s: %s", digest, from, to, r.Code)
				} else if r.OK() {
					grant.withdrew = true
				}
			default:
				w.Later(rapid.Int64Range(1, 1000).Draw(rt, "ms"))
			}
		}
		for digest, by := range digests {
			list := lookup(t, w, engine.Digest{digest})
			if len(list) != len(by) {
				rt.Fatalf("%d deposits of %d, want %d", len(list), digest, len(by))
			}
			for i, e := range list {
				if e.By != by[i] || e != deposited[e.Number] {
					rt.Fatalf("deposit %d of %d: %+v", i, digest, e)
				}
			}
			var told []evidence.Granted
			w.Ask(t, evidence.Name, "grants", engine.Digest{digest}, &told)
			standing, want := 0, 0
			for _, g := range told {
				if g.Withdrawn == 0 {
					standing++
				}
			}
			for _, g := range grants {
				if g.digest == digest && !g.withdrew {
					want++
				}
			}
			if standing != want {
				rt.Fatalf("%d grants of %d stand, want %d", standing, digest, want)
			}
		}
	})
}
