package governance

import (
	"errors"
	"slices"

	"weir/engine"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/board"
	"weir/ledger/contract/registry"
)

// Vote is one member's word on a proposal. It is final.
type Vote struct {
	_        struct{} `cbor:",toarray"`
	Proposal engine.Digest
	Accept   bool
}

func (k *contractOf) vote(c *contract.Context, body []byte) error {
	a, err := registry.Sender(c, k.electorate()...)
	if err != nil {
		return err
	}
	var v Vote
	if err := c.Decode(body, &v); err != nil {
		return err
	}
	s, err := load(c, v.Proposal)
	if err != nil {
		return err
	}
	if err := s.mayVote(c, a.Name); err != nil {
		return err
	}
	cast := Cast{Voter: a.Name, Accept: v.Accept, Tx: c.Tx()}
	s.Votes = append(s.Votes, cast)
	c.Save(votesKey(s.ID)+string(a.Name), cast)
	if err := k.decide(c, s); err != nil {
		return err
	}
	return board.Note(c, string(KindVote), s.ID.String())
}

func (k *contractOf) electorate() []message.Role {
	roles := make([]message.Role, len(k.rules.Majorities))
	for i, m := range k.rules.Majorities {
		roles[i] = m.Role
	}
	return roles
}

func (s *Status) mayVote(c *contract.Context, voter engine.Name) error {
	if err := c.Require(s.State != Expired, ledger.CodeExpired, "the proposal is open", "its time has passed"); err != nil {
		return err
	}
	if err := c.Require(s.State == Open, ledger.CodePhase, "the proposal is open", "it is %s since block %d", s.State, s.Decided); err != nil {
		return err
	}
	if err := c.Require(s.Subject != voter, ledger.CodeUnauthorised, "nobody has a say about itself", "it is about %s", voter); err != nil {
		return err
	}
	voted := slices.ContainsFunc(s.Votes, func(v Cast) bool { return v.Voter == voter })
	return c.Require(!voted, ledger.CodeConflict, "a member votes once on a proposal", "%s has", voter)
}

// decide enacts a proposal when its majorities are there. What can no longer be done ends it all the same.
func (k *contractOf) decide(c *contract.Context, s *Status) error {
	accepted, err := k.accepted(c, s)
	if err != nil || !accepted {
		return err
	}
	s.State, s.Decided = Enacted, c.Height()
	if _, err := k.actions()[s.Proposal.Action](c, s.Proposal.Body, true); err != nil {
		var refusal *contract.Refusal
		if !errors.As(err, &refusal) {
			return err
		}
		s.State, s.Why = Void, refusal.Error()
	}
	save(c, s)
	return nil
}

// accepted counts the votes of those who can vote now. A role in which nobody can leaves the decision to the others, who
// must then all agree: a lost key of the only supervisor is recovered by every holder, not by some.
func (k *contractOf) accepted(c *contract.Context, s *Status) (bool, error) {
	voters, agree, vacant := 0, 0, false
	majorities := true
	for _, m := range k.rules.Majorities {
		of, yes, err := s.count(c, m.Role)
		if err != nil {
			return false, err
		}
		voters, agree, vacant = voters+of, agree+yes, vacant || of == 0
		majorities = majorities && (of == 0 || uint64(yes)*uint64(m.Of) > uint64(of)*uint64(m.Over))
	}
	return voters > 0 && majorities && (!vacant || agree == voters), nil
}

// count is how many of a role can vote on a proposal, and how many of them agreed to it.
func (s *Status) count(c *contract.Context, role message.Role) (of, yes int, err error) {
	accounts, err := registry.Accounts(c, role)
	if err != nil {
		return 0, 0, err
	}
	for _, a := range accounts {
		if !a.Speaks() || a.Name == s.Subject {
			continue
		}
		of++
		if slices.ContainsFunc(s.Votes, func(v Cast) bool { return v.Voter == a.Name && v.Accept }) {
			yes++
		}
	}
	return of, yes, nil
}
