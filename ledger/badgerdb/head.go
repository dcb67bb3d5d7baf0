package badgerdb

import (
	"bytes"
	"crypto/sha256"
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

// The HEAD file has two slots of one page each, for even heights and for odd ones, written in turn and in place: syncing a
// page that is there already costs a tenth of a new file. A slot is one line (the format, the height in decimal, the
// digest of the header and the SHA-256 of all before it in hexadecimal), and zeros; a slot never used is zeros. What a
// crash can tear is the slot of a block that the database has already.
const (
	headFormat   = "weir-ledger-head/2"
	headFile     = "HEAD"
	slotSize     = 4096
	headFileSize = 2 * slotSize
)

func formatHead(h ledger.Head) []byte {
	text := fmt.Sprintf("%s %d %s ", headFormat, h.Height, h.Header)
	slot := make([]byte, slotSize)
	copy(slot, fmt.Sprintf("%s%x\n", text, sha256.Sum256([]byte(text))))
	return slot
}

// parseHead reads a slot; only the exact form that formatHead writes counts.
func parseHead(slot []byte) (ledger.Head, bool) {
	var h ledger.Head
	line, _, _ := strings.Cut(string(slot), "\n")
	fields := strings.Fields(line)
	if len(fields) != 4 {
		return h, false
	}
	fmt.Sscanf(fields[1], "%d", &h.Height)
	var err error
	if h.Header, err = engine.ParseDigest(fields[2]); err != nil {
		return h, false
	}
	return h, bytes.Equal(formatHead(h), slot)
}

// readHead gives the newer head of the HEAD file. torn tells that the other slot is neither a head nor unused.
func readHead(folder string) (head ledger.Head, torn bool, err error) {
	b, err := os.ReadFile(filepath.Join(folder, headFile))
	if err != nil {
		return head, false, err
	}
	if len(b) != headFileSize {
		return head, false, fmt.Errorf("%w: the %s file has %d bytes, want %d", ledger.ErrDamaged, headFile, len(b), headFileSize)
	}
	found := false
	for parity := range uint64(2) {
		slot := b[parity*slotSize : (parity+1)*slotSize]
		h, readable := parseHead(slot)
		switch {
		case readable && h.Height%2 == parity:
			if !found || h.Height > head.Height {
				head, found = h, true
			}
		case bytes.Count(slot, []byte{0}) != slotSize:
			torn = true
		}
	}
	if !found {
		return head, torn, fmt.Errorf("%w: the %s file is not readable", ledger.ErrDamaged, headFile)
	}
	return head, torn, nil
}

// writeHead writes the slot of a head: a crash leaves that of the block before.
func (d *DB) writeHead(h ledger.Head) error {
	if d.heads == nil {
		if err := d.beginHeads(h); err != nil {
			return err
		}
	}
	if _, err := d.heads.WriteAt(formatHead(h), int64(h.Height%2)*slotSize); err != nil {
		return err
	}
	d.step("head written")
	if err := syncData(d.heads); err != nil {
		return err
	}
	d.step("head synced")
	return nil
}

// beginHeads opens the HEAD file, which is made when there is none.
func (d *DB) beginHeads(h ledger.Head) error {
	path := filepath.Join(d.folder, headFile)
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		b := make([]byte, headFileSize)
		copy(b[h.Height%2*slotSize:], formatHead(h))
		if err = durable.Replace(path, b); err == nil {
			f, err = os.OpenFile(path, os.O_WRONLY, 0)
		}
	}
	d.heads = f
	return err
}

// checkHead compares the database with the HEAD file. The database is written first, so it may be one block ahead, when
// the process ended in between: that block was never acknowledged, and counts from now on. Anything else is damage.
func (d *DB) checkHead() error {
	stored, err := d.get(headKey)
	if err != nil {
		return fmt.Errorf("%w: %w", ledger.ErrDamaged, err)
	}
	acknowledged, torn, err := readHead(d.folder)
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
	return d.compare(acknowledged, torn, stored)
}

func (d *DB) compare(acknowledged ledger.Head, torn bool, stored []byte) error {
	if stored == nil {
		return fmt.Errorf("%w: %d blocks were acknowledged, none is left", ledger.ErrDamaged, acknowledged.Height+1)
	}
	last := decodeHead(stored)
	switch {
	case *last == acknowledged && torn:
		return fmt.Errorf("%w: half of the %s file is not readable", ledger.ErrDamaged, headFile)
	case *last == acknowledged:
		d.head.Store(last)
		return nil
	case len(stored) == 2*headSize && *decodeHead(stored[headSize:]) == acknowledged:
		return d.catchUp(*last)
	case last.Height < acknowledged.Height:
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
