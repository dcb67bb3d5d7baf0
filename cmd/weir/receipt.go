package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"weir/circuits"
	"weir/engine/consent"
	"weir/engine/proof"
	"weir/engine/receipt"
)

func newReceiptCommand(c *console) *cobra.Command {
	root := &cobra.Command{
		Use:   "receipt",
		Short: "Verify, read and close the receipts of scores",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.AddCommand(newReceiptVerifyCommand(c), newReceiptShowCommand(c), newReceiptCloseCommand(c), newReceiptBandCommand(c))
	return root
}

// receiptVerification is one run of weir receipt verify.
type receiptVerification struct {
	*console
	trust, modelPackage, band string // files
	development               bool
}

func newReceiptVerifyCommand(c *console) *cobra.Command {
	v := &receiptVerification{console: c}
	cmd := &cobra.Command{
		Use:   "verify FILE --trust FILE",
		Short: "Check a receipt offline, against the keys that you trust",
		Long: `Check a receipt offline: that the ledger's history is signed by whom the trust file names, that an enterprise's consent
allowed the score, that the model was approved, that every contribution is proven from the committed records, and that the
score shown, if any, is what was committed to. One line for each check, then the verdict.

--model-package checks the proofs of the sealed model too, which otherwise count by their approvals; it needs the keys of
the model circuit in the key cache. --band checks that a band file holds for this receipt.

Under development keys, whoever made them can forge: the verdict says so, and counts as verified only with
--allow-development-keys.

Exit status: 0 verified, 1 not verified, 2 bad usage or a file that cannot be read.`,
		Example: "  weir receipt verify score-1.receipt --trust trust.json\n" +
			"  weir receipt verify closed.receipt --trust trust.json --band at-least-600.band",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return v.run(cmd.Context(), args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVar(&v.trust, "trust", "", "trust.json: whose signatures and which verifying keys count")
	flags.BoolVar(&v.development, "allow-development-keys", false, "accept keys that one party made, and that this party can forge under")
	flags.StringVar(&v.modelPackage, "model-package", "", "also check the proofs of this sealed model")
	flags.StringVar(&v.band, "band", "", "also check this band file")
	cmd.MarkFlagRequired("trust")
	return cmd
}

// receiptResult is what weir receipt verify --json prints.
type receiptResult struct {
	File        string          `json:"file"`
	Verified    bool            `json:"verified"` // every check holds
	Development bool            `json:"development_keys"`
	Verdict     string          `json:"verdict"`
	Checks      []receipt.Check `json:"checks"`
	Facts       *receipt.Facts  `json:"facts"` // null for what is no receipt
	Band        *bandFacts      `json:"band"`  // null without --band
}

func (v *receiptVerification) run(ctx context.Context, name string) error {
	b, err := readBounded(name, receipt.MaxReceipt)
	if err != nil {
		return badInput(err)
	}
	trust, err := openTrust(v.trust)
	if err != nil {
		return badInput(err)
	}
	report := receipt.Verify(b, trust, proof.ContributionJudge)
	result := &receiptResult{File: name, Facts: report.Facts}
	if v.modelPackage != "" {
		check, err := v.checkPackage(ctx, report.Facts, trust)
		if err != nil {
			return badInput(err)
		}
		report.Checks = append(report.Checks, check)
	}
	if v.band != "" {
		check, facts, err := checkBand(v.band, b)
		if err != nil {
			return badInput(err)
		}
		result.Band = facts
		report.Checks = append(report.Checks, check)
	}
	result.Checks, result.Verified, result.Development = report.Checks, report.Verified(), report.Development
	result.Verdict = verdictOf(report)
	if err := v.print(result); err != nil {
		return err
	}
	if !result.Verified || result.Development && !v.development {
		return isFalse(nil)
	}
	return nil
}

func verdictOf(r *receipt.Report) string {
	switch failed := r.Failed(); {
	case failed != nil:
		return fmt.Sprintf("NOT verified: %s: %s", failed.Name, failed.Why)
	case r.Development:
		return "verified, DEVELOPMENT KEYS: whoever made them can forge"
	}
	return "verified"
}

func (v *receiptVerification) print(r *receiptResult) error {
	if v.json {
		return v.printJSON(r)
	}
	for _, c := range r.Checks {
		outcome := "ok    "
		if !c.OK {
			outcome = "FAILED"
		}
		v.say("%s  %-13s  %s", outcome, c.Name, c.Why)
	}
	v.say("%s", r.Verdict)
	return nil
}

func openTrust(name string) (*receipt.Trust, error) {
	f, err := openRegularFile(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return receipt.ParseTrust(f, name)
}

// checkPackage judges the proofs of the sealed model that the receipt is of, under the trusted key of the model circuit.
func (v *receiptVerification) checkPackage(ctx context.Context, facts *receipt.Facts, trust *receipt.Trust) (receipt.Check, error) {
	check := receipt.Check{Name: "model proofs", Why: receipt.ErrUnchecked.Error()}
	b, err := readBounded(v.modelPackage, proof.MaxPackageFile)
	if err != nil || facts == nil {
		return check, err
	}
	file, sealed, err := proof.DecodePackageFile(b)
	if err != nil {
		return check, fmt.Errorf("%s: %w", v.modelPackage, err)
	}
	if sealed.ModelDigest != facts.ModelDigest {
		check.Why = fmt.Sprintf("%s is of model %s, the receipt of %s", v.modelPackage, sealed.ModelDigest.Short(), facts.ModelDigest.Short())
		return check, nil
	}
	keys, err := v.trustedKeys(ctx, trust)
	if err != nil {
		return check, err
	}
	if err := keys.VerifyModel(ctx, file, sealed); err != nil {
		check.Why = err.Error()
		return check, nil
	}
	check.OK, check.Why = true, fmt.Sprintf("%d slices", len(sealed.Slices))
	return check, nil
}

// trustedKeys loads the keys that a trust file names: installed ones, or this machine's development keys where it names
// just those.
func (v *receiptVerification) trustedKeys(ctx context.Context, trust *receipt.Trust) (*proof.Keys, error) {
	if !trust.Development() && v.registry == "" {
		v.registry = v.trust
	}
	keys, err := v.loadKeys(ctx)
	if err != nil {
		return nil, err
	}
	for _, k := range keys.Registered() {
		if trusted, listed := trust.Circuit(k.Name); k.Name == string(circuits.Model) && (!listed || trusted.ID != k.ID) {
			return nil, errors.New("the key cache does not have the key of the model circuit that the trust file names")
		}
	}
	return keys, nil
}

func newReceiptShowCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use:     "show FILE",
		Short:   "What a receipt says, in plain words",
		Long:    "Print what a receipt says, in plain words. Whether it is true is for weir receipt verify.",
		Example: "  weir receipt show score-1.receipt",
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return c.showReceipt(args[0]) },
	}
}

func (c *console) showReceipt(name string) error {
	b, err := readBounded(name, receipt.MaxReceipt)
	if err != nil {
		return badInput(err)
	}
	f, err := receipt.Read(b)
	if err != nil {
		return badInput(fmt.Errorf("%s: %w", name, err))
	}
	if c.json {
		return c.printJSON(f)
	}
	c.printFacts(f)
	c.say("\nThis is what the file says. Whether it is true: weir receipt verify %s --trust trust.json", name)
	return nil
}

// purposes are a consent's purposes in plain words.
var purposes = map[consent.Purpose]string{consent.PreLoan: "before a loan", consent.InLoan: "while a loan runs", consent.PostLoan: "after a loan"}

func (c *console) printFacts(f *receipt.Facts) {
	c.say("Receipt of a credit score, number %s", f.Digest.Short())
	score := "not shown: the receipt is closed"
	if f.Score != nil {
		score = fmt.Sprintf("%d, on a range of %d to %d", *f.Shown, f.Range[0], f.Range[1])
		if *f.Shown != *f.Score {
			score += fmt.Sprintf(" (the sum is %d)", *f.Score)
		}
	}
	for _, line := range [][2]string{
		{"Score", score}, {"Beside it", besideIt(f)}, {"Asked by", string(f.Bank)}, {"Purpose", purposes[f.Purpose]},
		{"Model", fmt.Sprintf("%s, version %s; one score%s tells at most %d bits", f.Model, f.Version, withReasons(f), f.Resolution)},
		{"Approved by", fmt.Sprintf("%d: the agent of every data source, and every supervisor", f.Approvals)},
		{"Consent", fmt.Sprintf("%s…, a key made for this consent alone; it does not name the enterprise", f.Consent[:16])},
		{"Asked", moment(f.Requested)}, {"Answered by all", moment(f.Completed)}, {"Settled", moment(f.Settled)},
		{"Ledger", fmt.Sprintf("%s, %d transactions", f.Chain, f.Transactions)},
	} {
		if line[1] != "" {
			c.say("  %-16s %s", line[0], line[1])
		}
	}
	c.say("\nData sources (来源单位)")
	table := c.table("source", "period", "as of", "correction", "records committed to")
	for _, s := range f.Sources {
		table.AppendRow([]any{strings.ReplaceAll(string(s.Party), "/", " / "), s.Epoch, s.AsOf, s.Revision, s.Root.Short() + "…"})
	}
	table.Render()
}

// withReasons says what else counts in the bits.
func withReasons(f *receipt.Facts) string {
	if f.Output == consent.OutputReasons {
		return " with its reasons"
	}
	return ""
}

// besideIt is what was opened beside the score; nothing where nothing was.
func besideIt(f *receipt.Facts) string {
	switch {
	case f.Output != consent.OutputReasons:
		return ""
	case f.Score == nil:
		return "reasons, not shown: the receipt is closed"
	}
	var sums []string
	for _, s := range f.Sums {
		sums = append(sums, fmt.Sprintf("group %d: %d of at most %d", s.Group, s.Value, s.Most))
	}
	return strings.Join(sums, "; ") + "; which characteristics a group counts is for the bank to say"
}

func moment(t time.Time) string { return t.Format(time.RFC3339) }

func newReceiptCloseCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use:   "close IN OUT",
		Short: "Write a receipt without its score",
		Long: `Write the receipt without the score and what opens it: everything else stays, and stays verifiable. A closed receipt
shows that a score was made by the rules, not which one.`,
		Example: "  weir receipt close score-1.receipt closed.receipt",
		Args:    cobra.ExactArgs(2),
		RunE:    func(_ *cobra.Command, args []string) error { return c.closeReceipt(args[0], args[1]) },
	}
}

func (c *console) closeReceipt(in, out string) error {
	r, err := openReceipt(in)
	if err != nil {
		return badInput(err)
	}
	closed := r.Close()
	if err := writeWhole(out, closed.Encode()); err != nil {
		return badInput(err)
	}
	if c.json {
		return c.printJSON(map[string]any{"out": out, "digest": closed.Digest(), "was_open": r.Open()})
	}
	c.say("wrote %s, receipt %s without its score", out, closed.Digest().Short())
	return nil
}

// openReceipt reads a receipt's form.
func openReceipt(name string) (*receipt.Receipt, error) {
	b, err := readBounded(name, receipt.MaxReceipt)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", name, os.ErrNotExist)
	}
	if err != nil {
		return nil, err
	}
	r, err := receipt.Decode(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return r, nil
}
