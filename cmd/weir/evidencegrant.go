package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/member"
	"weir/engine/member/control"
	"weir/engine/message"
	"weir/engine/period"
	"weir/ledger"
	"weir/ledger/contract/evidence"
	"weir/ledger/deposit"
)

// granting is one run of weir evidence grant, withdraw or hand-over.
type granting struct {
	acting
	to, out string
}

// granted is the certificate that a command is about, and who acts on it.
type granted struct {
	*memberFolder
	name        engine.Name
	author      *message.Author
	certificate *deposit.Certificate
	digest      engine.Digest // of the document
	in          *deposit.Deposit
}

func (g *granting) flags(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().StringVar(&g.to, "to", "", "the receiver: a party (holder/source) or a bank's name")
	cmd.MarkFlagRequired("to")
	return g.acting.flags(cmd)
}

func (g *granting) start(certificate string) (*granted, error) {
	c, err := openCertificate(certificate)
	if err != nil {
		return nil, badInput(err)
	}
	m, err := g.open()
	if err != nil {
		return nil, err
	}
	in, err := c.Deposited(m.trust)
	if err != nil {
		return nil, isFalse(err)
	}
	name, author, err := m.author()
	if err != nil {
		return nil, err
	}
	if name != c.Document.Depositor {
		return nil, badInput(fmt.Errorf("%s was deposited by %s, not by %s", certificate, c.Document.Depositor, name))
	}
	return &granted{memberFolder: m, name: name, author: author, certificate: c, digest: c.Document.Digest(), in: in}, nil
}

// standing is what became of this depositor's grant to a receiver; nil where there is none.
func (g *granted) standing(ctx context.Context, to string) (*evidence.Granted, error) {
	var list []evidence.Granted
	if err := g.answer(ctx, "grants", g.digest, &list); err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].By == g.name && list[i].To == to {
			return &list[i], nil
		}
	}
	return nil, nil
}

func newEvidenceGrantCommand(c *console) *cobra.Command {
	g := &granting{acting: acting{console: c}}
	return g.flags(&cobra.Command{Use: "grant CERTIFICATE --to PARTY --as DIR", Short: "Allow a deposited document to be handed over to a party",
		Long: `Says on the ledger that this document may be handed over to a party. Everybody can read that there is a grant, of which digest
and to whom; nobody sees what is behind the digest. A grant is given once; one that was withdrawn cannot be given again.

Exit status: 0 it stands, 1 the ledger refused, 2 bad input, 3 the node cannot be reached.`,
		Example: "  weir evidence grant contract.pdf.certificate --to tax-office/tax --as bank",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return failed(g.post(cmd.Context(), args[0], "granted", deposit.KindGrant, func(d *granted) any {
				return deposit.Grant{Document: d.digest, Deposit: d.in.Digest, Place: d.certificate.Place, To: g.to}
			}))
		}})
}

func newEvidenceWithdrawCommand(c *console) *cobra.Command {
	g := &granting{acting: acting{console: c}}
	return g.flags(&cobra.Command{Use: "withdraw CERTIFICATE --to PARTY --as DIR", Short: "End a grant for good",
		Long: `Ends a grant for good. What was handed over before stays handed over.

Exit status: 0 it is withdrawn, 1 the ledger refused, 2 bad input, 3 the node cannot be reached.`,
		Example: "  weir evidence withdraw contract.pdf.certificate --to tax-office/tax --as bank",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return failed(g.post(cmd.Context(), args[0], "withdrawn", deposit.KindWithdraw, func(d *granted) any {
				return deposit.Withdrawal{Document: d.digest, To: g.to}
			}))
		}})
}

// post writes what a depositor says about a grant. What stands already is done.
func (g *granting) post(ctx context.Context, certificate, done string, kind ledger.Kind, body func(*granted) any) error {
	d, err := g.start(certificate)
	if err != nil {
		return err
	}
	defer d.client.Close()
	_, err = d.author.Write(ctx, kind, body(d))
	var refused *message.RefusedError
	if errors.As(err, &refused) {
		standing, asked := d.standing(ctx, g.to)
		if asked == nil && standing != nil && (kind == deposit.KindGrant) == (standing.Withdrawn == 0) {
			err = nil
		}
	}
	if err != nil {
		return err
	}
	if g.json {
		return g.printJSON(map[string]any{"document": d.digest, "to": g.to, "state": done})
	}
	g.say("document %s: %s, %s", d.digest, done, g.to)
	return nil
}

