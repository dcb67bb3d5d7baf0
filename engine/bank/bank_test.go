package bank_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/bank"
	"weir/engine/consent"
	"weir/engine/internal/messagetest"
	"weir/engine/internal/partytest"
	"weir/engine/message"
	"weir/engine/model/points"
	"weir/engine/vault"
)

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func newLedger() *messagetest.Ledger { return messagetest.NewLedger(partytest.New(2).Genesis) }

func newBank(l *messagetest.Ledger) *bank.Bank {
	a := partytest.New(2)
	made, err := bank.New(bank.Config{Genesis: a.Genesis, Name: partytest.Bank, Key: a.Keys[partytest.Bank], Random: partytest.Stream("bank"),
		Ledger: l, Log: l, Blobs: l, Memory: new(vault.Transient)})
	if err != nil {
		panic(err)
	}
	return made
}

func ExampleBank_Register() {
	b := newLedger()
	made := newBank(b)
	if err := made.Register(context.Background(), now); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(made, "posted", len(b.Of(message.KindPeriodKey)), "key for the month")
	// Output: [bank bank] posted 1 key for the month
}

func TestNewRefuses(t *testing.T) {
	genesis := *partytest.New(2).Genesis
	genesis.Members = nil
	if _, err := bank.New(bank.Config{Genesis: &genesis, Name: "b"}); err == nil {
		t.Error("a bank started without a registrar to believe")
	}
}

// What the bank was never asked to seal or request, it neither asks nor opens.
func TestUnknownModelAndRequest(t *testing.T) {
	b := newBank(newLedger())
	if _, err := b.Request(t.Context(), engine.Digest{1}, consent.Key{}, consent.PreLoan); err == nil {
		t.Error("asked with a model that was not sealed here")
	}
	if err := b.CheckApprovals(t.Context(), engine.Digest{1}); err == nil {
		t.Error("a model that was not sealed here is approved")
	}
	if score, err := b.Open(t.Context(), engine.RequestID{1}); err == nil || score != nil {
		t.Error("opened a request that was not made here")
	}
}

// Sealing needs the schemas of all sources on the board.
func TestSealWithoutSchemas(t *testing.T) {
	model, err := points.Parse(strings.NewReader(`{"name": "m", "version": "1", "base": 0, "range": [0, 9], "sources": {
		"s1": [{"feature": "a", "missing": 0, "bins": [{"points": 1}]}], "s2": [{"feature": "a", "missing": 0, "bins": [{"points": 1}]}]}}`), "m.weir.json")
	if err != nil {
		t.Fatal(err)
	}
	b := newLedger()
	_, err = newBank(b).Seal(t.Context(), model, map[engine.Name]engine.Name{"s1": "h1", "s2": "h2"}, nil)
	if !errors.Is(err, message.ErrNotFound) || len(b.Entries) != 0 {
		t.Errorf("got %v, %d posts", err, len(b.Entries))
	}
	b.Fails = errors.New("the board is down")
	if _, err := newBank(b).Seal(t.Context(), model, nil, nil); !errors.Is(err, b.Fails) {
		t.Errorf("got %v", err)
	}
}

func TestReceiveRefuses(t *testing.T) {
	b := newBank(newLedger())
	if _, err := b.Receive(t.Context(), message.KindEvidence, nil, now); err == nil {
		t.Error("evidence was taken without a key for the month")
	}
	if err := b.Register(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Receive(t.Context(), message.KindEnrolment, nil, now); err == nil {
		t.Error("an enrolment was taken")
	}
	for _, n := range []int{0, 1, 1119, 1120, 5000, 1 << 20} {
		if _, err := b.Receive(t.Context(), message.KindEvidence, make([]byte, n), now); err == nil {
			t.Errorf("%d zeros were taken as evidence", n)
		}
	}
}

func TestRegisterOnce(t *testing.T) {
	board := newLedger()
	b := newBank(board)
	for range 3 {
		if err := b.Register(t.Context(), now); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Register(t.Context(), now.AddDate(0, 1, 0)); err != nil {
		t.Fatal(err)
	}
	if n := len(board.Of(message.KindPeriodKey)); n != 2 {
		t.Errorf("%d keys for two months", n)
	}
}

// A bank never prints what it keeps.
func TestBankDoesNotPrint(t *testing.T) {
	b := newBank(newLedger())
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		for _, thing := range []any{b, b.Config} {
			if shown := fmt.Sprintf(verb, thing); shown != "[bank bank]" {
				t.Errorf("%s shows %.80s", verb, shown)
			}
		}
	}
}
