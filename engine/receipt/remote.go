package receipt

import (
	"context"
	"fmt"
	"slices"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/contract/registry"
	"weir/ledger/proof"
)

// Remote is a ledger behind a node under one checkpoint, as Assemble reads it. What the node answers is believed only as far
// as it fits together: Verify checks the receipt that comes of it.
type Remote struct {
	Board      message.Board
	Log        message.Log
	Document   []byte            // the founding document
	Checkpoint *proof.Checkpoint // over the settlement
}

// Find is described at Ledger.
func (r *Remote) Find(ctx context.Context, kind ledger.Kind, prefix string) ([]engine.Digest, error) {
	posts, err := r.Board.Find(ctx, kind, prefix)
	if err != nil {
		return nil, err
	}
	ids := make([]engine.Digest, len(posts))
	for i, post := range posts {
		tx, err := ledger.DecodeTx(post)
		if err != nil {
			return nil, fmt.Errorf("find %s: %w", kind, err)
		}
		ids[i] = tx.ID()
	}
	return ids, nil
}

// Bundle is described at Ledger.
func (r *Remote) Bundle(ctx context.Context, id engine.Digest) (*proof.Bundle, error) {
	b, err := r.Log.Bundle(ctx, id, r.Checkpoint.Size)
	if err != nil {
		return nil, err
	}
	var bundle proof.Bundle
	if err := canonical.Decode(b, proof.MaxBundle, &bundle); err != nil {
		return nil, fmt.Errorf("%w: %w", proof.ErrBundle, err)
	}
	bundle.Checkpoint = r.Checkpoint.Note
	return &bundle, nil
}

// State is described at Ledger.
func (r *Remote) State(ctx context.Context, keys []string) (*proof.StateBundle, error) {
	b, err := r.Log.State(ctx, registry.Name, keys)
	if err != nil {
		return nil, err
	}
	bundle := new(proof.StateBundle)
	if err := canonical.Decode(b, proof.MaxStateBundle, bundle); err != nil {
		return nil, fmt.Errorf("%w: %w", proof.ErrBundle, err)
	}
	asked := func(e proof.StateEntry, key string) bool { return e.Contract == registry.Name && string(e.Key) == key }
	if !slices.EqualFunc(bundle.Entries, keys, asked) {
		return nil, fmt.Errorf("%w: of other keys than were asked for", proof.ErrBundle)
	}
	return bundle, nil
}

// Under is described at Ledger.
func (r *Remote) Under(checkpoint []byte) (Ledger, error) {
	read, err := proof.ReadCheckpoint(checkpoint)
	if err != nil {
		return nil, err
	}
	other := *r
	other.Checkpoint = read
	return &other, nil
}

// Founding is described at Ledger.
func (r *Remote) Founding(ctx context.Context) ([]byte, Block, error) {
	header, path, err := r.Log.Header(ctx, 0, r.Checkpoint.Size)
	return r.Document, Block{Header: header, LogPath: path}, err
}
