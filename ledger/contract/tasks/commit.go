package tasks

import (
	"slices"

	"weir/engine"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/engine/pedersen"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/board"
	"weir/ledger/contract/consents"
	"weir/ledger/contract/registry"
)

// commit takes inquiry.Commit. The last one completes the task, in the same block: pairs are compared, the use is charged.
func (k *contractOf) commit(c *contract.Context, body []byte) error {
	var m inquiry.Commit
	if err := c.Decode(body, &m); err != nil {
		return err
	}
	t, part, err := k.turn(c, m.Label, m.Party)
	if err != nil {
		return err
	}
	_, err = m.Read()
	if err := c.Require(err == nil, ledger.CodeMalformed, "a commit has points of the prime subgroup, its partners in order", "%v", err); err != nil {
		return err
	}
	if err := requirePartners(c, t, &m); err != nil {
		return err
	}
	if err := requireProof(c, t, &m); err != nil {
		return err
	}
	c.Invariant(!part.Committed, "one contribution of a party to a label")
	part.Committed = true
	c.Save(commitKey(m.Label, m.Party), &m)
	if err := board.Note(c, string(message.KindCommit), message.ContributionKey(m.Label, m.Party)); err != nil {
		return err
	}
	if len(t.uncommitted()) == 0 {
		return k.complete(c, t)
	}
	t.save(c)
	return nil
}

// turn is a task in the phase of commits in which the sender's party has not spoken yet.
func (k *contractOf) turn(c *contract.Context, label engine.Digest, party engine.PartyID) (*Task, *Part, error) {
	if err := registry.Holder(c, party); err != nil {
		return nil, nil, err
	}
	t, err := k.load(c, label)
	if err != nil {
		return nil, nil, err
	}
	part, err := t.part(c, party)
	if err != nil {
		return nil, nil, err
	}
	if err := c.Require(!part.Committed, ledger.CodeConflict, "a party contributes once to a label", "%s has", party); err != nil {
		return nil, nil, err
	}
	return t, part, t.during(c, PhaseCommit)
}

// requirePartners: a mask for every other party of the task and for nobody else.
func requirePartners(c *contract.Context, t *Task, m *inquiry.Commit) error {
	partners := t.where(func(p *Part) bool { return p.Party != m.Party })
	named := make([]engine.PartyID, len(m.Masks))
	for i := range m.Masks {
		named[i] = m.Masks[i].Partner
	}
	return c.Require(slices.Equal(partners, named), ledger.CodeMalformed, "a commit has a mask for every other party of the task",
		"it has %d for %d parties, or for others", len(named), len(partners))
}

// complete compares both ends of every pair and charges the use; from here revocation stops later requests only.
func (k *contractOf) complete(c *contract.Context, t *Task) error {
	if i, j, agree := pairs(c, t); !agree {
		return t.finish(c, End{State: Refused, Cause: CausePair, Parties: []engine.PartyID{i, j}, At: c.Now()})
	}
	if !t.Charged {
		if err := consents.Charge(c, t.Request.Consent); err != nil {
			return err
		}
		payer := "consent:" + message.ConsentKey(t.Request.Consent)
		c.Charge(payer, "use", 1)
		c.Charge(payer, "bit", uint64(t.Bits))
	}
	t.Charged, t.Phase, t.Height, t.Deadline = true, PhaseAnchor, c.Height(), c.Now()+t.Windows.Anchor
	t.save(c)
	return nil
}

// pairs tells whether the two ends of every P_ij are equal, or names the first pair that disagrees. An encoding is
// unique: equal points have equal bytes.
func pairs(c *contract.Context, t *Task) (i, j engine.PartyID, agree bool) {
	ends := map[[2]engine.PartyID][pedersen.PointSize]byte{}
	for _, p := range t.Parts {
		for _, mask := range stored(c, t, p.Party).Masks {
			ends[[2]engine.PartyID{p.Party, mask.Partner}] = mask.P
		}
	}
	for a := range t.Parts {
		for b := a + 1; b < len(t.Parts); b++ {
			i, j = t.Parts[a].Party, t.Parts[b].Party
			if ends[[2]engine.PartyID{i, j}] != ends[[2]engine.PartyID{j, i}] {
				return i, j, false
			}
		}
	}
	return "", "", true
}

// stored is a party's commit that counts.
func stored(c *contract.Context, t *Task, party engine.PartyID) *inquiry.Commit {
	m := new(inquiry.Commit)
	c.Invariant(c.Load(commitKey(t.Label, party), m), "a commit that counts stands on the ledger")
	return m
}

// declined takes inquiry.Declined, which ends the attempt.
func (k *contractOf) declined(c *contract.Context, body []byte) error {
	var d inquiry.Declined
	if err := c.Decode(body, &d); err != nil {
		return err
	}
	if err := c.Require(d.Code.Known(), ledger.CodeMalformed, "a party declines with a code of the list", "it is another"); err != nil {
		return err
	}
	err := c.Require(len(d.Reply) <= inquiry.MaxReply, ledger.CodeMalformed, "a sealed reason has at most 4 KiB", "it has %d bytes", len(d.Reply))
	if err != nil {
		return err
	}
	t, _, err := k.turn(c, d.Label, d.Party)
	if err != nil {
		return err
	}
	if err := t.finish(c, End{State: Declined, Cause: string(d.Code), Parties: []engine.PartyID{d.Party}, At: c.Now()}); err != nil {
		return err
	}
	return board.Note(c, string(message.KindDeclined), message.ContributionKey(d.Label, d.Party))
}
