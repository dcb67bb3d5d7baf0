package tasks

import (
	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/ledger/contract"
)

// usesPage bounds how many tasks one answer looks at.
const usesPage = 256

// UsesOf asks for the attempts of a bank, under a consent, and of a model: each counts where it is not zero. After is where
// the answer before ended. An attempt is looked at once, in the order of labels, which tells nothing.
type UsesOf struct {
	_       struct{} `cbor:",toarray"`
	Bank    engine.Name
	Consent consent.Key
	Model   engine.Digest // versionDigest or modelDigest
	After   engine.Digest
}

// Uses is one part of the answer; Next is what to ask After, and zero when there is no more.
type Uses struct {
	_    struct{} `cbor:",toarray"`
	Uses []Use
	Next engine.Digest
}

// Use is one attempt, for whoever wants to know what became of a consent. Times are Unix milliseconds.
type Use struct {
	_       struct{} `cbor:",toarray"`
	Label   engine.Digest
	Request engine.RequestID
	Attempt uint32
	Bank    engine.Name
	Consent consent.Key
	Model   engine.Digest // modelDigest
	Version engine.Digest // versionDigest
	Purpose consent.Purpose
	Bits    uint8
	Opened  int64
	Charged bool // the request's use, in this attempt or an earlier one
	Phase   Phase
	End     End
}

func (of *UsesOf) wants(t *Task) bool {
	return (of.Bank == "" || of.Bank == t.Bank) && (of.Consent == consent.Key{} || of.Consent == t.Request.Consent) &&
		(of.Model.IsZero() || of.Model == t.Request.Model || of.Model == t.Version)
}

// uses answers UsesOf with Uses: the tasks as they are at the block's time.
func (k *contractOf) uses(c *contract.Context, argument []byte) ([]byte, error) {
	var of UsesOf
	if err := c.Decode(argument, &of); err != nil {
		return nil, err
	}
	after, looked := "", 0
	if !of.After.IsZero() {
		after = taskKey(of.After)
	}
	told := Uses{Uses: []Use{}}
	for _, b := range c.Page("task/", after, usesPage) {
		t := new(Task)
		c.Read(b, t)
		told.Next, looked = t.Label, looked+1
		if !of.wants(t) {
			continue
		}
		if err := k.advance(c, t); err != nil {
			return nil, err
		}
		told.Uses = append(told.Uses, t.use())
	}
	if looked < usesPage {
		told.Next = engine.Digest{}
	}
	return canonical.Encode(told), nil
}

func (t *Task) use() Use {
	return Use{Label: t.Label, Request: t.ID, Attempt: t.Request.Attempt, Bank: t.Bank, Consent: t.Request.Consent, Model: t.Request.Model,
		Version: t.Version, Purpose: t.Request.Purpose, Bits: t.Bits, Opened: t.Opened, Charged: t.Charged, Phase: t.Phase, End: t.End}
}
