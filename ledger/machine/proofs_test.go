package machine_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"weir/engine"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/ledgertest"
	"weir/ledger/machine"
)

// single accepts a proof that repeats its statement, and counts.
type single struct{ asked int }

func (v *single) Verify(circuit engine.Digest, statement, proof []byte) error {
	v.asked++
	if circuit != sha256.Sum256(statement) || !bytes.Equal(statement, proof) {
		return errors.New("no")
	}
	return nil
}

// batch judges together.
type batch struct {
	single
	batches, claims int
}

func (v *batch) VerifyBatch(claims []contract.Claim) []error {
	v.batches++
	v.claims += len(claims)
	verdicts := make([]error, len(claims))
	for i, p := range claims {
		verdicts[i] = new(single).Verify(p.Circuit, p.Statement, p.Proof)
	}
	return verdicts
}

func proving(t testing.TB, verifier *batch) *machine.Machine {
	t.Helper()
	config := ledgertest.Config(t, new(ledgertest.Memory))
	config.Verifier = verifier
	return found(t, config)
}

func found(t testing.TB, config machine.Config) *machine.Machine {
	t.Helper()
	m, err := machine.Found(config, machine.Founding{Chain: "test", Time: ledgertest.Began, Proposer: ledgertest.Sequencer, Document: ledgertest.Document(ledgertest.Accounts...)})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// proofs are transactions, the given ones with a wrong proof.
func proofs(n int, wrong ...int) []*ledger.Tx {
	var txs []*ledger.Tx
	for i := range n {
		body := fmt.Sprintf("s%d s%d", i, i)
		for _, w := range wrong {
			if w == i {
				body += "!"
			}
		}
		txs = append(txs, ledgertest.Tx("alice", uint64(i), "count/proof", body))
	}
	return txs
}

// Many good proofs cost one batch; executing the block again costs nothing.
func TestProofsOfABlockAreJudgedTogether(t *testing.T) {
	v := new(batch)
	m := proving(t, v)
	block := ledgertest.Propose(m, proofs(50)...)
	for range 2 {
		o, err := m.Execute(block)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range o.Results {
			if !r.OK() || len(r.Keys) != 1 {
				t.Errorf("%d: %+v", i, r)
			}
		}
	}
	if v.batches != 1 || v.claims != 50 || v.asked != 0 {
		t.Errorf("%+v", v)
	}
}

// A14: a wrong proof among good ones is refused, alone, and its sender pays for no second verification of the others.
func TestWrongProofInABatch(t *testing.T) {
	v := new(batch)
	m := proving(t, v)
	o, err := m.Execute(ledgertest.Propose(m, proofs(20, 3, 19)...))
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range o.Results {
		want := ledger.CodeOK
		if i == 3 || i == 19 {
			want = ledger.CodeUnproven
		}
		if r.Code != want {
			t.Errorf("%d: %+v", i, r)
		}
	}
	if v.batches != 1 || v.asked != 0 {
		t.Errorf("%+v", v)
	}
}

// Whoever judges in batches and whoever judges one by one make the same headers.
func TestBatchedIsSingle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wrong := rapid.SliceOfN(rapid.IntRange(0, 11), 0, 5).Draw(t, "wrong")
		txs := proofs(12, wrong...)
		var headers [2]engine.Digest
		for i := range headers {
			config := ledgertest.Config(new(testing.T), new(ledgertest.Memory))
			if config.Verifier = new(single); i == 1 {
				config.Verifier = new(batch)
			}
			m := found(new(testing.T), config)
			o, err := m.Execute(ledgertest.Propose(m, txs...))
			if err != nil {
				t.Fatal(err)
			}
			headers[i] = o.Header.Digest()
		}
		if headers[0] != headers[1] {
			t.Fatal("another header")
		}
	})
}

func TestWithoutVerifierNoProofHolds(t *testing.T) {
	m := ledgertest.Found(t, new(ledgertest.Memory))
	if o := ledgertest.Run(t, m, proofs(1)...); o.Results[0].Code != ledger.CodeUnproven {
		t.Errorf("%+v", o.Results[0])
	}
}
