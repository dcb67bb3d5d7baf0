package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"weir/engine"
	"weir/ledger/deposit"
)

// evidenceVerification is one run of weir evidence verify.
type evidenceVerification struct {
	*console
	trust, roots string // files
}

func newEvidenceVerifyCommand(c *console) *cobra.Command {
	v := &evidenceVerification{console: c}
	cmd := &cobra.Command{Use: "verify FILE [CERTIFICATE] --trust FILE", Short: "Check a file against its certificate, or evidence that a ledger forked, offline",
		Long: `With a file and its certificate: check offline that the file is the one described, that its digest was deposited by whom the
certificate names, and that this stands in a ledger's history which is signed by whom the trust file names and cosigned
by as many witnesses as it asks for. One line for each check, then the verdict. It shows that the depositor deposited
this file by then; it does not show that nobody had it before. A time stamp token is carried, and judged only with
--stamp-roots.

With evidence of a fork alone (fork-….evidence): check that the ledger's own signer signed two histories which cannot both be
true, and say how long they are.

Exit status: 0 verified, 1 not verified, 2 bad usage or a file that cannot be read.`,
		Example: "  weir evidence verify contract.pdf contract.pdf.certificate --trust trust.json\n" +
			"  weir evidence verify contract.pdf contract.pdf.certificate --trust trust.json --stamp-roots authority.pem\n" +
			"  weir evidence verify court/fork-214-9f2c11ab.evidence --trust trust.json",
		Args: cobra.RangeArgs(1, 2),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				return c.verifyFork(args[0], v.trust)
			}
			return v.run(args[0], args[1])
		}}
	cmd.Flags().StringVar(&v.trust, "trust", "", "trust.json or consortium.json: whose signatures count, and how many witnesses")
	cmd.Flags().StringVar(&v.roots, "stamp-roots", "", "PEM file of time stamp authorities' roots: judge the token too")
	cmd.MarkFlagRequired("trust")
	return cmd
}

// depositCheck is one check and how it ended.
type depositCheck struct {
	Name deposit.Check `json:"name"`
	OK   bool          `json:"ok"`
	Why  string        `json:"why,omitempty"`
}

// depositVerification is what weir evidence verify --json prints of a certificate.
type depositVerification struct {
	File     string         `json:"file"`
	Verified bool           `json:"verified"`
	Verdict  string         `json:"verdict"`
	Checks   []depositCheck `json:"checks"` // up to the first that failed
	Facts    *depositFacts  `json:"facts"`  // null where not verified
}

type depositFacts struct {
	Depositor   engine.Name   `json:"depositor"`
	Name        string        `json:"name"`
	Type        string        `json:"type"`
	Note        string        `json:"note"`
	Public      string        `json:"public"`
	Time        time.Time     `json:"time"` // of the block
	Height      uint64        `json:"height"`
	Transaction engine.Digest `json:"transaction"`
	Documents   uint64        `json:"documents"` // in the deposit
	Stamped     *time.Time    `json:"stamped"`   // null where there is no token, or none was judged
	Token       bool          `json:"token"`
}

func (v *evidenceVerification) run(file, certificate string) error {
	content, err := readBounded(certificate, deposit.MaxCertificate)
	if err != nil {
		return badInput(err)
	}
	trust := &deposit.Trust{}
	if trust.Ledger, err = openLedgerTrust(v.trust); err != nil {
		return badInput(err)
	}
	if v.roots != "" {
		if trust.Stamps, err = readRoots(v.roots); err != nil {
			return badInput(err)
		}
	}
	f, err := openRegularFile(file)
	if err != nil {
		return badInput(err)
	}
	defer f.Close()
	r := &depositVerification{File: file}
	verdict, err := deposit.Verify(f, content, trust)
	var failed *deposit.CheckError
	switch {
	case err == nil:
		r.pass(verdict, content)
	case errors.As(err, &failed):
		r.fail(failed)
	default:
		return badInput(err)
	}
	if err := v.print(r); err != nil {
		return err
	}
	if !r.Verified {
		return isFalse(nil)
	}
	return nil
}

func readRoots(name string) (*x509.CertPool, error) {
	pem, err := readBounded(name, 1<<20)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s: no certificate in it", name)
	}
	return roots, nil
}

func (r *depositVerification) pass(v *deposit.Verdict, certificate []byte) {
	for _, check := range v.Passed {
		r.Checks = append(r.Checks, depositCheck{Name: check, OK: true})
	}
	r.Verified, r.Verdict = true, fmt.Sprintf("verified: %s deposited this file by %s", v.Depositor, moment(v.Time))
	r.Facts = &depositFacts{Depositor: v.Depositor, Public: v.Public, Time: v.Time, Height: v.Height, Transaction: v.Tx, Documents: v.Count}
	if c, err := deposit.ReadCertificate(certificate); err == nil {
		r.Facts.Name, r.Facts.Type, r.Facts.Note, r.Facts.Token = c.Document.Name, c.Document.Type, c.Document.Note, len(c.Stamp) > 0
	}
	if !v.Stamped.IsZero() {
		r.Facts.Stamped = &v.Stamped
	}
}

// fail lists the checks in their order, up to the one that failed.
func (r *depositVerification) fail(failed *deposit.CheckError) {
	for _, check := range deposit.Checks() {
		if check == failed.Check {
			break
		}
		r.Checks = append(r.Checks, depositCheck{Name: check, OK: true})
	}
	r.Checks = append(r.Checks, depositCheck{Name: failed.Check, Why: failed.Err.Error()})
	r.Verdict = fmt.Sprintf("NOT verified: %s: %v", failed.Check, failed.Err)
}

func (v *evidenceVerification) print(r *depositVerification) error {
	if v.json {
		return v.printJSON(r)
	}
	for _, c := range r.Checks {
		outcome := "ok    "
		if !c.OK {
			outcome = "FAILED"
		}
		why := c.Why
		if c.OK && r.Facts != nil {
			why = r.Facts.about(c.Name, v.roots != "")
		}
		v.say("%s  %-9s  %s", outcome, c.Name, why)
	}
	v.say("%s", r.Verdict)
	return nil
}

// about is what a check that passed has shown.
func (f *depositFacts) about(check deposit.Check, judged bool) string {
	switch check {
	case deposit.CheckEncoding:
		return "a certificate that this program reads"
	case deposit.CheckFile:
		return fmt.Sprintf("the file is the one described: name %q, type %q, note %q", f.Name, f.Type, f.Note)
	case deposit.CheckLedger:
		return fmt.Sprintf("block %d of %s, under a checkpoint that the trust file accepts", f.Height, moment(f.Time))
	case deposit.CheckDeposit:
		return fmt.Sprintf("transaction %s, public note %q", f.Transaction.Short(), f.Public)
	case deposit.CheckDepositor:
		return "deposited by " + string(f.Depositor)
	case deposit.CheckDigest:
		if f.Documents > 1 {
			return fmt.Sprintf("one of a batch of %d", f.Documents)
		}
		return "the digest deposited is this document's"
	case deposit.CheckStamp:
		switch {
		case f.Stamped != nil:
			return "an authority saw the digest at " + moment(*f.Stamped)
		case f.Token && !judged:
			return "a token is carried, and not judged without --stamp-roots"
		}
		return "no token"
	}
	return ""
}

// openCertificate reads a certificate's form.
func openCertificate(name string) (*deposit.Certificate, error) {
	b, err := readBounded(name, deposit.MaxCertificate)
	if err != nil {
		return nil, err
	}
	c, err := deposit.ReadCertificate(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return c, nil
}
