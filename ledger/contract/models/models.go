// Package models is the contract that keeps what banks sealed: versions, their sealings, who approved them, and which of
// them may be asked no more. It is for the tasks contract, which asks whether a sealing may be used, and for readers.
//
// It reads the commitments of a package and never a ciphertext, and judges no model proof: every party's agent and every
// supervisor does, and the contract counts their word. It refuses what is outside the consortium's policy. Protocol,
// section 4, "Version and sealing".
package models

import (
	"embed"
	"slices"

	"weir/engine"
	"weir/engine/message"
	"weir/engine/model"
	"weir/engine/pedersen"
	"weir/ledger"
	"weir/ledger/contract"
)

//go:embed *.go
var source embed.FS

// Name is the contract's.
const Name = engine.Name("models")

// Kinds of transactions beside message.KindModel (offer.Package) and message.KindApproval (offer.Approval).
const (
	KindSuspend = ledger.Kind("suspend") // Suspension, by a supervisor
	KindRetire  = ledger.Kind("retire")  // Retirement, by the bank
)

// judge is the contract that may retire a sealing: after an accusation under it that held.
const judge = engine.Name("tasks")

// New is the contract, version 1.0.0.
func New() *contract.Contract {
	return &contract.Contract{Name: Name, Version: "1.0.0", Source: contract.Source(source),
		Methods: []contract.Method{
			{Kind: message.KindModel, Run: register}, {Kind: message.KindApproval, Run: approve},
			{Kind: KindSuspend, Run: suspend}, {Kind: KindRetire, Run: retire},
		},
		Answers: []contract.Answer{{Name: "sealing", Run: sealing}, {Name: "table", Run: table}, {Name: "accused", Run: accused}}}
}

// Suspension stops requests under every sealing of a version, and ends the attempts that are not yet complete; Lift
// allows requests again.
type Suspension struct {
	_       struct{} `cbor:",toarray"`
	Version engine.Digest
	Lift    bool
}

// Retirement ends one sealing for good.
type Retirement struct {
	_     struct{} `cbor:",toarray"`
	Model engine.Digest
}

// Party is one slice of a sealing, without its points.
type Party struct {
	_      struct{} `cbor:",toarray"`
	Party  engine.PartyID
	Schema engine.Digest // schemaDigest
	Slice  engine.Digest // sliceDigest
}

// Sealing is what stands of one sealing; it never changes.
type Sealing struct {
	_          struct{}      `cbor:",toarray"`
	Model      engine.Digest // modelDigest
	Version    engine.Digest // versionDigest
	Number     uint32
	Bank, Name engine.Name // whose, and the model's name that terms of consents use
	Groups     uint8       // in use, which decide what a score is opened to (consent.OutputOf)
	Resolution uint8       // bits, of all groups together
	Seed       engine.Digest
	B          engine.Digest // SHA-256 of the sealing's public key
	Parties    []Party       // by party, 2 to 8
}

// Status is a Sealing and what has become of it.
type Status struct {
	_         struct{} `cbor:",toarray"`
	Sealing   Sealing
	Approved  bool // by every party and supervisor
	Suspended bool // its version
	Retired   bool
	// Halts are the times at which it was suspended or retired, Unix milliseconds, ascending.
	Halts []int64
}

// Table is what a contribution proof is folded with: one slice's public part (protocol, section 6).
type Table struct {
	_      struct{}      `cbor:",toarray"`
	Digest engine.Digest // sliceDigest, which binds all of it
	Slice  model.Slice   // edges, map
	W      [model.Rows][pedersen.PointSize]byte
}

// TableOf names a Table.
type TableOf struct {
	_     struct{} `cbor:",toarray"`
	Model engine.Digest
	Party engine.PartyID
}

// Find is the status of a sealing; one that nobody registered is refused as CodeUnknown.
func Find(c *contract.Context, model engine.Digest) (s Status, err error) {
	return s, c.Ask(Name, "sealing", model, &s)
}

// FindTable is the encoded Table of one party's slice.
func FindTable(c *contract.Context, model engine.Digest, party engine.PartyID) ([]byte, error) {
	return c.Call(Name, "table", encode(TableOf{Model: model, Party: party}))
}

// Accused retires a sealing after an accusation under it that held. Only the tasks contract may.
func Accused(c *contract.Context, model engine.Digest) error {
	return c.Ask(Name, "accused", model, nil)
}

// HaltedSince is when it was first suspended or retired at or after a time, or false: an attempt that was opened at that
// time and was not complete ended then, even if the suspension was lifted.
func (s *Status) HaltedSince(time int64) (int64, bool) {
	i := slices.IndexFunc(s.Halts, func(at int64) bool { return at >= time })
	if i < 0 {
		return 0, false
	}
	return s.Halts[i], true
}

// Usable refuses a sealing that may not be asked: not approved, suspended or retired.
func (s *Status) Usable(c *contract.Context) error {
	if err := c.Require(s.Approved, ledger.CodeTerms, "every party and supervisor has approved the model", "an approval is missing"); err != nil {
		return err
	}
	if err := c.Require(!s.Suspended, ledger.CodeSuspended, "the model is not suspended", "its version is"); err != nil {
		return err
	}
	return c.Require(!s.Retired, ledger.CodeSuspended, "the sealing is not retired", "it is: seal the version again")
}
