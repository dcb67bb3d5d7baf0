// Package mirror is a reader's own copy of a ledger: every block that a node, a store or a backup shows is judged again by
// the contracts, from the founding document on, and believed when a signed checkpoint covers it. It is for supervisors and
// whoever else must not miss anything: what the contracts then answer over the copy cannot leave out a transaction, because
// blocks without it have another root.
//
// A source that goes back behind, or beside, what the folder has seen is refused. What it holds back at the end it cannot be
// made to show: a copy is of a block and a time, which its user has to look at. Nothing is sent, and no key is needed.
package mirror

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"time"

	"weir/engine"
	"weir/ledger"
	"weir/ledger/badgerdb"
	"weir/ledger/contract"
	"weir/ledger/internal/durable"
	"weir/ledger/machine"
	"weir/ledger/proof"
)

// Config is what a copy is made by. All of it the reader has from somebody it trusts, not from the source.
type Config struct {
	Folder    string // the copy's own; made where it is not there
	Chain     engine.Name
	Founded   time.Time // of the founding block
	Document  []byte    // the founding document
	Contracts *contract.Set
	Verifier  contract.Verifier // judges the proofs in transactions
	Trust     *proof.Trust      // whose signature makes a checkpoint
}

// Source is what shows a ledger: an api.Client, a node, or Stored.
type Source interface {
	// Checkpoint is message.Log's.
	Checkpoint(ctx context.Context) ([]byte, error)
	// Blocks is message.Feed's. It may end after the last block.
	Blocks(ctx context.Context, from uint64) iter.Seq2[*ledger.Committed, error]
}

// ErrSource is returned for a source that does not show the ledger that the reader trusts: blocks that do not follow from
// their transactions, or are not those under its checkpoint. Errors about a fork or a rollback wrap proof.ErrFork or
// proof.ErrRollback too.
var ErrSource = errors.New("what is shown is not the ledger")

// ErrStalled is returned when a source stops showing blocks that its checkpoint covers.
var ErrStalled = errors.New("blocks under the checkpoint are not shown")

// stall is how long the next block may take.
const stall = time.Minute

// Mirror is a copy. It is for one goroutine; Close ends it.
type Mirror struct {
	config Config
	db     *badgerdb.DB
	copy   *machine.Machine  // nil before the first block
	seen   *proof.Checkpoint // accepted last; nil before the first
}

// The files of a copy's folder.
const (
	storeFolder    = "store"
	checkpointFile = "checkpoint"
)

// Open takes up the copy in a folder, or begins one.
func Open(config Config) (*Mirror, error) {
	if err := os.MkdirAll(config.Folder, 0o700); err != nil {
		return nil, fmt.Errorf("copy of the ledger: %w", err)
	}
	m := &Mirror{config: config}
	if err := m.readCheckpoint(); err != nil {
		return nil, fmt.Errorf("copy of the ledger: %w", err)
	}
	err := m.open()
	if errors.Is(err, ledger.ErrDamaged) { // whatever happened to it: it can be made again
		err = m.discard()
	}
	if err != nil {
		return nil, fmt.Errorf("copy of the ledger: %w", err)
	}
	return m, nil
}

func (m *Mirror) readCheckpoint() error {
	b, err := os.ReadFile(filepath.Join(m.config.Folder, checkpointFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		m.seen, err = proof.ReadCheckpoint(b)
	}
	return err
}

// open opens the store, and the ledger in it where there is one.
func (m *Mirror) open() error {
	db, err := badgerdb.Open(filepath.Join(m.config.Folder, storeFolder))
	if err != nil {
		return err
	}
	m.db = db
	if _, begun := db.Head(); !begun {
		return nil
	}
	m.copy, err = machine.Open(m.machineConfig())
	if err == nil && !m.founded(m.copy) {
		err = fmt.Errorf("%w: it is of another founding document", ledger.ErrDamaged)
	}
	return err
}

func (m *Mirror) machineConfig() machine.Config {
	return machine.Config{Store: m.db, Contracts: m.config.Contracts, Verifier: m.config.Verifier, Random: rand.Reader}
}

// founded tells whether a ledger began as the reader was told.
func (m *Mirror) founded(copied *machine.Machine) bool {
	document, err := copied.Founding()
	return err == nil && string(document) == string(m.config.Document)
}

// discard begins the copy again. The checkpoint that was accepted last stays: no source gets behind it.
func (m *Mirror) discard() error {
	err := m.Close()
	m.db, m.copy = nil, nil
	if err := errors.Join(err, os.RemoveAll(filepath.Join(m.config.Folder, storeFolder))); err != nil {
		return err
	}
	return m.open()
}

// Close closes the copy.
func (m *Mirror) Close() error {
	if m.db == nil {
		return nil
	}
	return m.db.Close()
}

// Machine is the copy, to be asked. It is at the last block under the checkpoint that Follow accepted; nil before that.
func (m *Mirror) Machine() *machine.Machine { return m.copy }

// accept remembers a checkpoint before anything rests on it.
func (m *Mirror) accept(c *proof.Checkpoint) error {
	if err := durable.Replace(filepath.Join(m.config.Folder, checkpointFile), c.Note); err != nil {
		return err
	}
	m.seen = c
	return nil
}
