package watch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"weir/engine"
	"weir/engine/message"
	"weir/ledger/internal/durable"
	"weir/ledger/merkle"
	"weir/ledger/proof"
)

// evidenceTime is how long a node may take to answer what evidence is made of.
const evidenceTime = 20 * time.Second

// halt writes down what was seen, and ends all accepting and signing. The caller holds the lock.
func (w *Watch) halt(ctx context.Context, note []byte, cause error) error {
	last := w.witness.Last()
	defer close(w.halting)
	w.halted = fmt.Errorf("%w: %w", ErrHalted, cause)
	file, err := w.writeEvidence(ctx, last.Note, note)
	switch {
	case err == nil:
		w.halted = fmt.Errorf("%w; evidence that anybody can check: %s", w.halted, file)
	case file != "":
		w.halted = fmt.Errorf("%w; there is no evidence yet, for what the node answers proves nothing (%w); what it showed: %s", w.halted, err, file)
	default:
		w.halted = fmt.Errorf("%w; nothing could be written: %w", w.halted, err)
	}
	text := fmt.Sprintf("%s: nothing is accepted or signed any more.\n%v\n\nTake this file away to go on, once you have decided whom to believe.\n\nSeen first:\n%s\nShown now:\n%s",
		w.config.Clock().UTC().Format(time.RFC3339), w.halted, last.Note, note)
	if err := write(filepath.Join(w.config.Folder, HaltFile), []byte(text)); err != nil {
		w.halted = errors.Join(w.halted, err)
	}
	w.config.Log.Error("THE LEDGER SHOWS TWO HISTORIES: nothing is accepted or signed any more", "error", w.halted, "seen_blocks", last.Size)
	return w.halted
}

// writeEvidence makes a file that convicts whoever signed both checkpoints, and gives its name; where the two and the node's
// answers convict nobody, a file with what was shown, and an error.
func (w *Watch) writeEvidence(ctx context.Context, seen, shown []byte) (string, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), evidenceTime) // also where the process is about to end
	defer cancel()
	fork, convicts := Accuse(ctx, w.Node, w.config.Trust, seen, shown)
	if convicts == nil {
		shown = fork.Second
	}
	c, err := proof.ReadCheckpoint(shown)
	if err != nil {
		return "", err
	}
	file := filepath.Join(w.config.Folder, fmt.Sprintf("fork-%d-%s", c.Size, c.Root.Short()))
	if convicts == nil {
		file += ".evidence"
		return file, write(file, fork.Encode())
	}
	file += ".note"
	if err := write(file, shown); err != nil {
		return "", err
	}
	return file, convicts
}

// write makes a file that everybody may read: there is no secret in what a ledger signed.
func write(file string, content []byte) error {
	if err := durable.Replace(file, content); err != nil {
		return err
	}
	return os.Chmod(file, 0o644)
}

// ErrOneHistory is returned where evidence of two histories was asked for, and the longer one is proven to continue the other.
var ErrOneHistory = errors.New("one history")

// Accuse makes evidence out of two signed checkpoints that cannot belong to one history, with the help of a log that has
// shown the longer one; for two of one length it is not asked. ErrOneHistory where they do belong to one, and
// proof.ErrEvidence where the log's answers show neither.
func Accuse(ctx context.Context, log message.Log, trust *proof.Trust, one, other []byte) (*proof.Fork, error) {
	follower, err := trust.Follow(one)
	if err != nil {
		return nil, err
	}
	second, err := trust.Follow(other)
	if err != nil {
		return nil, err
	}
	small, large := follower.Last(), second.Last()
	if small.Size > large.Size {
		small, large = large, small
	}
	if small.Size == large.Size && small.Root == large.Root {
		return nil, ErrOneHistory
	}
	var root engine.Digest
	var path []engine.Digest
	if 0 < small.Size && small.Size < large.Size {
		if root, path, err = then(ctx, log, small.Size, large.Size); err != nil {
			return nil, fmt.Errorf("the log that showed %d blocks: %w", large.Size, err)
		}
		if merkle.CheckConsistency(small.Size, small.Root, large.Size, large.Root, path) == nil {
			return nil, ErrOneHistory
		}
	}
	return follower.Accuse(other, root, path)
}

// then is what a log says about itself at an earlier size: its root, and how it went on from there.
func then(ctx context.Context, log message.Log, small, large uint64) (engine.Digest, []engine.Digest, error) {
	header, toRoot, err := log.Header(ctx, small-1, small)
	if err != nil {
		return engine.Digest{}, nil, err
	}
	path, err := log.Consistency(ctx, small, large)
	return merkle.LastRoot(header, toRoot), path, err
}
