package tasks

import (
	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/engine/pedersen"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/board"
	"weir/ledger/contract/models"
	"weir/ledger/contract/registry"
)

// settlement takes inquiry.Settlement: the bank proves that it knows an opening of the sum of all commitments.
func (k *contractOf) settlement(c *contract.Context, body []byte) error {
	var s inquiry.Settlement
	if err := c.Decode(body, &s); err != nil {
		return err
	}
	t, err := k.closing(c, s.Label)
	if err != nil {
		return err
	}
	waiting := t.where(func(p *Part) bool { return !p.Released && !p.Answered })
	if err := c.Require(len(waiting) == 0, ledger.CodePhase, "every party has released its response", "not yet: %v", waiting); err != nil {
		return err
	}
	if err := requireOpening(c, t, s.Proof); err != nil {
		return err
	}
	if err := t.finish(c, End{State: Settled, Parties: []engine.PartyID{}, At: c.Now()}); err != nil {
		return err
	}
	return board.Note(c, string(message.KindSettlement), s.Label.String())
}

// closing is a task that its bank may settle, or in which it may accuse: anchored, before T3.
func (k *contractOf) closing(c *contract.Context, label engine.Digest) (*Task, error) {
	t, err := k.load(c, label)
	if err != nil {
		return nil, err
	}
	if err := requireBank(c, t); err != nil {
		return nil, err
	}
	return t, t.during(c, PhaseRelease)
}

func requireOpening(c *contract.Context, t *Task, b []byte) error {
	chain, err := registry.Chain(c)
	if err != nil {
		return err
	}
	total := pedersen.Identity()
	for _, p := range t.Parts {
		m := stored(c, t, p.Party)
		point, err := pedersen.DecodePoint(m.C[:])
		c.Invariant(err == nil, "a commit that counts was read")
		total = total.Add(point)
	}
	opening, err := pedersen.DecodeOpeningProof(b)
	if err == nil {
		err = opening.Verify(total, inquiry.SettlementChallenge(chain, t.Label, t.Bank, total))
	}
	return c.Require(err == nil, ledger.CodeUnproven, "the bank knows an opening of the sum of all commitments", "the proof does not hold")
}

// accusation takes inquiry.Accusation. One that holds ends the task and retires the sealing; one that does not is refused
// and announced: its bank signed it.
func (k *contractOf) accusation(c *contract.Context, body []byte) error {
	var a inquiry.Accusation
	if err := c.Decode(body, &a); err != nil {
		return err
	}
	t, err := k.closing(c, a.Label)
	if err != nil {
		return err
	}
	if _, err := t.part(c, a.Accused); err != nil {
		return err
	}
	m, err := models.Find(c, t.Request.Model)
	if err != nil {
		return err
	}
	if err := judge(c, t, &a, &m.Sealing); err != nil {
		return contract.WithEvidence(err, "false-accusation", t.Label.String(), canonical.Encode([]any{t.Bank, a.Accused}))
	}
	if err := models.Accused(c, t.Request.Model); err != nil {
		return err
	}
	if err := t.finish(c, End{State: Accused, Parties: []engine.PartyID{a.Accused}, At: c.Now()}); err != nil {
		return err
	}
	return board.Note(c, string(message.KindAccusation), message.ContributionKey(a.Label, a.Accused))
}

// judge decides an accusation: the bytes are those of the digests on the ledger, and either they are no response at all or
// the proof shows that they do not open the commitment.
func judge(c *contract.Context, t *Task, a *inquiry.Accusation, s *models.Sealing) error {
	commit := stored(c, t, a.Accused)
	if err := c.Require(message.Blob(a.B) == s.B, ledger.CodeUnproven, "the accusation carries the sealing's key", "it carries another"); err != nil {
		return err
	}
	if err := c.Require(inquiry.ResponseDigest(a.Response) == commit.Response, ledger.CodeUnproven,
		"the accusation carries the response that was committed to", "it carries another"); err != nil {
		return err
	}
	if _, err := inquiry.OpenResponse(a.Response, commit); err != nil {
		return nil // what the party committed to is no response: no proof is needed
	}
	read, err := commit.Read()
	c.Invariant(err == nil, "a commit that counts was read")
	return requireGuilt(c, t, a, s, read)
}
