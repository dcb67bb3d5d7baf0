package contract_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"weir/engine"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/ledgertest"
)

// acceptor accepts the proof "good" alone.
type acceptor struct{ asked int }

func (a *acceptor) Verify(circuit engine.Digest, statement, proof []byte) error {
	a.asked++
	if circuit != sha256.Sum256(statement) || string(proof) != "good" {
		return errors.New("secret reason")
	}
	return nil
}

// host is a founded state and what transactions are judged in.
func host(t *testing.T) (contract.Env, *contract.Layer) {
	t.Helper()
	env := contract.Env{Set: ledgertest.Counters(t), Verifier: new(acceptor), Height: 1, Time: ledgertest.Began}
	layer := contract.NewLayer(new(ledgertest.Memory))
	if err := env.Found(layer, ledgertest.Document(ledgertest.Accounts...)); err != nil {
		t.Fatal(err)
	}
	return env, layer
}

func apply(t *testing.T, env contract.Env, layer *contract.Layer, kind ledger.Kind, body string) *ledger.Result {
	t.Helper()
	n, err := contract.Sequence(layer, "alice")
	if err != nil {
		t.Fatal(err)
	}
	r, err := env.Apply(layer, ledgertest.Tx("alice", n, kind, body))
	if err != nil {
		t.Fatal(err)
	}
	r.Of = 1
	if again, err := ledger.DecodeResult(r.Encode()); err != nil || again.Code != r.Code {
		t.Fatalf("result does not read back: %v", err)
	}
	return r
}

func TestApply(t *testing.T) {
	env, layer := host(t)
	r := apply(t, env, layer, "count/add", "apples 5")
	if !r.OK() || r.Contract != "counter@1.0.0" || len(r.Clauses) != 0 || r.Why != "" {
		t.Errorf("%+v", r)
	}
	if len(r.Charges) != 1 || r.Charges[0] != (ledger.Charge{Payer: "alice", Unit: "count", Amount: 5}) {
		t.Errorf("charges %v", r.Charges)
	}
	if len(r.Events) != 1 || r.Events[0].Kind != "added" || r.Events[0].Key != "apples" || string(r.Events[0].Data) != "5" {
		t.Errorf("events %v", r.Events)
	}
	apply(t, env, layer, "count/add", "apples 7")
	if v, err := env.Ask(layer, "counter", "value", []byte("apples")); err != nil || string(v) != "12" {
		t.Errorf("apples = %s, %v", v, err)
	}
}

// A refusal names the clause, and those that held before it; nothing but the sender's count changes.
func TestRefusalExplainsItsClause(t *testing.T) {
	env, layer := host(t)
	apply(t, env, layer, "count/add", "apples 5")
	before := layer.Writes()
	for _, c := range []struct {
		kind ledger.Kind
		body string
		code ledger.Code
		last string
		held int
		why  string
	}{
		{"count/add", "apples", ledger.CodeMalformed, "the body is a name and a number", 0, "it is not"},
		{"count/add", "apples 1001", ledger.CodeTerms, "at most 1,000 are added at a time", 1, "1001 are"},
		{"count/retire", "pears", ledger.CodeUnknown, "there is such a counter", 0, "there is none"},
		{"count/proof", "x bad", ledger.CodeUnproven, "the proof holds", 0, "the proof does not hold"},
		{"count/fail", "panic", ledger.CodeInvariant, "a contract does not fail on any input", 0, "it did"},
		{"count/fail", "nil", ledger.CodeInvariant, "a contract does not fail on any input", 0, "it did"},
		{"count/fail", "error", ledger.CodeInvariant, "a contract says why it refuses", 0, "it failed without a reason"},
		{"count/fail", "invariant", ledger.CodeInvariant, "tests do not fail", 0, "broken in counter@1.0.0"},
		{"count/fail", "buried", ledger.CodeInvariant, "no entry is put where a tombstone stands", 0, "broken in counter@1.0.0"},
		{"count/fail", "loud", ledger.CodeLimit, "one result tells at most 32768 bytes", 0, "it would be more"},
		{"count/fail", "deep", ledger.CodeLimit, "calls nest at most 8 deep", 0, "it would be more"},
		{"count/fill", "1025", ledger.CodeLimit, "one transaction writes at most 1024 keys and 1048576 bytes", 0, "it would be more"},
	} {
		r := apply(t, env, layer, c.kind, c.body)
		if r.Code != c.code || r.Why != c.why || len(r.Clauses) != c.held+1 || r.Clauses[c.held] != c.last {
			t.Errorf("%s %s: %+v", c.kind, c.body, r)
		}
		if len(r.Events)+len(r.Charges)+len(r.Keys) != 0 {
			t.Errorf("%s %s: a refusal tells of effects: %+v", c.kind, c.body, r)
		}
	}
	after := layer.Writes()
	if len(before) != len(after) {
		t.Fatalf("%d keys before, %d after", len(before), len(after))
	}
	for i := range before {
		if counts := strings.Contains(string(before[i].Key), "sequence/"); counts == bytes.Equal(before[i].Value, after[i].Value) {
			t.Errorf("%s: %q before, %q after", before[i].Key, before[i].Value, after[i].Value)
		}
	}
}

