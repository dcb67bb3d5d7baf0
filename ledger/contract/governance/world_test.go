package governance_test

import (
	"testing"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/contract/governance"
	"weir/ledger/contract/internal/scoringtest"
	"weir/ledger/contract/registry"
	"weir/ledger/ledgertest"
)

const hour = int64(3_600_000)

// propose makes a proposal that is open for an hour.
func propose(t testing.TB, w *scoringtest.World, from engine.Name, action governance.Action, body any) *ledger.Result {
	t.Helper()
	return w.Send(t, from, governance.KindPropose, governance.Proposal{Action: action, Body: canonical.Encode(body), Until: w.Time.UnixMilli() + hour})
}

func vote(t testing.TB, w *scoringtest.World, from engine.Name, id engine.Digest, accept bool) *ledger.Result {
	t.Helper()
	return w.Send(t, from, governance.KindVote, governance.Vote{Proposal: id, Accept: accept})
}

// decided proposes, and lets two holders and the supervisor agree.
func decided(t testing.TB, w *scoringtest.World, action governance.Action, body any) *governance.Status {
	t.Helper()
	id := scoringtest.Taken(t, propose(t, w, "bank", action, body)).Tx
	for _, voter := range []engine.Name{"tax", "power", "supervisor"} {
		scoringtest.Taken(t, vote(t, w, voter, id, true))
	}
	return status(t, w, id)
}

func status(t testing.TB, w *scoringtest.World, id engine.Digest) *governance.Status {
	t.Helper()
	s := new(governance.Status)
	w.Ask(t, governance.Name, "proposal", id, s)
	return s
}

func account(t testing.TB, w *scoringtest.World, name engine.Name) (a registry.Account) {
	t.Helper()
	w.Ask(t, registry.Name, "account", name, &a)
	return a
}

// admission of a name, with a key made from another.
func admission(name engine.Name, role message.Role, key string) registry.Admission {
	return registry.Admission{Name: name, Role: role, Key: ledgertest.Public(key), Possession: registry.Possess(scoringtest.Chain, name, ledgertest.Key(key))}
}

func recovery(name engine.Name, key string) registry.Recovery {
	return registry.Recovery{Account: name, Key: ledgertest.Public(key), Possession: registry.Possess(scoringtest.Chain, name, ledgertest.Key(key))}
}

func rotation(name engine.Name, key string) registry.Rotation {
	return registry.Rotation{Key: ledgertest.Public(key), Possession: registry.Possess(scoringtest.Chain, name, ledgertest.Key(key))}
}
