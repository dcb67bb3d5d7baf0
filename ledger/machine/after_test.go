package machine_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"weir/engine"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/ledgertest"
	"weir/ledger/machine"
)

// midway is a store that does something once, before one of its next reads.
type midway struct {
	ledgertest.Memory
	reads int // until then
	then  func()
}

func (s *midway) read() {
	if s.reads--; s.reads < 0 && s.then != nil {
		then := s.then
		s.then = nil
		then()
	}
}

func (s *midway) Get(key []byte) ([]byte, error) {
	s.read()
	return s.Memory.Get(key)
}

func (s *midway) Range(prefix, from []byte, yield func(key, value []byte) bool) error {
	s.read()
	return s.Memory.Range(prefix, from, yield)
}

// summing is a contract that reads ranges: it notes a name, and how many names there are, how often, up to now.
func summing(t testing.TB) *contract.Set {
	set, err := contract.NewSet(&contract.Contract{
		Name: "summing", Version: "1", KeyOf: func(*contract.Context, engine.Name) ([32]byte, bool) { return [32]byte{}, false },
		Methods: []contract.Method{{Kind: "note", Bare: true, Run: func(c *contract.Context, body []byte) error {
			own, _ := c.Get("n/" + string(body))
			c.Put("n/"+string(body), append(own, 'x'))
			names, times := 0, 0
			for _, value := range c.Range("n/") {
				names, times = names+1, times+len(value)
			}
			c.Put("sum", fmt.Appendf(nil, "%d of %d", times, names))
			c.Emit("sum", fmt.Sprint(names, times), nil)
			return nil
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// A block that is judged while the one before is written is the block that would be judged afterwards, whenever in the
// meantime the store begins to have the one before.
func TestBlocksJudgedWhileTheOneBeforeIsWritten(t *testing.T) {
	set := summing(t)
	found := func(t *rapid.T, store ledger.Store) *machine.Machine {
		m, err := machine.Found(machine.Config{Store: store, Contracts: set, Random: rand.Reader},
			machine.Founding{Chain: "test", Time: ledgertest.Began, Proposer: "p"})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	key := ledgertest.Key("note")
	sender := ledger.BareKey(ledgertest.Public("note"))
	rapid.Check(t, func(t *rapid.T) {
		store := new(midway)
		plain, line := found(t, new(ledgertest.Memory)), found(t, store)
		commit := func(m *machine.Machine, o *machine.Outcome) {
			if err := m.Commit(o, nil); err != nil {
				t.Fatal(err)
			}
		}
		var before *machine.Outcome
		sequence := uint64(0)
		for height := uint64(1); height <= rapid.Uint64Range(2, 6).Draw(t, "blocks"); height++ {
			block := &ledger.Block{Height: height, Time: plain.Head().At().Add(time.Second), Proposer: "p"}
			for range rapid.IntRange(0, 3).Draw(t, "transactions") {
				name := rapid.StringMatching(`[a-d]{1,2}`).Draw(t, "name")
				block.Txs = append(block.Txs, ledger.Draft{Chain: "test", Kind: "note", Sender: sender, Sequence: sequence, Expiry: 99, Body: []byte(name)}.Sign(key))
				sequence++
			}
			want, err := plain.Execute(block)
			if err != nil {
				t.Fatal(err)
			}
			commit(plain, want)
			if before != nil {
				last := before
				store.then, store.reads = func() { commit(line, last) }, rapid.IntRange(0, 12).Draw(t, "reads")
			}
			got, err := line.ExecuteAfter(before, block)
			if err != nil {
				t.Fatal(err)
			}
			if then := store.then; then != nil {
				store.then = nil
				then()
			}
			if got.Header.Digest() != want.Header.Digest() {
				t.Fatalf("block %d: %+v, want %+v", height, got.Header, want.Header)
			}
			before = got
		}
		commit(line, before)
		_, root := plain.Tree()
		if _, got := line.Tree(); got != root {
			t.Fatal("another log")
		}
	})
}

// What the block before did counts, although it is not durable: sequence numbers, keys, and transactions that stand there.
func TestAdmissionAfterABlockThatIsNotDurable(t *testing.T) {
	m := ledgertest.Found(t, new(ledgertest.Memory))
	bob := ledgertest.Public("bob")
	first := tx("carol", 0, "apples 1")
	o, err := m.Execute(ledgertest.Propose(m, ledgertest.Tx("alice", 0, "count/key", engine.Digest(bob).String()), first))
	if err != nil {
		t.Fatal(err)
	}
	propose := func(tx *ledger.Tx) *ledger.Block {
		return &ledger.Block{Height: 2, Time: o.Header.At().Add(time.Second), Proposer: "p", Txs: []*ledger.Tx{tx}}
	}
	later := tx("alice", 1, "apples 1")
	for name, c := range map[string]struct {
		tx   *ledger.Tx
		want error
	}{
		"old key": {later, ledger.ErrSignature}, "new key": {later.Draft.Sign(ledgertest.Key("bob")), nil}, "replay": {first, ledger.ErrKnown},
		"used sequence": {tx("carol", 0, "pears 1"), ledger.ErrSequence}, "next sequence": {tx("carol", 1, "pears 1"), nil},
	} {
		if _, err := m.ExecuteAfter(o, propose(c.tx)); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	after, err := m.ExecuteAfter(o, propose(tx("carol", 1, "pears 1")))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Commit(after, nil); err == nil {
		t.Error("committed before the block that it is on top of")
	}
	if _, err := m.ExecuteAfter(after, ledgertest.Propose(m)); err == nil {
		t.Error("executed two blocks ahead")
	}
}
