package registry_test

import (
	"fmt"
	"testing"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/engine/model"
	"weir/engine/period"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/board"
	"weir/ledger/contract/internal/scoringtest"
	"weir/ledger/contract/registry"
	"weir/ledger/contract/scoring"
	"weir/ledger/ledgertest"
)

const (
	month           = period.Period("2026-11")
	kindKey         = message.KindPeriodKey
	kindExchange    = message.KindEncapsulation
	kindConfirmed   = message.KindPairConfirmed
	first, second   = engine.PartyID("power/meter"), engine.PartyID("tax/vat")
	clauseBothReady = "both of a pair have registered keys for the month"
)

func secret(t *testing.T, name string, p period.Period) *period.Secret {
	s, err := period.NewSecret(p, canonical.Stream([]byte("test"), name))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFoundingDocumentsRefused(t *testing.T) {
	set, err := scoring.Contracts(scoringtest.Rules(t))
	if err != nil {
		t.Fatal(err)
	}
	twice := scoringtest.Genesis()
	twice.Members[1] = twice.Members[0]
	for _, document := range [][]byte{nil, []byte("{}"), twice.Encode(), append(scoringtest.Genesis().Encode(), 0)} {
		if err := (contract.Env{Set: set}).Found(contract.NewLayer(new(ledgertest.Memory)), document); err == nil {
			t.Errorf("%d bytes found a ledger", len(document))
		}
	}
}

func TestKeysOfAccounts(t *testing.T) {
	set, err := scoring.Contracts(scoringtest.Rules(t))
	if err != nil {
		t.Fatal(err)
	}
	env, state := contract.Env{Set: set}, contract.NewLayer(new(ledgertest.Memory))
	if err := env.Found(state, scoringtest.Genesis().Encode()); err != nil {
		t.Fatal(err)
	}
	if key, err := env.Key(state, "tax"); err != nil || key != ledgertest.Public("tax") {
		t.Errorf("%x, %v", key, err)
	}
	if _, err := env.Key(state, "nobody"); err == nil {
		t.Error("a stranger has a key")
	}
}

func TestPeriodKeys(t *testing.T) {
	w := scoringtest.Found(t)
	key := secret(t, "tax", month).Key("tax/vat")
	scoringtest.Refused(t, w.Send(t, "power", kindKey, key), ledger.CodeUnauthorised, "a holder speaks for its own sources only")
	scoringtest.Refused(t, w.Send(t, "bank", kindKey, key), ledger.CodeUnauthorised, "a bank registers its own key")
	scoringtest.Refused(t, w.Send(t, "supervisor", kindKey, key), ledger.CodeUnauthorised, "the sender's role allows the transaction")
	for _, p := range []period.Period{"2026-10", "2027-01", "", "2026-11/x"} {
		old := secret(t, "tax", p).Key("tax/vat")
		scoringtest.Refused(t, w.Send(t, "tax", kindKey, old), ledger.CodeExpired, "the period is the month of the block, or the next")
	}
	bad := key
	bad.Public = key.Public[1:]
	scoringtest.Refused(t, w.Send(t, "tax", kindKey, bad), ledger.CodeMalformed, "a period key is a hybrid ML-KEM-768 + X25519 key")
	w.OK(t, "tax", kindKey, key)
	scoringtest.Refused(t, w.Send(t, "tax", kindKey, secret(t, "other", month).Key("tax/vat")), ledger.CodeConflict, "an owner has one key for a month")
	w.OK(t, "tax", kindKey, secret(t, "tax", "2026-12").Key("tax/vat"))
	w.OK(t, "bank", kindKey, secret(t, "bank", month).Key("bank"))
}

func TestPairs(t *testing.T) {
	w := scoringtest.Found(t)
	a, b := secret(t, "power", month), secret(t, "tax", month)
	ka, kb := a.Key(string(first)), b.Key(string(second))
	pair := period.PairOf(first, second)
	e, key, err := period.Encapsulate(scoringtest.Chain, pair, &ka, &kb)
	if err != nil {
		t.Fatal(err)
	}
	scoringtest.Refused(t, w.Send(t, "power", kindExchange, e), ledger.CodeUnknown, clauseBothReady)
	w.OK(t, "power", kindKey, ka)
	scoringtest.Refused(t, w.Send(t, "power", kindExchange, e), ledger.CodeUnknown, clauseBothReady)
	w.OK(t, "tax", kindKey, kb)
	scoringtest.Refused(t, w.Send(t, "tax", kindExchange, e), ledger.CodeUnauthorised, "a holder speaks for its own sources only")
	turned := *e
	turned.First, turned.Second = second, first
	scoringtest.Refused(t, w.Send(t, "tax", kindExchange, turned), ledger.CodeMalformed, "the lower id of a pair comes first")
	short := *e
	short.Ciphertext = e.Ciphertext[1:]
	scoringtest.Refused(t, w.Send(t, "power", kindExchange, short), ledger.CodeMalformed, "an encapsulation has its one size")
	scoringtest.Refused(t, w.Send(t, "tax", kindConfirmed, key.Confirm(second, pair, month)), ledger.CodeUnknown, "the pair's exchange stands on the ledger")
	w.OK(t, "power", kindExchange, e)
	scoringtest.Refused(t, w.Send(t, "power", kindExchange, e), ledger.CodeConflict, "a pair has one exchange a month")
	scoringtest.Refused(t, w.Send(t, "social", kindConfirmed, key.Confirm("social/staff", pair, month)), ledger.CodeUnauthorised, "an end of the pair confirms")
	w.OK(t, "tax", kindConfirmed, key.Confirm(second, pair, month))
	scoringtest.Refused(t, w.Send(t, "tax", kindConfirmed, key.Confirm(second, pair, month)), ledger.CodeConflict, "an end confirms once")
	w.OK(t, "power", kindConfirmed, key.Confirm(first, pair, month))

	var found []board.Entry
	w.Ask(t, board.Name, "find", board.Place{Kind: string(message.KindPairConfirmed), Key: message.PairKey(string(month), first, second)}, &found)
	if len(found) != 2 || found[0].Number >= found[1].Number {
		t.Errorf("found %+v", found)
	}
}

// A consortium may have as many members as its founding document may name.
func TestLargestConsortium(t *testing.T) {
	g := message.Genesis{Chain: "test", Policy: model.DefaultPolicy()}
	for i := range message.MaxMembers {
		name := fmt.Sprintf("member-%04d", i)
		g.Members = append(g.Members, message.Member{Name: engine.Name(name), Role: message.RoleHolder, SigningKey: ledgertest.Public(name)})
	}
	set, err := contract.NewSet(registry.New())
	if err != nil {
		t.Fatal(err)
	}
	if err := (contract.Env{Set: set}).Found(contract.NewLayer(new(ledgertest.Memory)), g.Encode()); err != nil {
		t.Error(err)
	}
}
