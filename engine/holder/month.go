package holder

import (
	"context"
	"fmt"
	"time"

	"weir/engine"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/engine/period"
)

// month is what the agent shares with others for one calendar month.
type month struct {
	secret    *period.Secret
	keys      map[engine.PartyID]period.PairKey // key_ij by partner
	confirmed map[engine.PartyID]bool           // the partner says it has the same key
}

// Register makes this party's key for the month of a block time, unless there is one, and posts it.
func (a *Agent) Register(ctx context.Context, now time.Time) error {
	secret, err := a.member.Register(ctx, now)
	if err != nil {
		return fmt.Errorf("agent of %s: %w", a.Party, err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if current := period.Of(now); a.months[current] == nil {
		a.months[current] = &month{secret: secret, keys: map[engine.PartyID]period.PairKey{}, confirmed: map[engine.PartyID]bool{}}
	}
	return nil
}

// Pair brings the keys with the given partners as far as what stands on the board allows, and gives the partners that are
// not ready yet. Call it again until there are none; every call is safe to repeat.
func (a *Agent) Pair(ctx context.Context, partners []engine.PartyID, now time.Time) (waiting []engine.PartyID, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	m := a.months[period.Of(now)]
	if m == nil {
		return nil, fmt.Errorf("agent of %s: no key registered for %s", a.Party, period.Of(now))
	}
	for _, partner := range partners {
		if partner == a.Party || m.confirmed[partner] {
			continue
		}
		if err := a.pairWith(ctx, m, partner); err != nil {
			return nil, fmt.Errorf("agent of %s: pair with %s: %w", a.Party, partner, err)
		}
		if !m.confirmed[partner] {
			waiting = append(waiting, partner)
		}
	}
	return waiting, nil
}

func (a *Agent) pairWith(ctx context.Context, m *month, partner engine.PartyID) error {
	pair := period.PairOf(a.Party, partner)
	if _, have := m.keys[partner]; !have {
		theirs, err := a.periodKey(ctx, m, partner)
		if err != nil || theirs == nil {
			return err
		}
		if err := a.exchange(ctx, m, pair, partner, theirs); err != nil {
			return err
		}
	}
	key, have := m.keys[partner]
	if !have {
		return nil
	}
	return a.readConfirmation(ctx, m, pair, partner, key)
}

// exchange gives this end the pair's key, when its turn has come: the first party encapsulates, the second waits for it.
func (a *Agent) exchange(ctx context.Context, m *month, pair period.Pair, partner engine.PartyID, theirs *period.Key) error {
	mine, board := m.secret.Key(string(a.Party)), message.PairKey(string(m.secret.Period()), pair.First, pair.Second)
	if pair.First == a.Party {
		encapsulation, key, err := period.Encapsulate(a.Genesis.Chain, pair, &mine, theirs)
		if err != nil {
			return err
		}
		if err := a.post(ctx, message.KindEncapsulation, board, *encapsulation); err != nil {
			return err
		}
		m.keys[partner] = key
	} else {
		encapsulation, err := a.encapsulation(ctx, m, pair, board)
		if err != nil || encapsulation == nil {
			return err
		}
		if m.keys[partner], err = m.secret.Decapsulate(a.Genesis.Chain, encapsulation, theirs, &mine); err != nil {
			delete(m.keys, partner)
			return err
		}
	}
	return a.post(ctx, message.KindPairConfirmed, board, m.keys[partner].Confirm(a.Party, pair, m.secret.Period()))
}

func (a *Agent) periodKey(ctx context.Context, m *month, partner engine.PartyID) (*period.Key, error) {
	entries, err := a.Board.Find(ctx, message.KindPeriodKey, message.PeriodKey(string(m.secret.Period()), string(partner)))
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		if key, err := a.Genesis.OpenPeriodKey(entry, string(partner), m.secret.Period()); err == nil {
			return key, nil
		}
	}
	return nil, nil
}

func (a *Agent) encapsulation(ctx context.Context, m *month, pair period.Pair, board string) (*period.Encapsulation, error) {
	entries, err := a.Board.Find(ctx, message.KindEncapsulation, board)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		if e, err := a.Genesis.OpenEncapsulation(entry, pair, m.secret.Period()); err == nil {
			return e, nil
		}
	}
	return nil, nil
}

// readConfirmation looks for the partner's word that it holds the same key; another key is an error that names the pair.
func (a *Agent) readConfirmation(ctx context.Context, m *month, pair period.Pair, partner engine.PartyID, key period.PairKey) error {
	current := m.secret.Period()
	entries, err := a.Board.Find(ctx, message.KindPairConfirmed, message.PairKey(string(current), pair.First, pair.Second))
	if err != nil {
		return err
	}
	for _, entry := range entries {
		theirs, err := a.Genesis.OpenConfirmation(entry, partner, pair, current)
		if err != nil {
			continue
		}
		if theirs.Digest != key.Confirm(partner, pair, current).Digest {
			return &inquiry.PairError{First: pair.First, Second: pair.Second}
		}
		m.confirmed[partner] = true
	}
	return nil
}
