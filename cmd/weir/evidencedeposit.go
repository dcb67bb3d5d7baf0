package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/ledger/contract/evidence"
	"weir/ledger/deposit"
	"weir/ledger/deposit/timestamp"
)

// certificateSuffix names a file's certificate where --out does not.
const certificateSuffix = ".certificate"

// maxDeposited is how many files one command deposits: as many elements as one array of our encoding has.
const maxDeposited = 4096

// depositing is one run of weir evidence deposit.
type depositing struct {
	acting
	name, mediaType, note, public, out, stamp string
	prepare                                   bool
}

func newEvidenceDepositCommand(c *console) *cobra.Command {
	d := &depositing{acting: acting{console: c}}
	cmd := d.flags(&cobra.Command{Use: "deposit FILE… --as DIR", Short: "Put the digest of files on the ledger, and write their certificates",
		Long: `Puts one salted digest on the ledger: of a file, or of a whole batch of files. The ledger sees neither the files nor their
names. Each file gets a certificate (FILE.certificate, or --out; with several files --out is a folder) by which weir
evidence verify shows offline that this member deposited this file by then. A certificate carries the file's salt: show
it only to whom the file may be shown.

The salt is kept in DIR/deposits before anything is sent. The same command again, after whatever went wrong, goes on with
what was begun: nothing is deposited twice.

For a time stamp of an authority (RFC 3161) beside the ledger's own time: --prepare prints the digest to be stamped and
sends nothing; the same command again with --stamp TOKEN deposits. The token is one DER file, with the authority's
certificate in it.

Exit status: 0 done, 1 the ledger refused, 2 bad input, 3 the node cannot be reached, or witnesses have not cosigned yet.`,
		Example: "  weir evidence deposit contract.pdf --as bank\n" +
			"  weir evidence deposit scans/*.tif --as bank --out certificates --note \"loan file 7\"\n" +
			"  weir evidence deposit contract.pdf --as bank --prepare\n" +
			"  weir evidence deposit contract.pdf --as bank --stamp contract.token",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return failed(d.run(cmd.Context(), args)) },
	})
	flags := cmd.Flags()
	flags.StringVar(&d.name, "name", "", "the file's name in its certificate; default: its own; not for several files")
	flags.StringVar(&d.mediaType, "type", "", "media type; default: by the file's name")
	flags.StringVar(&d.note, "note", "", "what the certificate says beside it, at most 1024 bytes; not on the ledger")
	flags.StringVar(&d.public, "public", "", "what everybody may read on the ledger, at most 256 bytes")
	flags.StringVar(&d.out, "out", "", "the certificate's file; with several files, a folder for certificates")
	flags.StringVar(&d.stamp, "stamp", "", "a time stamp token over the digest that --prepare printed")
	flags.BoolVar(&d.prepare, "prepare", false, "only make and keep the description, and print its digest")
	return cmd
}

// begun is what is kept from before anything is sent until the certificates are written, in canonical CBOR.
type begun struct {
	_         struct{} `cbor:",toarray"`
	Format    string
	Documents []deposit.Document // in the order of the files
	Public    string
	Stamp     []byte
}

const begunFormat = "weir-deposit/1"

// depositResult is what weir evidence deposit --json prints.
type depositResult struct {
	Digest       engine.Digest `json:"digest"` // what the ledger holds
	Documents    int           `json:"documents"`
	Transaction  string        `json:"transaction,omitempty"`
	Height       uint64        `json:"height,omitempty"`
	Time         *time.Time    `json:"time,omitempty"`
	Certificates []string      `json:"certificates,omitempty"`
}

