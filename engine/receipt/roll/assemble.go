package roll

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/directory"
	"weir/engine/message"
	"weir/ledger/contract"
	"weir/ledger/contract/registry"
	"weir/ledger/proof"
)

// State shows how keys of the registry stand after the ledger's last block, under a checkpoint over it: at most
// proof.MaxStateEntries keys, and an entry for each, in their order.
type State func(ctx context.Context, keys []string) (*proof.StateBundle, error)

// ErrMoving is returned when a ledger grew every time that its state was asked for in parts.
var ErrMoving = errors.New("the ledger grows faster than its state can be read: try again")

// maxKeys bounds how many keys of one account are looked through.
const maxKeys = 1024

// tries is how often a state is asked for again that another block has changed meanwhile.
const tries = 8

// Assemble puts together the roll that transactions need, and gives the checkpoint that it stands under: the receipt has to
// stand under the same. Nil where they need none. What it gives, Check has yet to check.
func Assemble(ctx context.Context, state State, g *message.Genesis, all []Signed) (*Roll, []byte, error) {
	names := Unfounded(g, all)
	if len(names) == 0 {
		return nil, nil, nil
	}
	for range tries {
		accounts, err := spans(ctx, state, names)
		if err != nil {
			return nil, nil, err
		}
		wanted, err := keys(accounts, names, all)
		if err != nil {
			return nil, nil, err
		}
		r, checkpoint, err := one(ctx, state, wanted)
		if err != nil {
			return nil, nil, err
		}
		if r != nil && r.same(accounts) {
			return r, checkpoint, nil
		}
	}
	return nil, nil, ErrMoving
}

// one is all entries after one block; nil where the ledger grew meanwhile.
func one(ctx context.Context, state State, keys []string) (*Roll, []byte, error) {
	r := new(Roll)
	var checkpoint []byte
	for page := range slices.Chunk(keys, proof.MaxStateEntries) {
		b, err := state(ctx, page)
		if err != nil {
			return nil, nil, err
		}
		if checkpoint != nil && string(b.Checkpoint) != string(checkpoint) {
			return nil, nil, nil
		}
		r.Header, r.LogPath, checkpoint = b.Header, b.LogPath, b.Checkpoint
		r.Entries = append(r.Entries, b.Entries...)
	}
	return r, checkpoint, nil
}

// same tells whether no account changed its key since it was read.
func (r *Roll) same(accounts map[engine.Name]*Account) bool {
	for i := range r.Entries {
		for name, a := range accounts {
			var now registry.Account
			if string(r.Entries[i].Key) == directory.AccountKey(name) && (entry(&r.Entries[i], &now) != nil || now.Keys != a.Keys) {
				return false
			}
		}
	}
	return true
}

// spans reads accounts with all their spans, which are never changed.
func spans(ctx context.Context, state State, names []engine.Name) (map[engine.Name]*Account, error) {
	accounts := map[engine.Name]*Account{}
	for _, name := range names {
		a := &Account{spans: map[uint32]registry.Span{}}
		b, err := state(ctx, []string{directory.AccountKey(name)})
		if err == nil {
			err = entry(&b.Entries[0], &a.Account)
		}
		if err == nil && a.Keys > maxKeys {
			err = fmt.Errorf("%w: %d keys, limit %d", ErrRoll, a.Keys, maxKeys)
		}
		if err != nil {
			return nil, fmt.Errorf("account %s: %w", name, err)
		}
		for first := uint32(1); first <= a.Keys; first += proof.MaxStateEntries {
			if err := a.readSpans(ctx, state, first); err != nil {
				return nil, fmt.Errorf("account %s: %w", name, err)
			}
		}
		accounts[name] = a
	}
	return accounts, nil
}

// readSpans reads a page of an account's spans.
func (a *Account) readSpans(ctx context.Context, state State, first uint32) error {
	var keys []string
	for number := first; number <= a.Keys && number < first+proof.MaxStateEntries; number++ {
		keys = append(keys, directory.SpanKey(a.Name, number))
	}
	b, err := state(ctx, keys)
	if err != nil {
		return err
	}
	for i := range b.Entries {
		var s registry.Span
		if err := entry(&b.Entries[i], &s); err != nil {
			return err
		}
		a.spans[first+uint32(i)] = s
	}
	return nil
}

// entry reads a live entry without its proof.
func entry(e *proof.StateEntry, into any) error {
	if len(e.Entry) == 0 || e.Entry[0] != 1 {
		return fmt.Errorf("%w: no live entry %q", ErrRoll, e.Key)
	}
	return canonical.Decode(e.Entry[1:], contract.MaxValue, into)
}
