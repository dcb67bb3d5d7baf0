// Package evidence is the contract that keeps deposits: which account deposited which salted digest, and when, and to whom
// a depositor allows it to be handed over. It is for depositors, and for whoever looks up a digest.
//
// It sees digests and public notes, no file, name or salt. The first deposit of a digest is the first for good; another
// account's deposit of the same digest stands beside it, visibly later. Members of a batch are known by its root: whoever
// looks one up brings its path. The bodies, and what a depositor gets out of it, are in package deposit.
package evidence

import (
	"cmp"
	"embed"
	"slices"

	"weir/engine"
	"weir/engine/canonical"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/registry"
	"weir/ledger/deposit"
)

//go:embed *.go
var source embed.FS

// Name is the contract's.
const Name = engine.Name("evidence")

// New is the contract, version 1.0.0.
func New() *contract.Contract {
	return &contract.Contract{Name: Name, Version: "1.0.0", Source: contract.Source(source),
		Methods: []contract.Method{
			{Kind: deposit.KindDeposit, Run: put}, {Kind: deposit.KindGrant, Run: grant},
			{Kind: deposit.KindWithdraw, Run: withdraw}, {Kind: deposit.KindHandOver, Run: handOver},
		},
		Answers: []contract.Answer{{Name: "deposits", Run: deposits}, {Name: "grants", Run: grants}}}
}

// Entry is one deposit of a digest.
type Entry struct {
	_      struct{} `cbor:",toarray"`
	Number uint64   // order over all deposits, from 0
	By     engine.Name
	Tx     engine.Digest // its transaction carries the note
	Height uint64
	Time   int64  // Unix milliseconds of the block
	Count  uint64 // documents
}

func entriesKey(digest engine.Digest) string { return "at/" + digest.String() + "/" }

// put writes two entries, one of them the same for all deposits of a block.
func put(c *contract.Context, body []byte) error {
	sender, err := registry.Sender(c, registry.Roles...)
	if err != nil {
		return err
	}
	var d deposit.Deposit
	if err := c.Decode(body, &d); err != nil {
		return err
	}
	malformed := d.Check()
	if err := c.Require(malformed == nil, ledger.CodeMalformed, "a deposit is within its bounds", "%v", malformed); err != nil {
		return err
	}
	key := entriesKey(d.Digest) + string(sender.Name)
	var old Entry
	if err := c.Require(!c.Load(key, &old), ledger.CodeConflict, "an account deposits a digest once",
		"it did in transaction %s", old.Tx.Short()); err != nil {
		return err
	}
	var count uint64
	c.Load("count", &count)
	c.Save("count", count+1)
	c.Save(key, Entry{Number: count, By: sender.Name, Tx: c.Tx(), Height: c.Height(), Time: c.Now(), Count: d.Count})
	return nil
}

// deposits answers a digest with its Entries, the first first.
func deposits(c *contract.Context, argument []byte) ([]byte, error) {
	var digest engine.Digest
	if err := c.Decode(argument, &digest); err != nil {
		return nil, err
	}
	list := contract.LoadAll[Entry](c, entriesKey(digest))
	slices.SortFunc(list, func(a, b Entry) int { return cmp.Compare(a.Number, b.Number) })
	return canonical.Encode(list), c.Require(len(list) > 0, ledger.CodeUnknown, "the digest was deposited", "%s was not", digest.Short())
}
