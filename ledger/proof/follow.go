package proof

import (
	"bytes"
	"errors"
	"fmt"

	"weir/engine"
	"weir/engine/canonical"
	"weir/ledger/merkle"
)

// ErrFork is returned when two checkpoints under trusted signatures cannot belong to one history. The error is a *Fork
// where that is plain from the two alone; see Accuse.
var ErrFork = errors.New("ledger shows two histories")

// ErrRollback is returned for a checkpoint of fewer records than one already seen.
var ErrRollback = errors.New("ledger went back")

// Follower is what a client remembers of a ledger: the last checkpoint that it accepted. It follows the log's own
// signature, not the witnesses': it is what a witness needs before it signs. It is not safe for concurrent use.
type Follower struct {
	origin string
	keys   *keys
	last   *Checkpoint
}

// Follow starts from a remembered checkpoint, or from nothing: then the first one seen is taken on the signer's word.
func (t *Trust) Follow(remembered []byte) (*Follower, error) {
	k, err := t.read()
	if err != nil {
		return nil, err
	}
	f := &Follower{origin: t.Origin, keys: k}
	if remembered != nil {
		f.last, err = k.openSigned(remembered, t.Origin)
	}
	return f, err
}

// Last is the last checkpoint accepted, nil before the first. Its Note is what to store, durably, before acting on it.
func (f *Follower) Last() *Checkpoint { return f.last }

// Accept reads the next checkpoint, with the ledger's proof that it continues the last one (empty for the first, and for
// one of equal size). An error leaves the last one standing and wraps ErrCheckpoint, ErrRollback or ErrFork.
func (f *Follower) Accept(checkpoint []byte, consistency []engine.Digest) (*Checkpoint, error) {
	next, err := f.keys.openSigned(checkpoint, f.origin)
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
		return newFork(f.last, next, next.Root, nil)
	case f.last.Size == 0:
		return nil
	}
	if err := merkle.CheckConsistency(f.last.Size, f.last.Root, next.Size, next.Root, consistency); err != nil {
		return fmt.Errorf("%w, or its proof is wrong: %w", ErrFork, err)
	}
	return nil
}

// Accuse makes evidence out of another signed checkpoint that does not continue the last one accepted, or that the last
// one does not continue. root is what the log of the larger of the two says about itself at the size of the smaller, and
// consistency its proof for that; for two of one size neither is needed. It fails where there is no fork to show.
func (f *Follower) Accuse(other []byte, root engine.Digest, consistency []engine.Digest) (*Fork, error) {
	if f.last == nil {
		return nil, fmt.Errorf("%w: nothing was accepted yet", ErrEvidence)
	}
	c, err := f.keys.openSigned(other, f.origin)
	if err != nil {
		return nil, err
	}
	first, second := f.last, c
	if second.Size < first.Size || first.Size == second.Size && bytes.Compare(first.Root[:], second.Root[:]) > 0 {
		first, second = second, first
	}
	if first.Size == second.Size {
		root, consistency = second.Root, nil
	}
	fork := newFork(first, second, root, consistency)
	return fork, fork.check(first, second)
}

// ErrEvidence is returned for evidence of a fork that shows none.
var ErrEvidence = errors.New("evidence of a fork refused")

// Fork is two signed checkpoints that cannot belong to one log: anybody who knows the keys can see that whoever signed
// both showed two histories. The log of the second had, when it was as long as that of the first, another root. No such
// thing can be made against a log that only grew.
type Fork struct {
	_             struct{} `cbor:",toarray"`
	First, Second []byte   // signed notes, the shorter log's first; of one length, the smaller root's first
	Root          engine.Digest
	Path          []engine.Digest // consistency, from Root at the first's size to the second
}

// maxFork bounds an encoded Fork, in bytes.
const maxFork = 2*MaxCheckpoint + (merkle.MaxPath+1)*34 + 64

func newFork(first, second *Checkpoint, root engine.Digest, path []engine.Digest) *Fork {
	if first.Size == second.Size && bytes.Compare(first.Root[:], second.Root[:]) > 0 {
		first, second, root = second, first, first.Root
	}
	return &Fork{First: first.Note, Second: second.Note, Root: root, Path: path}
}

func (f *Fork) Error() string {
	return ErrFork.Error() + ": two checkpoints that cannot both be of one log"
}

// Is makes a Fork an ErrFork.
func (f *Fork) Is(target error) bool { return target == ErrFork }

// Encode gives the canonical bytes of the evidence file.
func (f *Fork) Encode() []byte { return canonical.Encode(f) }

// VerifyFork reads an evidence file: nil when it convicts a signer that the trust names. Errors wrap ErrEvidence.
func (t *Trust) VerifyFork(evidence []byte) error {
	_, err := t.OpenFork(evidence)
	return err
}

// OpenFork is VerifyFork, and gives what convicts.
func (t *Trust) OpenFork(evidence []byte) (*Fork, error) {
	k, err := t.read()
	if err != nil {
		return nil, err
	}
	var f Fork
	if err := canonical.Decode(evidence, maxFork, &f); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEvidence, err)
	}
	first, err := OpenCheckpoint(f.First, t.Origin, k.log)
	if err != nil {
		return nil, fmt.Errorf("%w: first: %w", ErrEvidence, err)
	}
	second, err := OpenCheckpoint(f.Second, t.Origin, k.log)
	if err != nil {
		return nil, fmt.Errorf("%w: second: %w", ErrEvidence, err)
	}
	if err := f.check(first, second); err != nil {
		return nil, err
	}
	return &f, nil
}

// check judges two checkpoints whose signatures hold.
func (f *Fork) check(first, second *Checkpoint) error {
	if first.Size == second.Size {
		if f.Root != second.Root || len(f.Path) != 0 || bytes.Compare(first.Root[:], second.Root[:]) >= 0 {
			return fmt.Errorf("%w: it shows none", ErrEvidence)
		}
		return nil
	}
	if f.Root == first.Root {
		return fmt.Errorf("%w: the second log continues the first", ErrEvidence)
	}
	if err := merkle.CheckConsistency(first.Size, f.Root, second.Size, second.Root, f.Path); err != nil {
		return fmt.Errorf("%w: %w", ErrEvidence, err)
	}
	return nil
}
