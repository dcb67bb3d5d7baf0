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
func FindConsent(ctx context.Context, board message.Board, chain engine.Name, key consent.Key) (*consent.Public, error) {
	entries, err := board.Find(ctx, message.KindConsent, message.ConsentKey(key))
	if err != nil {
		return nil, fmt.Errorf("find consent: %w", err)
	}
	for _, entry := range entries {
		if public, err := consent.OpenPublic(entry, chain); err == nil && public.Key == key {
			return public, nil
		}
	}
	return nil, nil
}

// ConsentRevoked tells whether the consent key has signed a revocation.
func ConsentRevoked(ctx context.Context, board message.Board, chain engine.Name, key consent.Key) (bool, error) {
	entries, err := board.Find(ctx, message.KindRevocation, message.ConsentKey(key))
	if err != nil {
		return false, fmt.Errorf("find revocation: %w", err)
	}
	for _, entry := range entries {
		if revoked, err := consent.OpenRevocation(entry, chain); err == nil && revoked == key {
			return true, nil
		}
	}
	return false, nil
}

// CheckEvidence judges private evidence against the public consent it names; it gives the enterprise and that consent's
// key.
func CheckEvidence(ctx context.Context, board message.Board, authority *consent.Authority, evidence []byte, at time.Time) (
	engine.Identifier, consent.Key, error) {
	key, err := consent.KeyOf(evidence)
	if err != nil {
		return engine.Identifier{}, key, err
	}
	public, err := FindConsent(ctx, board, authority.Chain, key)
	if err != nil {
		return engine.Identifier{}, key, err
	}
	if public == nil {
		return engine.Identifier{}, key, fmt.Errorf("%w: its public consent is not on the board", consent.ErrEvidence)
	}
	id, _, err := authority.Check(evidence, public, at)
	return id, key, err
}
