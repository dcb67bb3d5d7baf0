package ballot

import (
	"slices"

	"weir/engine"
	"weir/engine/message"
	"weir/ledger/contract/governance"
	"weir/ledger/contract/registry"
)

// Count is how a proposal stands with the members of one role who can vote on it now: in standing, with a key, and not its
// subject.
type Count struct {
	Role    message.Role  `json:"role"`
	Need    int           `json:"need"` // how many of them have to agree
	Agree   []engine.Name `json:"agree"`
	Against []engine.Name `json:"against"`
	Silent  []engine.Name `json:"silent"`
}

// voters are how many can vote.
func (c *Count) voters() int { return len(c.Agree) + len(c.Against) + len(c.Silent) }

// Missing is how many votes for it are missing.
func (c *Count) Missing() int { return max(0, c.Need-len(c.Agree)) }

// Tally is how a proposal stands, by the rules of its ledger and the accounts as they are.
type Tally struct {
	Roles []Count `json:"roles"`
	// Unanimous says that a role has nobody who can vote, so that all the others must agree.
	Unanimous bool `json:"unanimous"`
}

// Of counts the votes on a proposal. accounts are all members of the roles that vote.
func Of(rules governance.Rules, s *governance.Status, accounts []registry.Account) Tally {
	var t Tally
	for _, m := range rules.Majorities {
		c := Count{Role: m.Role, Agree: []engine.Name{}, Against: []engine.Name{}, Silent: []engine.Name{}}
		for i := range accounts {
			if a := &accounts[i]; a.Role == m.Role && a.Speaks() && a.Name != s.Subject {
				c.add(a.Name, s.Votes)
			}
		}
		c.Need = int(uint64(c.voters())*uint64(m.Over)/uint64(m.Of)) + 1
		if c.voters() == 0 {
			c.Need, t.Unanimous = 0, true
		}
		t.Roles = append(t.Roles, c)
	}
	for i := range t.Roles {
		if t.Unanimous {
			t.Roles[i].Need = t.Roles[i].voters()
		}
	}
	return t
}

func (c *Count) add(name engine.Name, votes []governance.Cast) {
	i := slices.IndexFunc(votes, func(v governance.Cast) bool { return v.Voter == name })
	switch {
	case i < 0:
		c.Silent = append(c.Silent, name)
	case votes[i].Accept:
		c.Agree = append(c.Agree, name)
	default:
		c.Against = append(c.Against, name)
	}
}

// Accepted tells whether the next vote would find the majorities there.
func (t Tally) Accepted() bool {
	voters := 0
	for i := range t.Roles {
		voters += t.Roles[i].voters()
		if t.Roles[i].Missing() > 0 {
			return false
		}
	}
	return voters > 0
}

// Lost tells that too many are against it, as the members stand now: votes are final.
func (t Tally) Lost() bool {
	return slices.ContainsFunc(t.Roles, func(c Count) bool { return c.Missing() > len(c.Silent) })
}
