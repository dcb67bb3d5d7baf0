package governance_test

import (
	"errors"
	"testing"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/engine/model"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/governance"
	"weir/ledger/contract/internal/scoringtest"
	"weir/ledger/contract/registry"
	"weir/ledger/contract/scoring"
	"weir/ledger/ledgertest"
)

func TestProposalsRefused(t *testing.T) {
	found := scoringtest.Found(t)
	next := contract.Activation{Name: "tasks", Version: "1.1.0", Source: engine.Digest{1}, Height: 50}
	altered := func(f func(*contract.Activation)) contract.Activation { a := next; f(&a); return a }
	foreign := admission("new", message.RoleBank, "new")
	foreign.Possession = registry.Possess("other", "new", ledgertest.Key("new"))
	small := admission("new", message.RoleBank, "new")
	small.Key = [32]byte{1} // the neutral element: anybody signs for it
	for name, c := range map[string]struct {
		action governance.Action
		body   any
		code   ledger.Code
		clause string
	}{
		"no action":             {"destroy", "", ledger.CodeMalformed, "a proposal names an action of the list"},
		"another body":          {governance.Suspend, 7, ledger.CodeMalformed, "the body is the canonical encoding of what its kind carries"},
		"a name taken":          {governance.Admit, admission("tax", message.RoleBank, "new"), ledger.CodeConflict, "a name is given once"},
		"no name":               {governance.Admit, admission("", message.RoleBank, "new"), ledger.CodeMalformed, "a member has a name and a role"},
		"no role":               {governance.Admit, admission("new", "king", "new"), ledger.CodeMalformed, "a member has a name and a role"},
		"a key in use":          {governance.Admit, admission("new", message.RoleBank, "tax"), ledger.CodeConflict, "a key speaks for one account, once"},
		"for another chain":     {governance.Admit, foreign, ledger.CodeUnproven, "the new key signs for the account"},
		"a key of small order":  {governance.Admit, small, ledger.CodeMalformed, "a key is a point of large order"},
		"recovered as another":  {governance.Recover, registry.Recovery{Account: "tax", Key: ledgertest.Public("new"), Possession: admission("bank", "", "new").Possession}, ledger.CodeUnproven, "the new key signs for the account"},
		"recovered nobody":      {governance.Recover, recovery("nobody", "new"), ledger.CodeUnknown, "the account is a member's"},
		"nobody":                {governance.Suspend, "nobody", ledger.CodeUnknown, "the account is a member's"},
		"lifts what stands":     {governance.Lift, "tax", ledger.CodeConflict, "who is in standing is suspended, who is suspended is lifted"},
		"downgrade":             {governance.Activate, altered(func(a *contract.Activation) { a.Version = "0.9.9" }), ledger.CodeConflict, "a version is higher than all that were activated before it"},
		"the same version":      {governance.Activate, altered(func(a *contract.Activation) { a.Version = "1.0.0" }), ledger.CodeConflict, "a version is higher than all that were activated before it"},
		"no version":            {governance.Activate, altered(func(a *contract.Activation) { a.Version = "2" }), ledger.CodeMalformed, "a version of a contract has a name, three numbers, and a source"},
		"a preliminary version": {governance.Activate, altered(func(a *contract.Activation) { a.Version = "2.0.0-rc.1" }), ledger.CodeMalformed, "a version of a contract has a name, three numbers, and a source"},
		"no source":             {governance.Activate, altered(func(a *contract.Activation) { a.Source = engine.Digest{} }), ledger.CodeMalformed, "a version of a contract has a name, three numbers, and a source"},
		"too soon":              {governance.Activate, altered(func(a *contract.Activation) { a.Height = 2 }), ledger.CodeExpired, "a change is announced some blocks before it takes effect"},
		"no policy":             {governance.SetPolicy, governance.PolicyChange{Height: 50}, ledger.CodeMalformed, "a policy is within its bounds"},
		"no windows":            {governance.SetWindows, governance.WindowsChange{Height: 50}, ledger.CodeMalformed, "windows are within their bounds"},
		"windows in the past":   {governance.SetWindows, governance.WindowsChange{Windows: governance.Windows{Commit: 1, Anchor: 1, Release: 1, Settle: 1}}, ledger.CodeExpired, "a change is announced some blocks before it takes effect"},
	} {
		t.Run(name, func(t *testing.T) {
			scoringtest.Refused(t, propose(t, found.Fork(), "bank", c.action, c.body), c.code, c.clause)
		})
	}
	for _, until := range []int64{0, found.Time.UnixMilli(), found.Time.UnixMilli() + governance.DefaultRules().Life + 1} {
		p := governance.Proposal{Action: governance.Suspend, Body: canonical.Encode("tax"), Until: until}
		scoringtest.Refused(t, found.Fork().Send(t, "bank", governance.KindPropose, p), ledger.CodeExpired, "a proposal is open for a while that the rules allow")
	}
	scoringtest.Refused(t, found.Fork().Send(t, "nobody", governance.KindPropose, governance.Proposal{Body: []byte{}}), ledger.CodeUnknown, "the sender is a member")
}

