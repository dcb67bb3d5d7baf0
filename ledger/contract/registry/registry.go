// Package registry is the contract that knows who takes part: the members of the founding document with their roles and
// keys, its policy, the circuits whose proofs count, and what parties publish for one month to agree on pair keys. It is
// for the other contracts, which ask it, and for the machine, which asks whose key speaks for an account.
//
// Nobody joins, leaves or changes a key: the founding document is what there is. Design: protocol, section 5 (pair keys);
// the ledger's contract table.
package registry

import (
	"embed"
	"slices"

	"weir/engine"
	"weir/engine/message"
	"weir/engine/model"
	"weir/ledger"
	"weir/ledger/contract"
)

//go:embed *.go
var source embed.FS

// Name is the contract's.
const Name = engine.Name("registry")

// New is the contract, version 1.0.0. The ledger's founding document is an encoded message.Genesis, and the ledger's
// chain must be the one that it names. Kinds: period-key, encapsulation, pair-ok.
func New() *contract.Contract {
	return &contract.Contract{
		Name: Name, Version: "1.0.0", Source: contract.Source(source), Found: found, KeyOf: keyOf,
		Methods: []contract.Method{
			{Kind: message.KindPeriodKey, Run: periodKey},
			{Kind: message.KindEncapsulation, Run: encapsulation},
			{Kind: message.KindPairConfirmed, Run: confirmation},
		},
		Answers: []contract.Answer{
			{Name: "chain", Run: chain}, {Name: "policy", Run: policy}, {Name: "member", Run: member},
			{Name: "circuit", Run: circuit}, {Name: "supervisors", Run: supervisors},
		},
	}
}

func found(c *contract.Context, document []byte) error {
	g, err := message.DecodeGenesis(document)
	if err := c.Require(err == nil, ledger.CodeMalformed, "a ledger is founded on a founding document", "%v", err); err != nil {
		return err
	}
	names := []engine.Name{}
	for _, m := range g.Members {
		c.Save("member/"+string(m.Name), m)
		if m.Role == message.RoleSupervisor {
			names = append(names, m.Name)
		}
	}
	for _, circuit := range g.Circuits {
		c.Save("circuit/"+circuit.Name, circuit.ID)
	}
	c.Save("chain", g.Chain)
	c.Save("policy", g.Policy)
	c.Save("supervisors", names)
	return nil
}

func keyOf(c *contract.Context, account engine.Name) ([32]byte, bool) {
	var m message.Member
	known := c.Load("member/"+string(account), &m)
	return m.SigningKey, known
}

// Chain is the chain id of the founding document.
func Chain(c *contract.Context) (chain engine.Name, err error) {
	return chain, c.Ask(Name, "chain", "", &chain)
}

// Policy is what the consortium demands of every model.
func Policy(c *contract.Context) (policy model.Policy, err error) {
	return policy, c.Ask(Name, "policy", "", &policy)
}

// Supervisors are the members whose approval every model needs, in order.
func Supervisors(c *contract.Context) (names []engine.Name, err error) {
	return names, c.Ask(Name, "supervisors", "", &names)
}

// Circuit is the registered verifying key of a circuit; where there is none the refusal is CodeUnproven, because then no
// such proof can hold.
func Circuit(c *contract.Context, name string) (id engine.Digest, err error) {
	return id, c.Ask(Name, "circuit", name, &id)
}

// Sender is the member that sent the transaction. A member of another role than those given is refused.
func Sender(c *contract.Context, roles ...message.Role) (m message.Member, err error) {
	if err := c.Ask(Name, "member", c.Account(), &m); err != nil {
		return m, err
	}
	return m, c.Require(slices.Contains(roles, m.Role), ledger.CodeUnauthorised,
		"the sender's role allows the transaction", "%s is a %s", m.Name, m.Role)
}

// Holder is Sender for the holder of a party: nobody speaks for another's sources.
func Holder(c *contract.Context, party engine.PartyID) error {
	if _, err := Sender(c, message.RoleHolder); err != nil {
		return err
	}
	_, err := engine.ParsePartyID(string(party))
	if err := c.Require(err == nil, ledger.CodeMalformed, "a party is holder/source", "it is not"); err != nil {
		return err
	}
	return c.Require(party.Holder() == c.Account(), ledger.CodeUnauthorised, "a holder speaks for its own sources only",
		"%s is not one of %s", party, c.Account())
}

func chain(c *contract.Context, _ []byte) ([]byte, error)       { return stored(c, "chain") }
func policy(c *contract.Context, _ []byte) ([]byte, error)      { return stored(c, "policy") }
func supervisors(c *contract.Context, _ []byte) ([]byte, error) { return stored(c, "supervisors") }

func stored(c *contract.Context, key string) ([]byte, error) {
	b, known := c.Get(key)
	c.Invariant(known, "the founding document says it")
	return b, nil
}

func member(c *contract.Context, argument []byte) ([]byte, error) {
	var name string
	if err := c.Decode(argument, &name); err != nil {
		return nil, err
	}
	m, known := c.Get("member/" + clip(name))
	return m, c.Require(known, ledger.CodeUnknown, "the sender is a member", "there is no such member")
}

func circuit(c *contract.Context, argument []byte) ([]byte, error) {
	var name string
	if err := c.Decode(argument, &name); err != nil {
		return nil, err
	}
	id, known := c.Get("circuit/" + clip(name))
	return id, c.Require(known, ledger.CodeUnproven, "the founding document registers the circuit "+clip(name), "it does not")
}

// clip keeps a reader's text within a key.
func clip(text string) string { return text[:min(len(text), engine.MaxNameLength)] }