func (d *depositing) run(ctx context.Context, files []string) error {
	outs, err := d.outs(files)
	if err != nil {
		return badInput(err)
	}
	m, err := d.open()
	if err != nil {
		return err
	}
	defer m.client.Close()
	name, author, err := m.author()
	if err != nil {
		return err
	}
	kept := keptFile(m.path, outs)
	b, err := d.begin(kept, name, files, outs)
	if err != nil {
		return badInput(err)
	}
	body, batch, err := b.body()
	if err != nil {
		return badInput(err)
	}
	if d.prepare {
		return d.tell(&depositResult{Digest: body.Digest, Documents: len(files)})
	}
	tx, height, err := post(ctx, m, author, name, body)
	if err != nil {
		return err
	}
	bundle, shown, err := m.bundle(ctx, tx, height)
	if err != nil {
		return err
	}
	for i := range b.Documents {
		place := deposit.Place{}
		if batch != nil {
			place = batch.Place(i)
		}
		if err := d.certify(files[i], outs[i], deposit.Assemble(&b.Documents[i], place, bundle, b.Stamp), m); err != nil {
			return badInput(err)
		}
	}
	at := shown.Header.At()
	result := &depositResult{Digest: body.Digest, Documents: len(files), Transaction: tx.String(), Height: height, Time: &at, Certificates: outs}
	return errors.Join(os.Remove(kept), d.tell(result))
}

// outs is where each certificate goes. None of them may be there.
func (d *depositing) outs(files []string) ([]string, error) {
	if len(files) > maxDeposited {
		return nil, fmt.Errorf("%d files, a one command takes at most %d", len(files), maxDeposited)
	}
	outs := make([]string, len(files))
	for i, file := range files {
		outs[i] = file + certificateSuffix
		switch {
		case d.out != "" && len(files) == 1:
			outs[i] = d.out
		case d.out != "":
			outs[i] = filepath.Join(d.out, filepath.Base(file)+certificateSuffix)
		}
		if slices.Contains(outs[:i], outs[i]) {
			return nil, fmt.Errorf("two certificates would be %s", outs[i])
		}
		if _, err := os.Lstat(outs[i]); !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s is there already", outs[i])
		}
	}
	if d.name != "" && len(files) > 1 {
		return nil, errors.New("--name is for one file")
	}
	if d.out != "" && len(files) > 1 {
		return outs, os.MkdirAll(d.out, 0o700)
	}
	return outs, nil
}

// keptFile is where what was begun for these certificates is kept.
func keptFile(path string, outs []string) string {
	h := sha256.New()
	for _, out := range outs {
		if whole, err := filepath.Abs(out); err == nil {
			out = whole
		}
		fmt.Fprintf(h, "%d %s\n", len(out), out)
	}
	return filepath.Join(path, "deposits", hex.EncodeToString(h.Sum(nil)[:8])+".begun")
}

// begin takes up what was begun, or begins: the salts are on disk before it returns.
func (d *depositing) begin(kept string, name engine.Name, files, outs []string) (*begun, error) {
	b, err := d.resume(kept, files)
	if b == nil && err == nil {
		b, err = d.describe(name, files)
	}
	if err != nil {
		return nil, err
	}
	if d.stamp != "" {
		if b.Stamp, err = readBounded(d.stamp, timestamp.Max); err != nil {
			return nil, err
		}
	}
	body, _, err := b.body()
	if err != nil {
		return nil, err
	}
	if len(b.Stamp) > 0 {
		if err := timestamp.Covers(b.Stamp, body.Digest); err != nil {
			return nil, fmt.Errorf("%s: %w: the digest to be stamped is %s", d.stamp, err, body.Digest)
		}
	}
	if err := os.MkdirAll(filepath.Dir(kept), 0o700); err != nil {
		return nil, err
	}
	return b, writePrivate(kept, canonical.Encode(b))
}

