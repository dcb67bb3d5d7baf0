package contract

import (
	"fmt"
	"iter"
	"time"
	"unicode/utf8"

	"weir/engine"
	"weir/ledger"
)

// Bounds of one transaction and its entries. The founding of a ledger may write as much as a whole block, and has no result.
const (
	MaxKey    = 512       // bytes of a key
	MaxValue  = 512 << 10 // bytes of a value
	MaxWrites = 1 << 20   // bytes of keys and values written, together
	MaxKeys   = 1024      // keys written
	MaxRange  = 4096      // entries that one Range gives
	maxEvents = 32 << 10  // bytes of events, charges and clauses in a result, together
	maxDepth  = 8         // calls within calls
)

// Context is everything that a contract can reach. It is valid during one call and belongs to one goroutine. Reaching a
// bound, or Invariant, ends the contract on the spot: the method does not return, and nothing it wrote remains.
type Context struct {
	run      *run
	contract *Contract
	caller   engine.Name // contract that called, or none
	depth    int
}

// run is what all contexts of one transaction share.
type run struct {
	set      *Set
	layer    *Layer
	verifier Verifier
	sender   ledger.Sender
	tx       engine.Digest
	height   uint64
	time     time.Time
	result   *ledger.Result
	told     int // bytes of the result so far

	maxKeys, maxWrites, maxTold int
}

// Caller is who sent the transaction; nobody ("") while the ledger is founded and when a reader asks.
func (c *Context) Caller() ledger.Sender { return c.run.sender }

// Via is the contract that called this one, or "" when the transaction did.
func (c *Context) Via() engine.Name { return c.caller }

// Tx is the id of the transaction; zero when there is none.
func (c *Context) Tx() engine.Digest { return c.run.tx }

// Height is that of the block.
func (c *Context) Height() uint64 { return c.run.height }

// Time is the block's, in UTC, whole milliseconds.
func (c *Context) Time() time.Time { return c.run.time }

// Get is the value under a key of this contract, or false where there is none or a tombstone. It must not be changed.
func (c *Context) Get(key string) ([]byte, bool) { return content(c.entry(key)) }

// Buried tells whether a tombstone stands under a key.
func (c *Context) Buried(key string) bool {
	entry := c.entry(key)
	_, alive := content(entry)
	return len(entry) > 0 && !alive
}

func (c *Context) entry(key string) []byte {
	entry, err := c.run.layer.Get([]byte(c.full(key)))
	if err != nil {
		panic(broken{err})
	}
	return entry
}

// Put sets the value under a key, which may be empty. Nothing can be put where a tombstone stands.
func (c *Context) Put(key string, value []byte) {
	c.Invariant(!c.Buried(key), "no entry is put where a tombstone stands")
	c.limit(len(value) <= MaxValue, "a value has at most %d bytes", MaxValue)
	c.write(key, live(value))
}

// Tombstone ends a key for good: from here on it reads as absent.
func (c *Context) Tombstone(key string) { c.write(key, tombstone) }

func (c *Context) write(key string, entry []byte) {
	c.limit(key != "" && len(key) <= MaxKey, "a key has 1 to %d bytes", MaxKey)
	c.run.layer.Put(c.full(key), entry)
	c.limit(c.run.layer.Len() <= c.run.maxKeys && c.run.layer.Size() <= c.run.maxWrites,
		"one transaction writes at most %d keys and %d bytes", c.run.maxKeys, c.run.maxWrites)
}

// Range gives the live entries whose keys begin with prefix, in order of their bytes, as they stand when it is called.
func (c *Context) Range(prefix string) iter.Seq2[string, []byte] {
	return c.entries(prefix, nil, MaxRange, true)
}

// Page gives the first live entries after a key, at most limit of them, whose keys begin with prefix: for answers about
// more than a Range gives.
func (c *Context) Page(prefix, after string, limit int) iter.Seq2[string, []byte] {
	from := []byte(c.full(max(prefix, after)))
	if after >= prefix {
		from = append(from, 0)
	}
	return c.entries(prefix, from, limit, false)
}

