package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"weir/engine/member/folder"
	"weir/engine/receipt"
	"weir/ledger/deposit"
	"weir/ledger/proof"
	"weir/ledger/witness/watch"
)

func newEvidenceCommand(c *console) *cobra.Command {
	root := &cobra.Command{Use: "evidence", Short: "Deposit files, show later that they were there, and prove that a ledger forked", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	root.AddCommand(newEvidenceDepositCommand(c), newEvidenceVerifyCommand(c), newEvidenceLookupCommand(c), newEvidenceGrantCommand(c), newEvidenceWithdrawCommand(c),
		newEvidenceHandOverCommand(c), newEvidenceReceiveCommand(c), newEvidenceForkCommand(c))
	return root
}

// openLedgerTrust reads whose word on a ledger counts, from a trust file or from a consortium's public file.
func openLedgerTrust(name string) (*proof.Trust, error) {
	b, err := readBounded(name, 1<<20)
	if err != nil {
		return nil, err
	}
	var file map[string]json.RawMessage
	if json.Unmarshal(b, &file) == nil && file["founding"] != nil {
		consortium, err := folder.ReadConsortium(name)
		if err != nil {
			return nil, err
		}
		return consortium.Trust()
	}
	trust, err := receipt.ParseTrust(bytes.NewReader(b), name)
	if err != nil {
		return nil, err
	}
	return &trust.Trust, nil
}

// forkVerification is one run of weir evidence verify over evidence of a fork.
type forkVerification struct {
	File     string            `json:"file"`
	Verified bool              `json:"verified"`
	Verdict  string            `json:"verdict"`
	Signer   string            `json:"signer"` // origin
	First    *checkpointResult `json:"first"`  // null for what is no evidence
	Second   *checkpointResult `json:"second"`
	Then     string            `json:"second_root_then"` // what the second log's root was at the first's length
}

// verifyFork judges a file that should convict a ledger of two histories.
func (c *console) verifyFork(name, trusted string) error {
	b, err := readBounded(name, deposit.MaxCertificate)
	if err != nil {
		return badInput(err)
	}
	trust, err := openLedgerTrust(trusted)
	if err != nil {
		return badInput(err)
	}
	r := &forkVerification{File: name, Signer: trust.Origin}
	fork, err := trust.OpenFork(b)
	if err != nil {
		r.Verdict = "NOT evidence of a fork: " + err.Error()
		return errors.Join(c.printFork(r), isFalse(nil))
	}
	r.Verified, r.Verdict = true, trust.Origin+" has signed two histories that cannot both be true"
	for _, side := range []struct {
		note []byte
		into **checkpointResult
	}{{fork.First, &r.First}, {fork.Second, &r.Second}} {
		checkpoint, err := proof.ReadCheckpoint(side.note)
		if err != nil {
			return badInput(err)
		}
		result := newCheckpointResult(checkpoint)
		*side.into = &result
	}
	r.Then = fork.Root.String()
	return c.printFork(r)
}

func (c *console) printFork(r *forkVerification) error {
	if c.json {
		return c.printJSON(r)
	}
	if r.Verified {
		c.say("one history   %d blocks, root %s", r.First.Blocks, r.First.Root)
		c.say("the other     %d blocks, root %s", r.Second.Blocks, r.Second.Root)
		if r.First.Blocks != r.Second.Blocks {
			c.say("              whose root at %d blocks was %s", r.First.Blocks, r.Then)
		}
	}
	c.say("%s", r.Verdict)
	return nil
}

// forkComparison is one run of weir evidence fork.
type forkComparison struct {
	*console
	first, second, trust, out string
	as                        []string
}

func newEvidenceForkCommand(c *console) *cobra.Command {
	f := &forkComparison{console: c}
	cmd := &cobra.Command{Use: "fork --first NOTE --second NOTE --trust FILE --out FILE", Short: "Compare what two clients of a ledger saw, and write evidence if it forked",
		Long: `Compares two signed checkpoints that two clients of one ledger have accepted (weir witness show). If they are of different
lengths, the node of whoever saw the longer one is asked how it continues the shorter: --as names that client's folder,
whose configuration says how to reach its node. Give both folders where you do not know. Two checkpoints that belong
to one history make no evidence.

Exit status: 0 they cannot belong to one history and the evidence is written, 1 they belong to one, 2 bad input or
nothing could be proven, 3 no node answered.`,
		Example: "  weir witness show tax > tax.note\n  weir witness show court > court.note\n" +
			"  weir evidence fork --first tax.note --second court.note --as tax --as court --trust trust.json --out weir.evidence",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd.Context()) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.first, "first", "", "a signed checkpoint")
	flags.StringVar(&f.second, "second", "", "another")
	flags.StringVar(&f.trust, "trust", "", "trust.json or consortium.json: whose signatures count")
	flags.StringVar(&f.out, "out", "", "where the evidence goes")
	flags.StringArrayVar(&f.as, "as", nil, "folder of a client whose node is asked, when the lengths differ; once for each")
	for _, name := range []string{"first", "second", "trust", "out"} {
		cmd.MarkFlagRequired(name)
	}
	return cmd
}

