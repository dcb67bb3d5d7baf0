package holder

import (
	"context"
	"errors"
	"fmt"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/directory"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/ledger/contract/tasks"
	"weir/ledger/merkle"
	"weir/ledger/proof"
)

// ErrNotFinal is returned while an attempt's commits are not final by this party's own trust: nothing leaves before.
var ErrNotFinal = errors.New("the commits are not final yet")

// Finality judges whether an attempt whose commits were read is complete and final (protocol, section 5a, "release").
type Finality interface {
	// Final is nil when it is, and wraps ErrNotFinal when that may still come.
	Final(ctx context.Context, attempt *inquiry.Attempt, commits map[engine.PartyID]*inquiry.Contributed) error
}

// Anchored is the Finality of a ledger: the attempt has an anchor, a checkpoint that this party's own trust accepts and that
// continues every checkpoint it saw before, and below it stands the block in which the last commit completed the task.
// What the node that answers says is not believed.
type Anchored struct {
	// Seen is told of every anchor's checkpoint, signed by the log, and may refuse it: for whoever measures it against more than
	// this party has seen here. nil: nobody.
	Seen func(ctx context.Context, checkpoint []byte) error

	genesis  message.Members
	board    message.Board
	follower *directory.Follower
}

// NewAnchored judges by what a follower accepts.
func NewAnchored(g message.Members, board message.Board, follower *directory.Follower) *Anchored {
	return &Anchored{genesis: g, board: board, follower: follower}
}

// Final is Finality's. An error that wraps proof.ErrFork or proof.ErrRollback says that the ledger shows two histories.
func (f *Anchored) Final(ctx context.Context, attempt *inquiry.Attempt, commits map[engine.PartyID]*inquiry.Contributed) error {
	anchor, err := f.anchor(ctx, attempt.Label)
	if err != nil {
		return err
	}
	if f.Seen != nil {
		if err := f.Seen(ctx, anchor.Note); err != nil {
			return fmt.Errorf("anchor of %s: %w", attempt.Label.Short(), err)
		}
	}
	newest, err := f.follower.Newest(ctx)
	if err != nil {
		return err
	}
	if anchor.Size > newest.Size {
		return fmt.Errorf("%w: the anchor is over %d blocks, the log has %d", ErrNotFinal, anchor.Size, newest.Size)
	}
	if anchor.Size < newest.Size {
		steps, err := f.follower.Log().Consistency(ctx, anchor.Size, newest.Size)
		if err == nil {
			err = merkle.CheckConsistency(anchor.Size, anchor.Root, newest.Size, newest.Root, steps)
		}
		if err != nil {
			return fmt.Errorf("anchor of %s: %w", attempt.Label.Short(), err)
		}
	} else if anchor.Root != newest.Root {
		return fmt.Errorf("anchor of %s: %w", attempt.Label.Short(), proof.ErrFork)
	}
	return f.complete(ctx, attempt.Label, commits, anchor)
}

// anchor is the checkpoint that somebody anchored an attempt with, as this party's trust reads it.
func (f *Anchored) anchor(ctx context.Context, label engine.Digest) (*proof.Checkpoint, error) {
	posts, err := f.board.Find(ctx, message.KindAnchor, label.String())
	if err != nil {
		return nil, fmt.Errorf("find anchor: %w", err)
	}
	refused := fmt.Errorf("%w: no anchor of %s", ErrNotFinal, label.Short())
	for _, post := range posts {
		var a inquiry.Anchor
		if _, err := message.OpenAs(f.genesis, message.KindAnchor, post, &a); err != nil || a.Label != label {
			continue
		}
		checkpoint, err := f.follower.Trust().Open(a.Checkpoint)
		if err == nil {
			return checkpoint, nil
		}
		refused = fmt.Errorf("%w: anchor of %s: %w", ErrNotFinal, label.Short(), err)
	}
	return nil, refused
}

// complete looks for the commit whose block completed the task, below the anchor.
func (f *Anchored) complete(ctx context.Context, label engine.Digest, commits map[engine.PartyID]*inquiry.Contributed, anchor *proof.Checkpoint) error {
	for _, c := range commits {
		shown, err := f.follower.Shown(ctx, c.Tx, anchor)
		if errors.Is(err, message.ErrNotFound) {
			return fmt.Errorf("%w: the commit of %s stands above the anchor, or nowhere: %w", ErrNotFinal, c.Party, err)
		}
		if err != nil {
			return fmt.Errorf("commit of %s: %w", c.Party, err)
		}
		if !shown.Result.OK() {
			return fmt.Errorf("commit of %s: %w: it was refused", c.Party, proof.ErrBundle)
		}
		if completes(shown, label) {
			return nil
		}
	}
	return fmt.Errorf("%w: no commit under the anchor completes %s", ErrNotFinal, label.Short())
}

// completes tells whether a transaction took the task of a label into the phase that awaits an anchor.
func completes(shown *proof.Shown, label engine.Digest) bool {
	for _, event := range shown.Result.Events {
		var told struct {
			_     struct{} `cbor:",toarray"`
			Phase tasks.Phase
			End   tasks.End
		}
		if event.Kind == "task" && event.Key == label.String() && canonical.Decode(event.Data, maxRemembered, &told) == nil &&
			told.Phase == tasks.PhaseAnchor {
			return true
		}
	}
	return false
}
