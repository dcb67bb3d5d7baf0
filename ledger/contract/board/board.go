// Package board is the contract that keeps the order in which the other contracts accepted entries, by their kind and
// key, so that a reader finds on the ledger what stood on a board: which transactions carry the consents under a key, the
// commits to a label. It is for the domain contracts, which note, and for readers, who find.
//
// It keeps ids of transactions and no content: whoever finds one fetches the transaction, and with it the signature. It
// takes no transaction itself.
package board

import (
	"cmp"
	"embed"
	"fmt"
	"slices"

	"weir/engine"
	"weir/engine/canonical"
	"weir/ledger"
	"weir/ledger/contract"
)

//go:embed *.go
var source embed.FS

// Name is the contract's.
const Name = engine.Name("board")

// New is the contract, version 1.0.0. It answers "find".
func New() *contract.Contract {
	return &contract.Contract{Name: Name, Version: "1.0.0", Source: contract.Source(source),
		Answers: []contract.Answer{{Name: "note", Run: note}, {Name: "find", Run: find}}}
}

// Place is where an entry stands: a kind, and a key that message.Board's users look it up by.
type Place struct {
	_    struct{} `cbor:",toarray"`
	Kind string
	Key  string // to find: a prefix of keys
}

// Entry is one accepted transaction.
type Entry struct {
	_      struct{} `cbor:",toarray"`
	Number uint64   // order of acceptance over all entries, from 0
	Tx     engine.Digest
}

// Note records the transaction under judgement as an entry. One sender has one entry in a place: a second one is refused
// as CodeConflict.
func Note(c *contract.Context, kind, key string) error {
	return c.Ask(Name, "note", Place{Kind: kind, Key: key}, nil)
}

func note(c *contract.Context, argument []byte) ([]byte, error) {
	var p Place
	if err := c.Decode(argument, &p); err != nil {
		return nil, err
	}
	if err := c.Require(c.Via() != "", ledger.CodeUnauthorised, "only a contract notes entries", "a reader does not"); err != nil {
		return nil, err
	}
	where := fmt.Sprintf("%s\x00%s\x00%s", p.Kind, p.Key, c.Caller())
	var old Entry
	if err := c.Require(!c.Load("at/"+where, &old), ledger.CodeConflict, "a sender has one entry under a kind and key",
		"transaction %s stands there", old.Tx.Short()); err != nil {
		return nil, err
	}
	var count uint64
	c.Load("count", &count)
	c.Save("at/"+where, Entry{Number: count, Tx: c.Tx()})
	c.Save("count", count+1)
	return nil, nil
}

// find answers a Place with the entries of the kind whose keys begin with the key, oldest first.
func find(c *contract.Context, argument []byte) ([]byte, error) {
	var p Place
	if err := c.Decode(argument, &p); err != nil {
		return nil, err
	}
	entries := contract.LoadAll[Entry](c, "at/"+p.Kind+"\x00"+p.Key)
	slices.SortFunc(entries, func(a, b Entry) int { return cmp.Compare(a.Number, b.Number) })
	return canonical.Encode(entries), nil
}
