package machine_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"weir/engine"
	"weir/ledger"
	"weir/ledger/ledgertest"
	"weir/ledger/machine"
)

// oracle is what the ledger should do, in a few plain maps.
type oracle struct {
	counters map[string]int
	retired  map[string]bool
	next     map[string]uint64
	results  map[engine.Digest]ledger.Code
	height   uint64
}

func (o *oracle) apply(account, kind, name string, n int) ledger.Code {
	o.next[account]++
	switch {
	case kind == "count/retire":
		if _, known := o.counters[name]; !known {
			return ledger.CodeUnknown
		}
		delete(o.counters, name)
		o.retired[name] = true
	case n > 1000:
		return ledger.CodeTerms
	case o.retired[name]:
		return ledger.CodeRevoked
	default:
		o.counters[name] += n
	}
	return ledger.CodeOK
}

// Random transactions, admissible and not, in random blocks, with the machine opened again now and then: the machine says
// what the oracle says, and a replay into an empty store gives the same headers.
func TestMachineAgainstOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		store := new(ledgertest.Memory)
		config := ledgertest.Config(new(testing.T), store)
		m, err := machine.Found(config, machine.Founding{Chain: "test", Time: ledgertest.Began, Proposer: "p", Document: ledgertest.Document(ledgertest.Accounts...)})
		if err != nil {
			t.Fatal(err)
		}
		o := &oracle{counters: map[string]int{}, retired: map[string]bool{}, next: map[string]uint64{}, results: map[engine.Digest]ledger.Code{}}
		var past []*ledger.Tx
		for range rapid.IntRange(1, 6).Draw(t, "blocks") {
			block := drawBlock(t, m, o, &past)
			outcome, err := m.Execute(block)
			if err != nil {
				t.Fatal(err)
			}
			if err := m.Commit(outcome, nil); err != nil {
				t.Fatal(err)
			}
			o.height++
			if rapid.Bool().Draw(t, "reopen") {
				if m, err = machine.Open(config); err != nil {
					t.Fatal(err)
				}
			}
			agree(t, m, o)
		}
		again, err := machine.Replay(m, ledgertest.Config(new(testing.T), new(ledgertest.Memory)))
		if err != nil {
			t.Fatal(err)
		}
		agree(t, again, o)
		if again.Head().Digest() != m.Head().Digest() {
			t.Fatal("the replay ends elsewhere")
		}
	})
}

// drawBlock proposes admissible transactions, and on the way has every inadmissible one refused.
func drawBlock(t *rapid.T, m *machine.Machine, o *oracle, past *[]*ledger.Tx) *ledger.Block {
	block := &ledger.Block{Height: o.height + 1, Time: m.Head().At().Add(time.Duration(rapid.Int64Range(1, 1e6).Draw(t, "ms")) * time.Millisecond), Proposer: "p"}
	for range rapid.IntRange(0, 6).Draw(t, "transactions") {
		account := rapid.SampledFrom(ledgertest.Accounts).Draw(t, "account")
		kind := rapid.SampledFrom([]string{"count/add", "count/add", "count/retire"}).Draw(t, "kind")
		name := rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "name")
		n, skew, life := rapid.IntRange(0, 1500).Draw(t, "n"), rapid.SampledFrom([]int{0, 0, 0, -1, 1}).Draw(t, "skew"), rapid.Uint64Range(0, 3).Draw(t, "life")
		d := ledger.Draft{Chain: "test", Kind: ledger.Kind(kind), Sender: ledger.Sender(account), Sequence: o.next[account] + uint64(skew), Expiry: o.height + life, Body: []byte(name)}
		if kind == "count/add" {
			d.Body = fmt.Appendf(nil, "%s %d", name, n)
		}
		tx := d.Sign(ledgertest.Key(account))
		if len(*past) > 0 && rapid.IntRange(0, 5).Draw(t, "replay") == 0 {
			tx = rapid.SampledFrom(*past).Draw(t, "old")
		}
		want := ledger.ErrSequence
		if _, known := o.results[tx.ID()]; known {
			want = ledger.ErrKnown
		} else if tx.Expiry < block.Height {
			want = ledger.ErrExpired
		} else if tx.Sequence == o.next[account] {
			want = nil
		}
		trial := *block
		trial.Txs = append(slices.Clone(block.Txs), tx)
		if _, err := m.Execute(&trial); !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Fatalf("%v, want %v", err, want)
		}
		if want == nil {
			block.Txs = trial.Txs
			o.results[tx.ID()] = o.apply(account, kind, name, n)
			*past = append(*past, tx)
		}
	}
	return block
}

func agree(t *rapid.T, m *machine.Machine, o *oracle) {
	if m.Head().Height != o.height {
		t.Fatalf("height %d, want %d", m.Head().Height, o.height)
	}
	var want string
	for _, name := range slices.Sorted(maps.Keys(o.counters)) {
		want += fmt.Sprintf("%s %d\n", name, o.counters[name])
	}
	if got, err := m.Query("counter", "value", []byte("*")); err != nil || string(got) != want {
		t.Fatalf("counters %q, want %q, %v", got, want, err)
	}
	for id, code := range o.results {
		if r, err := m.Result(id); err != nil || r.Code != code || r.Tx != id {
			t.Fatalf("result %+v, want %s, %v", r, code, err)
		}
	}
	for account, next := range o.next {
		if got, err := m.Sequence(ledger.Sender(account)); err != nil || got != next {
			t.Fatalf("%s's next is %d, want %d, %v", account, got, next, err)
		}
	}
}
