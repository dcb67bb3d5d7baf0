package registry

import (
	"fmt"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/engine/period"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/board"
)

// periodKey takes period.Key: of a party by its holder, of a bank by itself, for this month or the next. There is one of
// an owner for a month, and it stays.
func periodKey(c *contract.Context, body []byte) error {
	var k period.Key
	m, err := Sender(c, message.RoleHolder, message.RoleBank)
	if err == nil {
		err = c.Decode(body, &k)
	}
	if err == nil {
		err = requireOwner(c, m, k.Owner)
	}
	if err == nil {
		err = requireMonth(c, k.Period)
	}
	if err != nil {
		return err
	}
	malformed := k.Check(k.Owner, k.Period)
	if err := c.Require(malformed == nil, ledger.CodeMalformed, "a period key is a hybrid ML-KEM-768 + X25519 key", "%v", malformed); err != nil {
		return err
	}
	key := message.PeriodKey(string(k.Period), k.Owner)
	if err := c.Require(!has(c, "period-key/"+key), ledger.CodeConflict, "an owner has one key for a month", "it is registered"); err != nil {
		return err
	}
	c.Put("period-key/"+key, body)
	return board.Note(c, string(message.KindPeriodKey), key)
}

func requireOwner(c *contract.Context, m Account, owner string) error {
	if m.Role == message.RoleHolder {
		return Holder(c, engine.PartyID(owner))
	}
	return c.Require(owner == string(m.Name), ledger.CodeUnauthorised, "a bank registers its own key", "it is for another owner")
}

func requireMonth(c *contract.Context, month period.Period) error {
	now := c.Time()
	next := time.Date(now.Year(), now.Month()+1, 1, 0, 0, 0, 0, time.UTC)
	return c.Require(month == period.Of(now) || month == period.Of(next), ledger.CodeExpired,
		"the period is the month of the block, or the next", "it is another")
}

// encapsulation takes period.Encapsulation: the first of a pair sends its key to the second, once both are registered.
func encapsulation(c *contract.Context, body []byte) error {
	var e period.Encapsulation
	if err := c.Decode(body, &e); err != nil {
		return err
	}
	if err := Holder(c, e.First); err != nil {
		return err
	}
	if err := requirePair(c, e.First, e.Second, e.Period); err != nil {
		return err
	}
	if err := c.Require(len(e.Ciphertext) == period.EncapsulationSize, ledger.CodeMalformed, "an encapsulation has its one size",
		"it has %d bytes, want %d", len(e.Ciphertext), period.EncapsulationSize); err != nil {
		return err
	}
	key := message.PairKey(string(e.Period), e.First, e.Second)
	if err := c.Require(!has(c, "pair/"+key), ledger.CodeConflict, "a pair has one exchange a month", "it was made"); err != nil {
		return err
	}
	c.Put("pair/"+key, body)
	return board.Note(c, string(message.KindEncapsulation), key)
}

func requirePair(c *contract.Context, first, second engine.PartyID, month period.Period) error {
	if err := requireMonth(c, month); err != nil {
		return err
	}
	if err := c.Require(first < second, ledger.CodeMalformed, "the lower id of a pair comes first", "it does not"); err != nil {
		return err
	}
	for _, party := range []engine.PartyID{first, second} {
		_, err := engine.ParsePartyID(string(party))
		registered := err == nil && has(c, "period-key/"+message.PeriodKey(string(month), string(party)))
		if err := c.Require(registered, ledger.CodeUnknown, "both of a pair have registered keys for the month", "one has not"); err != nil {
			return err
		}
	}
	return nil
}

// confirmation takes period.Confirmation: one end of a pair says, by a digest, which key it holds.
func confirmation(c *contract.Context, body []byte) error {
	var k period.Confirmation
	if err := c.Decode(body, &k); err != nil {
		return err
	}
	if err := Holder(c, k.From); err != nil {
		return err
	}
	if err := requirePair(c, k.First, k.Second, k.Period); err != nil {
		return err
	}
	if err := c.Require(k.From == k.First || k.From == k.Second, ledger.CodeUnauthorised, "an end of the pair confirms", "%s is none", k.From); err != nil {
		return err
	}
	key := message.PairKey(string(k.Period), k.First, k.Second)
	if err := c.Require(has(c, "pair/"+key), ledger.CodeUnknown, "the pair's exchange stands on the ledger", "it does not"); err != nil {
		return err
	}
	confirmed := fmt.Sprintf("pair-ok/%s/%s", key, k.From)
	if err := c.Require(!has(c, confirmed), ledger.CodeConflict, "an end confirms once", "it did"); err != nil {
		return err
	}
	c.Put(confirmed, body)
	// One holder may be both ends, and a sender has one entry in a place: the end is part of the key.
	return board.Note(c, string(message.KindPairConfirmed), key+"/"+string(k.From))
}

// HasPeriodKey tells whether an owner, a party or a bank by its name, has registered a key for a month.
func HasPeriodKey(c *contract.Context, owner string, month period.Period) (bool, error) {
	var is bool
	return is, c.Ask(Name, "period-key", []string{string(month), owner}, &is)
}

func registered(c *contract.Context, argument []byte) ([]byte, error) {
	var of [2]string
	if err := c.Decode(argument, &of); err != nil {
		return nil, err
	}
	within := len(of[0])+len(of[1]) < contract.MaxKey/2
	return canonical.Encode(within && has(c, "period-key/"+message.PeriodKey(of[0], of[1]))), nil
}

func has(c *contract.Context, key string) bool {
	_, known := c.Get(key)
	return known
}
