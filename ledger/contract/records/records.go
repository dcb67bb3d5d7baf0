// Package records is the contract that keeps, for every source, which root its holder committed to: one for an epoch and
// revision, never replaced. It is for the tasks contract, which asks for the newest, and for whoever wants to know what a
// score was computed from.
//
// It sees roots and schemas, no record. A second root for an epoch and revision is refused and announced as equivocation:
// the two transactions, both signed by the holder, convict it. Protocol, section 3.
package records

import (
	"embed"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/engine/schema"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/board"
	"weir/ledger/contract/registry"
)

//go:embed *.go
var source embed.FS

// Name is the contract's.
const Name = engine.Name("records")

// New is the contract, version 1.0.0. It takes kind "records", an encoded offer.Records, from the party's holder.
func New() *contract.Contract {
	return &contract.Contract{Name: Name, Version: "1.0.0", Source: contract.Source(source),
		Methods: []contract.Method{{Kind: message.KindRecords, Run: publish}},
		Answers: []contract.Answer{{Name: "newest", Run: newest}}}
}

// Committed is one published root.
type Committed struct {
	_        struct{} `cbor:",toarray"`
	Epoch    engine.Epoch
	Revision uint32
	AsOf     int64 // Unix seconds of a day
	Root     [32]byte
	Schema   engine.Digest // schemaDigest
	Tx       engine.Digest // the transaction that carries the schema
}

// Newest is the highest revision of a party's newest epoch. A party that published nothing is refused as CodeUnknown.
func Newest(c *contract.Context, party engine.PartyID) (newest Committed, err error) {
	return newest, c.Ask(Name, "newest", party, &newest)
}

func newest(c *contract.Context, argument []byte) ([]byte, error) {
	var party engine.PartyID
	if err := c.Decode(argument, &party); err != nil {
		return nil, err
	}
	var b []byte
	known := false
	if _, err := engine.ParsePartyID(string(party)); err == nil {
		b, known = c.Get("newest/" + string(party))
	}
	return b, c.Require(known, ledger.CodeUnknown, "the party has published records", "it has not")
}

func publish(c *contract.Context, body []byte) error {
	var r offer.Records
	if err := c.Decode(body, &r); err != nil {
		return err
	}
	if err := registry.Holder(c, r.Party); err != nil {
		return err
	}
	s, err := read(c, &r)
	if err != nil {
		return err
	}
	next := Committed{Epoch: s.Epoch, Revision: s.Revision, AsOf: s.AsOf.Unix(), Root: r.Root, Schema: s.Digest(), Tx: c.Tx()}
	if err := requireNew(c, r.Party, next); err != nil {
		return err
	}
	c.Save(rootKey(r.Party, next), next)
	c.Save(epochKey(r.Party, next.Epoch), next.Revision)
	var last Committed
	if !c.Load("newest/"+string(r.Party), &last) || later(next, last) {
		c.Save("newest/"+string(r.Party), next)
	}
	c.Emit("records", string(r.Party), canonical.Encode(next))
	return board.Note(c, string(message.KindRecords), fmt.Sprintf("%s%s/%d", message.RecordsKey(r.Party), next.Epoch, next.Revision))
}

func read(c *contract.Context, r *offer.Records) (*schema.Schema, error) {
	_, err := fr.BigEndian.Element(&r.Root)
	if err := c.Require(err == nil, ledger.CodeMalformed, "a root is a canonical field element", "it is not"); err != nil {
		return nil, err
	}
	s, err := schema.Decode(r.Schema)
	if err := c.Require(err == nil, ledger.CodeMalformed, "the schema is well-formed", "%v", err); err != nil {
		return nil, err
	}
	return s, c.Require(s.Source == r.Party.Source(), ledger.CodeMalformed, "the schema is that of the party's source", "it is another's")
}

// requireNew refuses a second root for an epoch and revision, and a revision below one that stands.
func requireNew(c *contract.Context, party engine.PartyID, next Committed) error {
	var old Committed
	if c.Load(rootKey(party, next), &old) {
		same := old.Root == next.Root && old.Schema == next.Schema
		if err := c.Require(!same, ledger.CodeConflict, "records are published once", "these stand in transaction %s", old.Tx.Short()); err != nil {
			return err
		}
		err := contract.Refuse(ledger.CodeConflict, "an epoch and revision has one root",
			"transaction %s committed %s to another for %s, revision %d", old.Tx.Short(), party, next.Epoch, next.Revision)
		return contract.WithEvidence(err, "equivocation", string(party), canonical.Encode([]any{old.Tx, c.Tx()}))
	}
	var highest uint32
	known := c.Load(epochKey(party, next.Epoch), &highest)
	return c.Require(!known || next.Revision > highest, ledger.CodeConflict, "a correction has a higher revision than all before",
		"revision %d of %s stands, this is %d", highest, next.Epoch, next.Revision)
}

func later(a, b Committed) bool {
	if order := a.Epoch.LastDay().Compare(b.Epoch.LastDay()); order != 0 {
		return order > 0
	}
	return a.Revision > b.Revision
}

func rootKey(party engine.PartyID, r Committed) string {
	return fmt.Sprintf("root/%s/%s/%010d", party, r.Epoch, r.Revision)
}

func epochKey(party engine.PartyID, epoch engine.Epoch) string {
	return fmt.Sprintf("epoch/%s/%s", party, epoch)
}
