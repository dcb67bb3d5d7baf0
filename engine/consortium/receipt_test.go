package consortium

import (
	"bytes"
	"os"
	"testing"

	"weir/engine"
	"weir/engine/proof"
	"weir/engine/receipt"
	"weir/testdata/sample"
)

// A score of real parties on a real ledger, with real proofs, leaves a receipt and a trust file by which anybody verifies
// it, open or closed; a changed byte of it is seen.
func TestAScoreLeavesAReceipt(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds of proving")
	}
	c := provenConsortium(t)
	c.options.Receipts = t.TempDir()
	if err := c.writeTrust(); err != nil {
		t.Fatal(err)
	}
	id, err := engine.ParseIdentifier(engine.USCC, sample.UnknownToUtility)
	if err != nil {
		t.Fatal(err)
	}
	score, err := c.Score(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if !score.Verified || score.WhyNot != "" {
		t.Errorf("not verified: %s", score.WhyNot)
	}
	text, err := os.ReadFile(c.Trust())
	if err != nil {
		t.Fatal(err)
	}
	trust, err := receipt.ParseTrust(bytes.NewReader(text), TrustFile)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(score.Receipt)
	if err != nil {
		t.Fatal(err)
	}
	if len(file) > 128<<10 {
		t.Errorf("%d bytes, want at most 128 KiB", len(file))
	}
	report := receipt.Verify(file, trust, proof.ContributionJudge)
	if !report.Verified() || report.Facts.Score == nil || *report.Facts.Score != score.Reference || !report.Development {
		t.Errorf("%+v, %+v", report.Failed(), report.Facts)
	}
	r, err := receipt.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	if report := receipt.Verify(r.Close().Encode(), trust, proof.ContributionJudge); !report.Verified() || report.Facts.Score != nil {
		t.Errorf("closed: %+v", report.Failed())
	}
	for at := 0; at < len(file); at += len(file) / 50 {
		changed := bytes.Clone(file)
		changed[at] ^= 4
		if receipt.Verify(changed, trust, proof.ContributionJudge).Verified() {
			t.Errorf("byte %d changed, and it verifies", at)
		}
	}
}