func newEvidenceHandOverCommand(c *console) *cobra.Command {
	g := &granting{acting: acting{console: c}}
	cmd := g.flags(&cobra.Command{Use: "hand-over CERTIFICATE --to PARTY --out FILE --as DIR", Short: "Seal a granted document's description and certificate to a party",
		Long: `Seals what the certificate says of the file, with its salt, to the party's registered key of this month, and says on the ledger
which bytes were sealed. The file that is written travels to the party in any way, together with the deposited file
itself, which is in neither; nobody else can open it. weir evidence receive is the other end.

Exit status: 0 written, 1 no grant stands, the party has no key for the month, or the ledger refused, 2 bad input, 3 the node
cannot be reached, or witnesses have not cosigned yet.`,
		Example: "  weir evidence hand-over contract.pdf.certificate --to tax-office/tax --out contract.handover --as bank",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return failed(g.handOver(cmd.Context(), args[0])) },
	})
	cmd.Flags().StringVar(&g.out, "out", "", "where the sealed file goes")
	cmd.MarkFlagRequired("out")
	return cmd
}

// sealing is what is kept from before a hand-over is sent until its file is written, in canonical CBOR.
type sealing struct {
	_      struct{} `cbor:",toarray"`
	Format string
	Sealed []byte
	Tx     []byte // signed
}

const sealingFormat = "weir-handover/1"

func (g *granting) handOver(ctx context.Context, certificate string) error {
	if _, err := os.Lstat(g.out); !errors.Is(err, fs.ErrNotExist) {
		return badInput(fmt.Errorf("%s is there already", g.out))
	}
	d, err := g.start(certificate)
	if err != nil {
		return err
	}
	defer d.client.Close()
	kept := keptFile(g.as, []string{g.out, d.digest.String(), g.to})
	tx, sealed, err := g.sealed(ctx, d, kept)
	if err != nil {
		return err
	}
	result, err := d.client.Result(ctx, tx)
	if err != nil {
		return err
	}
	bundle, _, err := d.bundle(ctx, tx, result.Height)
	if err != nil {
		return err
	}
	if err := writePrivate(g.out, deposit.NewTransfer(sealed, bundle, d.certificate).Encode()); err != nil {
		return badInput(err)
	}
	if err := os.Remove(kept); err != nil {
		return badInput(err)
	}
	if g.json {
		return g.printJSON(map[string]any{"out": g.out, "document": d.digest, "to": g.to, "transaction": tx})
	}
	g.say("wrote %s: only %s can open it. Pass it on together with the file itself.", g.out, g.to)
	return nil
}

// sealed seals and posts, or finds what an earlier run has posted. It gives the transaction, which stands on the ledger, and
// the bytes that it names.
func (g *granting) sealed(ctx context.Context, d *granted, kept string) (engine.Digest, []byte, error) {
	if tx, sealed, err := resumeSealing(ctx, d, kept); err != nil || sealed != nil {
		return tx, sealed, err
	}
	body, sealed, err := g.seal(ctx, d)
	if err != nil {
		return engine.Digest{}, nil, err
	}
	if err := os.MkdirAll(filepath.Dir(kept), 0o700); err != nil {
		return engine.Digest{}, nil, badInput(err)
	}
	var id engine.Digest
	_, err = d.author.WriteAs(ctx, deposit.KindHandOver, *body, func(tx *ledger.Tx) error {
		id = tx.ID()
		return writePrivate(kept, canonical.Encode(sealing{Format: sealingFormat, Sealed: sealed, Tx: tx.Bytes()}))
	})
	var refused *message.RefusedError
	if errors.As(err, &refused) {
		return id, nil, errors.Join(err, os.Remove(kept))
	}
	return id, sealed, err
}

func resumeSealing(ctx context.Context, d *granted, kept string) (engine.Digest, []byte, error) {
	b, err := os.ReadFile(kept)
	if errors.Is(err, fs.ErrNotExist) {
		return engine.Digest{}, nil, nil
	}
	var s sealing
	if err == nil {
		err = canonical.Decode(b, 1<<20, &s)
	}
	var tx *ledger.Tx
	if err == nil {
		tx, err = ledger.DecodeTx(s.Tx)
	}
	if err != nil || s.Format != sealingFormat {
		return engine.Digest{}, nil, badInput(fmt.Errorf("%s is not what this program wrote; what was begun cannot be gone on with", kept))
	}
	_, err = message.Resubmit(ctx, d.client, tx)
	if errors.Is(err, ledger.ErrSequence) || errors.Is(err, ledger.ErrExpired) { // it never came onto the ledger, and can no more
		return engine.Digest{}, nil, nil
	}
	var refused *message.RefusedError
	if errors.As(err, &refused) {
		err = errors.Join(err, os.Remove(kept))
	}
	return tx.ID(), s.Sealed, err
}