func (f *forkComparison) run(ctx context.Context) error {
	trust, err := openLedgerTrust(f.trust)
	if err != nil {
		return badInput(err)
	}
	var notes [2][]byte
	var checkpoints [2]*proof.Checkpoint
	for i, name := range []string{f.first, f.second} {
		if notes[i], err = readBounded(name, proof.MaxCheckpoint); err != nil {
			return badInput(err)
		}
		follower, err := trust.Follow(notes[i])
		if err != nil {
			return badInput(fmt.Errorf("%s: %w", name, err))
		}
		checkpoints[i] = follower.Last()
	}
	if checkpoints[0].Size == checkpoints[1].Size {
		if checkpoints[0].Root == checkpoints[1].Root {
			return f.oneHistory()
		}
		return f.accuse(ctx, nil, trust, notes)
	}
	if len(f.as) == 0 {
		return badInput(errors.New("the two are of different lengths: --as must name the folder of a client whose node is asked how one continues the other"))
	}
	var refused error
	for _, path := range f.as {
		m, err := f.openFolder(path, "")
		if err != nil {
			return err
		}
		defer m.client.Close()
		err = f.accuse(ctx, m, trust, notes)
		var status *exitError
		if err == nil || errors.As(err, &status) && status.code == exitFalse {
			return err
		}
		refused = errors.Join(refused, fmt.Errorf("the node of %s: %w", path, err))
	}
	return failed(refused)
}

// accuse writes evidence with the help of one node, or says that there is one history.
func (f *forkComparison) accuse(ctx context.Context, m *memberFolder, trust *proof.Trust, notes [2][]byte) error {
	var fork *proof.Fork
	var err error
	if m == nil {
		fork, err = watch.Accuse(ctx, nil, trust, notes[0], notes[1])
	} else {
		fork, err = watch.Accuse(ctx, m.client, trust, notes[0], notes[1])
	}
	if errors.Is(err, watch.ErrOneHistory) {
		return f.oneHistory()
	}
	if err != nil {
		return err
	}
	if err := writeWhole(f.out, fork.Encode()); err != nil {
		return badInput(err)
	}
	if err := os.Chmod(f.out, 0o644); err != nil {
		return badInput(err)
	}
	if !f.json {
		f.say("wrote %s", filepath.Clean(f.out))
	}
	return f.verifyFork(f.out, f.trust)
}

func (f *forkComparison) oneHistory() error {
	if f.json {
		return errors.Join(f.printJSON(map[string]any{"fork": false}), isFalse(nil))
	}
	f.say("one history: the longer continues the shorter")
	return isFalse(nil)
}
