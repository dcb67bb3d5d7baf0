package badgerdb

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"weir/engine"
	"weir/ledger"
	"weir/ledger/internal/durable"
)

// The HEAD file is one line: "weir-ledger-head/1", the height in decimal, the digest of the header in hexadecimal.
const headFormat = "weir-ledger-head/1"

const (
	headFile = "HEAD"
	headTemp = "HEAD.new"
)

func formatHead(h ledger.Head) string {
	return fmt.Sprintf("%s %d %s\n", headFormat, h.Height, h.Header)
}

// parseHead reads a HEAD file; only the exact form that formatHead writes counts.
func parseHead(text string) (ledger.Head, error) {
	var h ledger.Head
	var digest string
	fields := strings.Fields(text)
	if len(fields) == 3 {
		fmt.Sscanf(fields[1], "%d", &h.Height)
		digest = fields[2]
	}
	var err error
	if h.Header, err = engine.ParseDigest(digest); err != nil || formatHead(h) != text {
		return ledger.Head{}, fmt.Errorf("%w: the %s file is not readable", ledger.ErrDamaged, headFile)
	}
	return h, nil
}

// writeHead replaces the HEAD file: a crash leaves the old one or the new one.
func (d *DB) writeHead(h ledger.Head) error {
	temp := filepath.Join(d.folder, headTemp)
	if err := writeSynced(temp, []byte(formatHead(h))); err != nil {
		return err
	}
	d.step("head written")
	if err := os.Rename(temp, filepath.Join(d.folder, headFile)); err != nil {
		return err
	}
	d.step("head renamed")
	return durable.SyncFolder(d.folder)
}

func writeSynced(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func (d *DB) readHead() (ledger.Head, error) {
	text, err := os.ReadFile(filepath.Join(d.folder, headFile))
	if err != nil {
		return ledger.Head{}, err
	}
	return parseHead(string(text))
}

// checkHead compares the database with the HEAD file. The database is written first, so it may be one block ahead, when
// the process ended in between: that block was never acknowledged, and counts from now on. Anything else is damage.
func (d *DB) checkHead() error {
	stored, err := d.get(headKey)
	if err != nil {
		return fmt.Errorf("%w: %w", ledger.ErrDamaged, err)
	}
	acknowledged, err := d.readHead()
	missing := errors.Is(err, fs.ErrNotExist)
	switch {
	case err != nil && !missing:
		return err
	case stored == nil && missing:
		return nil // a new store
	case len(stored) != headSize && len(stored) != 2*headSize && stored != nil:
		return fmt.Errorf("%w: its own head is not readable", ledger.ErrDamaged)
	case missing && len(stored) == headSize:
		return d.catchUp(*decodeHead(stored)) // ended in the first commit
	case missing:
		return fmt.Errorf("%w: there are blocks, but no %s file", ledger.ErrDamaged, headFile)
	}
	return d.compare(acknowledged, stored)
}

func (d *DB) compare(acknowledged ledger.Head, stored []byte) error {
	if stored == nil {
		return fmt.Errorf("%w: %d blocks were acknowledged, none is left", ledger.ErrDamaged, acknowledged.Height+1)
	}
	last := decodeHead(stored)
	if *last == acknowledged {
		d.head.Store(last)
		return nil
	}
	if len(stored) == 2*headSize && *decodeHead(stored[headSize:]) == acknowledged {
		return d.catchUp(*last)
	}
	if last.Height < acknowledged.Height {
		return fmt.Errorf("%w: block %d was acknowledged, the last one left is %d", ledger.ErrDamaged, acknowledged.Height, last.Height)
	}
	return fmt.Errorf("%w: the %s file is of another history", ledger.ErrDamaged, headFile)
}

func (d *DB) catchUp(last ledger.Head) error {
	if err := d.writeHead(last); err != nil {
		return err
	}
	d.head.Store(&last)
	return nil
}
