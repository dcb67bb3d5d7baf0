// Package watch follows one node's log for a member or an outsider, and stops when it shows two histories. It is what
// `weir witness`, agents and banks run: with a cosigner it also hands its cosignatures to the node.
//
// Everything a node shows is measured against one memory on disk: candidates and final checkpoints, and what others pass on
// as a checkpoint of this log. What does not fit is written down as evidence, and from then on nothing is accepted and
// nothing signed, also after a restart, until a person has taken the file HaltFile away.
package watch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"weir/engine/message"
	"weir/ledger/merkle"
	"weir/ledger/proof"
	"weir/ledger/witness"
	"weir/ledger/witness/gather"
)

// The files that a watch keeps in its folder.
const (
	SeenFile = "witness.seen" // the last checkpoint accepted (package witness)
	HaltFile = "HALTED"       // why nothing is accepted any more: a text, and both checkpoints
	lockFile = "witness.lock"
)

// ErrHalted is returned when the ledger has shown two histories, now or in an earlier run.
var ErrHalted = errors.New("halted: the ledger has shown two histories")

// ErrLocked is returned when another process watches in the same folder.
var ErrLocked = errors.New("another process watches in this folder")

// Node is what a watch asks of a node: *api.Client.
type Node interface {
	message.Log
	Await(ctx context.Context, size uint64) ([]byte, error)     // the newest final checkpoint, soon
	Candidate(ctx context.Context, size uint64) ([]byte, error) // the one to be cosigned next, soon
	Cosign(ctx context.Context, size uint64, line []byte) error
}

// Config is what a watch works with.
type Config struct {
	Folder   string
	Trust    *proof.Trust
	Cosigner *proof.Cosigner // nil: it follows, and signs nothing
	Node     Node
	Clock    func() time.Time
	Pause    time.Duration // rest between two looks
	Log      *slog.Logger
}

// Watch is a log under observation. It is a message.Log whose checkpoints are final by the watcher's own trust and continue
// everything it saw. It is safe for concurrent use.
type Watch struct {
	Node
	config Config
	lock   *os.File

	mu      sync.Mutex
	witness *witness.Witness
	checked []byte // the last final checkpoint that was compared
	halted  error
	halting chan struct{} // closed when it halts
}

// Open takes up what the folder remembers. Errors wrap ErrHalted, ErrLocked, or what witness.Open says. Close ends it.
func Open(config Config) (*Watch, error) {
	lock, err := os.OpenFile(filepath.Join(config.Folder, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("watch the ledger: %w", err)
	}
	w := &Watch{Node: config.Node, config: config, lock: lock, halting: make(chan struct{})}
	if err := w.open(); err != nil {
		return nil, errors.Join(fmt.Errorf("watch the ledger: %w", err), lock.Close())
	}
	return w, nil
}

func (w *Watch) open() error {
	if syscall.Flock(int(w.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		return fmt.Errorf("%w: %s", ErrLocked, w.config.Folder)
	}
	halt := filepath.Join(w.config.Folder, HaltFile)
	if _, err := os.Lstat(halt); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s says how; take it away when you have decided to go on", ErrHalted, halt)
	}
	var err error
	w.witness, err = witness.Open(filepath.Join(w.config.Folder, SeenFile), w.config.Trust, w.config.Cosigner)
	return err
}

// Close ends the watch.
func (w *Watch) Close() error { return w.lock.Close() }

// Pauses between looks that failed.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
)

// Run follows and cosigns until ctx ends, which gives nil, or until the ledger shows two histories, which gives an error
// that wraps ErrHalted. A node that does not answer, or shows what cannot be accepted yet, is asked again.
func (w *Watch) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-w.halting:
			cancel()
		case <-ctx.Done():
		}
	}()
	known, pause := uint64(0), firstPause
	for {
		size, err := w.look(ctx, known)
		wait := w.config.Pause
		switch {
		case w.Err() != nil:
			return w.Err()
		case ctx.Err() != nil:
			return nil
		case err != nil && !errors.Is(err, message.ErrNotFound) && !errors.Is(err, gather.ErrStale):
			w.config.Log.Warn("checkpoint not accepted; will look again", "error", err, "pause", pause)
			known, wait, pause = 0, pause, min(2*pause, lastPause)
		case err != nil: // nothing to see yet, or too late for it
			known, wait = 0, max(wait, firstPause)
		default:
			known, pause = size, firstPause
		}
		rest(ctx, wait)
	}
}

