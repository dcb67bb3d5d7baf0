package evidence

import (
	"weir/engine"
	"weir/engine/canonical"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/registry"
	"weir/ledger/deposit"
)

// Granted is a grant and what became of it. Times are Unix milliseconds of blocks, 0 for never.
type Granted struct {
	_         struct{} `cbor:",toarray"`
	By        engine.Name
	To        string
	Tx        engine.Digest
	At        int64
	Withdrawn int64
	Handed    int64 // first
}

func grantsKey(document engine.Digest) string { return "grant/" + document.String() + "/" }

// grantKey: an account grants for itself only. No name has a slash at its end.
func grantKey(document engine.Digest, by engine.Name, to string) string {
	return grantsKey(document) + string(by) + "/" + to
}

func grant(c *contract.Context, body []byte) error {
	sender, err := registry.Sender(c, registry.Roles...)
	if err != nil {
		return err
	}
	var g deposit.Grant
	if err := c.Decode(body, &g); err != nil {
		return err
	}
	if err := requireOwner(c, g.To); err != nil {
		return err
	}
	var e Entry
	if err := c.Require(c.Load(entriesKey(g.Deposit)+string(sender.Name), &e), ledger.CodeUnauthorised, "a depositor grants what it deposited",
		"%s deposited no such digest", sender.Name); err != nil {
		return err
	}
	outside := g.Place.Check(g.Document, &deposit.Deposit{Digest: g.Deposit, Count: e.Count})
	if err := c.Require(outside == nil, ledger.CodeUnproven, "the document is in the deposit", "%v", outside); err != nil {
		return err
	}
	key := grantKey(g.Document, sender.Name, g.To)
	var old Granted
	if err := c.Require(!c.Load(key, &old), ledger.CodeConflict, "a grant is given once", "it was, in transaction %s", old.Tx.Short()); err != nil {
		return err
	}
	c.Save(key, Granted{By: sender.Name, To: g.To, Tx: c.Tx(), At: c.Now()})
	c.Emit("granted", g.Document.String(), []byte(g.To))
	return nil
}

// requireOwner: a party or a member, who can have a period key.
func requireOwner(c *contract.Context, to string) error {
	name := engine.Name(to)
	if party, err := engine.ParsePartyID(to); err == nil {
		name = party.Holder()
	}
	_, err := engine.ParseName(string(name))
	if err := c.Require(err == nil, ledger.CodeMalformed, "a grant is to a party or a member", "it is to neither"); err != nil {
		return err
	}
	return registry.RequireSpeaking(c, name)
}

// standing is the sender's grant that was not withdrawn.
func standing(c *contract.Context, document engine.Digest, to string) (key string, g Granted, err error) {
	sender, err := registry.Sender(c, registry.Roles...)
	if err != nil {
		return "", g, err
	}
	key = grantKey(document, sender.Name, to)
	known := len(to) <= 2*engine.MaxNameLength+1 && c.Load(key, &g)
	if err := c.Require(known, ledger.CodeUnauthorised, "the sender has granted it", "it has not"); err != nil {
		return "", g, err
	}
	return key, g, c.Require(g.Withdrawn == 0, ledger.CodeRevoked, "the grant is not withdrawn", "it was")
}

func withdraw(c *contract.Context, body []byte) error {
	var w deposit.Withdrawal
	if err := c.Decode(body, &w); err != nil {
		return err
	}
	key, g, err := standing(c, w.Document, w.To)
	if err != nil {
		return err
	}
	g.Withdrawn = c.Now()
	c.Save(key, g)
	c.Emit("withdrawn", w.Document.String(), []byte(w.To))
	return nil
}

// handOver takes which bytes were sealed, once for a key. What is in them only the receiver can see; that they are for a
// registered key is all that a ledger can say.
func handOver(c *contract.Context, body []byte) error {
	var h deposit.HandOver
	if err := c.Decode(body, &h); err != nil {
		return err
	}
	key, g, err := standing(c, h.Document, h.To)
	if err != nil {
		return err
	}
	registered, err := registry.HasPeriodKey(c, h.To, h.Month)
	if err != nil {
		return err
	}
	if err := c.Require(registered, ledger.CodeUnknown, "the receiver has registered a key for the month", "%s has not", h.To); err != nil {
		return err
	}
	handed := "handed/" + key + "/" + string(h.Month)
	_, before := c.Get(handed)
	if err := c.Require(!before, ledger.CodeConflict, "a document is handed over once to a key", "it was"); err != nil {
		return err
	}
	c.Save(handed, h.Sealed)
	if g.Handed == 0 {
		g.Handed = c.Now()
		c.Save(key, g)
	}
	c.Emit("handed-over", h.Document.String(), h.Sealed[:])
	return nil
}

// grants answers a document's digest with every Granted, by depositor and receiver.
func grants(c *contract.Context, argument []byte) ([]byte, error) {
	var document engine.Digest
	if err := c.Decode(argument, &document); err != nil {
		return nil, err
	}
	return canonical.Encode(contract.LoadAll[Granted](c, grantsKey(document))), nil
}
