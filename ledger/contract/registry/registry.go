// Package registry is the contract that knows who takes part: accounts with their roles, which key speaks for each and
// which spoke for it at any height before, the circuits whose proofs count, and what parties publish for one month to
// agree on pair keys. It is for the other contracts, which ask it, for the machine, which asks whose key speaks for an
// account, and for whoever judges an old signature.
//
// An account is not its key: keys are rotated and revoked by their account, and replaced, where one is lost, by the
// governance contract, which alone admits and suspends. No account is ever removed, no key ever speaks for two. Design:
// protocol, section 5 (pair keys); the ledger's contract table.
package registry

import (
	"embed"

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
// chain must be the one that it names. Kinds: period-key, encapsulation, pair-ok, rotate-key, revoke-key.
func New() *contract.Contract {
	return &contract.Contract{
		Name: Name, Version: "1.0.0", Source: contract.Source(source), Found: found, KeyOf: keyOf,
		Methods: []contract.Method{
			{Kind: message.KindPeriodKey, Run: periodKey},
			{Kind: message.KindEncapsulation, Run: encapsulation},
			{Kind: message.KindPairConfirmed, Run: confirmation},
			{Kind: KindRotate, Run: rotate}, {Kind: KindRevoke, Run: revoke},
		},
		Answers: []contract.Answer{
			{Name: "chain", Run: chain}, {Name: "policy", Run: policy}, {Name: "circuit", Run: circuit},
			{Name: "account", Run: account}, {Name: "accounts", Run: accounts}, {Name: "supervisors", Run: supervisors},
			{Name: "key-at", Run: keyAt}, {Name: "keys", Run: keys}, {Name: "period-key", Run: registered},
			{Name: "admit", Run: admit}, {Name: "stand", Run: stand}, {Name: "rekey", Run: rekey},
		},
	}
}

func found(c *contract.Context, document []byte) error {
	g, err := message.DecodeGenesis(document)
	if err := c.Require(err == nil, ledger.CodeMalformed, "a ledger is founded on a founding document", "%v", err); err != nil {
		return err
	}
	c.Save("supervisors", []engine.Name{})
	for _, m := range g.Members {
		if err := requireKey(c, m.SigningKey); err != nil {
			return err
		}
		register(c, &Account{Name: m.Name, Role: m.Role, Key: m.SigningKey}, KeyFounded, 0)
	}
	for _, circuit := range g.Circuits {
		c.Save("circuit/"+circuit.Name, circuit.ID)
	}
	c.Save("chain", g.Chain)
	c.Save("policy", g.Policy)
	return nil
}

// Chain is the chain id of the founding document.
func Chain(c *contract.Context) (chain engine.Name, err error) {
	return chain, c.Ask(Name, "chain", "", &chain)
}

// Policy is what the founding document demands of every model; package governance says what is in force.
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

func chain(c *contract.Context, _ []byte) ([]byte, error)       { return stored(c, "chain") }
func policy(c *contract.Context, _ []byte) ([]byte, error)      { return stored(c, "policy") }
func supervisors(c *contract.Context, _ []byte) ([]byte, error) { return stored(c, "supervisors") }

func stored(c *contract.Context, key string) ([]byte, error) {
	b, known := c.Get(key)
	c.Invariant(known, "the founding document says it")
	return b, nil
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
