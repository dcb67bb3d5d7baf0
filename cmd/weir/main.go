// Command weir scores enterprises on records that never leave their holders: the parties of the protocol, and the
// tools around them, in one binary. Noun–verb commands; results on stdout, everything else on stderr.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run executes one command line and gives its exit status; tests start the same function.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	c := &console{stdin: stdin, stdout: stdout, stderr: stderr}
	root := newRootCommand(c)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	var status *exitError
	if !errors.As(err, &status) {
		status = &exitError{code: exitUsage, err: err}
	}
	if status.err != nil {
		fmt.Fprintln(stderr, "weir:", status.err)
	}
	return status.code
}

func newRootCommand(c *console) *cobra.Command {
	root := &cobra.Command{
		Use:           "weir",
		Short:         "Credit scores on records that never leave their holders",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.PersistentFlags().BoolVar(&c.json, "json", false, "print the result as one JSON object on stdout")
	root.PersistentFlags().StringVar(&c.progress, "progress", "auto", "how long work reports: auto, plain, json or none")
	root.PersistentFlags().StringVar(&c.registry, "registry", "", "accept only these verifying keys (registry.json of a ceremony, or trust.json); default: development keys of this machine")
	root.PersistentPreRunE = func(*cobra.Command, []string) error { return c.checkProgress() }
	root.AddCommand(newDemoCommand(c), newRecordsCommand(c), newModelCommand(c), newReceiptCommand(c), newAccusationCommand(c), newCeremonyCommand(c),
		newLedgerCommand(c), newGovernanceCommand(c), newRegistryCommand(c), newAuditCommand(c), newEvidenceCommand(c), newKeyCommand(c), newInitCommand(c), newNodeCommand(c),
		newWitnessCommand(c), newAgentCommand(c), newBankCommand(c), newRegistrarCommand(c), newSupervisorCommand(c), newConsentCommand(c), newBenchCommand(c))
	return root
}
