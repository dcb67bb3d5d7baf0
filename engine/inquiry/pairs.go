package inquiry

import (
	"errors"
	"fmt"

	"weir/engine"
	"weir/engine/message"
)

// ErrPair is returned when the two ends of a pair committed to different masks.
var ErrPair = errors.New("the two ends of a pair disagree on their masks")

// PairError names the two parties whose mask commitments differ; which of them is at fault cannot be told.
type PairError struct{ First, Second engine.PartyID }

// Error names the pair.
func (e *PairError) Error() string { return fmt.Sprintf("%v: %s and %s", ErrPair, e.First, e.Second) }

// Unwrap is ErrPair.
func (e *PairError) Unwrap() error { return ErrPair }

// CheckPairs tells whether the commits of one label come from exactly the given parties, each with a mask for every
// other, and whether the two ends of every P_ij are equal. A difference is a *PairError; a mask that is not there is the
// fault of its party alone.
func CheckPairs(parties []engine.PartyID, commits map[engine.PartyID]*Contributed) error {
	for _, i := range parties {
		if err := checkPartners(i, parties, commits[i]); err != nil {
			return err
		}
	}
	if len(commits) != len(parties) {
		return fmt.Errorf("%w: %d commits for %d parties", message.ErrPost, len(commits), len(parties))
	}
	for a, i := range parties {
		for _, j := range parties[a+1:] {
			if !commits[i].Masks[j].Equal(commits[j].Masks[i]) {
				return &PairError{First: i, Second: j}
			}
		}
	}
	return nil
}

// checkPartners tells whether a party's commit has a mask for every other party and for nobody else.
func checkPartners(party engine.PartyID, parties []engine.PartyID, c *Contributed) error {
	if c == nil {
		return fmt.Errorf("%w: no commit of %s", message.ErrPost, party)
	}
	if len(c.Masks) != len(parties)-1 {
		return fmt.Errorf("%w: commit of %s has %d masks, want %d", message.ErrPost, party, len(c.Masks), len(parties)-1)
	}
	for _, partner := range parties {
		if _, known := c.Masks[partner]; !known && partner != party {
			return fmt.Errorf("%w: commit of %s has no mask for %s", message.ErrPost, party, partner)
		}
	}
	return nil
}