// Who tries to decide alone, twice, late, about itself, or while suspended.
func TestVotesRefused(t *testing.T) {
	w := scoringtest.Found(t)
	id := scoringtest.Taken(t, propose(t, w, "bank", governance.Suspend, engine.Name("tax"))).Tx
	scoringtest.Refused(t, vote(t, w, "bank", id, true), ledger.CodeUnauthorised, "the sender's role allows the transaction")
	scoringtest.Refused(t, vote(t, w, "registrar", id, true), ledger.CodeUnauthorised, "the sender's role allows the transaction")
	scoringtest.Refused(t, vote(t, w, "tax", id, false), ledger.CodeUnauthorised, "nobody has a say about itself")
	scoringtest.Refused(t, vote(t, w, "power", engine.Digest{9}, true), ledger.CodeUnknown, "the proposal stands on the ledger")
	scoringtest.Taken(t, vote(t, w, "power", id, true))
	scoringtest.Refused(t, vote(t, w, "power", id, true), ledger.CodeConflict, "a member votes once on a proposal")
	scoringtest.Refused(t, vote(t, w, "power", id, false), ledger.CodeConflict, "a member votes once on a proposal")

	late := w.Fork()
	late.Later(hour)
	scoringtest.Refused(t, vote(t, late, "social", id, true), ledger.CodeExpired, "the proposal is open")
	if s := status(t, late, id); s.State != governance.Expired || account(t, late, "tax").Suspended {
		t.Errorf("%+v", s)
	}
	scoringtest.Taken(t, vote(t, w, "supervisor", id, true))
	if account(t, w, "tax").Suspended {
		t.Error("one of two holders and the supervisor decided")
	}
	scoringtest.Taken(t, vote(t, w, "social", id, true))
	if s := status(t, w, id); s.State != governance.Enacted || s.Decided != w.Height || len(s.Votes) != 3 || !account(t, w, "tax").Suspended {
		t.Errorf("%+v", s)
	}
	w.Later(1)
	other := scoringtest.Taken(t, propose(t, w, "bank", governance.Suspend, engine.Name("bank2"))).Tx
	scoringtest.Refused(t, vote(t, w, "tax", other, true), ledger.CodeSuspended, "the sender is not suspended")
	scoringtest.Refused(t, propose(t, w, "tax", governance.Lift, engine.Name("tax")), ledger.CodeSuspended, "the sender is not suspended")
	lift := scoringtest.Taken(t, propose(t, w, "power", governance.Lift, engine.Name("tax"))).Tx
	for _, voter := range []engine.Name{"power", "social", "supervisor"} {
		scoringtest.Taken(t, vote(t, w, voter, lift, true))
	}
	scoringtest.Refused(t, vote(t, w, "tax", lift, true), ledger.CodePhase, "the proposal is open")
	if account(t, w, "tax").Suspended {
		t.Error("not lifted")
	}
}

// What a member said before it was suspended no longer counts.
func TestVotesOfTheSuspendedFallAway(t *testing.T) {
	w := scoringtest.Found(t)
	id := scoringtest.Taken(t, propose(t, w, "bank", governance.Suspend, engine.Name("bank2"))).Tx
	scoringtest.Taken(t, vote(t, w, "tax", id, true))
	scoringtest.Taken(t, vote(t, w, "supervisor", id, true))
	out := scoringtest.Taken(t, propose(t, w, "bank", governance.Suspend, engine.Name("tax"))).Tx
	for _, voter := range []engine.Name{"power", "social", "supervisor"} {
		scoringtest.Taken(t, vote(t, w, voter, out, true))
	}
	scoringtest.Taken(t, vote(t, w, "power", id, true))
	if status(t, w, id).State != governance.Open {
		t.Error("a suspended holder's vote made the majority")
	}
	scoringtest.Taken(t, vote(t, w, "social", id, true))
	if status(t, w, id).State != governance.Enacted {
		t.Error("both remaining holders and the supervisor do not decide")
	}
}

