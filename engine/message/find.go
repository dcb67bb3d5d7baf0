package message

import (
	"context"
	"fmt"
	"time"

	"weir/engine"
	"weir/engine/consent"
)

// FindRequest reads the request with an id, and its post.
func (g *Genesis) FindRequest(ctx context.Context, board Board, id engine.RequestID) (*Request, []byte, error) {
	posts, err := board.Find(ctx, KindRequest, id.String())
	if err != nil {
		return nil, nil, fmt.Errorf("find request: %w", err)
	}
	for _, post := range posts {
		if RequestIDOf(post) == id {
			request, _, _, err := g.OpenRequest(post)
			return request, post, err
		}
	}
	return nil, nil, fmt.Errorf("%w: request %s", ErrNotFound, id)
}

// FindConsent reads the public consent under a consent key; none is nil.
func FindConsent(ctx context.Context, board Board, chain engine.Name, key consent.Key) (*consent.Public, error) {
	entries, err := board.Find(ctx, KindConsent, ConsentKey(key))
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
func ConsentRevoked(ctx context.Context, board Board, chain engine.Name, key consent.Key) (bool, error) {
	entries, err := board.Find(ctx, KindRevocation, ConsentKey(key))
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
func CheckEvidence(ctx context.Context, board Board, authority *consent.Authority, evidence []byte, at time.Time) (engine.Identifier, consent.Key, error) {
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

// DeclinedError says which party declined an attempt, and the public code.
type DeclinedError struct {
	Party engine.PartyID
	Code  DeclineCode
}

// Error names the party and the code.
func (e *DeclinedError) Error() string { return fmt.Sprintf("%s declined: %s", e.Party, e.Code) }

// FindCommits reads the commits of the given parties to one label. A party that declined is a *DeclinedError; one that
// has said nothing yet is ErrNotFound.
func (g *Genesis) FindCommits(ctx context.Context, board Board, label engine.Digest, parties []engine.PartyID) (map[engine.PartyID]*Contributed, error) {
	commits := map[engine.PartyID]*Contributed{}
	for _, party := range parties {
		c, err := g.findCommit(ctx, board, label, party)
		if err != nil {
			return nil, err
		}
		commits[party] = c
	}
	return commits, nil
}

func (g *Genesis) findCommit(ctx context.Context, board Board, label engine.Digest, party engine.PartyID) (*Contributed, error) {
	key := ContributionKey(label, party)
	posts, err := board.Find(ctx, KindCommit, key)
	if err != nil {
		return nil, fmt.Errorf("find commit of %s: %w", party, err)
	}
	for _, post := range posts {
		if c, err := g.OpenCommit(post); err == nil && c.Party == party && c.Commit.Label == label {
			return c, nil
		}
	}
	refusals, err := board.Find(ctx, KindDeclined, key)
	if err != nil {
		return nil, fmt.Errorf("find refusal of %s: %w", party, err)
	}
	for _, post := range refusals {
		if d, err := g.OpenDeclined(post); err == nil && d.Party == party && d.Label == label {
			return nil, &DeclinedError{Party: party, Code: d.Code}
		}
	}
	return nil, fmt.Errorf("%w: commit of %s", ErrNotFound, party)
}
