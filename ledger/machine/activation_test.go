package machine_test

import (
	"errors"
	"testing"

	"weir/engine"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/ledgertest"
	"weir/ledger/machine"
)

func activate(sequence uint64, height string) *ledger.Tx {
	return ledgertest.Tx("alice", sequence, "count/activate", height)
}

// upgraded is a ledger on which another version judges from block 3 on, after four blocks.
func upgraded(t *testing.T) (*machine.Machine, machine.Config) {
	t.Helper()
	config := ledgertest.Config(t, new(ledgertest.Memory))
	config.Contracts = config.Contracts.Beside(ledgertest.Generous())
	m, err := machine.Found(config, machine.Founding{Chain: "test", Time: ledgertest.Began, Proposer: "p", Document: ledgertest.Document("alice", "bob")})
	if err != nil {
		t.Fatal(err)
	}
	ledgertest.Run(t, m, activate(0, "3"), tx("bob", 0, "apples 5"))
	ledgertest.Run(t, m, tx("bob", 1, "apples 5000"))
	ledgertest.Run(t, m, tx("bob", 2, "apples 5000"))
	ledgertest.Run(t, m)
	return m, config
}

func TestActivationAtItsHeight(t *testing.T) {
	m, config := upgraded(t)
	old := ledgertest.Counters(t).Hash()
	for height := range uint64(5) {
		h, err := m.Header(height)
		if err != nil {
			t.Fatal(err)
		}
		if (h.Contracts == old) != (height < 3) {
			t.Errorf("block %d was judged by set %s", height, h.Contracts.Short())
		}
	}
	for height, want := range map[uint64]string{1: "counter@1.0.0", 2: "counter@1.0.0", 3: "counter@2.0.0"} {
		b, err := m.Block(height)
		if err != nil {
			t.Fatal(err)
		}
		r := b.Results[len(b.Results)-1]
		if r.Contract != want || r.OK() != (height != 2) {
			t.Errorf("block %d: %+v", height, r)
		}
	}
	if got := ledgertest.Value(t, m, "apples"); got != "5000" {
		t.Errorf("apples = %s", got)
	}
	if again, err := machine.Open(config); err != nil || again.Head().Digest() != m.Head().Digest() {
		t.Errorf("opened again: %v", err)
	}
}

// One program replays both sides of an activation from the founding block; one that lacks the version, or has another
// under its name, stops before the first block that it cannot judge.
func TestReplayAcrossAnActivation(t *testing.T) {
	m, config := upgraded(t)
	config.Store = new(ledgertest.Memory)
	again, err := machine.Replay(m, config)
	if err != nil || again.Head().Digest() != m.Head().Digest() {
		t.Fatalf("replay: %v", err)
	}
	forged := ledgertest.Generous()
	forged.Source = engine.Digest{3}
	for name, set := range map[string]*contract.Set{"lacking": ledgertest.Counters(t), "another source": ledgertest.Counters(t).Beside(forged)} {
		store := new(ledgertest.Memory)
		config.Store, config.Contracts = store, set
		_, err := machine.Replay(m, config)
		var lacking *contract.LackingError
		if !errors.As(err, &lacking) || !errors.Is(err, ledger.ErrHalted) || lacking.Height != 3 || lacking.Version != "2.0.0" {
			t.Fatalf("%s: %v", name, err)
		}
		if head, _ := store.Head(); head.Height != 2 {
			t.Errorf("%s: stopped at block %d", name, head.Height)
		}
		stopped, err := machine.Open(config) // what was judged before can still be read
		if err != nil || ledgertest.Value(t, stopped, "apples") != "5" {
			t.Fatalf("%s: %v", name, err)
		}
		for _, err := range []error{stopped.Check(tx("bob", 2, "apples 1")), stopped.VerifySignatures([]*ledger.Tx{tx("bob", 2, "apples 1")})[0]} {
			if !errors.As(err, &lacking) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := stopped.Execute(ledgertest.Propose(stopped)); !errors.As(err, &lacking) {
			t.Errorf("%s: %v", name, err)
		}
	}
	config = ledgertest.Config(t, new(ledgertest.Memory))
	config.Contracts = config.Contracts.Beside(ledgertest.Generous())
	if _, err := machine.Replay(m, config); err != nil {
		t.Fatal(err)
	}
	config.Contracts = ledgertest.Counters(t)
	var lacking *contract.LackingError
	if _, err := machine.Open(config); !errors.As(err, &lacking) {
		t.Errorf("opened after the activation: %v", err)
	}
}

// A version judges later blocks only, and its schedule is a part of the state.
func TestActivationsAreLater(t *testing.T) {
	m := ledgertest.Found(t, new(ledgertest.Memory))
	for i, height := range []string{"0", "1"} {
		o, err := m.Execute(ledgertest.Propose(m, activate(0, height)))
		if err != nil || o.Results[0].Code != ledger.CodeInvariant {
			t.Errorf("%d: %v, %v", i, o, err)
		}
	}
	empty, err := m.Execute(ledgertest.Propose(m, tx("alice", 0, "apples 1001")))
	if err != nil {
		t.Fatal(err)
	}
	scheduled, err := m.Execute(ledgertest.Propose(m, activate(0, "9")))
	if err != nil || scheduled.Header.State == empty.Header.State {
		t.Errorf("%v", err)
	}
}
