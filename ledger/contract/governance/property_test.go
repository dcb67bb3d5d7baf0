package governance_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/contract/governance"
	"weir/ledger/contract/internal/scoringtest"
	"weir/ledger/contract/registry"
	"weir/ledger/ledgertest"
)

var roles = map[engine.Name]message.Role{"bank": message.RoleBank, "bank2": message.RoleBank, "power": message.RoleHolder, "registrar": message.RoleRegistrar,
	"social": message.RoleHolder, "supervisor": message.RoleSupervisor, "tax": message.RoleHolder}

var names = []engine.Name{"bank", "power", "social", "supervisor", "tax", "new1", "new2"}

// play is one random history, told to the ledger and to the oracle.
type play struct {
	t  *testing.T
	rt *rapid.T
	w  *scoringtest.World
	o  *oracle
}

// What the ledger decides is what the oracle decides, and who speaks for whom at which height.
func TestVotesAndKeysAgreeWithTheOracle(t *testing.T) {
	founded := scoringtest.Found(t)
	seen := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		w := founded.Fork()
		p := &play{t: t, rt: rt, w: w, o: newOracle(w.Height, w.Time.UnixMilli(), roles)}
		steps := []func(){p.propose, p.propose, p.vote, p.vote, p.vote, p.vote, p.agree, p.agree, p.rotate, p.revoke, p.wait}
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			steps[rapid.IntRange(0, len(steps)-1).Draw(rt, "step")]()
			p.check()
		}
		for _, q := range p.o.proposals {
			seen[string(q.action)+" "+string(q.state)]++
		}
	})
	t.Logf("proposals: %v", seen)
}

func (p *play) name() engine.Name { return rapid.SampledFrom(names).Draw(p.rt, "name") }

// key is one of a few, so that one is drawn again.
func (p *play) key() string { return fmt.Sprint("key ", rapid.IntRange(0, 30).Draw(p.rt, "key")) }

func (p *play) judged(what string, r *ledger.Result, allowed bool) bool {
	if r.OK() != allowed {
		p.rt.Fatalf("%s at %d: %s %v: %s; the oracle allows it: %v", what, p.o.height, r.Code, r.Clauses, r.Why, allowed)
	}
	return r.OK()
}

func (p *play) propose() {
	from := p.name()
	q := &pending{name: p.name(), key: p.key(), state: governance.Open, votes: map[engine.Name]bool{}, until: p.o.now + rapid.Int64Range(1, 5000).Draw(p.rt, "life"),
		role:   rapid.SampledFrom([]message.Role{message.RoleHolder, message.RoleSupervisor, registry.RoleWitness}).Draw(p.rt, "role"),
		action: rapid.SampledFrom([]governance.Action{governance.Admit, governance.Suspend, governance.Lift, governance.Recover}).Draw(p.rt, "action")}
	var body any
	switch q.action {
	case governance.Admit:
		body = admission(q.name, q.role, q.key)
	case governance.Recover:
		q.subject, body = q.name, recovery(q.name, q.key)
	default:
		q.subject, body = q.name, q.name
	}
	r := p.w.Send(p.t, from, governance.KindPropose, governance.Proposal{Action: q.action, Body: canonical.Encode(body), Until: q.until})
	if p.judged("proposal", r, p.o.sends(from) && p.o.possible(q)) {
		q.id = r.Tx
		p.o.proposals = append(p.o.proposals, q)
	}
}

// any is a proposal, mostly a late one.
func (p *play) any() *pending {
	n := len(p.o.proposals)
	if n == 0 {
		return nil
	}
	return p.o.proposals[n-1-rapid.IntRange(0, min(3, n-1)).Draw(p.rt, "back")]
}

func (p *play) vote() {
	if q := p.any(); q != nil {
		p.cast(q, p.name(), rapid.IntRange(0, 3).Draw(p.rt, "accept") > 0)
	}
}

// agree lets everybody vote for a proposal.
func (p *play) agree() {
	q := p.any()
	for _, name := range names {
		if q != nil {
			p.cast(q, name, true)
		}
	}
}

func (p *play) cast(q *pending, voter engine.Name, accept bool) {
	r := vote(p.t, p.w, voter, q.id, accept)
	if p.judged("vote", r, p.o.mayVote(q, voter)) {
		p.o.vote(q, voter, accept)
	}
}

func (p *play) rotate() {
	name, key := p.name(), p.key()
	m := p.o.members[name]
	r := p.w.Send(p.t, name, registry.KindRotate, rotation(name, key))
	if p.judged("rotation", r, p.o.sends(name) && m.changed < p.o.height && !p.o.used[key]) {
		p.o.rekey(name, key)
	}
}

func (p *play) revoke() {
	name := p.name()
	m := p.o.members[name]
	key := "none"
	if m != nil && rapid.Bool().Draw(p.rt, "right") {
		key = m.key
	}
	r := p.w.Send(p.t, name, registry.KindRevoke, registry.Revocation{Key: ledgertest.Public(key)})
	if p.judged("revocation", r, p.o.sends(name) && m.changed < p.o.height && key == m.key && key != "") {
		p.o.rekey(name, "")
	}
}

func (p *play) wait() {
	ms := rapid.Int64Range(1, 3000).Draw(p.rt, "ms")
	p.w.Later(ms)
	p.o.wait(ms)
}

// check compares every member, and one proposal and height.
func (p *play) check() {
	for name, m := range p.o.members {
		a := account(p.t, p.w, name)
		if a.Role != m.role || a.Suspended != m.suspended || a.Key != public(m.key) {
			p.rt.Fatalf("%s at %d: %+v, want %+v", name, p.o.height, a, m)
		}
		if key, err := p.w.Key(name); (err == nil) != p.o.speaks(name) || err == nil && key != public(m.key) {
			p.rt.Fatalf("key of %s: %x, %v", name, key, err)
		}
		height := rapid.Uint64Range(1, p.o.height).Draw(p.rt, "height")
		if want, was := m.at[height]; was {
			var s registry.Span
			p.w.Ask(p.t, registry.Name, "key-at", registry.At{Account: name, Height: height}, &s)
			if s.Key != public(want) {
				p.rt.Fatalf("key of %s at %d is %s's, want %q", name, height, s.Cause, want)
			}
		} else {
			p.w.AskRefused(p.t, registry.Name, "key-at", registry.At{Account: name, Height: height}, ledger.CodeUnknown)
		}
	}
	if q := p.any(); q != nil {
		if s := status(p.t, p.w, q.id); s.State != q.state || len(s.Votes) != len(q.votes) {
			p.rt.Fatalf("%s of %s: %+v, want %+v", q.action, q.name, s, q)
		}
	}
}

func public(key string) [32]byte {
	if key == "" {
		return [32]byte{}
	}
	return ledgertest.Public(key)
}
