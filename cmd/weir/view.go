package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/engine/proof"
	"weir/ledger/archive"
	"weir/ledger/badgerdb"
	"weir/ledger/contract"
	"weir/ledger/history"
	"weir/ledger/mirror"
	"weir/ledger/node"
)

// Folders of a member's folder that commands read a ledger with.
const (
	copyFolder = "copy" // the member's own copy of the ledger
	keysFolder = "keys" // verifying keys, as beside a node
)

// reader is a command that reads a ledger, as the member of a folder.
type reader struct {
	place
	verified bool
	store    string
}

// flags are --as, --node, --verified and --store.
func (r *reader) flags(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().StringVar(&r.path, "as", "", "folder of a member, or of a reader who has consortium.json alone")
	cmd.Flags().BoolVar(&r.verified, "verified", false, "believe no node: judge all blocks again into the folder's own copy, and ask that")
	return r.storeFlag(r.nodeFlag(cmd))
}

func (r *reader) storeFlag(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().StringVar(&r.store, "store", "", "in place of a node: the store of one that is stopped, or a backup")
	return cmd
}

// view is a ledger to be asked: a node that is believed, or a copy that was judged here.
type view struct {
	message.Asker
	message.Board
	mirror *mirror.Mirror // nil where a node is believed
	seen   *mirror.Seen
	from   string // whose word it is
	height uint64
	time   time.Time
	close  []func() error
}

// Close ends it.
func (v *view) Close() {
	for _, end := range v.close {
		end()
	}
}

// open makes the view.
func (r *reader) open(ctx context.Context) (*view, error) {
	if r.path == "" {
		return nil, badInput(errors.New("--as: which folder has the consortium's public file?"))
	}
	if err := r.read(r.path); err != nil {
		return nil, err
	}
	switch {
	case r.store != "":
		return r.openStore(ctx)
	case r.verified:
		client, err := r.dial()
		if err != nil {
			return nil, err
		}
		defer client.Close()
		return r.judged(ctx, filepath.Join(r.path, copyFolder), client)
	}
	return r.believed(ctx)
}

// believed is a view of what a node says.
func (r *reader) believed(ctx context.Context) (*view, error) {
	client, err := r.dial()
	if err != nil {
		return nil, err
	}
	status, err := client.Status(ctx)
	if err != nil {
		return nil, failed(err)
	}
	r.warn("this is the node's word; --verified believes none")
	return &view{Asker: client, Board: client, from: "the node's word", height: status.Height, time: status.Time, close: []func() error{client.Close}}, nil
}

// judged is a view of a copy, brought up to what the source shows.
func (r *reader) judged(ctx context.Context, path string, from mirror.Source) (*view, error) {
	config := mirror.Config{Folder: path, Chain: r.genesis.Chain, Founded: r.consortium.Founded, Document: r.consortium.Founding}
	var err error
	if config.Contracts, err = r.consortium.Contracts(); err != nil {
		return nil, badInput(err)
	}
	if config.Trust, err = r.consortium.Trust(); err != nil {
		return nil, badInput(err)
	}
	if config.Verifier, err = r.verifier(ctx); err != nil {
		return nil, badInput(err)
	}
	own, err := mirror.Open(config)
	if err != nil {
		return nil, failed(err)
	}
	v := &view{mirror: own, from: "judged here", close: []func() error{own.Close}}
	err = r.phase("blocks", func(step func(done, total uint64)) error {
		v.seen, err = own.Follow(ctx, from, step)
		return err
	})
	if err != nil {
		v.Close()
		return nil, failed(err)
	}
	asked := node.New(node.Config{Machine: own.Machine()})
	v.Asker, v.Board, v.height, v.time = asked, asked, v.seen.Height, v.seen.Time
	if !v.seen.Final {
		r.warn("the newest checkpoint has fewer witnesses than this consortium wants: it is the log's own signature that counts")
	}
	return v, nil
}

// verifier judges proofs by the verifying keys beside the folder, else by those of the key cache. Only the keys that the
// founding document registers are taken.
func (r *reader) verifier(ctx context.Context) (contract.Verifier, error) {
	files := os.DirFS(filepath.Join(r.path, keysFolder))
	judge, err := proof.OpenJudge(r.genesis, files)
	if !errors.Is(err, fs.ErrNotExist) {
		return judge, err
	}
	r.warn("no verifying keys in %s: taking those of the key cache", filepath.Join(r.path, keysFolder))
	keys, err := r.loadKeys(ctx)
	if err == nil {
		err = keys.Check(r.genesis)
	}
	if err != nil {
		return nil, fmt.Errorf("%w (a node's folder %s has the verifying keys: copy it into %s)", err, keysFolder, r.path)
	}
	return keys.NewJudge(), nil
}

// openStore judges a stopped node's store, or a backup, in a folder that goes away again.
func (r *reader) openStore(ctx context.Context) (*view, error) {
	temp, err := os.MkdirTemp("", "weir-copy-*")
	if err != nil {
		return nil, badInput(err)
	}
	away := func() error { return os.RemoveAll(temp) }
	v, err := r.fromStore(ctx, temp)
	if err != nil {
		return nil, errors.Join(err, away())
	}
	v.close = append(v.close, away)
	return v, nil
}

func (r *reader) fromStore(ctx context.Context, temp string) (*view, error) {
	db, err := r.readStore(ctx, filepath.Join(temp, "restored"))
	switch {
	case damaged(err):
		return nil, isFalse(fmt.Errorf("%s: %w", r.store, err))
	case err != nil:
		return nil, badInput(err)
	}
	defer db.Close()
	return r.judged(ctx, filepath.Join(temp, copyFolder), mirror.Stored{Reader: history.Reader{Store: db}})
}

// readStore opens a folder, or restores a backup into a temporary one.
func (r *reader) readStore(ctx context.Context, restored string) (*badgerdb.DB, error) {
	info, err := os.Stat(r.store)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return openLedger(r.store)
	}
	f, err := openRegularFile(r.store)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	db, err := badgerdb.Open(restored)
	if err != nil {
		return nil, err
	}
	err = r.phase("backup", func(step func(done, total uint64)) error {
		_, err := archive.Restore(ctx, f, db, step)
		return err
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// ask puts a question to a contract of the view.
func ask[T any](ctx context.Context, v message.Asker, name engine.Name, answer string, argument any) (told T, err error) {
	b, err := v.Ask(ctx, name, answer, canonical.Encode(argument))
	if err == nil {
		err = canonical.Decode(b, contract.MaxValue, &told)
	}
	return told, err
}