// seal demands a grant that stands, and the party's key of the month.
func (g *granting) seal(ctx context.Context, d *granted) (*deposit.HandOver, []byte, error) {
	standing, err := d.standing(ctx, g.to)
	if err != nil {
		return nil, nil, err
	}
	if standing == nil || standing.Withdrawn != 0 {
		return nil, nil, isFalse(fmt.Errorf("no grant of this document to %s stands: weir evidence grant gives one, once", g.to))
	}
	result, err := d.client.Result(ctx, standing.Tx)
	if err != nil {
		return nil, nil, err
	}
	grant, _, err := d.bundle(ctx, standing.Tx, result.Height)
	if err != nil {
		return nil, nil, err
	}
	month := period.Of(time.Now())
	if err := d.members.Refresh(ctx); err != nil { // a salt is sealed: no old key may open it
		return nil, nil, err
	}
	key, err := member.FindPeriodKey(ctx, d.members, d.members.Ledger(), g.to, month)
	if err != nil {
		return nil, nil, err
	}
	if key == nil {
		return nil, nil, isFalse(fmt.Errorf("%s has registered no key for %s: its agent or bank does when it runs", g.to, month))
	}
	return deposit.Seal(&d.certificate.Document, grant, d.trust, key)
}

// receiving is one run of weir evidence receive.
type receiving struct {
	*console
	as, out, file string
}

func newEvidenceReceiveCommand(c *console) *cobra.Command {
	r := &receiving{console: c}
	cmd := &cobra.Command{Use: "receive HANDOVER --as DIR --out CERTIFICATE", Short: "Open what was handed over, and write the depositor's certificate",
		Long: `Has the running agent or bank of a folder open a file of weir evidence hand-over: the secret of the month is in the daemon's
memory, which no other process opens. The depositor's certificate that comes out is checked, together with the file
itself where --file names it, before it is written.

Exit status: 0 written, 1 it is not for this party, or does not hold, 2 bad input, 3 no daemon runs in the folder.`,
		Example: "  weir evidence receive contract.handover --as tax --file contract.pdf --out contract.pdf.certificate",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return failed(r.run(cmd.Context(), args[0])) },
	}
	cmd.Flags().StringVar(&r.as, "as", "", "the folder of the agent or bank, whose daemon runs")
	cmd.Flags().StringVar(&r.out, "out", "", "where the certificate goes")
	cmd.Flags().StringVar(&r.file, "file", "", "the deposited file, to be verified with the certificate")
	cmd.MarkFlagRequired("as")
	cmd.MarkFlagRequired("out")
	return cmd
}

func (r *receiving) run(ctx context.Context, name string) error {
	transfer, err := readBounded(name, deposit.MaxTransfer)
	if err != nil {
		return badInput(err)
	}
	if _, err := os.Lstat(r.out); !errors.Is(err, fs.ErrNotExist) {
		return badInput(fmt.Errorf("%s is there already", r.out))
	}
	var received control.Deposit
	if err := control.Call(ctx, r.as, control.ReceiveDeposit, control.DepositArgument{Transfer: transfer}, &received); err != nil {
		return err
	}
	c, err := deposit.ReadCertificate(received.Certificate)
	if err != nil {
		return isFalse(err)
	}
	if r.file != "" {
		if err := r.verify(received.Certificate); err != nil {
			return err
		}
	}
	if err := writePrivate(r.out, received.Certificate); err != nil {
		return badInput(err)
	}
	if r.json {
		return r.printJSON(map[string]any{"out": r.out, "depositor": c.Document.Depositor, "name": c.Document.Name, "type": c.Document.Type,
			"note": c.Document.Note, "sha256": c.Document.File, "size": c.Document.Size, "file_verified": r.file != "", "received": engine.Digest(sha256.Sum256(transfer))})
	}
	r.say("wrote %s: certificate of %q, deposited by %s\nfile      SHA-256 %s, %d bytes", r.out, c.Document.Name, c.Document.Depositor, c.Document.File, c.Document.Size)
	if r.file == "" {
		r.say("Check the file itself: weir evidence verify FILE %s --trust trust.json", r.out)
	}
	return nil
}

func (r *receiving) verify(certificate []byte) error {
	trust, err := openLedgerTrust(filepath.Join(r.as, "consortium.json"))
	if err != nil {
		return badInput(err)
	}
	f, err := openRegularFile(r.file)
	if err != nil {
		return badInput(err)
	}
	defer f.Close()
	if _, err := deposit.Verify(f, certificate, &deposit.Trust{Ledger: trust}); err != nil {
		return isFalse(fmt.Errorf("%s: %w", r.file, err))
	}
	return nil
}
