package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"weir/engine"
	"weir/engine/inquiry"
	"weir/ledger"
	"weir/ledger/archive"
	"weir/ledger/badgerdb"
	"weir/ledger/blob"
	"weir/ledger/history"
	"weir/ledger/tiles"
)

func newLedgerCommand(c *console) *cobra.Command {
	root := &cobra.Command{Use: "ledger", Short: "Check, back up and restore a ledger's folder", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	var parts ledgerParts
	verify := &cobra.Command{
		Use:   "verify PATH",
		Short: "Read every stored byte of a ledger, a backup or a snapshot, and compare it with all others",
		Long: `Verify reads a ledger's folder: every block, its transactions and results against its header, the chain and the log
of headers, the state against the last header. With --tiles and --contents it reads the published log and the contents
that lie beside it. A backup or a snapshot is recognised by its first line. Nothing is changed, unless --repair has
published files that are missing or damaged made again. A folder that a node has open is refused: a running node
scrubs itself.

Exit status: 0 everything is whole, 1 something is damaged, 2 there is nothing to read.`,
		Example: "  weir ledger verify node/ledger\n  weir ledger verify node/ledger --tiles node/log --repair\n  weir ledger verify monday.backup",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.verifyLedger(cmd.Context(), args[0], parts) },
	}
	verify.Flags().StringVar(&parts.tiles, "tiles", "", "folder of the published log")
	verify.Flags().StringVar(&parts.contents, "contents", "", "folder of the contents whose digests stand on the ledger")
	verify.Flags().BoolVar(&parts.repair, "repair", false, "make missing and damaged files of the published log again")
	var behind bool
	backup := &cobra.Command{
		Use:   "backup DIR FILE",
		Short: "Copy a whole ledger into one file",
		Long: `Backup copies everything in a ledger's folder into one file with a checksum. With --behind it takes what is left of a
ledger that is refused because its last blocks are gone: copy the folder first, for opening it cuts damaged logs off.

Exit status: 0 written, 1 the ledger is damaged, 2 there is nothing to read or no place to write.`,
		Example: "  weir ledger backup node/ledger monday.backup",
		Args:    cobra.ExactArgs(2),
		RunE:    func(_ *cobra.Command, args []string) error { return c.backupLedger(args[0], args[1], behind) },
	}
	backup.Flags().BoolVar(&behind, "behind", false, "take what is left when acknowledged blocks are missing")
	root.AddCommand(verify, backup, &cobra.Command{
		Use:   "restore FILE DIR",
		Short: "Make a ledger's folder out of a backup, and verify it",
		Long: `Restore makes a new folder; one that is there is refused. It appears only when all of it was verified. Blocks after
the backup are then replayed from another node's copy, when the node starts with one.

Exit status: 0 restored, 1 the backup is damaged, 2 there is nothing to read or the folder is there already.`,
		Example: "  weir ledger restore monday.backup node/ledger",
		Args:    cobra.ExactArgs(2),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.restoreLedger(cmd.Context(), args[0], args[1]) },
	}, &cobra.Command{
		Use:     "snapshot DIR FILE",
		Short:   "Write the state after the last block into a file, with what proves it",
		Example: "  weir ledger snapshot node/ledger october.snapshot",
		Args:    cobra.ExactArgs(2),
		RunE:    func(_ *cobra.Command, args []string) error { return c.snapshotLedger(args[0], args[1]) },
	})
	return root
}

// ledgerParts are what verify looks at beside the store.
type ledgerParts struct {
	tiles, contents string
	repair          bool
}

// ledgerResult is what all four commands print with --json.
type ledgerResult struct {
	Path         string        `json:"path"`
	Kind         string        `json:"kind"` // ledger, backup or snapshot
	Height       uint64        `json:"height"`
	Header       engine.Digest `json:"header"`
	Transactions uint64        `json:"transactions,omitempty"`
	Entries      uint64        `json:"entries,omitempty"`
	Lost         uint64        `json:"lost_blocks,omitempty"`
	Damages      []string      `json:"damages"`
	OK           bool          `json:"ok"`
}