func rest(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// Explain looks once more where a node's answers made somebody else give up: where two histories are the reason, it says so.
func (w *Watch) Explain(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil || errors.Is(err, ErrHalted) {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if _, looked := w.look(ctx, 0); errors.Is(looked, ErrHalted) {
		return fmt.Errorf("%w (%w)", looked, err)
	}
	return err
}

// Err is why the watch has halted, nil while it has not.
func (w *Watch) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.halted
}

// look accepts the candidate and hands in a cosignature, where there is none yet. It gives the candidate's size.
func (w *Watch) look(ctx context.Context, known uint64) (uint64, error) {
	note, err := w.Candidate(ctx, known)
	if err != nil {
		return 0, err
	}
	w.mu.Lock()
	last := w.witness.Last()
	line, c, err := w.take(ctx, note)
	w.mu.Unlock()
	if err != nil {
		return 0, err
	}
	if last == nil || c.Size > last.Size {
		w.config.Log.Debug("accepted", "blocks", c.Size)
	}
	if line == nil || w.config.Cosigner.Signed(note) {
		return c.Size, nil
	}
	if err := w.Cosign(ctx, c.Size, line); err != nil {
		return 0, err
	}
	w.config.Log.Debug("cosigned", "blocks", c.Size)
	return c.Size, nil
}

// take measures a checkpoint against the memory, and remembers one that goes further. It gives a cosignature line over one
// that is the newest seen, if there is a cosigner.
func (w *Watch) take(ctx context.Context, note []byte) (line []byte, c *proof.Checkpoint, err error) {
	if w.halted != nil {
		return nil, nil, w.halted
	}
	follower, err := w.config.Trust.Follow(note)
	if err != nil {
		return nil, nil, err
	}
	c = follower.Last()
	last := w.witness.Last()
	switch {
	case last == nil:
	case c.Size < last.Size:
		return nil, c, w.within(ctx, c, last)
	case c.Size == last.Size && c.Root != last.Root: // plain from the two alone
		return nil, nil, w.halt(ctx, c.Note, proof.ErrFork)
	}
	shown := &witness.Shown{Checkpoint: c.Note}
	if c.Size > 0 {
		if shown.Header, shown.Path, err = w.Header(ctx, c.Size-1, c.Size); err != nil {
			return nil, nil, err
		}
	}
	if last != nil && 0 < last.Size && last.Size < c.Size {
		if shown.Consistency, err = w.Consistency(ctx, last.Size, c.Size); err != nil {
			return nil, nil, err
		}
	}
	line, err = w.witness.Accept(shown, w.config.Clock())
	if errors.Is(err, proof.ErrFork) {
		err = w.halt(ctx, c.Note, err)
	}
	return line, c, err
}

// within tells whether the last checkpoint continues an earlier one. A node that knows no log as long as the last one has
// gone back.
func (w *Watch) within(ctx context.Context, earlier, last *proof.Checkpoint) error {
	if earlier.Size == 0 {
		return nil
	}
	path, err := w.Consistency(ctx, earlier.Size, last.Size)
	if errors.Is(err, message.ErrNotFound) {
		return w.halt(ctx, earlier.Note, fmt.Errorf("%w: from %d blocks to %d", proof.ErrRollback, last.Size, earlier.Size))
	}
	if err != nil {
		return fmt.Errorf("checkpoint of %d blocks: %w", earlier.Size, err)
	}
	if err := merkle.CheckConsistency(earlier.Size, earlier.Root, last.Size, last.Root, path); err != nil {
		return w.halt(ctx, earlier.Note, fmt.Errorf("%w, or its proof is wrong: %w", proof.ErrFork, err))
	}
	return nil
}

// Checkpoint is message.Log's: the newest one that is final by the watcher's own trust, after it was measured against
// everything seen. Errors wrap ErrHalted where it does not fit.
func (w *Watch) Checkpoint(ctx context.Context) ([]byte, error) {
	note, err := w.Node.Checkpoint(ctx)
	if err != nil {
		return nil, err
	}
	return w.final(ctx, note)
}

// Await is Checkpoint once it is over more than size blocks, or what there is after some seconds.
func (w *Watch) Await(ctx context.Context, size uint64) ([]byte, error) {
	note, err := w.Node.Await(ctx, size)
	if err != nil {
		return nil, err
	}
	return w.final(ctx, note)
}

func (w *Watch) final(ctx context.Context, note []byte) ([]byte, error) {
	c, err := w.config.Trust.Open(note)
	if err != nil {
		return nil, fmt.Errorf("final checkpoint: %w", err)
	}
	return c.Note, w.Check(ctx, c.Note)
}

// Check measures a checkpoint of this log, from whoever passed it on, against everything seen: it must continue it, or be
// continued by it. Errors wrap ErrHalted where it does not.
func (w *Watch) Check(ctx context.Context, note []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.halted != nil || bytes.Equal(w.checked, note) {
		return w.halted
	}
	_, _, err := w.take(ctx, note)
	if err == nil {
		w.checked = bytes.Clone(note)
	}
	return err
}