// resume gives what was begun, if it is about these files as they are.
func (d *depositing) resume(kept string, files []string) (*begun, error) {
	content, err := os.ReadFile(kept)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var b begun
	if err := canonical.Decode(content, 1<<30, &b); err != nil || b.Format != begunFormat || len(b.Documents) != len(files) {
		return nil, fmt.Errorf("%s is not what this program wrote; what was begun cannot be gone on with", kept)
	}
	for i, file := range files {
		if err := matches(&b.Documents[i], file); err != nil {
			return nil, fmt.Errorf("%s has changed since its deposit was begun: %w; to begin anew, remove %s", file, err, kept)
		}
	}
	d.warn("going on with what was begun: salts, names, types and notes stay as they were")
	return &b, nil
}

func matches(document *deposit.Document, file string) error {
	f, err := openRegularFile(file)
	if err != nil {
		return err
	}
	defer f.Close()
	return document.Matches(f)
}

func (d *depositing) describe(depositor engine.Name, files []string) (*begun, error) {
	b := &begun{Format: begunFormat, Public: d.public, Stamp: []byte{}}
	for _, file := range files {
		name, mediaType := d.name, d.mediaType
		if name == "" {
			name = filepath.Base(file)
		}
		if mediaType == "" {
			mediaType = mime.TypeByExtension(filepath.Ext(file))
		}
		document, err := describeFile(file, depositor, name, mediaType, d.note)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		b.Documents = append(b.Documents, *document)
	}
	return b, nil
}

func describeFile(file string, depositor engine.Name, name, mediaType, note string) (*deposit.Document, error) {
	f, err := openRegularFile(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return deposit.Describe(f, rand.Reader, depositor, name, mediaType, note)
}

// body is the transaction's, and the batch where there is one.
func (b *begun) body() (*deposit.Deposit, *deposit.Batch, error) {
	var body *deposit.Deposit
	var batch *deposit.Batch
	if len(b.Documents) == 1 {
		body = &deposit.Deposit{Digest: b.Documents[0].Digest(), Count: 1, Public: b.Public}
	} else {
		digests := make([]engine.Digest, len(b.Documents))
		for i := range b.Documents {
			digests[i] = b.Documents[i].Digest()
		}
		var err error
		if batch, err = deposit.NewBatch(digests); err != nil {
			return nil, nil, err
		}
		body = batch.Deposit(b.Public)
	}
	if len(b.Stamp) > 0 {
		body.Stamp = sha256.Sum256(b.Stamp)
	}
	return body, batch, body.Check()
}

// post deposits, or finds the deposit that stands already.
func post(ctx context.Context, m *memberFolder, author *message.Author, name engine.Name, body *deposit.Deposit) (tx engine.Digest, height uint64, err error) {
	result, err := author.Write(ctx, deposit.KindDeposit, *body)
	if err == nil {
		return result.Tx, result.Height, nil
	}
	if !errors.Is(err, message.ErrConflict) {
		return tx, 0, err
	}
	var entries []evidence.Entry
	if err := m.answer(ctx, "deposits", body.Digest, &entries); err != nil {
		return tx, 0, err
	}
	for _, e := range entries {
		if e.By == name {
			return e.Tx, e.Height, nil
		}
	}
	return tx, 0, err
}

// certify checks a certificate as anybody would, and writes it.
func (d *depositing) certify(file, out string, certificate []byte, m *memberFolder) error {
	f, err := openRegularFile(file)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := deposit.Verify(f, certificate, &deposit.Trust{Ledger: m.trust}); err != nil {
		return fmt.Errorf("%s: its certificate would not verify: %w", file, err)
	}
	return writePrivate(out, certificate)
}

func (d *depositing) tell(r *depositResult) error {
	if d.json {
		return d.printJSON(r)
	}
	if r.Transaction == "" {
		d.say("%s\nThe digest of what is to be deposited; nothing was sent. Have it stamped, then run the same command with --stamp TOKEN.", r.Digest)
		return nil
	}
	d.say("deposited %s at %s, in block %d", r.Digest, moment(*r.Time), r.Height)
	for _, file := range r.Certificates {
		d.say("wrote %s", file)
	}
	return nil
}
