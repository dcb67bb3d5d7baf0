package ledgertest

import (
	"crypto/rand"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"weir/ledger"
	"weir/ledger/machine"
	"weir/ledger/proof"
)

// Origin and the sequencer's name of test ledgers.
const (
	Origin    = "weir.test/ledger"
	Sequencer = "sequencer"
)

// Accounts of test ledgers.
var Accounts = []string{"alice", "bob", "carol"}

// Config runs Counters over a store.
func Config(t testing.TB, store ledger.Store) machine.Config {
	return machine.Config{Store: store, Contracts: Counters(t), Random: rand.Reader}
}

// Found founds a test ledger with Accounts.
func Found(t testing.TB, store ledger.Store) *machine.Machine {
	t.Helper()
	m, err := machine.Found(Config(t, store), machine.Founding{Chain: "test", Time: Began, Proposer: Sequencer, Document: Document(Accounts...)})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Propose is the next block of a machine with these transactions, a second after the last.
func Propose(m *machine.Machine, txs ...*ledger.Tx) *ledger.Block {
	last := m.Head()
	return &ledger.Block{Height: last.Height + 1, Time: last.At().Add(time.Second), Proposer: Sequencer, Txs: txs}
}

// Run executes and commits one block, with a checkpoint.
func Run(t testing.TB, m *machine.Machine, txs ...*ledger.Tx) *machine.Outcome {
	t.Helper()
	o, err := m.Execute(Propose(m, txs...))
	if err != nil {
		t.Fatal(err)
	}
	size, root := o.Tree()
	checkpoint, err := proof.SignCheckpoint(Origin, size, root, Signer(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Commit(o, checkpoint); err != nil {
		t.Fatal(err)
	}
	return o
}

// Signer signs test ledgers' checkpoints.
func Signer(t testing.TB) note.Signer {
	t.Helper()
	signer, err := proof.NewSigner(Sequencer, Key(Sequencer))
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// Trust trusts the test sequencer.
func Trust(t testing.TB) *proof.Trust {
	t.Helper()
	public := Public(Sequencer)
	key, err := proof.VerifierKey(Sequencer, public[:])
	if err != nil {
		t.Fatal(err)
	}
	return &proof.Trust{Chain: "test", Origin: Origin, CheckpointKeys: []string{key}}
}

// Witnessed trusts the test sequencer where so many of these witnesses have cosigned.
func Witnessed(t testing.TB, need int, names ...string) *proof.Trust {
	t.Helper()
	trust := Trust(t)
	trust.Witnesses.Need = need
	for _, name := range names {
		trust.Witnesses.Keys = append(trust.Witnesses.Keys, Cosigner(t, name).Key())
	}
	return trust
}

// Cosigner is the witness of a name, whose key is Key's.
func Cosigner(t testing.TB, name string) *proof.Cosigner {
	t.Helper()
	c, err := proof.NewCosigner(name, Key(name))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Value asks for a counter, "" where there is none.
func Value(t testing.TB, m *machine.Machine, name string) string {
	t.Helper()
	v, err := m.Query("counter", "value", []byte(name))
	if err != nil {
		return ""
	}
	return string(v)
}
