package bank

import (
	"context"

	"weir/engine"
	"weir/engine/inquiry"
	"weir/engine/message"
)

// AccuseFalsely accuses a party whatever it did, with the proof of this bank's last true accusation: for demonstrations
// and tests that must see it caught.
func (b *Bank) AccuseFalsely(ctx context.Context, id engine.RequestID, party engine.PartyID) error {
	c, err := b.accusable(ctx, id, party)
	if err != nil {
		return err
	}
	b.mu.Lock()
	replayed := b.lastAccusation
	b.mu.Unlock()
	accusation := inquiry.Accusation{Label: c.attempt.Label, Accused: party, Proof: replayed, Response: c.response, B: c.sealing.PublicKey()}
	return b.post(ctx, message.KindAccusation, accusation)
}
