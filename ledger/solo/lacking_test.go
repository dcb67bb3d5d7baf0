package solo_test

import (
	"errors"
	"testing"
	"time"

	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/ledgertest"
	"weir/ledger/machine"
	"weir/ledger/solo"
)

// A program that lacks what judges the next block writes the last one that it can judge, and stops; it does not start again.
func TestHaltsBeforeABlockThatItCannotJudge(t *testing.T) {
	store := new(ledgertest.Memory)
	s, m := start(t, store)
	if r := submit(t, s, ledgertest.Tx("alice", 0, "count/activate", "3")); !r.OK() {
		t.Fatalf("%+v", r)
	}
	if r := submit(t, s, tx("bob", 0, "apples 5")); !r.OK() || r.Height != 2 {
		t.Fatalf("%+v", r)
	}
	<-s.Halted()
	var lacking *contract.LackingError
	if err := s.Close(); !errors.As(err, &lacking) || lacking.Height != 3 || !errors.Is(err, ledger.ErrHalted) {
		t.Errorf("%v", err)
	}
	if _, err := s.Submit(t.Context(), tx("bob", 1, "apples 5").Bytes()); !errors.As(err, &lacking) || m.Head().Height != 2 {
		t.Errorf("%v", err)
	}
	again, err := machine.Open(ledgertest.Config(t, store))
	if err != nil || ledgertest.Value(t, again, "apples") != "5" {
		t.Fatalf("what was judged cannot be read: %v", err)
	}
	config := solo.Config{Machine: again, Proposer: ledgertest.Sequencer, Origin: ledgertest.Origin, Signer: ledgertest.Signer(t), Clock: time.Now}
	if _, err := solo.Start(config); !errors.As(err, &lacking) {
		t.Errorf("started again: %v", err)
	}
}
