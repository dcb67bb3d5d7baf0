package directory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/ledger/proof"
)

// Follower is one party's view of the ledger's log: it believes what stands under checkpoints that the party's trust
// accepts and that continue every checkpoint it saw before, across restarts. What the node that answers says is not
// believed. It is safe for concurrent use.
type Follower struct {
	log    message.Log
	memory Memory
	trust  *proof.Trust

	mu       sync.Mutex
	follower *proof.Follower
}

// Memory is where a party remembers the last checkpoint that it accepted, nil before the first.
type Memory interface {
	Last() ([]byte, error)
	Keep(checkpoint []byte) error // durably when it returns
}

// Follow takes up the last checkpoint that the memory holds.
func Follow(log message.Log, memory Memory, trust *proof.Trust) (*Follower, error) {
	last, err := memory.Last()
	if err != nil {
		return nil, fmt.Errorf("follow the ledger: %w", err)
	}
	follower, err := trust.Follow(last)
	if err != nil {
		return nil, fmt.Errorf("follow the ledger: %w", err)
	}
	return &Follower{log: log, memory: memory, trust: trust, follower: follower}, nil
}

// Newest accepts the newest checkpoint, and remembers it before anything rests on it. An error that wraps proof.ErrFork or
// proof.ErrRollback says that the ledger shows two histories. That the witnesses signed it is not asked here.
func (f *Follower) Newest(ctx context.Context) (*proof.Checkpoint, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	signed, err := f.log.Checkpoint(ctx)
	if err != nil {
		return nil, fmt.Errorf("newest checkpoint: %w", err)
	}
	return f.accept(ctx, signed)
}

// Final accepts the newest checkpoint as Newest does, with the cosignatures that the party's trust asks for.
func (f *Follower) Final(ctx context.Context) (*proof.Checkpoint, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	signed, err := f.log.Checkpoint(ctx)
	if err == nil {
		_, err = f.accept(ctx, signed)
	}
	if err != nil {
		return nil, fmt.Errorf("final checkpoint: %w", err)
	}
	return f.trust.Open(signed)
}

// accept goes on to a checkpoint; the caller holds f.mu.
func (f *Follower) accept(ctx context.Context, signed []byte) (*proof.Checkpoint, error) {
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
	return next, f.memory.Keep(next.Note)
}

// Trust is whose word counts for the party.
func (f *Follower) Trust() *proof.Trust { return f.trust }

// Log is the log that is followed.
func (f *Follower) Log() message.Log { return f.log }

// Shown is a transaction as the ledger shows it under a checkpoint that the trust accepts. Errors wrap message.ErrNotFound
// where it does not stand below it.
func (f *Follower) Shown(ctx context.Context, tx engine.Digest, under *proof.Checkpoint) (*proof.Shown, error) {
	return Shown(ctx, f.log, f.trust, tx, under)
}

// Shown is a transaction as a log shows it under a checkpoint that the trust accepts.
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

// stateTries is how often the state is asked for again because this party itself saw a newer checkpoint meanwhile.
const stateTries = 4

// State is how keys of a contract stand after the last block of a log that is not shorter than any that this party saw. A
// node that shows an older state goes back, and is refused with proof.ErrRollback.
func (f *Follower) State(ctx context.Context, contract engine.Name, keys []string) (*proof.ShownState, error) {
	var err error
	for range stateTries {
		var b []byte
		if b, err = f.log.State(ctx, contract, keys); err != nil {
			return nil, fmt.Errorf("state of %s: %w", contract, err)
		}
		var shown *proof.ShownState
		if shown, err = f.judge(ctx, contract, keys, b); !errors.Is(err, proof.ErrRollback) {
			return shown, err
		}
	}
	return nil, err
}

// judge checks a state bundle: that all of it holds, is what was asked for, and is newer than what was seen.
func (f *Follower) judge(ctx context.Context, contract engine.Name, keys []string, bundle []byte) (*proof.ShownState, error) {
	shown, err := f.trust.VerifyState(bundle)
	if err != nil {
		return nil, fmt.Errorf("state of %s: %w", contract, err)
	}
	if shown.Header.Height+1 != shown.Checkpoint.Size { // an old block under a new checkpoint
		return nil, fmt.Errorf("state of %s: %w: of block %d of %d: not the last", contract, proof.ErrBundle, shown.Header.Height, shown.Checkpoint.Size)
	}
	asked := func(held proof.Held, key string) bool { return held.Contract == contract && held.Key == key }
	if !slices.EqualFunc(shown.Entries, keys, asked) {
		return nil, fmt.Errorf("state of %s: %w: of other keys than were asked for", contract, proof.ErrBundle)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, err := f.accept(ctx, shown.Checkpoint.Note); err != nil {
		return nil, fmt.Errorf("state of %s: %w", contract, err)
	}
	return shown, nil
}
