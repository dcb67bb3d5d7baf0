package offer

import (
	"context"
	"fmt"
	"time"

	"weir/engine"
	"weir/engine/consent"
	"weir/engine/message"
)

// FindConsent reads the public consent under a consent key; none is nil.
func FindConsent(ctx context.Context, g message.Members, board message.Board, key consent.Key) (*consent.Public, error) {
	entries, err := board.Find(ctx, message.KindConsent, message.ConsentKey(key))
	if err != nil {
		return nil, fmt.Errorf("find consent: %w", err)
	}
	for _, entry := range entries {
		if public, err := OpenConsent(g, entry); err == nil && public.Key == key {
			return public, nil
		}
	}
	return nil, nil
}

// OpenConsent reads the public half of a consent from its transaction, which the consent's own key sent.
func OpenConsent(g message.Members, entry []byte) (*consent.Public, error) {
	tx, sender, err := g.Founding().OpenBare(message.KindConsent, entry)
	if err != nil {
		return nil, err
	}
	public, err := consent.OpenPublic(tx.Body, g.Founding().Chain)
	if err == nil && public.Key != sender {
		err = fmt.Errorf("%w: a consent under another key than its sender's", message.ErrPost)
	}
	if err != nil {
		return nil, err
	}
	return public, nil
}

// ConsentRevoked tells whether the consent key has signed a revocation.
func ConsentRevoked(ctx context.Context, g message.Members, board message.Board, key consent.Key) (bool, error) {
	entries, err := board.Find(ctx, message.KindRevocation, message.ConsentKey(key))
	if err != nil {
		return false, fmt.Errorf("find revocation: %w", err)
	}
	for _, entry := range entries {
		tx, sender, err := g.Founding().OpenBare(message.KindRevocation, entry)
		if err != nil || sender != key {
			continue
		}
		if revoked, err := consent.OpenRevocation(tx.Body, g.Founding().Chain); err == nil && revoked == key {
			return true, nil
		}
	}
	return false, nil
}

// CheckEvidence judges private evidence against the public consent it names; it gives the enterprise and that consent's
// key.
func CheckEvidence(ctx context.Context, g message.Members, board message.Board, authority *consent.Authority, evidence []byte, at time.Time) (
	engine.Identifier, consent.Key, error) {
	key, err := consent.KeyOf(evidence)
	if err != nil {
		return engine.Identifier{}, key, err
	}
	public, err := FindConsent(ctx, g, board, key)
	if err != nil {
		return engine.Identifier{}, key, err
	}
	if public == nil {
		return engine.Identifier{}, key, fmt.Errorf("%w: its public consent is not on the board", consent.ErrEvidence)
	}
	id, _, err := authority.Check(evidence, public, at)
	return id, key, err
}