// The only supervisor is not removed, nor its key replaced, by some holders: all of them have to agree.
func TestNobodyLeftToConsent(t *testing.T) {
	for action, body := range map[governance.Action]any{governance.Suspend: engine.Name("supervisor"), governance.Recover: recovery("supervisor", "supervisor 2")} {
		w := scoringtest.Found(t)
		id := scoringtest.Taken(t, propose(t, w, "bank", action, body)).Tx
		scoringtest.Taken(t, vote(t, w, "tax", id, true))
		scoringtest.Taken(t, vote(t, w, "power", id, true))
		if status(t, w, id).State != governance.Open {
			t.Errorf("%s: two of three holders decided about the supervisor", action)
		}
		last := w.Fork()
		scoringtest.Taken(t, vote(t, last, "social", id, false))
		if status(t, last, id).State != governance.Open {
			t.Errorf("%s: decided against a holder", action)
		}
		scoringtest.Taken(t, vote(t, w, "social", id, true))
		if status(t, w, id).State != governance.Enacted {
			t.Errorf("%s: %+v", action, status(t, w, id))
		}
	}
}

// What was decided in between makes a second decision void, not the vote.
func TestTheSecondOfTwoIsVoid(t *testing.T) {
	w := scoringtest.Found(t)
	first := scoringtest.Taken(t, propose(t, w, "bank", governance.Admit, admission("new", registry.RoleWitness, "a"))).Tx
	second := scoringtest.Taken(t, propose(t, w, "bank2", governance.Admit, admission("new", message.RoleBank, "b"))).Tx
	for _, id := range []engine.Digest{first, second} {
		for _, voter := range []engine.Name{"tax", "power", "supervisor"} {
			scoringtest.Taken(t, vote(t, w, voter, id, true))
		}
	}
	if s := status(t, w, second); s.State != governance.Void || s.Why == "" || len(s.Votes) != 3 {
		t.Errorf("%+v", s)
	}
	if a := account(t, w, "new"); status(t, w, first).State != governance.Enacted || a.Role != registry.RoleWitness || a.Key != ledgertest.Public("a") {
		t.Errorf("%+v", a)
	}
}

// A policy counts for models registered from its height on.
func TestPolicyFromItsHeight(t *testing.T) {
	w := scoringtest.Found(t)
	strict := model.Policy{MaxResolution: 9, MinFeatures: 8, MinHolders: 2}
	if s := decided(t, w, governance.SetPolicy, governance.PolicyChange{Policy: strict, Height: 5}); s.State != governance.Enacted {
		t.Fatalf("%+v", s)
	}
	for w.Height < 7 {
		r := w.Fork().Send(t, "bank", message.KindModel, scoringtest.Package(t, 0))
		if w.Height < 5 {
			scoringtest.Taken(t, r)
		} else {
			scoringtest.Refused(t, r, ledger.CodeTerms, "the version keeps the consortium's policy")
		}
		w.Later(1)
	}
}

// Windows count for attempts opened from their height on; one that is open keeps its own to the end.
func TestWindowsFromTheirHeight(t *testing.T) {
	w := scoringtest.Offered(t)
	m := scoringtest.Read(t, scoringtest.Package(t, 0)).ModelDigest
	w.Give(t, "a", 2)
	open := func() engine.Digest {
		return w.Label(t, w.OK(t, "bank", message.KindRequest, scoringtest.Request(m, "a")).Tx)
	}
	before := open()
	short := governance.Windows{Commit: 1000, Anchor: 1000, Release: 1000, Settle: 1000}
	decided(t, w, governance.SetWindows, governance.WindowsChange{Windows: short, Height: w.Height + 2})
	w.Later(1)
	w.Later(1)
	after := open()
	if task := w.Task(t, after); task.Windows != short || task.Deadline != task.Opened+1000 {
		t.Errorf("%+v", task)
	}
	w.Complete(t, before)
	if task := w.Task(t, before); task.Windows.Anchor != scoringtest.Window || task.Deadline != w.Time.UnixMilli()+scoringtest.Window {
		t.Errorf("%+v", task)
	}
}

