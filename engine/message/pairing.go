package message

import (
	"fmt"

	"weir/engine"
	"weir/engine/period"
)

// OpenPeriodKey reads the key that an owner (a party, or a bank under its name) registered for a month; the signer must
// be that party's holder or that bank.
func OpenPeriodKey(g Members, post []byte, owner string, month period.Period) (*period.Key, error) {
	var key period.Key
	p, err := OpenAs(g, KindPeriodKey, post, &key)
	if err != nil {
		return nil, err
	}
	if owner != string(p.Signer) && engine.PartyID(owner).Holder() != p.Signer {
		return nil, fmt.Errorf("%w: %s registers a key for %s", ErrPost, p.Signer, owner)
	}
	if err := key.Check(owner, month); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPost, err)
	}
	return &key, nil
}

// OpenEncapsulation reads the first party's half of a pair's key exchange.
func OpenEncapsulation(g Members, post []byte, pair period.Pair, month period.Period) (*period.Encapsulation, error) {
	var e period.Encapsulation
	p, err := OpenAs(g, KindEncapsulation, post, &e)
	if err == nil {
		err = p.SpeaksFor(e.First)
	}
	if err != nil {
		return nil, err
	}
	if e.First != pair.First || e.Second != pair.Second || e.Period != month {
		return nil, fmt.Errorf("%w: encapsulation by %s of another pair or month", ErrPost, p.Signer)
	}
	return &e, nil
}

// OpenConfirmation reads one end's word that it holds a pair's key.
func OpenConfirmation(g Members, post []byte, from engine.PartyID, pair period.Pair, month period.Period) (*period.Confirmation, error) {
	var c period.Confirmation
	p, err := OpenAs(g, KindPairConfirmed, post, &c)
	if err == nil {
		err = p.SpeaksFor(c.From)
	}
	if err != nil {
		return nil, err
	}
	if c.From != from || c.First != pair.First || c.Second != pair.Second || c.Period != month {
		return nil, fmt.Errorf("%w: confirmation by %s of another pair or month", ErrPost, p.Signer)
	}
	return &c, nil
}
