package holder

import (
	"context"
	"fmt"
	"time"

	"weir/engine"
	"weir/engine/inquiry"
	"weir/engine/member"
	"weir/engine/message"
	"weir/engine/period"
)

// month is what the agent shares with others for one calendar month.
type month struct {
	secret    *period.Secret
	keys      map[engine.PartyID]period.PairKey // key_ij by partner
	sent      map[engine.PartyID][]byte         // the ciphertext that carries the key, where this party is the first
	confirmed map[engine.PartyID]bool           // the partner says it has the same key
}

// Register makes this party's key for the month of a block time, unless there is one, and posts it.
func (a *Agent) Register(ctx context.Context, now time.Time) error {
	if _, err := a.member.Register(ctx, now); err != nil {
		return fmt.Errorf("agent of %s: %w", a.Party, err)
	}
	return nil
}

// monthOf is what this party shares for a month that it made a key for; nil for another. The caller holds a.mu, or is the
// only one.
func (a *Agent) monthOf(p period.Period) *month {
	if m := a.months[p]; m != nil {
		return m
	}
	secret := a.member.Secret(p)
	if secret == nil {
		return nil
	}
	a.months[p] = &month{secret: secret, keys: map[engine.PartyID]period.PairKey{},
		sent: map[engine.PartyID][]byte{}, confirmed: map[engine.PartyID]bool{}}
	return a.months[p]
}

// Pair brings the keys with the given partners as far as what stands on the board allows, and gives the partners that are
// not ready yet. Call it again until there are none; every call is safe to repeat.
func (a *Agent) Pair(ctx context.Context, partners []engine.PartyID, now time.Time) (waiting []engine.PartyID, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	m := a.monthOf(period.Of(now))
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

// pairWith goes as far with one partner as it can. The key is remembered before anything is posted that depends on it: an
// encapsulation without its key could never be used.
func (a *Agent) pairWith(ctx context.Context, m *month, partner engine.PartyID) error {
	pair := period.PairOf(a.Party, partner)
	if _, have := m.keys[partner]; !have {
		agreed, err := a.agree(ctx, m, pair, partner)
		if err != nil || !agreed {
			return err
		}
		if err := a.rememberPair(m, partner); err != nil {
			delete(m.keys, partner)
			return err
		}
	}
	if err := a.postPair(ctx, m, pair, partner); err != nil {
		return err
	}
	return a.readConfirmation(ctx, m, pair, partner, m.keys[partner])
}

// agree gives this end the pair's key when its turn has come: the first party encapsulates, the second waits for it.
func (a *Agent) agree(ctx context.Context, m *month, pair period.Pair, partner engine.PartyID) (bool, error) {
	theirs, err := member.FindPeriodKey(ctx, a.Genesis, a.Ledger, string(partner), m.secret.Period())
	if err != nil || theirs == nil {
		return false, err
	}
	mine := m.secret.Key(string(a.Party))
	if pair.First == a.Party {
		e, key, err := period.Encapsulate(a.Genesis.Founding().Chain, pair, &mine, theirs)
		if err != nil {
			return false, err
		}
		m.keys[partner], m.sent[partner] = key, e.Ciphertext
		return true, nil
	}
	e, err := a.encapsulation(ctx, m, pair)
	if err != nil || e == nil {
		return false, err
	}
	key, err := m.secret.Decapsulate(a.Genesis.Founding().Chain, e, theirs, &mine)
	if err != nil {
		return false, err
	}
	m.keys[partner] = key
	return true, nil
}

func (a *Agent) encapsulation(ctx context.Context, m *month, pair period.Pair) (*period.Encapsulation, error) {
	entries, err := a.Ledger.Find(ctx, message.KindEncapsulation, message.PairKey(string(m.secret.Period()), pair.First, pair.Second))
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		if e, err := message.OpenEncapsulation(a.Genesis, entry, pair, m.secret.Period()); err == nil {
			return e, nil
		}
	}
	return nil, nil
}

// postPair posts what this end has to say about the pair's key, where it does not stand yet.
func (a *Agent) postPair(ctx context.Context, m *month, pair period.Pair, partner engine.PartyID) error {
	current := m.secret.Period()
	if pair.First == a.Party {
		standing, err := a.encapsulation(ctx, m, pair)
		if err == nil && standing == nil {
			err = a.post(ctx, message.KindEncapsulation, period.Encapsulation{First: pair.First, Second: pair.Second, Period: current,
				Ciphertext: m.sent[partner]})
		}
		if err != nil {
			return err
		}
	}
	mine := message.PairKey(string(current), pair.First, pair.Second) + "/" + string(a.Party)
	standing, err := a.Ledger.Find(ctx, message.KindPairConfirmed, mine)
	if err != nil || len(standing) > 0 {
		return err
	}
	return a.post(ctx, message.KindPairConfirmed, m.keys[partner].Confirm(a.Party, pair, current))
}

// readConfirmation looks for the partner's word that it holds the same key; another key is an error that names the pair.
func (a *Agent) readConfirmation(ctx context.Context, m *month, pair period.Pair, partner engine.PartyID, key period.PairKey) error {
	current := m.secret.Period()
	entries, err := a.Ledger.Find(ctx, message.KindPairConfirmed, message.PairKey(string(current), pair.First, pair.Second))
	if err != nil {
		return err
	}
	for _, entry := range entries {
		theirs, err := message.OpenConfirmation(a.Genesis, entry, partner, pair, current)
		if err != nil {
			continue
		}
		if theirs.Digest != key.Confirm(partner, pair, current).Digest {
			return &inquiry.PairError{First: pair.First, Second: pair.Second}
		}
		m.confirmed[partner] = true
		return a.rememberPair(m, partner)
	}
	return nil
}