// tell prints a result; what is damaged is exit status 1.
func (c *console) tell(r *ledgerResult, done string) error {
	r.OK = len(r.Damages) == 0
	if c.json {
		if r.Damages == nil {
			r.Damages = []string{}
		}
		if err := c.printJSON(r); err != nil {
			return err
		}
	} else {
		for _, damage := range r.Damages {
			c.say("damaged: %s", damage)
		}
		if r.OK {
			c.say("%s: %s up to block %d, %s", r.Path, done, r.Height, r.Header)
		}
		if r.Lost > 0 {
			c.say("%d blocks that were acknowledged are not in it", r.Lost)
		}
	}
	if !r.OK {
		return isFalse(fmt.Errorf("%s is damaged in %d places; restore a backup with weir ledger restore", r.Path, len(r.Damages)))
	}
	return nil
}

// damaged turns what a ledger's packages say about damage into a result, and any other error into bad input.
func (c *console) damaged(r *ledgerResult, err error) error {
	if errors.Is(err, ledger.ErrDamaged) || errors.Is(err, archive.ErrArchive) {
		r.Damages = append(r.Damages, err.Error())
		return c.tell(r, "")
	}
	return badInput(err)
}

// phase reports work in steps on stderr.
func (c *console) phase(name string, work func(step func(done, total uint64)) error) error {
	progress := c.reporter()
	progress.Begin(name)
	began := time.Now()
	defer func() { progress.End(name, time.Since(began)) }()
	return work(func(done, total uint64) { progress.Step(int(done), int(total)) })
}

// openLedger opens a folder that has a ledger, and makes none.
func openLedger(dir string) (*badgerdb.DB, error) {
	if _, err := os.Stat(filepath.Join(dir, "db")); err != nil {
		return nil, fmt.Errorf("there is no ledger in %s", dir)
	}
	return badgerdb.Open(dir)
}

func (c *console) verifyLedger(ctx context.Context, path string, parts ledgerParts) error {
	info, err := os.Stat(path)
	if err != nil {
		return badInput(err)
	}
	if !info.IsDir() {
		return c.verifyFile(path)
	}
	r := &ledgerResult{Path: path, Kind: "ledger"}
	db, err := openLedger(path)
	if err != nil {
		return c.damaged(r, err)
	}
	defer db.Close()
	r.setHead(db.Head())
	var report *history.Report
	err = c.phase("blocks", func(step func(done, total uint64)) error {
		report, err = history.Reader{Store: db}.Scrub(ctx, true, step)
		return err
	})
	if err != nil {
		return c.damaged(r, err)
	}
	r.Transactions, r.Entries, r.Damages = report.Transactions, report.Entries, report.Damages
	if err := c.verifyParts(ctx, r, db, parts); err != nil {
		return badInput(err)
	}
	return c.tell(r, "whole")
}

func (r *ledgerResult) setHead(head ledger.Head, _ bool) {
	r.Height, r.Header = head.Height, head.Header
}

// verifyParts looks at what lies beside the store.
func (c *console) verifyParts(ctx context.Context, r *ledgerResult, db *badgerdb.DB, parts ledgerParts) error {
	if parts.tiles != "" {
		bad, err := c.verifyTiles(ctx, history.Reader{Store: db}, parts)
		if err != nil {
			return err
		}
		for _, file := range bad {
			r.Damages = append(r.Damages, "published log: "+file)
		}
	}
	if parts.contents == "" {
		return nil
	}
	contents, err := blob.Open(parts.contents, maxContent, named)
	if err != nil {
		return err
	}
	var bad []string
	err = c.phase("contents", func(func(done, total uint64)) error {
		bad, err = contents.Scrub(ctx, func() {})
		return err
	})
	for _, file := range bad {
		r.Damages = append(r.Damages, "content "+file)
	}
	return err
}

// maxContent bounds one content, in bytes.
const maxContent = 16 << 20

// named tells whether a digest names a content: a polynomial's, or a response's.
func named(digest engine.Digest, content []byte) bool {
	return blob.SHA256(digest, content) || inquiry.ResponseDigest(content) == digest
}