// entries reads live entries; strict ends the contract where there are more than limit.
func (c *Context) entries(prefix string, from []byte, limit int, strict bool) iter.Seq2[string, []byte] {
	type entry struct {
		key   string
		value []byte
	}
	var entries []entry
	full := c.full(prefix)
	err := c.run.layer.Range([]byte(full), from, func(key, stored []byte) bool {
		if value, alive := content(stored); alive {
			entries = append(entries, entry{prefix + string(key[len(full):]), append([]byte{}, value...)})
		}
		return len(entries) < limit || strict && len(entries) == limit
	})
	if err != nil {
		panic(broken{err})
	}
	c.limit(len(entries) <= limit, "one range gives at most %d entries", limit)
	return func(yield func(string, []byte) bool) {
		for _, e := range entries {
			if !yield(e.key, e.value) {
				return
			}
		}
	}
}

// full is a key of the whole state: contract ‖ 0x00 ‖ key.
func (c *Context) full(key string) string { return string(c.contract.Name) + "\x00" + key }

// VerifyProof judges a proof and notes in the result which verifying key it was checked under. The error is a refusal.
func (c *Context) VerifyProof(clause string, circuit engine.Digest, statement, proof []byte) error {
	err := c.run.verifier.Verify(circuit, statement, proof)
	if err == nil {
		c.tell(len(circuit))
		c.run.result.Keys = append(c.run.result.Keys, circuit)
	}
	return c.Require(err == nil, ledger.CodeUnproven, clause, "the proof does not hold")
}

// Call asks another contract of the set. An error is the refusal that it answered with.
func (c *Context) Call(name engine.Name, answer string, argument []byte) ([]byte, error) {
	c.limit(c.depth < maxDepth, "calls nest at most %d deep", maxDepth)
	a := c.run.set.answer(name, answer)
	c.Invariant(a != nil, "a contract asks only what another one answers")
	callee := &Context{run: c.run, contract: c.run.set.contracts[name], caller: c.contract.Name, depth: c.depth + 1}
	return a.Run(callee, argument)
}

// Emit announces an event in the result.
func (c *Context) Emit(kind, key string, data []byte) {
	c.tell(len(data), kind, key)
	c.run.result.Events = append(c.run.result.Events, ledger.Event{Kind: kind, Key: key, Data: data})
}

// Charge counts an amount of a unit against a payer, in the result. The balance is the contract's to keep.
func (c *Context) Charge(payer, unit string, amount uint64) {
	c.tell(0, payer, unit)
	c.run.result.Charges = append(c.run.result.Charges, ledger.Charge{Payer: payer, Unit: unit, Amount: amount})
}

// Require checks one clause of the rules, a sentence that should hold, and notes that it was checked. Where it does not
// hold, the error is a refusal that says how.
func (c *Context) Require(holds bool, code ledger.Code, clause, format string, arguments ...any) error {
	if !holds {
		return Refuse(code, clause, format, arguments...)
	}
	c.tell(0, clause)
	c.run.result.Clauses = append(c.run.result.Clauses, clause)
	return nil
}

// Invariant ends the transaction when one of the contract's own rules is broken: a fault of the program, which must leave
// no trace in the state.
func (c *Context) Invariant(holds bool, rule string) {
	if !holds {
		panic(abort{&Refusal{Code: ledger.CodeInvariant, Clause: rule, Why: "broken in " + c.contract.id()}})
	}
}

func (c *Context) limit(holds bool, format string, arguments ...any) {
	if !holds {
		panic(abort{&Refusal{Code: ledger.CodeLimit, Clause: fmt.Sprintf(format, arguments...), Why: "it would be more"}})
	}
}

// tell counts what goes into the result: some bytes and some texts.
func (c *Context) tell(bytes int, texts ...string) {
	c.run.told += bytes + 16
	for _, text := range texts {
		c.Invariant(utf8.ValidString(text), "what a result tells is UTF-8")
		c.run.told += len(text)
	}
	c.limit(c.run.told <= c.run.maxTold, "one result tells at most %d bytes", c.run.maxTold)
}
