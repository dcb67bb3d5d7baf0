package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"weir/engine"
	"weir/engine/proof"
)

func newAccusationCommand(c *console) *cobra.Command {
	root := &cobra.Command{
		Use:   "accusation",
		Short: "Check accusations between parties",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var founding string
	verify := &cobra.Command{
		Use:   "verify FILE --genesis DIGEST",
		Short: "Judge an accusation from the bytes that were exchanged, and name who broke a rule",
		Long: `Judge an accusation from the bytes that were exchanged: the model, the request, the accused party's commitment and
response, and the bank's proof. The verdict names the accused if the proof holds, else the bank. --genesis is the digest of
the consortium's founding document, from somebody you trust: anybody can found a consortium in another's name. Beside that
only the makers of the verifying keys have to be trusted.

Exit status: 0 the accusation holds, 1 it does not, 2 the file is no accusation.`,
		Example: "  weir accusation verify wrong-ciphertext.accusation --genesis 5f0c…",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.verifyAccusation(cmd.Context(), args[0], founding)
		},
	}
	verify.Flags().StringVar(&founding, "genesis", "", "SHA-256 of the founding document of the consortium you know")
	verify.MarkFlagRequired("genesis")
	root.AddCommand(verify)
	return root
}

func (c *console) verifyAccusation(ctx context.Context, name, founding string) error {
	known, err := engine.ParseDigest(founding)
	if err != nil {
		return badInput(fmt.Errorf("--genesis: %w", err))
	}
	content, err := readBounded(name, proof.MaxCase)
	if err != nil {
		return badInput(err)
	}
	file, err := proof.DecodeCase(content)
	if err != nil {
		return badInput(fmt.Errorf("%s: %w", name, err))
	}
	keys, err := c.loadKeys(ctx)
	if err != nil {
		return badInput(err)
	}
	verdict, err := keys.Judge(file, known)
	if err != nil {
		return badInput(fmt.Errorf("%s: %w", name, err))
	}
	if err := c.printVerdict(verdict, keys.Development()); err != nil {
		return err
	}
	if !verdict.Holds {
		return isFalse(nil)
	}
	return nil
}

func (c *console) printVerdict(v *proof.Verdict, development bool) error {
	if c.json {
		reason := ""
		if v.Reason != nil {
			reason = v.Reason.Error()
		}
		return c.printJSON(map[string]any{"chain": v.Chain, "bank": v.Bank, "accused": v.Accused, "holds": v.Holds,
			"culprit": v.Culprit(), "reason": reason, "development_keys": development})
	}
	if v.Holds {
		c.say("The accusation holds: the response of %s is not what it committed to.", v.Accused)
	} else {
		c.say("The accusation of %s does not hold: %v", v.Accused, v.Reason)
	}
	c.say("Finding: %s broke a rule.", v.Culprit())
	if development {
		c.say("Judged under DEVELOPMENT KEYS: whoever made them can forge.")
	}
	return nil
}

// readBounded reads a regular file of at most limit bytes.
func readBounded(name string, limit int64) ([]byte, error) {
	f, err := openRegularFile(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(content)) > limit {
		return nil, fmt.Errorf("%s: more than %d bytes", name, limit)
	}
	return content, nil
}
