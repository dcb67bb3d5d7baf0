package consortium

import (
	"testing"

	"weir/engine"
	"weir/engine/message"
	"weir/engine/proof"
	"weir/engine/receipt"
	"weir/testdata/sample"
)

// A score of real parties on a real ledger, with real proofs, leaves a receipt that anybody verifies offline.
func TestAScoreLeavesAReceipt(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds of proving")
	}
	c := provenConsortium(t)
	id, err := engine.ParseIdentifier(engine.USCC, sample.UnknownToUtility)
	if err != nil {
		t.Fatal(err)
	}
	score, err := c.Score(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	trust := &receipt.Trust{Trust: *c.chain.trust}
	for _, k := range c.proofs.Registered() {
		trust.VerifyingKeys = append(trust.VerifyingKeys, receipt.VerifyingKey{Circuit: k.Name, ID: k.ID, Origin: k.Origin})
	}
	view, err := receipt.NewView(c.chain.Machine, trust)
	if err != nil {
		t.Fatal(err)
	}
	requests, err := view.Find(t.Context(), message.KindRequest, "")
	if err != nil || len(requests) != 1 {
		t.Fatalf("%d requests, %v", len(requests), err)
	}
	r, err := c.bank.Receipt(t.Context(), view, engine.RequestID(requests[0]))
	if err != nil {
		t.Fatal(err)
	}
	file := r.Encode()
	report := receipt.Verify(file, trust, proof.ContributionJudge)
	for _, check := range report.Checks {
		if !check.OK {
			t.Errorf("%s: %s", check.Name, check.Why)
		}
	}
	if len(file) > 128<<10 {
		t.Errorf("%d bytes, want at most 128 KiB", len(file))
	}
	if !report.Verified() || report.Facts.Score == nil || *report.Facts.Score != score.Reference || !report.Development {
		t.Errorf("%+v", report.Facts)
	}
	t.Logf("%d bytes", len(file))
}
