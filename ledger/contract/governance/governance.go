// Package governance is the contract by which the members decide about their own ledger: proposals and votes to admit a
// member, to suspend one or lift that, to recover an account whose key is lost, to activate a version of a contract, and
// to change a parameter. It is for members, who propose and vote, for the contracts that ask which parameter is in force,
// and for whoever wants to know who decided what.
//
// A proposal is decided by the vote that completes its majority, once, and takes effect in the next block or at the height
// that it names. Nobody has a say about itself, a suspended member has none at all, and a vote is final. The contract
// does not know which versions a node's program has: a node that lacks an activated one stops.
package governance

import (
	"embed"
	"errors"
	"fmt"
	"slices"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/registry"
)

//go:embed *.go
var source embed.FS

// Name is the contract's.
const Name = engine.Name("governance")

// Kinds of transactions, by members in standing.
const (
	KindPropose = ledger.Kind("propose") // Proposal, by any
	KindVote    = ledger.Kind("vote")    // Vote, by those of an electorate
)

// Rules say who decides. They enter the digest of the contract's source: nodes with other rules have another contract set.
type Rules struct {
	_ struct{} `cbor:",toarray"`
	// Majorities are all needed, one for each role that votes.
	Majorities []Majority
	// Life is the longest that a proposal may stay open, in milliseconds of block time.
	Life int64
	// Notice is how many blocks, at least 1, pass between a decision and the height at which a version or parameter takes effect.
	Notice uint64
}

// Majority is of the members of one role that can vote: more than Over of every Of have to agree.
type Majority struct {
	_        struct{} `cbor:",toarray"`
	Role     message.Role
	Over, Of uint32
}

// DefaultRules: more than half of the holders and more than half of the supervisors, within thirty days; a version or
// parameter takes effect no sooner than two blocks later.
func DefaultRules() Rules {
	return Rules{Majorities: []Majority{{Role: message.RoleHolder, Over: 1, Of: 2}, {Role: message.RoleSupervisor, Over: 1, Of: 2}},
		Life: 30 * day, Notice: 2}
}

const day = 24 * int64(time.Hour/time.Millisecond)

// ErrRules is returned for rules under which nothing, or anything, could be decided.
var ErrRules = errors.New("rules of governance refused")

func (r *Rules) check() error {
	if len(r.Majorities) == 0 || r.Life < 1 || r.Life > 366*day || r.Notice < 1 || r.Notice > 1<<32 {
		return fmt.Errorf("%w: a majority is missing, or life or notice is out of range", ErrRules)
	}
	for i, m := range r.Majorities {
		if !slices.Contains(registry.Roles, m.Role) || m.Of == 0 || m.Over >= m.Of {
			return fmt.Errorf("%w: more than %d of %d of role %q", ErrRules, m.Over, m.Of, m.Role)
		}
		if slices.ContainsFunc(r.Majorities[:i], func(o Majority) bool { return o.Role == m.Role }) {
			return fmt.Errorf("%w: two majorities of role %s", ErrRules, m.Role)
		}
	}
	return nil
}

// contractOf are the methods under one set of rules.
type contractOf struct{ rules Rules }

// New is the contract, version 1.0.0. Errors wrap ErrRules.
func New(rules Rules) (*contract.Contract, error) {
	if err := rules.check(); err != nil {
		return nil, err
	}
	k := &contractOf{rules: rules}
	return &contract.Contract{
		Name: Name, Version: "1.0.0", Source: canonical.Digest("weir/governance/v1", []any{contract.Source(source), rules}), Activates: true,
		Methods: []contract.Method{{Kind: KindPropose, Run: k.propose}, {Kind: KindVote, Run: k.vote}},
		Answers: []contract.Answer{{Name: "proposal", Run: proposal}, {Name: "parameter", Run: parameter}, {Name: "contracts", Run: contracts}},
	}, nil
}

// contracts answers with every activation, those of the founding and those to come included: a list of
// contract.Activation.
func contracts(c *contract.Context, _ []byte) ([]byte, error) {
	return canonical.Encode(c.Schedule()), nil
}
