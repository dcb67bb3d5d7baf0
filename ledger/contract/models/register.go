package models

import (
	"fmt"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/engine/model"
	"weir/engine/offer"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/board"
	"weir/ledger/contract/governance"
	"weir/ledger/contract/registry"
)

// version is what all sealings of one version share.
type version struct {
	_         struct{}      `cbor:",toarray"`
	First     engine.Digest // modelDigest of sealing 0
	Last      uint32        // number of the newest sealing
	Missing   []string      // parties and supervisors that have not approved sealing 0
	Suspended bool
	Halts     []int64 // when it was suspended, Unix milliseconds
}

func encode(v any) []byte { return canonical.Encode(v) }

func versionKey(d engine.Digest) string { return "version/" + d.String() }
func sealingKey(d engine.Digest) string { return "sealing/" + d.String() }
func packageKey(d engine.Digest) string { return "package/" + d.String() }
func retiredKey(d engine.Digest) string { return "retired/" + d.String() }
func tableKey(d engine.Digest, party engine.PartyID) string {
	return fmt.Sprintf("table/%s/%s", d, party)
}

func register(c *contract.Context, body []byte) error {
	if _, err := registry.Sender(c, message.RoleBank); err != nil {
		return err
	}
	var p offer.Package
	if err := c.Decode(body, &p); err != nil {
		return err
	}
	s, err := p.Read()
	if err := c.Require(err == nil, ledger.CodeMalformed, "a package is a version with a commitment to each of its points", "%v", err); err != nil {
		return err
	}
	if err := requireOwn(c, s.Version); err != nil {
		return err
	}
	if s.Number == 0 {
		err = first(c, s)
	} else {
		err = again(c, s)
	}
	if err != nil {
		return err
	}
	keep(c, s, body)
	c.Emit("model", s.ModelDigest.String(), nil)
	return board.Note(c, string(message.KindModel), message.ModelKey(s.ModelDigest))
}

// requireOwn checks what the version says of its bank and chain, and the policy.
func requireOwn(c *contract.Context, v *model.Version) error {
	chain, err := registry.Chain(c)
	if err != nil {
		return err
	}
	if err := c.Require(v.Bank == c.Account() && v.Chain == chain, ledger.CodeUnauthorised, "a bank seals its own models, for this chain",
		"the version is of %s on %s", v.Bank, v.Chain); err != nil {
		return err
	}
	policy, err := governance.Policy(c)
	if err != nil {
		return err
	}
	broken := v.Check(policy)
	return c.Require(broken == nil, ledger.CodeTerms, "the version keeps the consortium's policy", "%v", broken)
}

// first begins a version: one sealing 0 of a version, and one version under a bank's name and number for it.
func first(c *contract.Context, s *offer.Sealed) error {
	var old version
	if err := c.Require(!c.Load(versionKey(s.VersionDigest), &old), ledger.CodeConflict, "a version has one sealing 0",
		"%s is it", old.First.Short()); err != nil {
		return err
	}
	called := fmt.Sprintf("name/%s/%s/%s", s.Version.Bank, s.Version.Name, s.Version.Version)
	_, taken := c.Get(called)
	if err := c.Require(!taken, ledger.CodeConflict, "a bank gives a name and version once", "another version bears them"); err != nil {
		return err
	}
	missing, err := approvers(c, s)
	if err != nil {
		return err
	}
	c.Save(called, s.VersionDigest)
	c.Save(versionKey(s.VersionDigest), version{First: s.ModelDigest, Missing: missing, Halts: []int64{}})
	return nil
}

// approvers are all who must approve: each party's agent and each supervisor.
func approvers(c *contract.Context, s *offer.Sealed) ([]string, error) {
	supervisors, err := registry.Supervisors(c)
	if err != nil {
		return nil, err
	}
	all := []string{}
	for _, party := range s.Version.Parties() {
		all = append(all, string(party))
	}
	for _, name := range supervisors {
		all = append(all, string(name))
	}
	return all, nil
}

// again seals a version once more: it carries the approved points of sealing 0, so nobody has to approve it.
func again(c *contract.Context, s *offer.Sealed) error {
	var v version
	if err := c.Require(c.Load(versionKey(s.VersionDigest), &v), ledger.CodeUnknown, "a version begins with sealing 0", "it has none"); err != nil {
		return err
	}
	if err := c.Require(s.Number == v.Last+1, ledger.CodeConflict, "sealings are numbered without a gap, each number once",
		"this is %d, the next is %d", s.Number, uint64(v.Last)+1); err != nil {
		return err
	}
	var p offer.Package
	c.Invariant(c.Load(packageKey(v.First), &p), "sealing 0 stands")
	zero, err := p.Read()
	c.Invariant(err == nil, "sealing 0 was read before")
	err = offer.CheckSame(zero, s)
	if err := c.Require(err == nil, ledger.CodeUnproven, "a later sealing carries the points of sealing 0", "the proof does not hold"); err != nil {
		return err
	}
	v.Last = s.Number
	c.Save(versionKey(s.VersionDigest), v)
	return nil
}

// keep writes the sealing, its package and the table of each slice.
func keep(c *contract.Context, s *offer.Sealed, body []byte) {
	kept := Sealing{Model: s.ModelDigest, Version: s.VersionDigest, Number: s.Number, Bank: s.Version.Bank, Name: s.Version.Name,
		Groups: s.Version.Groups, Resolution: s.Version.Resolution, Seed: s.Seed, B: s.Slices[0].B}
	for i := range s.Slices {
		slice := s.Version.Slices[i]
		kept.Parties = append(kept.Parties, Party{Party: slice.Party, Schema: slice.Schema, Slice: s.SliceDigests[i]})
		c.Save(tableKey(s.ModelDigest, slice.Party), Table{Digest: s.SliceDigests[i], Slice: slice, W: s.Slices[i].W})
	}
	c.Save(sealingKey(s.ModelDigest), kept)
	if s.Number == 0 { // a later sealing is compared with it
		c.Put(packageKey(s.ModelDigest), body)
	}
}

// known is a registered sealing and its version.
func known(c *contract.Context, d engine.Digest) (s Sealing, v version, err error) {
	if err := c.Require(c.Load(sealingKey(d), &s), ledger.CodeUnknown, "the model stands on the ledger", "%s does not", d.Short()); err != nil {
		return s, v, err
	}
	c.Invariant(c.Load(versionKey(s.Version), &v), "a sealing is of a version")
	return s, v, nil
}
