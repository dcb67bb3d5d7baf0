package deposit_test

import (
	"crypto/rand"
	"testing"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/engine/model"
	"weir/engine/period"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/board"
	"weir/ledger/contract/evidence"
	"weir/ledger/contract/registry"
	"weir/ledger/deposit"
	"weir/ledger/ledgertest"
	"weir/ledger/machine"
)

// court is a ledger on which alice, bob and carol, holders, deposit evidence.
type court struct {
	*machine.Machine
	next map[string]uint64
}

func found(t testing.TB) *court {
	t.Helper()
	return foundOn(t, new(ledgertest.Memory))
}

func foundOn(t testing.TB, store ledger.Store) *court {
	t.Helper()
	set, err := contract.NewSet(board.New(), registry.New(), evidence.New())
	if err != nil {
		t.Fatal(err)
	}
	g := message.Genesis{Chain: "test", Policy: model.DefaultPolicy()}
	for _, name := range ledgertest.Accounts {
		g.Members = append(g.Members, message.Member{Name: engine.Name(name), Role: message.RoleHolder, SigningKey: ledgertest.Public(name)})
	}
	m, err := machine.Found(machine.Config{Store: store, Contracts: set, Random: rand.Reader},
		machine.Founding{Chain: "test", Time: ledgertest.Began, Proposer: ledgertest.Sequencer, Document: g.Encode()})
	if err != nil {
		t.Fatal(err)
	}
	return &court{m, map[string]uint64{}}
}

// send makes a block of one transaction.
func (c *court) send(t testing.TB, from string, kind ledger.Kind, body any) *ledger.Result {
	t.Helper()
	o := ledgertest.Run(t, c.Machine, ledgertest.Tx(from, c.next[from], kind, string(canonical.Encode(body))))
	c.next[from]++
	return o.Results[0]
}

// shown is the proof bundle of a transaction that has to be taken.
func (c *court) shown(t testing.TB, from string, kind ledger.Kind, body any) []byte {
	t.Helper()
	r := c.send(t, from, kind, body)
	if !r.OK() {
		t.Fatalf("%s refused: %s: %v: %s", kind, r.Code, r.Clauses, r.Why)
	}
	return c.bundle(t, r.Tx)
}

func (c *court) bundle(t testing.TB, id engine.Digest) []byte {
	t.Helper()
	checkpoint, err := c.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	size, _ := c.Tree()
	b, err := c.Bundle(id, checkpoint, size)
	if err != nil {
		t.Fatal(err)
	}
	return b.Encode()
}

// trust is a reader's.
func trust(t testing.TB) *deposit.Trust { return &deposit.Trust{Ledger: ledgertest.Trust(t)} }

// month is that of the test ledger's blocks.
const month = period.Period("2026-10")

// secret is a party's for the month, registered.
func (c *court) secret(t testing.TB, holder, party string) *period.Secret {
	t.Helper()
	s, err := period.NewSecret(month, canonical.Stream([]byte("test"), party))
	if err != nil {
		t.Fatal(err)
	}
	c.shown(t, holder, message.KindPeriodKey, s.Key(party))
	return s
}