func TestLongRefusalsAreClipped(t *testing.T) {
	env, layer := host(t)
	r := apply(t, env, layer, "count/fail", "long")
	if r.Code != ledger.CodeTerms || len(r.Encode()) > 4<<10 || !utf8.ValidString(r.Why) {
		t.Errorf("%d bytes", len(r.Encode()))
	}
}

func TestProofsNameTheirKey(t *testing.T) {
	env, layer := host(t)
	r := apply(t, env, layer, "count/proof", "x good")
	if !r.OK() || len(r.Keys) != 1 || r.Keys[0] != sha256.Sum256([]byte("x")) {
		t.Errorf("%+v", r)
	}
	env.Verifier = nil
	if r := apply(t, env, layer, "count/proof", "x good"); r.Code != ledger.CodeUnproven {
		t.Errorf("without a verifier: %+v", r)
	}
}

func TestTombstonesAreFinal(t *testing.T) {
	env, layer := host(t)
	apply(t, env, layer, "count/add", "apples 5")
	apply(t, env, layer, "count/add", "pears 6")
	if r := apply(t, env, layer, "count/retire", "apples"); !r.OK() {
		t.Fatalf("%+v", r)
	}
	if r := apply(t, env, layer, "count/add", "apples 1"); r.Code != ledger.CodeRevoked {
		t.Errorf("%+v", r)
	}
	if v, err := env.Ask(layer, "counter", "names", nil); err != nil || string(v) != "pears=6\n" {
		t.Errorf("%q, %v", v, err)
	}
	var refusal *contract.Refusal
	if _, err := env.Ask(layer, "counter", "value", []byte("apples")); !errors.As(err, &refusal) || refusal.Code != ledger.CodeUnknown {
		t.Errorf("%v", err)
	}
}

// A question changes nothing, whatever the contract does.
func TestAsk(t *testing.T) {
	env, layer := host(t)
	for _, c := range []struct {
		name   engine.Name
		answer string
		code   ledger.Code
	}{{"counter", "nothing", ledger.CodeUnknown}, {"nobody", "value", ledger.CodeUnknown}, {"counter", "double", ledger.CodeLimit}} {
		var refusal *contract.Refusal
		if _, err := env.Ask(layer, c.name, c.answer, []byte("x")); !errors.As(err, &refusal) || refusal.Code != c.code {
			t.Errorf("%s of %s: %v", c.answer, c.name, err)
		}
	}
}

// disk fails every read.
type disk struct{ err error }

func (d disk) Get([]byte) ([]byte, error)                        { return nil, d.err }
func (d disk) Range(_, _ []byte, _ func(_, _ []byte) bool) error { return d.err }

