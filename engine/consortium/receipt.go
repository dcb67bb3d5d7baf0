package consortium

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"weir/engine"
	"weir/engine/proof"
	"weir/engine/receipt"
)

// TrustFile is the name of the trust file beside the receipts.
const TrustFile = "trust.json"

// writeReceipt writes the receipt of a settled request, reads it back, and checks all of it as anybody would.
func (c *Consortium) writeReceipt(id engine.RequestID, r *receipt.Receipt, score *Score) error {
	if c.WhyNot() != "" {
		return nil
	}
	start := time.Now()
	defer func() { c.phases["verify receipt"] += time.Since(start) }()
	path := filepath.Join(c.options.Receipts, id.String()[:16]+".receipt")
	if err := os.WriteFile(path, r.Encode(), 0o600); err != nil {
		return fmt.Errorf("write receipt: %w", err)
	}
	written, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read receipt again: %w", err)
	}
	report := receipt.Verify(written, c.trust(), proof.ContributionJudge)
	score.Receipt, score.Verified = path, report.Verified() && report.Facts != nil
	if failed := report.Failed(); failed != nil {
		score.WhyNot = fmt.Sprintf("the receipt fails %s: %s", failed.Name, failed.Why)
	}
	return nil
}

// trust is whose word a reader of this consortium's receipts has to take.
func (c *Consortium) trust() *receipt.Trust {
	t := &receipt.Trust{Trust: *c.chain.trust}
	for _, registered := range c.genesis.Circuits {
		t.VerifyingKeys = append(t.VerifyingKeys, receipt.VerifyingKey{Circuit: registered.Name, ID: registered.ID, Origin: registered.Origin})
	}
	return t
}

// writeTrust writes the trust file beside the receipts.
func (c *Consortium) writeTrust() error {
	if c.WhyNot() != "" {
		return nil
	}
	if err := os.MkdirAll(c.options.Receipts, 0o700); err != nil {
		return fmt.Errorf("folder of receipts: %w", err)
	}
	if err := os.WriteFile(c.Trust(), c.trust().Encode(), 0o644); err != nil {
		return fmt.Errorf("write trust file: %w", err)
	}
	return nil
}

// Trust is the trust file, or nothing where no receipts are written.
func (c *Consortium) Trust() string {
	if c.WhyNot() != "" {
		return ""
	}
	return filepath.Join(c.options.Receipts, TrustFile)
}
