package load

import (
	"encoding/binary"
	"fmt"

	"weir/engine"
	"weir/engine/canonical"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/tasks"
)

// Kinds of transactions of the contract that is measured beside the ledger's own.
const (
	kindNote  = ledger.Kind("note")
	kindFill  = ledger.Kind("fill")
	kindTable = ledger.Kind("table")
	kindProof = ledger.Kind("proof")
)

// notes is the least that a contract does: a note is one entry, under the id of its transaction. A fill writes a thousand
// entries, and a contribution's proof is judged for the table that a transaction before gave, and leaves no entry.
func notes() *contract.Contract {
	return &contract.Contract{Name: "notes", Version: "1.0.0", Methods: []contract.Method{
		{Kind: kindNote, Bare: true, Run: func(c *contract.Context, body []byte) error {
			key := c.Tx().String()
			_, known := c.Get(key)
			c.Put(key, binary.BigEndian.AppendUint64(nil, c.Height()))
			return c.Require(!known, ledger.CodeConflict, "the note is new", "it is not")
		}},
		{Kind: kindFill, Bare: true, Run: func(c *contract.Context, body []byte) error {
			for i := range perFill {
				c.Put(fmt.Sprintf("%s/%04d", c.Tx(), i), body)
			}
			return nil
		}},
		{Kind: kindProof, Bare: true, Run: func(c *contract.Context, body []byte) error {
			var p Proof
			if err := c.Decode(body, &p); err != nil {
				return err
			}
			p.Statement.Table, _ = c.Get("table")
			return c.VerifyProof("the proof holds", p.Circuit, canonical.Encode(p.Statement), p.Proof)
		}},
		{Kind: kindTable, Bare: true, Run: func(c *contract.Context, body []byte) error {
			c.Put("table", body)
			return nil
		}},
	}}
}

// perFill is how many entries one fill writes.
const perFill = 1000

// Proof is a contribution's, with what it shows. The table of the statement is left out: as in the tasks contract, the ledger
// has it.
type Proof struct {
	_         struct{} `cbor:",toarray"`
	Circuit   engine.Digest
	Statement tasks.ContributionStatement
	Proof     []byte
}
