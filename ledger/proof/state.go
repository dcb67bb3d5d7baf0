package proof

import (
	"fmt"

	"weir/engine"
	"weir/engine/canonical"
	"weir/ledger"
	"weir/ledger/merkle"
)

// Bounds of a state bundle.
const (
	MaxStateEntries = 32             // entries that one bundle is about
	MaxStateBundle  = 1<<20 + 96<<10 // bytes
)

// StateEntry shows what stood under one key of a contract, or that nothing did.
type StateEntry struct {
	_        struct{} `cbor:",toarray"`
	Contract engine.Name
	Key      []byte            // the contract's, as in its documentation
	Entry    []byte            // 1 ‖ value, the byte 0 for a tombstone, empty where nothing stands
	Path     merkle.Membership // into the state root
}

// StateBundle shows some entries of the state after one block: "no such consent", "not revoked at height H".
type StateBundle struct {
	_          struct{} `cbor:",toarray"`
	Entries    []StateEntry
	Header     []byte // ledger.Header of the block, encoded
	LogPath    []engine.Digest
	Checkpoint []byte // signed note
}

// Encode gives the canonical bytes.
func (b *StateBundle) Encode() []byte { return canonical.Encode(b) }

// Standing is what became of a key.
type Standing string

// A tombstone ends a key for good: nothing can be put there again.
const (
	Absent Standing = "absent" // nothing ever stood there, up to that block
	Live   Standing = "live"
	Buried Standing = "buried" // ended by a tombstone
)

// Held is one entry that a state bundle proves.
type Held struct {
	Contract engine.Name
	Key      string
	Standing Standing
	Value    []byte // of a live entry
}

// ShownState is what a state bundle proves: how the entries stood after the block of the header.
type ShownState struct {
	Header     *ledger.Header
	Checkpoint *Checkpoint
	Entries    []Held
}

// VerifyState reads a foreign state bundle and checks all of it, offline. Errors wrap ErrBundle.
func (t *Trust) VerifyState(bundle []byte) (*ShownState, error) {
	var b StateBundle
	if err := canonical.Decode(bundle, MaxStateBundle, &b); err != nil {
		return nil, fmt.Errorf("%w: encoding: %w", ErrBundle, err)
	}
	if len(b.Entries) == 0 || len(b.Entries) > MaxStateEntries {
		return nil, fmt.Errorf("%w: state: %d entries, want 1 to %d", ErrBundle, len(b.Entries), MaxStateEntries)
	}
	header, checkpoint, err := t.openHeader(b.Header, b.LogPath, b.Checkpoint)
	if err != nil {
		return nil, err
	}
	shown := &ShownState{Header: header, Checkpoint: checkpoint}
	tree := ledger.NewStateTree(t.Chain)
	for i := range b.Entries {
		held, err := b.Entries[i].check(tree, header.State)
		if err != nil {
			return nil, fmt.Errorf("%w: state entry %d: %w", ErrBundle, i, err)
		}
		shown.Entries = append(shown.Entries, *held)
	}
	return shown, nil
}

func (e *StateEntry) check(tree ledger.StateTree, root engine.Digest) (*Held, error) {
	if _, err := engine.ParseName(string(e.Contract)); err != nil {
		return nil, fmt.Errorf("contract: %w", err)
	}
	held := &Held{Contract: e.Contract, Key: string(e.Key)}
	at := tree.Key(ledger.StateKey(held.Contract, held.Key))
	if len(e.Entry) == 0 {
		held.Standing = Absent
		return held, e.Path.CheckAbsent(root, at)
	}
	switch {
	case e.Entry[0] == 1:
		held.Standing, held.Value = Live, e.Entry[1:]
	case e.Entry[0] == 0 && len(e.Entry) == 1:
		held.Standing = Buried
	default:
		return nil, fmt.Errorf("neither a value nor a tombstone")
	}
	return held, e.Path.CheckPresent(root, merkle.Entry{Key: at, Value: tree.Value(at, e.Entry)})
}
