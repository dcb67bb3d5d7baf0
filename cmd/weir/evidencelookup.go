package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"weir/engine"
	"weir/ledger/contract/evidence"
	"weir/ledger/deposit"
)

// looking is one run of weir evidence lookup.
type looking struct{ acting }

func newEvidenceLookupCommand(c *console) *cobra.Command {
	l := &looking{acting{console: c}}
	return l.flags(&cobra.Command{Use: "lookup DIGEST | lookup FILE CERTIFICATE", Short: "Who deposited a digest, the first first",
		Long: `Asks the node who deposited a digest, and checks the proof of every deposit that it names. With a file and its certificate,
both are verified first, and the digest is that of the deposit they were in. That the node names all deposits, and none
came before, is its word alone.

Exit status: 0 it was deposited, 1 it was not, or the certificate does not verify, 2 bad input, 3 the node cannot be reached.`,
		Example: "  weir evidence lookup 3f0c… --as bank\n  weir evidence lookup contract.pdf contract.pdf.certificate --as bank",
		Args:    cobra.RangeArgs(1, 2),
		RunE:    func(cmd *cobra.Command, args []string) error { return failed(l.run(cmd.Context(), args)) },
	})
}

// foundDeposit is one deposit as lookup prints it.
type foundDeposit struct {
	Depositor   engine.Name   `json:"depositor"`
	Time        time.Time     `json:"time"`
	Height      uint64        `json:"height"`
	Transaction engine.Digest `json:"transaction"`
	Documents   uint64        `json:"documents"`
	Public      string        `json:"public"`
}

func (l *looking) run(ctx context.Context, args []string) error {
	m, err := l.open()
	if err != nil {
		return err
	}
	defer m.client.Close()
	digest, err := l.digest(m, args)
	if err != nil {
		return err
	}
	var entries []evidence.Entry
	if err := m.answer(ctx, "deposits", digest, &entries); err != nil {
		return err
	}
	var list []foundDeposit
	for _, e := range entries {
		_, shown, err := m.bundle(ctx, e.Tx, e.Height)
		if err != nil {
			return err
		}
		in, err := deposit.Shown(shown)
		if err != nil {
			return err
		}
		by, _ := shown.Tx.Sender.Account()
		list = append(list, foundDeposit{by, shown.Header.At(), shown.Header.Height, e.Tx, in.Count, in.Public})
	}
	if l.json {
		return l.printJSON(map[string]any{"digest": digest, "deposits": list})
	}
	l.say("%s", digest)
	table := l.table("deposited by", "at", "block", "documents", "public note")
	for _, d := range list {
		table.AppendRow([]any{d.Depositor, moment(d.Time), d.Height, d.Documents, d.Public})
	}
	table.Render()
	return nil
}

// digest is the one asked about: named, or of the deposit that a verified certificate is of.
func (l *looking) digest(m *memberFolder, args []string) (engine.Digest, error) {
	if len(args) == 1 {
		digest, err := engine.ParseDigest(args[0])
		if err != nil {
			return digest, badInput(err)
		}
		return digest, nil
	}
	content, err := readBounded(args[1], deposit.MaxCertificate)
	if err != nil {
		return engine.Digest{}, badInput(err)
	}
	f, err := openRegularFile(args[0])
	if err != nil {
		return engine.Digest{}, badInput(err)
	}
	defer f.Close()
	if _, err := deposit.Verify(f, content, &deposit.Trust{Ledger: m.trust}); err != nil {
		return engine.Digest{}, isFalse(err)
	}
	c, err := openCertificate(args[1])
	if err != nil {
		return engine.Digest{}, badInput(err)
	}
	in, err := c.Deposited(m.trust)
	if err != nil {
		return engine.Digest{}, isFalse(err)
	}
	return in.Digest, nil
}
