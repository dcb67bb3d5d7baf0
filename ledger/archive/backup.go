// Package archive copies ledgers into files and back: a backup has all of a ledger, a snapshot the state after one block
// with what proves it. It is for operators, who have to be able to lose a disk, and for whoever is handed a file.
//
// A file is read entry by entry and believed only when all of it was: a backup is taken up after every block in it was
// compared with every other, a snapshot when its state leads to a header under a checkpoint. Nothing runs contracts here.
package archive

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"weir/ledger"
	"weir/ledger/history"
)

// Backup writes everything in a store, as of one moment, also while the ledger runs. It gives the last block in it.
// step is called after each entry.
func Backup(store ledger.Store, out io.Writer, step func()) (ledger.Head, error) {
	var head ledger.Head
	w := newWriter(out, backupFormat)
	var unreadable error
	err := store.Range(nil, nil, func(key, value []byte) bool {
		if h, isHeader := history.HeaderAt(key, value); isHeader {
			if h == nil {
				unreadable = fmt.Errorf("%w: a header is not readable", ledger.ErrDamaged)
				return false
			}
			head = ledger.Head{Height: h.Height, Header: h.Digest()}
		}
		w.entry(key, value)
		step()
		return w.err == nil
	})
	switch {
	case err != nil:
	case unreadable != nil:
		err = unreadable
	case head == ledger.Head{}:
		err = history.ErrNotFound
	default:
		err = w.end(head)
	}
	if err != nil {
		return head, fmt.Errorf("backup: %w", err)
	}
	return head, nil
}

// Check reads a backup and compares it with its checksum. It gives the last block in it.
func Check(in io.Reader) (ledger.Head, error) {
	r, err := newReader(in, backupFormat)
	for key := []byte{0}; err == nil && key != nil; {
		key, _, err = r.next()
	}
	if err != nil {
		return ledger.Head{}, err
	}
	return r.end()
}

// Bounds of what is restored at a time: half of what a block may write.
const (
	batchBytes = ledger.MaxBlockWrites / 2
	batchKeys  = ledger.MaxBlockKeys / 2
)

// Restore puts a backup into an empty store, and then scrubs all of it. After an error the store is of no use. step is
// called after each block scrubbed.
func Restore(ctx context.Context, in io.Reader, store ledger.Store, step func(done, total uint64)) (*history.Report, error) {
	if _, begun := store.Head(); begun {
		return nil, fmt.Errorf("restore: the store has blocks already")
	}
	if err := load(ctx, in, store); err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	report, err := history.Reader{Store: store}.Scrub(ctx, true, step)
	if err == nil {
		err = report.Err()
	}
	if err != nil {
		return report, fmt.Errorf("restore: %w", err)
	}
	return report, nil
}

// load writes entries in batches. Until the last one, the store's head is a block that is not there.
func load(ctx context.Context, in io.Reader, store ledger.Store) error {
	r, err := newReader(in, backupFormat)
	if err != nil {
		return err
	}
	var batch []ledger.Write
	size := 0
	flush := func(head ledger.Head) error {
		err := store.Commit(head, batch)
		batch, size = nil, 0
		return err
	}
	unfinished := ledger.Head{Height: 1<<64 - 1}
	for {
		key, value, err := r.next()
		if err != nil {
			return err
		}
		if key == nil {
			break
		}
		batch = append(batch, ledger.Write{Key: key, Value: value})
		if size += len(key) + len(value); size < batchBytes && len(batch) < batchKeys {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := flush(unfinished); err != nil {
			return err
		}
	}
	head, err := r.end()
	if err != nil {
		return err
	}
	return flush(head)
}

// Kind is what a file says it is: "backup", "snapshot" or, for any other, "".
func Kind(start []byte) string {
	for format, kind := range map[string]string{backupFormat: "backup", snapshotFormat: "snapshot"} {
		if bytes.HasPrefix(start, []byte(format)) {
			return kind
		}
	}
	return ""
}
