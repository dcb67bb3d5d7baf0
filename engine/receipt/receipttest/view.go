package receipttest

import (
	"context"
	"fmt"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/receipt"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/board"
	"weir/ledger/contract/registry"
	"weir/ledger/machine"
	"weir/ledger/proof"
)

// View is a machine's ledger under one checkpoint, as receipt.Assemble reads it.
type View struct {
	machine    *machine.Machine
	checkpoint *proof.Checkpoint
}

// NewView is a machine's ledger under its last checkpoint, which has to be one that the trust counts as final. Errors wrap
// proof.ErrCheckpoint, or machine's.
func NewView(m *machine.Machine, trust *receipt.Trust) (*View, error) {
	last, err := m.Checkpoint()
	if err != nil {
		return nil, err
	}
	checkpoint, err := trust.Open(last)
	if err != nil {
		return nil, err
	}
	return &View{machine: m, checkpoint: checkpoint}, nil
}

// Find is described at receipt.Ledger.
func (v *View) Find(_ context.Context, kind ledger.Kind, prefix string) ([]engine.Digest, error) {
	b, err := v.machine.Query(board.Name, "find", canonical.Encode(board.Place{Kind: string(kind), Key: prefix}))
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", kind, err)
	}
	var entries []board.Entry
	if err := canonical.Decode(b, contract.MaxValue, &entries); err != nil {
		return nil, fmt.Errorf("find %s: %w", kind, err)
	}
	ids := make([]engine.Digest, len(entries))
	for i := range entries {
		ids[i] = entries[i].Tx
	}
	return ids, nil
}

// Bundle is described at receipt.Ledger.
func (v *View) Bundle(_ context.Context, id engine.Digest) (*proof.Bundle, error) {
	return v.machine.Bundle(id, v.checkpoint.Note, v.checkpoint.Size)
}

// State is described at receipt.Ledger.
func (v *View) State(_ context.Context, keys []string) (*proof.StateBundle, error) {
	asked := make([]machine.StateKey, len(keys))
	for i, key := range keys {
		asked[i] = machine.StateKey{Contract: registry.Name, Key: key}
	}
	return v.machine.State(asked...)
}

// Under is described at receipt.Ledger.
func (v *View) Under(checkpoint []byte) (receipt.Ledger, error) {
	read, err := proof.ReadCheckpoint(checkpoint)
	return &View{machine: v.machine, checkpoint: read}, err
}

// Founding is described at receipt.Ledger.
func (v *View) Founding(context.Context) ([]byte, receipt.Block, error) {
	document, err := v.machine.Founding()
	if err != nil {
		return nil, receipt.Block{}, err
	}
	header, err := v.machine.Header(0)
	if err != nil {
		return nil, receipt.Block{}, err
	}
	path, err := v.machine.Log(v.checkpoint.Size).Path(0)
	return document, receipt.Block{Header: header.Encode(), LogPath: path}, err
}
