package directory

import (
	"context"
	"errors"
	"fmt"

	"weir/engine"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/contract/registry"
)

// learn asks the ledger for what judging these posts takes: nothing, where every one is under a key that speaks now.
func (d *Directory) learn(ctx context.Context, posts [][]byte) error {
	for _, post := range posts {
		tx, err := d.config.Genesis.Read(post)
		if err != nil {
			continue // the reader refuses it
		}
		name, isAccount := tx.Sender.Account()
		if !isAccount {
			continue
		}
		if err := d.renew(ctx); err != nil {
			return fmt.Errorf("members of %s: %w", d.config.Genesis.Chain, err)
		}
		if err := d.settle(ctx, tx, name); err != nil {
			return fmt.Errorf("keys of %s: %w", name, err)
		}
	}
	return nil
}

// renew refreshes everything when that is due, once for all that wait for it.
func (d *Directory) renew(ctx context.Context) error {
	if !d.due() {
		return nil
	}
	d.learning.Lock()
	defer d.learning.Unlock()
	if !d.due() {
		return nil
	}
	return d.refresh(ctx)
}

// settle finds out whether a post stands on the ledger under a key that spoke for its sender there.
func (d *Directory) settle(ctx context.Context, tx *ledger.Tx, name engine.Name) error {
	if d.plain(tx, name) {
		return nil
	}
	d.learning.Lock()
	defer d.learning.Unlock()
	if d.plain(tx, name) {
		return nil
	}
	former, err := d.formerly(ctx, tx, name)
	if err == nil && !former { // by a key that is newer than what was shown, or by no key of the sender at all
		if err = d.refresh(ctx, name); err == nil && !d.plain(tx, name) {
			former, err = d.formerly(ctx, tx, name)
		}
	}
	if err != nil || !former {
		return err
	}
	stands, err := d.find(ctx, tx, name)
	if err != nil || !stands {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.standing) >= maxStanding {
		clear(d.standing)
	}
	d.standing[message.Blob(tx.Bytes())] = true
	return nil
}

// plain tells whether a post opens by what is known.
func (d *Directory) plain(tx *ledger.Tx, name engine.Name) bool {
	m, known := d.Member(name)
	return known && message.SignedBy(tx, m.SigningKey) || d.stands(tx)
}

// formerly tells whether a key signed a post that spoke for its sender some time, as far as the sender was shown.
func (d *Directory) formerly(ctx context.Context, tx *ledger.Tx, name engine.Name) (bool, error) {
	a := d.account(name)
	if a == nil {
		return false, nil
	}
	if err := d.readSpans(ctx, a); err != nil {
		return false, err
	}
	d.mu.Lock()
	if known := d.accounts[a.Name]; known != nil && len(known.spans) < len(a.spans) {
		known.spans = a.spans
	}
	d.mu.Unlock()
	for i := range a.spans {
		if message.SignedBy(tx, a.spans[i].Key) {
			return true, nil
		}
	}
	return false, nil
}

// find looks for a post on the ledger, and tells whether the key of its height signed it.
func (d *Directory) find(ctx context.Context, tx *ledger.Tx, name engine.Name) (bool, error) {
	newest, err := d.config.Follower.Final(ctx)
	if err != nil {
		return false, err
	}
	shown, err := d.config.Follower.Shown(ctx, tx.ID(), newest)
	if errors.Is(err, message.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	a := d.account(name)
	if shown.Header.Height >= a.size { // what was shown of the account ends before
		if err := d.refresh(ctx, name); err != nil {
			return false, err
		}
		a = d.account(name)
	}
	if err := d.readSpans(ctx, a); err != nil {
		return false, err
	}
	span, spoke := SpanAt(a.spans, shown.Header.Height)
	return spoke && shown.Result.OK() && message.SignedBy(tx, span.Key), nil
}

// SpanAt is the span of a height among an account's spans, by number; false before the first.
func SpanAt(spans []registry.Span, height uint64) (registry.Span, bool) {
	for i := len(spans) - 1; i >= 0; i-- {
		if spans[i].From <= height {
			return spans[i], true
		}
	}
	return registry.Span{}, false
}
