package models

import (
	"slices"

	"weir/engine"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/board"
	"weir/ledger/contract/registry"
)

func approve(c *contract.Context, body []byte) error {
	var a offer.Approval
	if err := c.Decode(body, &a); err != nil {
		return err
	}
	who, err := approver(c, a.Party)
	if err != nil {
		return err
	}
	s, v, err := known(c, a.Model)
	if err != nil {
		return err
	}
	if err := c.Require(s.Number == 0, ledger.CodeConflict, "sealing 0 of a version is approved", "a later one needs no approval"); err != nil {
		return err
	}
	i := slices.Index(v.Missing, who)
	if err := c.Require(i >= 0, ledger.CodeConflict, "each party and supervisor approves once", "%s has approved, or has no say", who); err != nil {
		return err
	}
	v.Missing = slices.Delete(v.Missing, i, i+1)
	c.Save(versionKey(s.Version), v)
	if len(v.Missing) == 0 {
		c.Emit("approved", a.Model.String(), nil)
	}
	return board.Note(c, string(message.KindApproval), message.ModelKey(a.Model)+"/"+who)
}

// approver is whose word it is: a party's, from its holder, or a supervisor's own.
func approver(c *contract.Context, party engine.PartyID) (string, error) {
	m, err := registry.Sender(c, message.RoleHolder, message.RoleSupervisor)
	if err != nil {
		return "", err
	}
	if m.Role == message.RoleSupervisor {
		return string(m.Name), c.Require(party == "", ledger.CodeUnauthorised, "a supervisor approves for itself", "it names a party")
	}
	return string(party), registry.Holder(c, party)
}

func suspend(c *contract.Context, body []byte) error {
	if _, err := registry.Sender(c, message.RoleSupervisor); err != nil {
		return err
	}
	var s Suspension
	if err := c.Decode(body, &s); err != nil {
		return err
	}
	var v version
	if err := c.Require(c.Load(versionKey(s.Version), &v), ledger.CodeUnknown, "the version stands on the ledger", "it does not"); err != nil {
		return err
	}
	if err := c.Require(v.Suspended == s.Lift, ledger.CodeConflict, "what is in force is suspended, what is suspended is lifted",
		"suspended is already %v", v.Suspended); err != nil {
		return err
	}
	v.Suspended = !s.Lift
	if v.Suspended {
		v.Halts = append(v.Halts, c.Now())
	}
	c.Save(versionKey(s.Version), v)
	c.Emit("suspended", s.Version.String(), encode(v.Suspended))
	return nil
}

// retire is the bank's own decision; after an accusation, accused does the same.
func retire(c *contract.Context, body []byte) error {
	var r Retirement
	if err := c.Decode(body, &r); err != nil {
		return err
	}
	s, _, err := known(c, r.Model)
	if err != nil {
		return err
	}
	if err := c.Require(s.Bank == c.Account(), ledger.CodeUnauthorised, "a bank retires its own sealings", "it is of %s", s.Bank); err != nil {
		return err
	}
	return end(c, r.Model)
}

func accused(c *contract.Context, argument []byte) ([]byte, error) {
	var d engine.Digest
	if err := c.Decode(argument, &d); err != nil {
		return nil, err
	}
	if err := c.Require(c.Via() == judge, ledger.CodeUnauthorised, "a sealing is retired by its bank or by an accusation", "it was neither"); err != nil {
		return nil, err
	}
	var before int64
	if c.Load(retiredKey(d), &before) {
		return nil, nil
	}
	return nil, end(c, d)
}

func end(c *contract.Context, d engine.Digest) error {
	var before int64
	if err := c.Require(!c.Load(retiredKey(d), &before), ledger.CodeConflict, "a sealing is retired once", "it was"); err != nil {
		return err
	}
	c.Save(retiredKey(d), c.Now())
	c.Emit("retired", d.String(), nil)
	return nil
}

func sealing(c *contract.Context, argument []byte) ([]byte, error) {
	var d engine.Digest
	if err := c.Decode(argument, &d); err != nil {
		return nil, err
	}
	s, v, err := known(c, d)
	if err != nil {
		return nil, err
	}
	var at int64
	retired := c.Load(retiredKey(d), &at)
	if retired {
		v.Halts = append(v.Halts, at)
		slices.Sort(v.Halts)
	}
	return encode(Status{Sealing: s, Approved: len(v.Missing) == 0, Suspended: v.Suspended, Retired: retired,
		Halts: v.Halts}), nil
}

func table(c *contract.Context, argument []byte) ([]byte, error) {
	var t TableOf
	if err := c.Decode(argument, &t); err != nil {
		return nil, err
	}
	var b []byte
	there := false
	if _, err := engine.ParsePartyID(string(t.Party)); err == nil {
		b, there = c.Get(tableKey(t.Model, t.Party))
	}
	return b, c.Require(there, ledger.CodeUnknown, "the party has a slice of the model", "it has none")
}
