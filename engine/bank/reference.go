package bank

import (
	"context"
	"errors"
	"fmt"

	"weir/engine"
	"weir/engine/consent"
	"weir/engine/inquiry"
	"weir/engine/member"
	"weir/engine/message"
	"weir/ledger"
)

const tableReferences = "bank/reference" // request id by the reference of whoever wanted the score

// RequestFor is Request under a reference of the bank's own, such as a loan file's number: asked again under the same
// reference, also after a crash at any point, there is one request on the ledger.
func (b *Bank) RequestFor(ctx context.Context, reference string, model engine.Digest, key consent.Key, purpose consent.Purpose) (engine.RequestID, error) {
	b.asking.Lock()
	defer b.asking.Unlock()
	id, known, err := b.referred(ctx, reference)
	if err != nil {
		return id, fmt.Errorf("bank %s: request for %q: %w", b.Name, reference, err)
	}
	if known {
		return id, nil
	}
	return b.request(ctx, model, key, purpose, reference)
}

// referred is the request that was made for a reference, if it stands on the ledger or still can.
func (b *Bank) referred(ctx context.Context, reference string) (id engine.RequestID, known bool, err error) {
	value, err := b.Memory.Get(tableReferences, reference)
	if err != nil || len(value) != len(id) {
		return id, false, err
	}
	id = engine.RequestID(value)
	_, err = inquiry.FindAttempt(ctx, b.Genesis, b.Ledger, id)
	if err == nil || !errors.Is(err, message.ErrNotFound) {
		return id, err == nil, err
	}
	tx, err := b.Memory.Get(tableRequests, id.String())
	if err != nil || tx == nil {
		return id, false, err
	}
	signed, err := ledger.DecodeTx(tx)
	if err != nil {
		return id, false, err
	}
	stands, err := b.resubmit(ctx, signed)
	return id, stands, err
}

// entries are what is remembered of a signed request before it is sent.
func entries(tx *ledger.Tx, reference string) []member.Entry {
	id := tx.ID()
	list := []member.Entry{{Table: tableRequests, Key: id.String(), Value: tx.Bytes()}}
	if reference != "" {
		list = append(list, member.Entry{Table: tableReferences, Key: reference, Value: id[:]})
	}
	return list
}
