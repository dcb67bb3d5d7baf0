package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"weir/engine"
	"weir/engine/consent"
	"weir/engine/consortium"
	"weir/engine/model"
	"weir/engine/offer"
	"weir/engine/proof"
)

func newModelProveCommand(c *console) *cobra.Command {
	var trial consortium.Trial
	var schemas, out, policy, chain, bank string
	cmd := &cobra.Command{
		Use:   "prove FILE --schemas DIR --out PACKAGE",
		Short: "Seal a model, prove that it is well-formed, and write the package that holders verify",
		Long: `Seal a model against the schemas of its sources, prove for each slice that the commitments fit the encryption and
stay within the stated resolution, and write the public package. The sealing's secret key is thrown away: the package
shows holders and a supervisor what they will be asked to approve, and cannot be used to score.`,
		Example: "  weir model prove card.weir.json --schemas records/ --out card.package",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var errChain, errBank error
			trial.Chain, errChain = engine.ParseName(chain)
			trial.Bank, errBank = engine.ParseName(bank)
			if err := errors.Join(errChain, errBank); err != nil {
				return badInput(err)
			}
			return c.proveModel(cmd.Context(), args[0], schemas, out, policy, trial)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&schemas, "schemas", "", "folder with one folder for each data source (schema.json)")
	flags.StringVar(&out, "out", "", "write the package to this file")
	flags.StringVar(&policy, "policy", "", "the consortium's policy (JSON)")
	flags.StringVar(&chain, "chain", "trial", "the ledger that the model is for")
	flags.StringVar(&bank, "bank", "bank", "the bank that seals")
	cmd.MarkFlagRequired("schemas")
	cmd.MarkFlagRequired("out")
	return cmd
}

func (c *console) proveModel(ctx context.Context, name, schemas, out, policyFile string, trial consortium.Trial) error {
	var err error
	if trial.Model, err = openModel(name); err != nil {
		return badInput(err)
	}
	if trial.Schemas, err = openSchemas(schemas, trial.Model); err != nil {
		return badInput(err)
	}
	if trial.Policy, err = openPolicy(policyFile); err != nil {
		return badInput(err)
	}
	if trial.Proofs, err = c.loadKeys(ctx); err != nil {
		return badInput(err)
	}
	report := c.reporter()
	file, err := trial.Prove(rand.Reader, report)
	if err != nil {
		return badInput(err)
	}
	if err := writeWhole(out, file.Encode()); err != nil {
		return badInput(err)
	}
	if !c.json {
		c.say("wrote %s", out)
	}
	return c.verifyPackage(ctx, out, policyFile)
}

func newModelVerifyPackageCommand(c *console) *cobra.Command {
	var policy string
	cmd := &cobra.Command{
		Use:   "verify-package FILE",
		Short: "Verify a sealed model's package, as an agent or supervisor does before approving",
		Long: `Verify a sealed model's package: its tables and resolution against the policy, every commitment, and the model proof of
each slice, from the file and the registered verifying keys alone.

Exit status: 0 everything holds, 1 a proof or a rule does not, 2 the file is no package.`,
		Example: "  weir model verify-package card.package",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.verifyPackage(cmd.Context(), args[0], policy) },
	}
	cmd.Flags().StringVar(&policy, "policy", "", "the consortium's policy (JSON)")
	return cmd
}

// packageResult is what `weir model verify-package --json` prints.
type packageResult struct {
	Model       string         `json:"model"`
	Bank        engine.Name    `json:"bank"`
	Chain       engine.Name    `json:"chain"`
	Parties     []string       `json:"parties"`
	Resolution  int            `json:"resolution"` // bits, of all that is opened
	Output      consent.Output `json:"output"`     // what a score is opened to
	Digest      engine.Digest  `json:"digest"`
	Checks      []namedCheck   `json:"checks"`
	OK          bool           `json:"ok"`
	Development bool           `json:"development_keys"`
}

type namedCheck struct {
	Check string `json:"check"`
	OK    bool   `json:"ok"`
	Why   string `json:"why,omitempty"`
}

func (c *console) verifyPackage(ctx context.Context, name, policyFile string) error {
	policy, err := openPolicy(policyFile)
	if err != nil {
		return badInput(err)
	}
	content, err := readBounded(name, proof.MaxPackageFile)
	if err != nil {
		return badInput(err)
	}
	file, sealed, err := proof.DecodePackageFile(content)
	if err != nil {
		return badInput(fmt.Errorf("%s: %w", name, err))
	}
	keys, err := c.loadKeys(ctx)
	if err != nil {
		return badInput(err)
	}
	result := checkPackage(ctx, keys, policy, file, sealed)
	if err := c.printPackage(result); err != nil {
		return err
	}
	if !result.OK {
		return isFalse(nil)
	}
	return nil
}

func checkPackage(ctx context.Context, keys *proof.Keys, policy model.Policy, file *proof.PackageFile, sealed *offer.Sealed) *packageResult {
	v := sealed.Version
	r := &packageResult{Model: fmt.Sprintf("%s@%s", v.Name, v.Version), Bank: v.Bank, Chain: v.Chain, Resolution: int(v.Resolution), Output: consent.OutputOf(v.Groups),
		Digest: sealed.ModelDigest, OK: true, Development: keys.Development()}
	for _, p := range v.Parties() {
		r.Parties = append(r.Parties, string(p))
	}
	r.add("commitments and polynomials", nil)
	r.add("policy", v.Check(policy))
	r.add("model proofs", keys.VerifyModel(ctx, file, sealed))
	return r
}

func (r *packageResult) add(name string, err error) {
	check := namedCheck{Check: name, OK: err == nil}
	if err != nil {
		check.Why, r.OK = err.Error(), false
	}
	r.Checks = append(r.Checks, check)
}

func (c *console) printPackage(r *packageResult) error {
	if c.json {
		return c.printJSON(r)
	}
	c.say("model %s of %s on %s, %d sources, opened to %s, %d bits, digest %s", r.Model, r.Bank, r.Chain, len(r.Parties), r.Output, r.Resolution, r.Digest)
	for _, check := range r.Checks {
		if check.OK {
			c.say("  ok      %s", check.Check)
		} else {
			c.say("  REFUSED %s: %s", check.Check, check.Why)
		}
	}
	if r.Development {
		c.say("Judged under DEVELOPMENT KEYS: whoever made them can forge.")
	}
	return nil
}

// writeWhole writes a file that replaces name only when it is complete.
func writeWhole(name string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".weir-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if err := errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
