package ledgertest

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"weir/engine"
	"weir/ledger"
	"weir/ledger/contract"
)

// Counters is a set of one contract, "counter", for tests. It keeps accounts' keys and counts:
//
//	count/add   NAME N     adds N to a counter of that name; at most 1,000 a time, and not to a retired one
//	count/retire NAME      ends a counter; only an account may
//	count/fill  N          writes N entries of 1 KiB
//	count/key   HEX        gives the sender's account another key
//	count/proof DIGEST PROOF   succeeds when the verifier accepts the proof for the statement "DIGEST"
//	count/fail  how        breaks: panic, nil, invariant, error, buried
//
// and answers "value" (of a counter) and "names". The founding document lists accounts: NAME HEX, one a line.
func Counters(t testing.TB) *contract.Set {
	t.Helper()
	set, err := contract.NewSet(counter())
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// Generous is the counter's next version: it sets what the first one adds to, and knows no limit. Kind count/activate puts
// it in force from the height in its body on.
func Generous() *contract.Contract {
	c := counter()
	c.Version, c.Source = "2.0.0", engine.Digest{2}
	c.Methods = slices.Clone(c.Methods)
	c.Methods[0].Run = func(c *contract.Context, body []byte) error {
		name, text, _ := strings.Cut(string(body), " ")
		c.Put("count/"+name, []byte(text))
		return nil
	}
	return c
}

func activate(c *contract.Context, body []byte) error {
	height, err := strconv.ParseUint(string(body), 10, 64)
	if err := c.Require(err == nil, ledger.CodeMalformed, "the body is a height", "it is not"); err != nil {
		return err
	}
	c.Activate(contract.Activation{Name: "counter", Version: "2.0.0", Source: engine.Digest{2}, Height: height})
	return nil
}

func counter() *contract.Contract {
	return &contract.Contract{
		Name: "counter", Version: "1.0.0", Source: engine.Digest{1}, Found: foundAccounts, KeyOf: keyOf, Activates: true,
		Methods: []contract.Method{
			{Kind: "count/add", Bare: true, Run: add}, {Kind: "count/retire", Run: retire}, {Kind: "count/fill", Run: fill},
			{Kind: "count/key", Run: rotate}, {Kind: "count/proof", Run: prove}, {Kind: "count/fail", Run: fail},
			{Kind: "count/activate", Run: activate},
		},
		Answers: []contract.Answer{{Name: "value", Run: value}, {Name: "names", Run: names}, {Name: "double", Run: double}},
	}
}

func foundAccounts(c *contract.Context, document []byte) error {
	for line := range strings.Lines(string(document)) {
		name, key, _ := strings.Cut(strings.TrimSpace(line), " ")
		if _, err := engine.ParseDigest(key); err != nil {
			return contract.Refuse(ledger.CodeMalformed, "a line is a name and a key", "it is not")
		}
		c.Put("key/"+name, []byte(key))
	}
	return nil
}

func keyOf(c *contract.Context, account engine.Name) ([32]byte, bool) {
	text, known := c.Get("key/" + string(account))
	key, err := engine.ParseDigest(string(text))
	return key, known && err == nil
}

func add(c *contract.Context, body []byte) error {
	name, text, _ := strings.Cut(string(body), " ")
	n, err := strconv.Atoi(text)
	if err := c.Require(err == nil && name != "", ledger.CodeMalformed, "the body is a name and a number", "it is not"); err != nil {
		return err
	}
	if err := c.Require(n <= 1000, ledger.CodeTerms, "at most 1,000 are added at a time", "%d are", n); err != nil {
		return err
	}
	if err := c.Require(!c.Buried("count/"+name), ledger.CodeRevoked, "the counter is not retired", "%s is", name); err != nil {
		return err
	}
	old, _ := c.Get("count/" + name)
	before, _ := strconv.Atoi(string(old))
	c.Put("count/"+name, strconv.AppendInt(nil, int64(before+n), 10))
	c.Charge(string(c.Caller()), "count", uint64(n))
	c.Emit("added", name, []byte(text))
	return nil
}

func retire(c *contract.Context, body []byte) error {
	_, known := c.Get("count/" + string(body))
	if err := c.Require(known, ledger.CodeUnknown, "there is such a counter", "there is none"); err != nil {
		return err
	}
	c.Tombstone("count/" + string(body))
	return nil
}

func fill(c *contract.Context, body []byte) error {
	n, _ := strconv.Atoi(string(body))
	for i := range n {
		c.Put(fmt.Sprintf("fill/%s/%06d", c.Tx(), i), make([]byte, 1024))
	}
	return nil
}

func rotate(c *contract.Context, body []byte) error {
	account, _ := c.Caller().Account()
	c.Put("key/"+string(account), body)
	return nil
}

func prove(c *contract.Context, body []byte) error {
	statement, p, _ := strings.Cut(string(body), " ")
	return c.VerifyProof("the proof holds", sha256.Sum256([]byte(statement)), []byte(statement), []byte(p))
}

func fail(c *contract.Context, body []byte) error {
	c.Put("fail", body) // must not remain
	c.Emit("failing", "", nil)
	switch string(body) {
	case "panic":
		var none []byte
		_ = none[c.Height()]
	case "nil":
		var none *contract.Contract
		_ = none.Name
	case "invariant":
		c.Invariant(false, "tests do not fail")
	case "buried":
		c.Tombstone("grave")
		c.Put("grave", body)
	case "error":
		return fmt.Errorf("no refusal")
	case "long":
		return contract.Refuse(ledger.CodeTerms, strings.Repeat("x", 1<<20), "%s\xff", strings.Repeat("ü", 1<<20))
	case "loud":
		for {
			c.Emit("again", "and again", nil)
		}
	case "deep":
		_, err := c.Call("counter", "double", []byte("deep"))
		return err
	}
	return nil
}

// value of one counter, or of all of a prefix ending in '*', one a line.
func value(c *contract.Context, argument []byte) ([]byte, error) {
	if prefix, all := strings.CutSuffix(string(argument), "*"); all {
		var lines []byte
		for key, v := range c.Range("count/" + prefix) {
			lines = fmt.Appendf(lines, "%s %s\n", strings.TrimPrefix(key, "count/"), v)
		}
		return lines, nil
	}
	v, known := c.Get("count/" + string(argument))
	return v, c.Require(known, ledger.CodeUnknown, "there is such a counter", "there is none")
}

func names(c *contract.Context, _ []byte) ([]byte, error) {
	all, err := c.Call("counter", "value", []byte("*"))
	return []byte(strings.ReplaceAll(string(all), " ", "=")), err
}

// double calls itself until it may not.
func double(c *contract.Context, argument []byte) ([]byte, error) {
	return c.Call("counter", "double", append(argument, argument...)[:1])
}

// Key is the signing key of a test account.
func Key(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("test key of " + name))
	return ed25519.NewKeyFromSeed(seed[:])
}

// Public is the public half of Key.
func Public(name string) [32]byte { return [32]byte(Key(name).Public().(ed25519.PublicKey)) }

// Document founds Counters with accounts whose keys are Key of their names.
func Document(accounts ...string) []byte {
	var lines []byte
	for _, name := range accounts {
		lines = fmt.Appendf(lines, "%s %x\n", name, Public(name))
	}
	return lines
}

// Began is the time of test ledgers' founding blocks.
var Began = time.Date(2026, 10, 1, 8, 0, 0, 0, time.UTC)

// Tx is a transaction of a test account on chain "test", signed, without an expiry.
func Tx(account string, sequence uint64, kind ledger.Kind, body string) *ledger.Tx {
	return ledger.Draft{Chain: "test", Kind: kind, Sender: ledger.Account(engine.Name(account)), Sequence: sequence,
		Expiry: 1 << 62, Body: []byte(body)}.Sign(Key(account))
}
