package holder

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/inquiry"
	"weir/engine/member"
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
	genesis message.Members
	board   message.Board
	log     message.Log
	memory  member.Memory
	trust   *proof.Trust

	mu       sync.Mutex
	follower *proof.Follower
}

const tableLog = "holder/log" // the last checkpoint accepted, under ""

// NewAnchored takes up the last checkpoint that the memory holds.
func NewAnchored(g message.Members, board message.Board, log message.Log, memory member.Memory, trust *proof.Trust) (*Anchored, error) {
	last, err := memory.Get(tableLog, "")
	if err != nil {
		return nil, fmt.Errorf("follow the ledger: %w", err)
	}
	follower, err := trust.Follow(last)
	if err != nil {
		return nil, fmt.Errorf("follow the ledger: %w", err)
	}
	return &Anchored{genesis: g, board: board, log: log, memory: memory, trust: trust, follower: follower}, nil
}

// Final is Finality's. An error that wraps proof.ErrFork or proof.ErrRollback says that the ledger shows two histories.
func (f *Anchored) Final(ctx context.Context, attempt *inquiry.Attempt, commits map[engine.PartyID]*inquiry.Contributed) error {
	anchor, err := f.anchor(ctx, attempt.Label)
	if err != nil {
		return err
	}
	newest, err := f.follow(ctx)
	if err != nil {
		return err
	}
	if anchor.Size > newest.Size {
		return fmt.Errorf("%w: the anchor is over %d blocks, the log has %d", ErrNotFinal, anchor.Size, newest.Size)
	}
	if anchor.Size < newest.Size {
		steps, err := f.log.Consistency(ctx, anchor.Size, newest.Size)
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
		checkpoint, err := f.trust.Open(a.Checkpoint)
		if err == nil {
			return checkpoint, nil
		}
		refused = fmt.Errorf("%w: anchor of %s: %w", ErrNotFinal, label.Short(), err)
	}
	return nil, refused
}

// follow accepts the newest checkpoint, and remembers it before anything rests on it.
func (f *Anchored) follow(ctx context.Context) (*proof.Checkpoint, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	signed, err := f.log.Checkpoint(ctx)
	if err != nil {
		return nil, fmt.Errorf("newest checkpoint: %w", err)
	}
	last := f.follower.Last()
	if last != nil && string(last.Note) == string(signed) {
		return last, nil
	}
	var steps []engine.Digest
	if last != nil {
		next, err := proof.ReadCheckpoint(signed) // judged below
		if err != nil {
			return nil, fmt.Errorf("newest checkpoint: %w", err)
		}
		if next.Size > last.Size && last.Size > 0 {
			if steps, err = f.log.Consistency(ctx, last.Size, next.Size); err != nil {
				return nil, fmt.Errorf("newest checkpoint: %w", err)
			}
		}
	}
	next, err := f.follower.Accept(signed, steps)
	if err != nil {
		return nil, fmt.Errorf("newest checkpoint: %w", err)
	}
	return next, f.memory.Put(member.Entry{Table: tableLog, Value: next.Note})
}

// complete looks for the commit whose block completed the task, below the anchor.
func (f *Anchored) complete(ctx context.Context, label engine.Digest, commits map[engine.PartyID]*inquiry.Contributed, anchor *proof.Checkpoint) error {
	for _, c := range commits {
		shown, err := Shown(ctx, f.log, f.trust, c.Tx, anchor)
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

// Shown is a transaction as a ledger shows it under a checkpoint that the trust accepts.
func Shown(ctx context.Context, log message.Log, trust *proof.Trust, tx engine.Digest, under *proof.Checkpoint) (*proof.Shown, error) {
	b, err := log.Bundle(ctx, tx, under.Size)
	if err != nil {
		return nil, err
	}
	var bundle proof.Bundle
	if err := canonical.Decode(b, proof.MaxBundle, &bundle); err != nil {
		return nil, fmt.Errorf("%w: %w", proof.ErrBundle, err)
	}
	bundle.Checkpoint = under.Note
	shown, err := trust.Verify(bundle.Encode())
	if err == nil && shown.Tx.ID() != tx {
		err = fmt.Errorf("%w: of another transaction", proof.ErrBundle)
	}
	return shown, err
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
