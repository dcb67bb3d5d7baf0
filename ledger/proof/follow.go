package proof

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"weir/engine"
	"weir/engine/canonical"
	"weir/ledger/merkle"
)

// ErrFork is returned when two checkpoints under trusted signatures cannot belong to one history. The error is a *Fork
// where that is plain from the two alone.
var ErrFork = errors.New("ledger shows two histories")

// ErrRollback is returned for a checkpoint of fewer records than one already seen.
var ErrRollback = errors.New("ledger went back")

// Follower is what a client remembers of a ledger: the last checkpoint that it accepted. It is not safe for concurrent
// use.
type Follower struct {
	origin string
	known  note.Verifiers
	last   *Checkpoint
}

// Follow starts from a remembered checkpoint, or from nothing: then the first one seen is taken on the signer's word.
func (t *Trust) Follow(remembered []byte) (*Follower, error) {
	known, err := verifiers(t.CheckpointKeys)
	if err != nil {
		return nil, fmt.Errorf("trust: %w", err)
	}
	f := &Follower{origin: t.Origin, known: known}
	if remembered != nil {
		f.last, err = OpenCheckpoint(remembered, t.Origin, known)
	}
	return f, err
}

// Last is the last checkpoint accepted, nil before the first. Its Note is what to store, durably, before acting on it.
func (f *Follower) Last() *Checkpoint { return f.last }

// Accept reads the next checkpoint, with the ledger's proof that it continues the last one (empty for the first, and for
// one of equal size). An error leaves the last one standing and wraps ErrCheckpoint, ErrRollback or ErrFork.
func (f *Follower) Accept(checkpoint []byte, consistency []engine.Digest) (*Checkpoint, error) {
	next, err := OpenCheckpoint(checkpoint, f.origin, f.known)
	if err != nil {
		return nil, err
	}
	if err := f.continues(next, consistency); err != nil {
		return nil, err
	}
	f.last = next
	return next, nil
}

func (f *Follower) continues(next *Checkpoint, consistency []engine.Digest) error {
	switch {
	case f.last == nil:
		return nil
	case next.Size < f.last.Size:
		return fmt.Errorf("%w: from %d blocks to %d", ErrRollback, f.last.Size, next.Size)
	case next.Size == f.last.Size && next.Root != f.last.Root:
		return &Fork{First: f.last.Note, Second: next.Note}
	case f.last.Size == 0:
		return nil
	}
	if err := merkle.CheckConsistency(f.last.Size, f.last.Root, next.Size, next.Root, consistency); err != nil {
		return fmt.Errorf("%w, or its proof is wrong: %w", ErrFork, err)
	}
	return nil
}

// Fork is two signed checkpoints of one size with different roots: anybody who knows the keys can see that whoever
// signed both showed two histories.
type Fork struct {
	_             struct{} `cbor:",toarray"`
	First, Second []byte
}

func (f *Fork) Error() string { return ErrFork.Error() + ": two checkpoints of one size" }

// Is makes a Fork an ErrFork.
func (f *Fork) Is(target error) bool { return target == ErrFork }

// Encode gives the canonical bytes of the evidence file.
func (f *Fork) Encode() []byte { return canonical.Encode(f) }

// VerifyFork reads an evidence file: nil when it convicts a signer that the trust names.
func (t *Trust) VerifyFork(evidence []byte) error {
	known, err := verifiers(t.CheckpointKeys)
	if err != nil {
		return fmt.Errorf("trust: %w", err)
	}
	var f Fork
	if err := canonical.Decode(evidence, 2*MaxCheckpoint+16, &f); err != nil {
		return fmt.Errorf("evidence of a fork: %w", err)
	}
	first, err := OpenCheckpoint(f.First, t.Origin, known)
	if err != nil {
		return fmt.Errorf("evidence of a fork, first: %w", err)
	}
	second, err := OpenCheckpoint(f.Second, t.Origin, known)
	if err != nil {
		return fmt.Errorf("evidence of a fork, second: %w", err)
	}
	if first.Size != second.Size || first.Root == second.Root {
		return fmt.Errorf("%w: evidence of a fork shows none", ErrCheckpoint)
	}
	return nil
}

// OpenCheckpoint reads a foreign checkpoint that the trust accepts.
func (t *Trust) OpenCheckpoint(b []byte) (*Checkpoint, error) {
	known, err := verifiers(t.CheckpointKeys)
	if err != nil {
		return nil, fmt.Errorf("trust: %w", err)
	}
	return OpenCheckpoint(b, t.Origin, known)
}
