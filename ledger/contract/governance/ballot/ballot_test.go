package ballot_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/engine/model"
	"weir/ledger/contract"
	"weir/ledger/contract/governance"
	"weir/ledger/contract/governance/ballot"
	"weir/ledger/contract/internal/scoringtest"
	"weir/ledger/contract/registry"
)

var voters = []engine.Name{"power", "social", "tax", "supervisor"}

func accounts(t *testing.T, w *scoringtest.World) (all []registry.Account) {
	for _, role := range []message.Role{message.RoleHolder, message.RoleSupervisor, message.RoleBank} {
		var list []registry.Account
		w.Ask(t, registry.Name, "accounts", role, &list)
		all = append(all, list...)
	}
	return all
}

// What the tally says is missing is what the contract waits for: whatever was voted, in whatever order, whoever is
// suspended or lost its key, a proposal is decided by exactly the vote that completes the tally.
func TestTallyIsTheContracts(t *testing.T) {
	founded := scoringtest.Found(t)
	enacted, unanimous, lost := 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		w := founded.Fork()
		for _, name := range voters {
			switch rapid.SampledFrom([]string{"", "", "", "suspend", "revoke"}).Draw(rt, "standing of "+string(name)) {
			case "suspend":
				p := governance.Proposal{Action: governance.Suspend, Body: canonical.Encode(name), Until: w.Time.UnixMilli() + 1}
				id := w.Send(t, "bank", governance.KindPropose, p).Tx
				for _, voter := range voters {
					w.Send(t, voter, governance.KindVote, governance.Vote{Proposal: id, Accept: true})
				}
			case "revoke":
				var a registry.Account
				w.Ask(t, registry.Name, "account", name, &a)
				w.Send(t, name, registry.KindRevoke, registry.Revocation{Key: a.Key})
			}
		}
		subject := rapid.SampledFrom([]engine.Name{"bank", "tax", "supervisor"}).Draw(rt, "subject")
		r := w.Send(t, "registrar", governance.KindPropose, governance.Proposal{Action: governance.Suspend, Body: canonical.Encode(subject), Until: w.Time.UnixMilli() + 1000})
		if !r.OK() { // it is suspended already
			return
		}
		for _, voter := range rapid.Permutation(voters).Draw(rt, "order") {
			var s governance.Status
			w.Ask(t, governance.Name, "proposal", r.Tx, &s)
			before := accounts(t, w)
			tally := ballot.Of(governance.DefaultRules(), &s, before)
			if tally.Accepted() {
				rt.Fatalf("open, and nothing is missing: %+v", tally)
			}
			accept := rapid.Bool().Draw(rt, "accept")
			if !w.Send(t, voter, governance.KindVote, governance.Vote{Proposal: r.Tx, Accept: accept}).OK() {
				continue
			}
			s.Votes = append(s.Votes, governance.Cast{Voter: voter, Accept: accept})
			want := ballot.Of(governance.DefaultRules(), &s, before)
			w.Ask(t, governance.Name, "proposal", r.Tx, &s)
			if (s.State == governance.Enacted) != want.Accepted() || tally.Lost() && s.State == governance.Enacted {
				rt.Fatalf("%s by the contract, %+v by the tally", s.State, want)
			}
			if s.State == governance.Enacted {
				enacted++
				if want.Unanimous {
					unanimous++
				}
				return
			}
			if want.Lost() {
				lost++
			}
		}
	})
	if enacted == 0 || unanimous == 0 || lost == 0 {
		t.Errorf("%d enacted, %d of them by all, %d lost: too few to show anything", enacted, unanimous, lost)
	}
}

func TestWords(t *testing.T) {
	key := [32]byte{0xab, 31: 0xcd}
	for want, c := range map[string]struct {
		action governance.Action
		body   any
	}{
		`admit "tax2" as a holder that signs with key ab`: {governance.Admit, registry.Admission{Name: "tax2", Role: message.RoleHolder, Key: key}},
		`suspend "tax"`:                {governance.Suspend, engine.Name("tax")},
		`lift the suspension of "tax"`: {governance.Lift, engine.Name("tax")},
		`let "tax" sign with key ab`:   {governance.Recover, registry.Recovery{Account: "tax", Key: key}},
		`from block 9 on, let contract tasks@"1.1.0" with source 0700`: {governance.Activate, contract.Activation{Name: "tasks", Version: "1.1.0", Source: engine.Digest{7}, Height: 9}},
		`from block 9 on, register only models that tell at most 6 bits, of at least 8 characteristics, from at least 3 holders`: {governance.SetPolicy,
			governance.PolicyChange{Policy: model.Policy{MaxResolution: 6, MinFeatures: 8, MinHolders: 3}, Height: 9}},
		`1m0s to commit, 2m0s to anchor, 3m0s to release and 4m0s to settle`: {governance.SetWindows,
			governance.WindowsChange{Windows: governance.Windows{Commit: 60_000, Anchor: 120_000, Release: 180_000, Settle: 240_000}, Height: 9}},
	} {
		words, err := ballot.Words(&governance.Proposal{Action: c.action, Body: canonical.Encode(c.body)})
		if err != nil || !strings.Contains(words, want) {
			t.Errorf("%s: %q, %v", c.action, words, err)
		}
	}
	for name, p := range map[string]governance.Proposal{"another release's": {Action: "melt", Body: canonical.Encode(engine.Name("tax"))},
		"a body of another action": {Action: governance.Admit, Body: canonical.Encode(engine.Name("tax"))}, "no body": {Action: governance.Lift}} {
		if words, err := ballot.Words(&p); !errors.Is(err, ballot.ErrProposal) {
			t.Errorf("%s: %q, %v", name, words, err)
		}
	}
}