// verifyTiles gives the files that are missing or wrong; with repair, that could not be made again.
func (c *console) verifyTiles(ctx context.Context, from history.Reader, parts ledgerParts) (bad []string, err error) {
	if _, err := os.Stat(parts.tiles); err != nil && !parts.repair {
		return nil, err
	}
	p, err := tiles.Open(parts.tiles, from)
	if err != nil {
		return nil, err
	}
	err = c.phase("published log", func(step func(done, total uint64)) error {
		bad, err = p.Check(ctx, parts.repair, func(done, total int) { step(uint64(done), uint64(total)) })
		if err == nil && parts.repair {
			_, err = p.Publish(ctx)
		}
		return err
	})
	if err == nil && parts.repair {
		for _, file := range bad {
			c.warn("made again: %s", file)
		}
		bad = nil
	}
	return bad, err
}

func (c *console) verifyFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return badInput(err)
	}
	defer f.Close()
	start := make([]byte, 32)
	n, _ := io.ReadFull(f, start)
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return badInput(err)
	}
	r := &ledgerResult{Path: path, Kind: archive.Kind(start[:n])}
	switch r.Kind {
	case "backup":
		var head ledger.Head
		if head, err = archive.Check(f); err == nil {
			r.setHead(head, true)
		}
	case "snapshot":
		var s *archive.Content
		if s, err = archive.Read(f, func(_, _ []byte) {}); err == nil {
			r.Height, r.Header, r.Entries = s.Of.Height, s.Of.Digest(), s.Entries
		}
	default:
		return badInput(fmt.Errorf("%s is neither a ledger's folder, nor a backup, nor a snapshot", path))
	}
	if err != nil {
		return c.damaged(r, err)
	}
	return c.tell(r, "a whole "+r.Kind)
}

func (c *console) backupLedger(dir, file string, behind bool) error {
	r := &ledgerResult{Path: file, Kind: "backup"}
	db, err := openLedger(dir)
	if behind && errors.Is(err, ledger.ErrDamaged) {
		db, r.Lost, err = badgerdb.Salvage(dir)
	}
	if err != nil {
		return c.damaged(r, err)
	}
	defer db.Close()
	err = c.writeArchive(file, r, func(out io.Writer, step func()) (ledger.Head, error) { return archive.Backup(db, out, step) })
	if err != nil {
		return c.damaged(r, err)
	}
	return c.tell(r, "a backup")
}

func (c *console) snapshotLedger(dir, file string) error {
	r := &ledgerResult{Path: file, Kind: "snapshot"}
	db, err := openLedger(dir)
	if err != nil {
		return c.damaged(r, err)
	}
	defer db.Close()
	err = c.writeArchive(file, r, func(out io.Writer, step func()) (ledger.Head, error) {
		return archive.Snapshot(db, out, func() { r.Entries++; step() })
	})
	if err != nil {
		return c.damaged(r, err)
	}
	return c.tell(r, "a snapshot")
}

// writeArchive writes a new file, which appears when it is whole and on disk.
func (c *console) writeArchive(file string, r *ledgerResult, write func(io.Writer, func()) (ledger.Head, error)) error {
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there already", file)
	}
	temp := file + ".new"
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer os.Remove(temp)
	err = c.phase(r.Kind, func(step func(done, total uint64)) error {
		var n uint64
		head, err := write(f, func() { n++; step(n, n) })
		r.setHead(head, true)
		return err
	})
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(temp, file)
}

func (c *console) restoreLedger(ctx context.Context, file, dir string) error {
	r := &ledgerResult{Path: dir, Kind: "ledger"}
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		return badInput(fmt.Errorf("%s is there already", dir))
	}
	f, err := os.Open(file)
	if err != nil {
		return badInput(err)
	}
	defer f.Close()
	temp := dir + ".new"
	if err := os.RemoveAll(temp); err != nil {
		return badInput(err)
	}
	defer os.RemoveAll(temp)
	if err := c.restoreInto(ctx, f, temp, r); err != nil {
		return c.damaged(r, err)
	}
	if err := os.Rename(temp, dir); err != nil {
		return badInput(err)
	}
	return c.tell(r, "restored")
}

func (c *console) restoreInto(ctx context.Context, from io.Reader, folder string, r *ledgerResult) error {
	db, err := badgerdb.Open(folder)
	if err != nil {
		return err
	}
	err = c.phase("blocks", func(step func(done, total uint64)) error {
		report, err := archive.Restore(ctx, from, db, step)
		if err == nil {
			r.Transactions, r.Entries = report.Transactions, report.Entries
			r.setHead(db.Head())
		}
		return err
	})
	return errors.Join(err, db.Close())
}
