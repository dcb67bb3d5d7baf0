package watch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"weir/ledger/internal/durable"
	"weir/ledger/proof"
)

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
