package tasks

import (
	"golang.org/x/mod/sumdb/note"

	"weir/engine"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/board"
	"weir/ledger/contract/registry"
	"weir/ledger/proof"
)

func (k *contractOf) anchor(c *contract.Context, body []byte) error {
	if _, err := registry.Sender(c, message.RoleBank, message.RoleHolder); err != nil {
		return err
	}
	var a inquiry.Anchor
	if err := c.Decode(body, &a); err != nil {
		return err
	}
	t, err := k.load(c, a.Label)
	if err != nil {
		return err
	}
	if err := t.during(c, PhaseAnchor); err != nil {
		return err
	}
	if err := k.requireCheckpoint(c, a.Checkpoint, t.Height); err != nil {
		return err
	}
	t.Phase, t.Deadline = PhaseRelease, c.Now()+t.Windows.Release
	t.save(c)
	return board.Note(c, string(message.KindAnchor), a.Label.String())
}

// requireCheckpoint: signed by the log and a quorum of witnesses, over a log that has the header of a height. Whether the
// log is this one is for each agent to check, with its own trust file, before it releases.
func (k *contractOf) requireCheckpoint(c *contract.Context, b []byte, height uint64) error {
	log, witnesses := verifiers(k.rules.LogKeys), verifiers(k.rules.WitnessKeys)
	checkpoint, err := proof.OpenCheckpoint(b, k.rules.Origin, note.VerifierList(append(log, witnesses...)...))
	if err := c.Require(err == nil, ledger.CodeUnproven, "an anchor is a checkpoint of the ledger's log", "%v", err); err != nil {
		return err
	}
	_, err = note.Open(b, note.VerifierList(log...))
	if err := c.Require(err == nil, ledger.CodeUnproven, "the log has signed the checkpoint", "it has not"); err != nil {
		return err
	}
	cosigned := 0
	if n, err := note.Open(b, note.VerifierList(witnesses...)); err == nil {
		cosigned = len(n.Sigs)
	}
	if err := c.Require(cosigned >= int(k.rules.Quorum), ledger.CodeUnproven, "a quorum of witnesses has cosigned the checkpoint",
		"%d have, want %d", cosigned, k.rules.Quorum); err != nil {
		return err
	}
	return c.Require(checkpoint.Size > height, ledger.CodeUnproven, "the checkpoint is over the block that completed the task",
		"it has %d records, want more than %d", checkpoint.Size, height)
}

// verifiers reads keys that the rules' check read before.
func verifiers(keys []string) []note.Verifier {
	list := make([]note.Verifier, 0, len(keys))
	for _, key := range keys {
		if v, err := proof.NewVerifier(key); err == nil {
			list = append(list, v)
		}
	}
	return list
}

func (k *contractOf) released(c *contract.Context, body []byte) error {
	var r inquiry.Released
	if err := c.Decode(body, &r); err != nil {
		return err
	}
	t, part, err := k.due(c, r.Label, r.Party)
	if err != nil {
		return err
	}
	if err := c.Require(!part.Released, ledger.CodeConflict, "a response is released once", "that of %s was", r.Party); err != nil {
		return err
	}
	if err := k.requireStored(c, r.Receipt, stored(c, t, r.Party)); err != nil {
		return err
	}
	part.Released = true
	t.save(c)
	return board.Note(c, string(message.KindReleased), message.ContributionKey(r.Label, r.Party))
}

// due is a task in which the sender's party has to release.
func (k *contractOf) due(c *contract.Context, label engine.Digest, party engine.PartyID) (*Task, *Part, error) {
	if err := registry.Holder(c, party); err != nil {
		return nil, nil, err
	}
	return k.releasing(c, label, party)
}

// releasing is a task in the phase of release before T2, and one party's part in it.
func (k *contractOf) releasing(c *contract.Context, label engine.Digest, party engine.PartyID) (*Task, *Part, error) {
	t, err := k.load(c, label)
	if err != nil {
		return nil, nil, err
	}
	part, err := t.part(c, party)
	if err != nil {
		return nil, nil, err
	}
	if err := t.during(c, PhaseRelease); err != nil {
		return nil, nil, err
	}
	return t, part, c.Require(c.Now() < t.Deadline, ledger.CodeExpired, "the release window is open", "all has been released")
}

// requireStored: a node that the holder does not run signed for the response that was committed to.
func (k *contractOf) requireStored(c *contract.Context, b []byte, m *inquiry.Commit) error {
	chain, err := registry.Chain(c)
	if err != nil {
		return err
	}
	holds := false
	for _, n := range k.rules.Nodes {
		receipt, err := proof.OpenStorageReceipt(b, chain, n.Key)
		holds = holds || err == nil && receipt.Node == n.Name && n.Name != m.Party.Holder() && receipt.Content == m.Response &&
			receipt.Size > 0 && receipt.Size <= inquiry.MaxResponse
	}
	return c.Require(holds, ledger.CodeUnproven, "a node of another party has signed that it stores the committed response", "none has, by this receipt")
}

// missing gives the party a whole release window from now: it must not be named because the bank spoke late.
func (k *contractOf) missing(c *contract.Context, body []byte) error {
	var m inquiry.Missing
	if err := c.Decode(body, &m); err != nil {
		return err
	}
	t, part, err := k.releasing(c, m.Label, m.Party)
	if err != nil {
		return err
	}
	if err := requireBank(c, t); err != nil {
		return err
	}
	if err := c.Require(!part.Missing && !part.Answered, ledger.CodeConflict, "a response is missed once", "that of %s was", m.Party); err != nil {
		return err
	}
	part.Missing = true
	t.Deadline = max(t.Deadline, c.Now()+t.Windows.Release)
	t.save(c)
	return board.Note(c, string(message.KindMissing), message.ContributionKey(m.Label, m.Party))
}

func (k *contractOf) answer(c *contract.Context, body []byte) error {
	var a inquiry.Answer
	if err := c.Decode(body, &a); err != nil {
		return err
	}
	t, part, err := k.due(c, a.Label, a.Party)
	if err != nil {
		return err
	}
	if err := c.Require(part.Missing && !part.Answered, ledger.CodePhase, "the response is missing", "nobody misses it"); err != nil {
		return err
	}
	_, err = inquiry.OpenResponse(a.Response, stored(c, t, a.Party))
	if err := c.Require(err == nil, ledger.CodeUnproven, "the bytes are the response that was committed to", "they are not"); err != nil {
		return err
	}
	part.Answered = true
	t.save(c)
	return board.Note(c, string(message.KindAnswer), message.ContributionKey(a.Label, a.Party))
}

func requireBank(c *contract.Context, t *Task) error {
	return c.Require(t.Bank == c.Account(), ledger.CodeUnauthorised, "the bank that asked speaks for the request", "it is of %s", t.Bank)
}
