package inquiry_test

import (
	"errors"
	"strings"
	"testing"

	"weir/engine"
	"weir/engine/inquiry"
	"weir/engine/internal/messagetest"
	"weir/engine/message"
	"weir/engine/pedersen"
)

// commits are commits of all parties whose pairs agree.
func commits(t *testing.T) map[engine.PartyID]*inquiry.Contributed {
	read := map[engine.PartyID]*inquiry.Contributed{}
	for _, party := range messagetest.Parties {
		c, err := messagetest.Commit(party).Read()
		if err != nil {
			t.Fatal(err)
		}
		read[party] = c
	}
	return read
}

func TestCheckPairs(t *testing.T) {
	other := pedersen.BlindingGenerator()
	if err := inquiry.CheckPairs(messagetest.Parties, commits(t)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		spoil func(map[engine.PartyID]*inquiry.Contributed)
		named string // the party at fault, or "" where it cannot be told
	}{
		"a commit missing":  {func(c map[engine.PartyID]*inquiry.Contributed) { delete(c, "social/staff") }, "social/staff"},
		"a commit nil":      {func(c map[engine.PartyID]*inquiry.Contributed) { c["tax/vat"] = nil }, "tax/vat"},
		"a commit too many": {func(c map[engine.PartyID]*inquiry.Contributed) { c["bank/x"] = c["tax/vat"] }, ""},
		"a mask missing":    {func(c map[engine.PartyID]*inquiry.Contributed) { delete(c["power/meter"].Masks, "tax/vat") }, "power/meter"},
		"a mask too many":   {func(c map[engine.PartyID]*inquiry.Contributed) { c["tax/vat"].Masks["x/y"] = other }, "tax/vat"},
		"a stranger's mask": {func(c map[engine.PartyID]*inquiry.Contributed) {
			delete(c["social/staff"].Masks, "power/meter")
			c["social/staff"].Masks["x/y"] = other
		}, "social/staff"},
	} {
		spoiled := commits(t)
		c.spoil(spoiled)
		err := inquiry.CheckPairs(messagetest.Parties, spoiled)
		messagetest.Refused(t, name, err, message.ErrPost)
		if err != nil && !strings.Contains(err.Error(), "commit of "+c.named) && c.named != "" {
			t.Errorf("%s: %v does not name %s", name, err, c.named)
		}
		if errors.Is(err, inquiry.ErrPair) {
			t.Errorf("%s: another party is blamed as well: %v", name, err)
		}
	}
}

// A12: a disagreement names the pair, whichever end differs.
func TestDisagreementNamesThePair(t *testing.T) {
	for a, i := range messagetest.Parties {
		for _, j := range messagetest.Parties[a+1:] {
			for _, liar := range [][2]engine.PartyID{{i, j}, {j, i}} {
				spoiled := commits(t)
				spoiled[liar[0]].Masks[liar[1]] = pedersen.BlindingGenerator()
				err := inquiry.CheckPairs(messagetest.Parties, spoiled)
				var pair *inquiry.PairError
				if !errors.As(err, &pair) || pair.First != i || pair.Second != j || !errors.Is(err, inquiry.ErrPair) {
					t.Errorf("%s and %s: %v", i, j, err)
				}
			}
		}
	}
}
