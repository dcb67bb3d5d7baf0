// Package consents is the contract that keeps what enterprises allowed: for each consent key its tag and terms, how many
// of its uses are reserved or charged, and whether it was taken back. It is for the tasks contract, which reserves and
// charges, and for readers.
//
// It knows no enterprise: a consent stands under a key of its own, and only that key publishes or revokes it. A
// revocation buries the entry "live", so that the state itself shows it. Protocol, sections 3a and 5a.
package consents

import (
	"embed"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/board"
	"weir/ledger/contract/registry"
)

//go:embed *.go
var source embed.FS

// Name is the contract's.
const Name = engine.Name("consents")

// scheduler is the contract that may reserve and charge uses.
const scheduler = engine.Name("tasks")

// New is the contract, version 1.0.0. It takes, of the bare consent key, kinds "consent" (consent.Public) and
// "revocation" (consent.Revocation), each as that key signed it.
func New() *contract.Contract {
	return &contract.Contract{Name: Name, Version: "1.0.0", Source: contract.Source(source),
		Methods: []contract.Method{
			{Kind: message.KindConsent, Bare: true, Run: publish},
			{Kind: message.KindRevocation, Bare: true, Run: revoke},
		},
		Answers: []contract.Answer{{Name: "status", Run: status}, {Name: "reserve", Run: reserve}, {Name: "return", Run: giveBack}, {Name: "charge", Run: charge}}}
}

// Status is a consent and what is left of it.
type Status struct {
	_        struct{} `cbor:",toarray"`
	Tag      [32]byte
	Terms    consent.Terms
	Reserved uint32 // by requests that are not yet complete
	Charged  uint32
	Revoked  int64 // Unix milliseconds of the block, 0 for never
}

// Dead is when the consent ceased or will cease to be live, Unix milliseconds: the first millisecond after its terms, or
// its revocation if that came before.
func (s *Status) Dead() int64 {
	const last = int64(1) << 43 // seconds; no terms overflow
	end := (max(0, min(s.Terms.NotAfter, last)) + 1) * 1000
	if s.Revoked != 0 {
		end = min(end, s.Revoked)
	}
	return end
}

// Find is the status of a consent; one that nobody published is refused as CodeUnknown.
func Find(c *contract.Context, key consent.Key) (s Status, err error) {
	return s, c.Ask(Name, "status", key, &s)
}

// Live refuses a consent that was revoked or whose time has passed.
func (s *Status) Live(c *contract.Context) error {
	if err := c.Require(s.Revoked == 0, ledger.CodeRevoked, "the consent is not revoked", "it was, at %s",
		time.UnixMilli(s.Revoked).UTC().Format(time.RFC3339)); err != nil {
		return err
	}
	return c.Require(c.Now() < s.Dead(), ledger.CodeExpired, "the consent's time has not passed", "it ended at %s",
		time.UnixMilli(s.Dead()).UTC().Format(time.RFC3339))
}

// Reserve keeps one use for a request; Return gives it back when the request ends before it is complete; Charge takes it
// for good. Only the tasks contract may call them.
func Reserve(c *contract.Context, key consent.Key) error { return c.Ask(Name, "reserve", key, nil) }

// Return is described at Reserve.
func Return(c *contract.Context, key consent.Key) error { return c.Ask(Name, "return", key, nil) }

// Charge is described at Reserve.
func Charge(c *contract.Context, key consent.Key) error { return c.Ask(Name, "charge", key, nil) }

func liveKey(key consent.Key) string  { return "live/" + message.ConsentKey(key) }
func entryKey(key consent.Key) string { return "consent/" + message.ConsentKey(key) }

func publish(c *contract.Context, body []byte) error {
	chain, err := registry.Chain(c)
	if err != nil {
		return err
	}
	p, err := consent.OpenPublic(body, chain)
	if err := c.Require(err == nil, ledger.CodeMalformed, "a consent is { key, tag, terms } for this chain, signed by its key", "%v", err); err != nil {
		return err
	}
	if err := requireKey(c, p.Key); err != nil {
		return err
	}
	var old Status
	if err := c.Require(!c.Load(entryKey(p.Key), &old), ledger.CodeConflict, "a consent has a key of its own", "another stands under it"); err != nil {
		return err
	}
	s := Status{Tag: p.Tag, Terms: p.Terms}
	if err := s.Live(c); err != nil {
		return err
	}
	c.Put(liveKey(p.Key), nil)
	c.Save(entryKey(p.Key), s)
	c.Emit("consent", message.ConsentKey(p.Key), nil)
	return board.Note(c, string(message.KindConsent), message.ConsentKey(p.Key))
}

// requireKey: nobody publishes or revokes for another key, not even with bytes that it signed.
func requireKey(c *contract.Context, key consent.Key) error {
	return c.Require(c.Caller() == ledger.BareKey(key), ledger.CodeUnauthorised, "the consent key itself sends the transaction", "it is of %s", c.Caller())
}

func revoke(c *contract.Context, body []byte) error {
	chain, err := registry.Chain(c)
	if err != nil {
		return err
	}
	key, err := consent.OpenRevocation(body, chain)
	if err := c.Require(err == nil, ledger.CodeMalformed, "a revocation is for this chain, signed by the consent key", "%v", err); err != nil {
		return err
	}
	if err := requireKey(c, key); err != nil {
		return err
	}
	s, err := load(c, key)
	if err != nil {
		return err
	}
	if err := c.Require(s.Revoked == 0, ledger.CodeRevoked, "a consent is revoked once", "it was"); err != nil {
		return err
	}
	s.Revoked = c.Now()
	c.Tombstone(liveKey(key))
	c.Save(entryKey(key), s)
	c.Emit("revoked", message.ConsentKey(key), nil)
	return board.Note(c, string(message.KindRevocation), message.ConsentKey(key))
}

func load(c *contract.Context, key consent.Key) (s Status, err error) {
	return s, c.Require(c.Load(entryKey(key), &s), ledger.CodeUnknown, "the consent stands on the ledger", "it does not")
}

func status(c *contract.Context, argument []byte) ([]byte, error) {
	var key consent.Key
	if err := c.Decode(argument, &key); err != nil {
		return nil, err
	}
	s, err := load(c, key)
	return canonical.Encode(s), err
}