// The last word about a parameter counts, also where an earlier one was for later.
func TestParametersAreSuperseded(t *testing.T) {
	w := scoringtest.Found(t)
	set := func(bits int, height uint64) {
		p := governance.PolicyChange{Policy: model.Policy{MaxResolution: bits, MinFeatures: 8, MinHolders: 2}, Height: height}
		decided(t, w, governance.SetPolicy, p)
	}
	set(9, 5)
	set(8, 10)
	set(7, 7)
	set(6, 12)
	for w.Height < 14 {
		var got [][]byte
		w.Ask(t, governance.Name, "parameter", "policy", &got)
		bits := 0
		for _, b := range got {
			var p model.Policy
			if err := canonical.Decode(b, 1000, &p); err != nil {
				t.Fatal(err)
			}
			bits = p.MaxResolution
		}
		expected := 0
		switch {
		case w.Height >= 12:
			expected = 6
		case w.Height >= 7:
			expected = 7
		case w.Height >= 5:
			expected = 9
		}
		if bits != expected {
			t.Errorf("at %d: %d bits, want %d", w.Height, bits, expected)
		}
		w.Later(1)
	}
}

func TestActivationsAreScheduled(t *testing.T) {
	w := scoringtest.Found(t)
	next := contract.Activation{Name: "tasks", Version: "1.1.0", Source: engine.Digest{1}, Height: 9}
	if s := decided(t, w, governance.Activate, next); s.State != governance.Enacted {
		t.Fatalf("%+v", s)
	}
	var schedule []contract.Activation
	w.Ask(t, governance.Name, "contracts", "", &schedule)
	if last := schedule[len(schedule)-1]; last != next {
		t.Errorf("%+v", schedule)
	}
	var lacking *contract.LackingError
	if _, err := w.Set.At(9, schedule); !errors.As(err, &lacking) || lacking.Activation != next {
		t.Errorf("%v", err)
	}
	if set, err := w.Set.At(8, schedule); err != nil || set.Hash() != w.Set.Hash() {
		t.Errorf("%v", err)
	}
	again := next
	again.Source = engine.Digest{2}
	scoringtest.Refused(t, propose(t, w, "bank", governance.Activate, again), ledger.CodeConflict, "a version is higher than all that were activated before it")
}

// A decision that comes too late for its height is void.
func TestLateDecisionsAreVoid(t *testing.T) {
	w := scoringtest.Found(t)
	next := contract.Activation{Name: "tasks", Version: "1.1.0", Source: engine.Digest{1}, Height: 3}
	id := scoringtest.Taken(t, propose(t, w, "bank", governance.Activate, next)).Tx
	w.Later(1)
	for _, voter := range []engine.Name{"tax", "power", "supervisor"} {
		scoringtest.Taken(t, vote(t, w, voter, id, true))
	}
	var schedule []contract.Activation
	w.Ask(t, governance.Name, "contracts", "", &schedule)
	if s := status(t, w, id); s.State != governance.Void || schedule[len(schedule)-1] == next {
		t.Errorf("%+v", s)
	}
}

func TestRulesRefused(t *testing.T) {
	for name, spoil := range map[string]func(*governance.Rules){
		"nobody votes":  func(r *governance.Rules) { r.Majorities = nil },
		"no such role":  func(r *governance.Rules) { r.Majorities[0].Role = "king" },
		"more than all": func(r *governance.Rules) { r.Majorities[0].Over = 2 },
		"of none":       func(r *governance.Rules) { r.Majorities[0] = governance.Majority{Role: message.RoleHolder} },
		"role twice":    func(r *governance.Rules) { r.Majorities[1] = r.Majorities[0] },
		"no life":       func(r *governance.Rules) { r.Life = 0 },
		"no notice":     func(r *governance.Rules) { r.Notice = 0 },
	} {
		rules := governance.DefaultRules()
		spoil(&rules)
		if _, err := scoring.Governed(scoringtest.Rules(t), rules); !errors.Is(err, governance.ErrRules) {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := governance.DefaultRules()
	other.Life++
	a, err := scoring.Contracts(scoringtest.Rules(t))
	if err != nil {
		t.Fatal(err)
	}
	b, err := scoring.Governed(scoringtest.Rules(t), other)
	if err != nil || a.Hash() == b.Hash() {
		t.Errorf("other rules, the same contract set: %v", err)
	}
}
