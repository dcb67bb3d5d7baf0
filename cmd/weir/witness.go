package main

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/spf13/cobra"

	"weir/engine/member/folder"
	"weir/ledger/proof"
	"weir/ledger/witness"
	"weir/ledger/witness/watch"
	"weir/ledger/witness/witnessd"
)

func newInitWitnessCommand(c *console) *cobra.Command {
	var name string
	cmd := &cobra.Command{Use: "witness DIR", Short: "A witness of the ledger's history, who is no member", Args: cobra.ExactArgs(1),
		Long: `Makes a witness's folder: a key that cosigns checkpoints (C2SP tlog-cosignature) and a configuration. The public key that is
printed, and stands in witness.pub, goes to whoever founds the consortium (weir init node --witness). An agent or a bank
that cosigns needs no folder of this kind: weir init agent --cosign.`,
		Example: "  weir init witness court --name court.example",
		RunE: func(_ *cobra.Command, args []string) error {
			key, err := folder.InitWitness(args[0], name, witnessd.Example(), rand.Reader)
			if err != nil {
				return badInput(err)
			}
			if c.json {
				return c.printJSON(map[string]string{"name": name, "witness": key})
			}
			c.say("%s\nGive this line, or %s, to whoever founds the consortium; put its %s into %s.", key,
				filepath.Join(args[0], folder.WitnessPublicFile), folder.ConsortiumFile, args[0])
			return nil
		}}
	cmd.Flags().StringVar(&name, "name", "", "the witness's name, such as its host name; no spaces, no plus signs")
	cmd.MarkFlagRequired("name")
	return cmd
}

func newWitnessCommand(c *console) *cobra.Command {
	d := &daemon{console: c}
	root := d.flags(&cobra.Command{Use: "witness DIR", Short: "Run a witness: follow a node's log and cosign what continues everything it saw", Args: cobra.ExactArgs(1),
		Long: `Follows one node's log, demands that every checkpoint continues the one before, stores it, and only then cosigns it and hands
the cosignature to the node. When the ledger shows another history, it writes the evidence into its folder
(fork-….evidence), signs nothing more, and ends with status 1; it does not start again before somebody has taken the
file HALTED away.

Exit status: 0 ended by a signal, 1 the ledger has shown two histories, 2 bad configuration.`,
		Example: "  weir witness court --set node.url=https://node.example:7443",
		RunE: func(cmd *cobra.Command, args []string) error {
			config := witnessd.Defaults()
			return d.run(cmd.Context(), args[0], &config, func(log *slog.Logger) error {
				return witnessd.Run(cmd.Context(), args[0], &config, log)
			})
		}})
	root.AddCommand(&cobra.Command{Use: "show DIR", Short: "Print the last checkpoint that a witness, an agent or a bank has accepted", Args: cobra.ExactArgs(1),
		Long: `Prints the last checkpoint that the witness, agent or bank of a folder has accepted, as a signed note: what weir evidence
fork compares. It may run beside the daemon.`,
		Example: "  weir witness show court > court.note\n  weir witness show tax > tax.note",
		RunE:    func(_ *cobra.Command, args []string) error { return c.showWitness(args[0]) },
	})
	return root
}

func (c *console) showWitness(path string) error {
	consortium, err := folder.ReadConsortium(filepath.Join(path, folder.ConsortiumFile))
	if err != nil {
		return badInput(err)
	}
	trust, err := consortium.Trust()
	if err != nil {
		return badInput(err)
	}
	w, err := witness.Open(filepath.Join(path, watch.SeenFile), trust, nil)
	if err != nil {
		return badInput(err)
	}
	last := w.Last()
	if last == nil {
		return isFalse(fmt.Errorf("%s has accepted no checkpoint yet", path))
	}
	if c.json {
		return c.printJSON(newCheckpointResult(last))
	}
	_, err = c.stdout.Write(last.Note)
	return err
}

// checkpointResult is a checkpoint as --json prints it.
type checkpointResult struct {
	Origin string `json:"origin"`
	Blocks uint64 `json:"blocks"`
	Root   string `json:"root"`
	Note   string `json:"note,omitempty"`
}

func newCheckpointResult(c *proof.Checkpoint) checkpointResult {
	return checkpointResult{Origin: c.Origin, Blocks: c.Size, Root: c.Root.String(), Note: string(c.Note)}
}
