// Package badgerdb keeps a ledger in a folder: a Badger database that changes by one durable transaction for each block,
// and beside it a small HEAD file that says how far it was.
//
// Badger cuts a damaged write-ahead log off at the damage and opens without a word. The HEAD file is what notices: a
// database that is behind it, or beside it, has lost acknowledged blocks, and Open refuses it. Nothing is repaired here.
package badgerdb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"

	"weir/engine"
	"weir/ledger"
)

// The key that Badger keeps the heads under, and what goes before every key of the ledger's own.
var (
	headKey = []byte{0}
	own     = []byte{1}
)

// DB is a ledger.Store in a folder.
type DB struct {
	db      *badger.DB
	folder  string
	head    atomic.Pointer[ledger.Head]
	heads   *os.File          // the HEAD file, once something was written to it
	salvage bool              // opened to be read, whatever the HEAD file says
	reached func(step string) // a test ends the process here; nil otherwise
}

// Open opens the store in a folder, or begins one there. Errors wrap ledger.ErrDamaged when acknowledged blocks are
// missing or its files cannot be read; restore the folder from a copy then, or replay the blocks from another node.
func Open(folder string) (*DB, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("open ledger store: %w", err)
	}
	db, err := openBadger(filepath.Join(folder, "db"))
	if err != nil {
		return nil, fmt.Errorf("open ledger store %s: %w", folder, err)
	}
	d := &DB{db: db, folder: folder}
	if err := d.checkHead(); err != nil {
		return nil, fmt.Errorf("open ledger store %s: %w", folder, errors.Join(err, d.Close()))
	}
	return d, nil
}

// Salvage opens a store that Open refuses because acknowledged blocks are missing, to read what is left of it: the ledger
// as it was some blocks before. Nothing can be committed to it. Damaged tables it refuses as Open does. lost is how many
// acknowledged blocks are not there, as far as the HEAD file tells.
func Salvage(folder string) (d *DB, lost uint64, err error) {
	if _, err := os.Stat(filepath.Join(folder, "db")); err != nil {
		return nil, 0, fmt.Errorf("salvage ledger store: %w", err)
	}
	db, err := openBadger(filepath.Join(folder, "db"))
	if err != nil {
		return nil, 0, fmt.Errorf("salvage ledger store %s: %w", folder, err)
	}
	d = &DB{db: db, folder: folder, salvage: true}
	stored, err := d.get(headKey)
	if err != nil || len(stored) < headSize {
		return nil, 0, errors.Join(fmt.Errorf("salvage ledger store %s: %w: no block is left", folder, ledger.ErrDamaged), err, db.Close())
	}
	left := decodeHead(stored)
	d.head.Store(left)
	if h, _, err := readHead(folder); err == nil && h.Height > left.Height {
		lost = h.Height - left.Height
	}
	return d, lost, nil
}

// ErrInUse is returned by Open for a folder that another process has open.
var ErrInUse = errors.New("folder is in use by another process")

// emptyLog is in the error that Badger ends with where a crash left a log without a byte in it. The log is sound from then
// on, and opening again goes well; whether an acknowledged block is missing, the HEAD file tells.
const emptyLog = "Create a new file"

// openBadger tells damage from a folder that cannot be opened now. Damage that Badger notices, it may report by a panic.
func openBadger(folder string) (db *badger.DB, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", ledger.ErrDamaged, r)
		}
	}()
	if inUse(folder) {
		return nil, ErrInUse
	}
	if err := checkTables(folder); err != nil {
		return nil, err
	}
	db, err = badger.Open(badgerOptions(folder))
	if err != nil && strings.Contains(err.Error(), emptyLog) {
		db, err = badger.Open(badgerOptions(folder))
	}
	switch {
	case err == nil:
		return db, nil
	case strings.Contains(err.Error(), "directory lock"): // the library has no sentinel for it
		return nil, ErrInUse
	case errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EMFILE):
		return nil, err
	}
	return nil, fmt.Errorf("%w: %w", ledger.ErrDamaged, err)
}

