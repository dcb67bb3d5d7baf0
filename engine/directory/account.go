package directory

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"weir/engine"
	"weir/engine/canonical"
	"weir/ledger/contract"
	"weir/ledger/contract/registry"
	"weir/ledger/proof"
)

// What a directory says of names.
var (
	ErrStranger = errors.New("not a member")
	ErrNoKey    = errors.New("no key speaks for the member: it was revoked, and its members have not given it another one")
)

// maxSpans bounds how many keys of one account are followed.
const maxSpans = 1024

// AccountKey is where the registry keeps a member's account (wire, "Accounts").
func AccountKey(name engine.Name) string { return "account/" + string(name) }

// SpanKey is where the registry keeps a span of a member's key, by its number from 1 (wire, "Accounts").
func SpanKey(name engine.Name, number uint32) string {
	return fmt.Sprintf("span/%s/%010d", name, number)
}

const supervisorsKey = "supervisors"

// Refresh has the ledger show how the given members stand now; without any, all that the directory knows. A ledger whose
// newest checkpoint is not final yet wraps proof.ErrNotFinal; one that shows two histories, proof.ErrFork or
// proof.ErrRollback; one that shows anything else than what was asked, proof.ErrBundle.
func (d *Directory) Refresh(ctx context.Context, names ...engine.Name) error {
	d.learning.Lock()
	defer d.learning.Unlock()
	return d.refresh(ctx, names...)
}

func (d *Directory) refresh(ctx context.Context, names ...engine.Name) error {
	all := len(names) == 0
	began := d.config.Clock()
	if all {
		d.mu.Lock()
		d.stale = false // what a block tells from here on is news again
		d.mu.Unlock()
		names = d.names()
	}
	err := d.askAll(ctx, names)
	d.mu.Lock()
	defer d.mu.Unlock()
	if all && err == nil {
		d.shown = began
	}
	d.stale = d.stale || all && err != nil
	return err
}

// askAll asks for accounts, and for those of supervisors that turn out to be there.
func (d *Directory) askAll(ctx context.Context, names []engine.Name) error {
	if err := d.askPages(ctx, names); err != nil {
		return err
	}
	var met []engine.Name
	d.mu.Lock()
	for _, name := range d.supervisors {
		if d.accounts[name] == nil {
			met = append(met, name)
		}
	}
	d.mu.Unlock()
	return d.askPages(ctx, met)
}

func (d *Directory) askPages(ctx context.Context, names []engine.Name) error {
	const page = proof.MaxStateEntries - 1 // beside the list of supervisors
	for names := range slices.Chunk(names, page) {
		if err := d.ask(ctx, names); err != nil {
			return err
		}
	}
	return nil
}

// ask has some accounts shown, and the list of supervisors.
func (d *Directory) ask(ctx context.Context, names []engine.Name) error {
	keys := []string{supervisorsKey}
	for _, name := range names {
		keys = append(keys, AccountKey(name))
	}
	shown, err := d.config.Follower.State(ctx, registry.Name, keys)
	if err != nil {
		return err
	}
	var supervisors []engine.Name
	if err := read(&shown.Entries[0], &supervisors); err != nil {
		return err
	}
	d.mu.Lock()
	d.supervisors = supervisors
	d.mu.Unlock()
	for i, name := range names {
		if err := d.take(ctx, name, shown, &shown.Entries[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// take remembers one account as it was shown. A name that is nobody's is not remembered.
func (d *Directory) take(ctx context.Context, name engine.Name, shown *proof.ShownState, held *proof.Held) error {
	if held.Standing != proof.Live {
		return nil
	}
	next := &account{size: shown.Checkpoint.Size}
	if err := read(held, &next.Account); err != nil {
		return err
	}
	if next.Name != name || next.Keys == 0 {
		return fmt.Errorf("%w: account %s", proof.ErrBundle, name)
	}
	if before := d.account(name); before != nil {
		if before.size > next.size {
			return nil
		}
		next.spans = before.spans
	}
	if _, founded := d.config.Genesis.Member(name); !founded && len(next.spans) == 0 {
		if err := d.readSpans(ctx, next); err != nil {
			return err
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.accounts[name] = next
	return nil
}

// readSpans asks for the spans of an account that are not known yet. Spans are never changed, so those of any later block
// will do.
func (d *Directory) readSpans(ctx context.Context, a *account) error {
	if a.Keys > maxSpans {
		return fmt.Errorf("%s had %d keys, limit %d", a.Name, a.Keys, maxSpans)
	}
	for uint32(len(a.spans)) < a.Keys {
		var keys []string
		for n := len(a.spans) + 1; n <= int(a.Keys) && len(keys) < proof.MaxStateEntries; n++ {
			keys = append(keys, SpanKey(a.Name, uint32(n)))
		}
		shown, err := d.config.Follower.State(ctx, registry.Name, keys)
		if err != nil {
			return err
		}
		for i := range shown.Entries {
			var s registry.Span
			if err := read(&shown.Entries[i], &s); err != nil {
				return err
			}
			a.spans = append(a.spans, s)
		}
	}
	return nil
}

func read(held *proof.Held, into any) error {
	if held.Standing != proof.Live {
		return fmt.Errorf("%w: no entry %q", proof.ErrBundle, held.Key)
	}
	if err := canonical.Decode(held.Value, contract.MaxValue, into); err != nil {
		return fmt.Errorf("%w: entry %q: %w", proof.ErrBundle, held.Key, err)
	}
	return nil
}