// What cannot be read is no verdict: nothing is refused for it.
func TestUnreadableStateIsNoRefusal(t *testing.T) {
	env, _ := host(t)
	bad := disk{errors.New("disk")}
	for _, kind := range []ledger.Kind{"count/add", "count/proof"} {
		if r, err := env.Apply(contract.NewLayer(bad), ledgertest.Tx("alice", 0, kind, "apples 5")); !errors.Is(err, bad.err) {
			t.Errorf("%s: %v, %v", kind, r, err)
		}
	}
	for _, answer := range []string{"value", "names"} {
		if _, err := env.Ask(bad, "counter", answer, []byte("x")); !errors.Is(err, bad.err) {
			t.Errorf("%s: %v", answer, err)
		}
	}
	if _, err := env.Key(bad, "alice"); !errors.Is(err, bad.err) || errors.Is(err, ledger.ErrSender) {
		t.Errorf("key: %v", err)
	}
	if _, err := contract.Sequence(bad, "alice"); !errors.Is(err, bad.err) {
		t.Errorf("sequence: %v", err)
	}
}

func TestKeys(t *testing.T) {
	env, layer := host(t)
	if key, err := env.Key(layer, "alice"); err != nil || key != ledgertest.Public("alice") {
		t.Errorf("%x, %v", key, err)
	}
	if key, err := env.Key(layer, ledger.BareKey([32]byte{9})); err != nil || key != [32]byte{9} {
		t.Errorf("%x, %v", key, err)
	}
	if _, err := env.Key(layer, "mallory"); !errors.Is(err, ledger.ErrSender) {
		t.Errorf("%v", err)
	}
}

func TestSets(t *testing.T) {
	keyOf := func(*contract.Context, engine.Name) ([32]byte, bool) { return [32]byte{}, false }
	first := &contract.Contract{Name: "a", Version: "1", KeyOf: keyOf, Methods: []contract.Method{{Kind: "k"}, {Kind: "bare", Bare: true}}}
	for name, list := range map[string][]*contract.Contract{
		"none":                {},
		"no source of keys":   {{Name: "b"}},
		"two sources of keys": {first, {Name: "b", KeyOf: keyOf}},
		"one name twice":      {first, {Name: "a"}},
		"one kind twice":      {first, {Name: "b", Methods: []contract.Method{{Kind: "k"}}}},
		"the host's name":     {first, {Name: "ledger"}},
		"malformed name":      {first, {Name: "b\x00"}},
		"malformed kind":      {first, {Name: "b", Methods: []contract.Method{{Kind: "K"}}}},
	} {
		if _, err := contract.NewSet(list...); !errors.Is(err, contract.ErrSet) {
			t.Errorf("%s: %v", name, err)
		}
	}
	set, err := contract.NewSet(first)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		kind   ledger.Kind
		sender ledger.Sender
		takes  bool
	}{{"k", "alice", true}, {"k", ledger.BareKey([32]byte{}), false}, {"bare", ledger.BareKey([32]byte{}), true}, {"bare", "alice", true}, {"z", "alice", false}} {
		if err := set.Takes(c.kind, c.sender); (err == nil) != c.takes || err != nil && !errors.Is(err, ledger.ErrKind) {
			t.Errorf("%s of %s: %v", c.kind, c.sender, err)
		}
	}
	other, err := contract.NewSet(&contract.Contract{Name: "a", Version: "2", KeyOf: keyOf})
	if err != nil || other.Hash() == set.Hash() {
		t.Error("the hash forgets the version")
	}
}

func TestSourceDigest(t *testing.T) {
	files := fstest.MapFS{"a.go": {Data: []byte("package a")}, "a_test.go": {Data: []byte("x")}}
	first, err := contract.SourceDigest(files)
	if err != nil {
		t.Fatal(err)
	}
	files["a_test.go"].Data = []byte("y")
	if again, _ := contract.SourceDigest(files); again != first {
		t.Error("tests count")
	}
	files["a.go"].Data = []byte("package b")
	if again, _ := contract.SourceDigest(files); again == first {
		t.Error("source does not count")
	}
	if _, err := contract.SourceDigest(fstest.MapFS{}); !errors.Is(err, contract.ErrSet) {
		t.Errorf("no source: %v", err)
	}
}

func ExampleRefuse() {
	err := contract.Refuse(ledger.CodeExpired, "a commit arrives before its deadline", "the deadline was %s", "08:00")
	fmt.Println(err)
	// Output: expired: a commit arrives before its deadline: the deadline was 08:00
}