// Sizes: a transaction may fill 15 % of a memtable, and a block (ledger.MaxBlock…) must fit one.
func badgerOptions(folder string) badger.Options {
	return badger.DefaultOptions(folder).
		WithLogger(nil).
		WithSyncWrites(true).                              // off by default
		WithVerifyValueChecksum(true).                     // off by default
		WithChecksumVerificationMode(options.OnBlockRead). // off by default; whole tables: checkTables
		WithDetectConflicts(false).                        // one writer
		WithMetricsEnabled(false).
		WithNumVersionsToKeep(1).
		WithMemTableSize(32 << 20).
		WithNumMemtables(2).
		WithNumLevelZeroTables(2).
		WithNumLevelZeroTablesStall(4).
		WithNumCompactors(2).
		WithValueLogFileSize(16 << 20). // hardly used: values above 1 MiB only, and a block has none
		WithCompression(options.None).
		WithBlockCacheSize(0). // tables are mapped and not compressed
		WithIndexCacheSize(16 << 20)
}

// Head is the last block committed.
func (d *DB) Head() (ledger.Head, bool) {
	if h := d.head.Load(); h != nil {
		return *h, true
	}
	return ledger.Head{}, false
}

// Get is the value under a key.
func (d *DB) Get(key []byte) ([]byte, error) { return d.get(append(bytes.Clone(own), key...)) }

func (d *DB) get(key []byte) (value []byte, err error) {
	err = d.db.View(func(txn *badger.Txn) error {
		item, err := txn.Get(key)
		if errors.Is(err, badger.ErrKeyNotFound) {
			return nil
		}
		if err == nil {
			value, err = item.ValueCopy(nil)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read ledger store: %w", err)
	}
	return value, nil
}

// Range yields the keys with a prefix, in order, from one moment's view.
func (d *DB) Range(prefix, from []byte, yield func(key, value []byte) bool) error {
	full := append(bytes.Clone(own), prefix...)
	start := append(bytes.Clone(own), from...)
	if bytes.Compare(start, full) < 0 {
		start = full
	}
	err := d.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: full, PrefetchValues: true, PrefetchSize: 64})
		defer it.Close()
		goOn := true
		for it.Seek(start); goOn && it.Valid(); it.Next() {
			item := it.Item()
			if err := item.Value(func(value []byte) error { goOn = yield(item.Key()[len(own):], value); return nil }); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read ledger store: %w", err)
	}
	return nil
}

// Commit writes one block in one transaction, synced to disk, and then the HEAD file.
func (d *DB) Commit(head ledger.Head, writes []ledger.Write) error {
	if d.salvage {
		return errors.New("write block: the store was opened to be read")
	}
	d.step("begin")
	txn := d.db.NewTransaction(true)
	defer txn.Discard()
	err := txn.Set(headKey, d.encodeHeads(head))
	keys := ownKeys(writes)
	for i := 0; err == nil && i < len(writes); i++ {
		err = txn.Set(keys[i], writes[i].Value)
	}
	if err == nil {
		err = txn.Commit()
	}
	if err != nil {
		return fmt.Errorf("write block %d: %w", head.Height, err)
	}
	d.step("stored")
	if err := d.writeHead(head); err != nil {
		return fmt.Errorf("write block %d: %w", head.Height, err)
	}
	d.step("done")
	d.head.Store(&head)
	return nil
}

// ownKeys are the keys as Badger has them, all in one piece of memory.
func ownKeys(writes []ledger.Write) [][]byte {
	size := 0
	for _, w := range writes {
		size += len(own) + len(w.Key)
	}
	keys, rest := make([][]byte, len(writes)), make([]byte, 0, size)
	for i, w := range writes {
		rest = append(append(rest, own...), w.Key...)
		n := len(own) + len(w.Key)
		keys[i], rest = rest[:n:n], rest[n:]
	}
	return keys
}

// Close writes out what is in memory and ends Badger's goroutines.
func (d *DB) Close() error {
	err := d.db.Close()
	if d.heads != nil {
		err = errors.Join(err, d.heads.Close())
	}
	if err != nil {
		return fmt.Errorf("close ledger store %s: %w", d.folder, err)
	}
	return nil
}

func (d *DB) step(name string) {
	if d.reached != nil {
		d.reached(name)
	}
}

// encodeHeads is what stands under headKey: the new head, then the one before, if any.
func (d *DB) encodeHeads(head ledger.Head) []byte {
	b := encodeHead(head)
	if previous := d.head.Load(); previous != nil {
		b = append(b, encodeHead(*previous)...)
	}
	return b
}

const headSize = 8 + len(engine.Digest{})

func encodeHead(h ledger.Head) []byte {
	return append(binary.BigEndian.AppendUint64(nil, h.Height), h.Header[:]...)
}

func decodeHead(b []byte) *ledger.Head {
	return &ledger.Head{Height: binary.BigEndian.Uint64(b), Header: engine.Digest(b[8:headSize])}
}
