package tasks_test

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"weir/engine"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/engine/pedersen"
	"weir/ledger"
	"weir/ledger/contract/internal/scoringtest"
	"weir/ledger/contract/models"
	"weir/ledger/contract/tasks"
)

// play is one random history, told to the ledger and to the oracle.
type play struct {
	t      *testing.T
	rt     *rapid.T
	w      *scoringtest.World
	o      *oracle
	models [2]engine.Digest
	labels []engine.Digest
	commit map[string]int
	ends   map[engine.Digest]tasks.State
	seen   map[string]int
}

// What the ledger does is what the oracle does, step by step, in histories of all kinds of transactions; and the
// invariants hold: no score without a use of a live consent, uses never below zero, one contribution of a party to a
// label, every task ends in one state and stays there.
func TestHistoriesAgreeWithTheOracle(t *testing.T) {
	offered := scoringtest.Offered(t)
	offered.OK(t, "bank", kind(message.KindModel), scoringtest.Package(t, 1))
	both := [2]engine.Digest{modelOf(t, 0), modelOf(t, 1)}
	seen := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		w := offered.Fork()
		p := &play{t: t, rt: rt, w: w, o: newOracle(w.Time.UnixMilli()), models: both, commit: map[string]int{}, ends: map[engine.Digest]tasks.State{}, seen: seen}
		steps := map[string]func(){"give": p.give, "request": p.request, "commit": p.contribute, "commit2": p.contribute, "complete": p.completeAll,
			"decline": p.decline, "anchor": p.anchor, "release": p.release, "release2": p.releaseAll, "missing": p.missing, "answer": p.answer, "settle": p.settle,
			"accuse": p.accuse, "expire": p.expire, "retry": p.retry, "revoke": p.revoke, "suspend": p.suspend, "wait": p.wait, "through": p.through,
			"through2": p.through, "settle2": p.settle}
		names := slices.Sorted(maps.Keys(steps))
		p.give()
		p.request()
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			steps[rapid.SampledFrom(names).Draw(rt, "step")]()
			p.check()
		}
		p.close()
	})
	t.Logf("ends reached: %v", seen)
}

// judged compares the verdict on a transaction with the oracle's.
func (p *play) judged(what string, r *ledger.Result, allowed bool) bool {
	if r.OK() != allowed {
		p.rt.Fatalf("%s at %d: %s %v: %s; the oracle allows it: %v", what, p.o.now, r.Code, r.Clauses, r.Why, allowed)
	}
	return r.OK()
}

// any is a task, up to date by the clock, or nil.
func (p *play) any() *oracleTask {
	if len(p.labels) == 0 {
		return nil
	}
	t := p.o.tasks[rapid.SampledFrom(p.labels).Draw(p.rt, "task")]
	p.o.tick(t)
	return t
}

func (p *play) party() engine.PartyID {
	return rapid.SampledFrom(scoringtest.Parties).Draw(p.rt, "party")
}

func (p *play) give() {
	name := fmt.Sprint("consent ", len(p.o.consents))
	uses := rapid.IntRange(1, 3).Draw(p.rt, "uses")
	terms := p.w.Terms(uint32(uses))
	terms.NotAfter = p.w.Time.Unix() + int64(rapid.SampledFrom([]int{30, 1000, 100_000, 100_000}).Draw(p.rt, "for"))
	body, from := scoringtest.Consent(name, terms)
	p.judged("consent", p.w.As(p.t, from, kind(message.KindConsent), body), true)
	p.o.consents[name] = &oracleConsent{uses: int64(uses), end: (terms.NotAfter + 1) * 1000}
}

func (p *play) name() string {
	return rapid.SampledFrom(slices.Sorted(maps.Keys(p.o.consents))).Draw(p.rt, "consent")
}

func (p *play) request() {
	name, sealing := p.name(), rapid.IntRange(0, 1).Draw(p.rt, "sealing")
	r := p.w.Send(p.t, "bank", kind(message.KindRequest), scoringtest.Request(p.models[sealing], name))
	if p.judged("request", r, p.o.mayOpen(name, sealing, false)) {
		p.opened(r.Tx, name, sealing, 0, false)
	}
}

func (p *play) opened(id engine.Digest, name string, sealing int, attempt uint32, charged bool) {
	label := p.w.Label(p.t, id)
	if p.o.tasks[label] != nil {
		p.rt.Fatalf("a label is given twice")
	}
	p.labels = append(p.labels, label)
	p.o.open(label, name, sealing, attempt, charged)
}

func (p *play) contribute() {
	if t := p.any(); t != nil {
		p.commitOf(t, p.party(), rapid.IntRange(0, 9).Draw(p.rt, "honest") > 0)
	}
}

func (p *play) completeAll() {
	if t := p.any(); t != nil {
		for _, party := range scoringtest.Parties {
			p.commitOf(t, party, true)
		}
	}
}

// through takes one task as far as it goes without a fault, so that histories reach the later phases often.
func (p *play) through() {
	t := p.any()
	if t == nil {
		return
	}
	for _, party := range scoringtest.Parties {
		p.commitOf(t, party, true)
	}
	if rapid.IntRange(0, 3).Draw(p.rt, "anchor") > 0 {
		p.anchorOf(t, p.w.Height+1)
	}
	if rapid.IntRange(0, 3).Draw(p.rt, "release") > 0 {
		for _, party := range scoringtest.Parties {
			p.releaseOf(t, party)
		}
	}
}

func (p *play) commitOf(t *oracleTask, party engine.PartyID, honest bool) {
	m := scoringtest.Commit(t.label, party)
	if !honest {
		m.Masks[0].P = pedersen.TimesH(big.NewInt(12_345)).Encode()
	}
	r := p.w.Send(p.t, party.Holder(), kind(message.KindCommit), p.w.Proven(p.t, m))
	if !p.judged("commit", r, t.phase == tasks.PhaseCommit && !t.did[party].Committed) {
		return
	}
	p.commit[t.label.String()+string(party)]++
	t.did[party].Committed = true
	t.did[party].Party = "ok"
	if !honest {
		t.did[party].Party = "bad" // the oracle's note that its end of a pair differs
	}
	if t.count(func(q *tasks.Part) bool { return q.Committed }) < len(scoringtest.Parties) {
		return
	}
	c := p.o.consents[t.consent]
	switch {
	case p.disagree(t):
		p.o.finish(t, tasks.Refused, tasks.CausePair)
	default:
		if !t.charged {
			c.reserved--
			c.charged++
		}
		if !p.o.live(t.consent) {
			p.rt.Fatalf("complete without a live consent")
		}
		t.charged, t.phase, t.height, t.deadline = true, tasks.PhaseAnchor, p.w.Height, p.o.now+scoringtest.Window
	}
}

// disagree: a party that spoiled its first mask spoiled that with the first other party. Two that spoiled the same pair
// alike agree.
func (p *play) disagree(t *oracleTask) bool {
	bad := func(i int) bool { return t.did[scoringtest.Parties[i]].Party == "bad" }
	return bad(0) != bad(1) || bad(2)
}

func (p *play) decline() {
	if t := p.any(); t != nil {
		party := p.party()
		d := inquiry.Declined{Label: t.label, Party: party, Code: inquiry.DeclinedTerms}
		r := p.w.Send(p.t, party.Holder(), kind(message.KindDeclined), d)
		if p.judged("declined", r, t.phase == tasks.PhaseCommit && !t.did[party].Committed) {
			p.o.finish(t, tasks.Declined, "terms")
		}
	}
}

func (p *play) anchor() {
	if t := p.any(); t != nil {
		p.anchorOf(t, p.w.Height+uint64(rapid.IntRange(0, 1).Draw(p.rt, "over")))
	}
}

func (p *play) anchorOf(t *oracleTask, size uint64) {
	r := p.w.Send(p.t, "power", message.KindAnchor, scoringtest.Anchor(p.t, t.label, size, "sequencer", "witness"))
	if p.judged("anchor", r, t.phase == tasks.PhaseAnchor && size > t.height) {
		t.phase, t.deadline = tasks.PhaseRelease, p.o.now+scoringtest.Window
	}
}

func (p *play) release() {
	if t := p.any(); t != nil {
		p.releaseOf(t, p.party())
	}
}

func (p *play) releaseAll() {
	if t := p.any(); t != nil {
		for _, party := range scoringtest.Parties {
			p.releaseOf(t, party)
		}
	}
}

func (p *play) releaseOf(t *oracleTask, party engine.PartyID) {
	r := p.w.Send(p.t, party.Holder(), message.KindReleased, p.w.Released(t.label, party, "sequencer"))
	if p.judged("released", r, p.due(t) && !t.did[party].Released) {
		t.did[party].Released = true
	}
}

func (p *play) due(t *oracleTask) bool { return t.phase == tasks.PhaseRelease && p.o.now < t.deadline }

func (p *play) missing() {
	if t := p.any(); t != nil {
		party := p.party()
		r := p.w.Send(p.t, "bank", message.KindMissing, inquiry.Missing{Label: t.label, Party: party})
		if p.judged("missing", r, p.due(t) && !t.did[party].Missing) {
			t.did[party].Missing = true
			t.deadline = max(t.deadline, p.o.now+scoringtest.Window)
		}
	}
}

func (p *play) answer() {
	if t := p.any(); t != nil {
		party := p.party()
		r := p.w.Send(p.t, party.Holder(), message.KindAnswer, inquiry.Answer{Label: t.label, Party: party, Response: scoringtest.Response(t.label, party)})
		if p.judged("answer", r, p.due(t) && t.did[party].Missing && !t.did[party].Answered) {
			t.did[party].Answered = true
		}
	}
}

func (p *play) settle() {
	if t := p.any(); t != nil {
		off := int64(rapid.IntRange(0, 3).Draw(p.rt, "off")) / 3
		r := p.w.Send(p.t, "bank", kind(message.KindSettlement), scoringtest.Settlement(p.t, t.label, "bank", off))
		all := t.count(func(q *tasks.Part) bool { return q.Released || q.Answered }) == len(scoringtest.Parties)
		if p.judged("settlement", r, t.phase == tasks.PhaseRelease && all && off == 0) {
			p.o.finish(t, tasks.Settled, "")
		}
	}
}

func (p *play) accuse() {
	p.later(1) // a block of its own: it may retire the sealing
	if t := p.any(); t != nil {
		a := p.w.Accuse(p.t, t.label, p.party())
		holds := rapid.IntRange(0, 2).Draw(p.rt, "holds") == 0
		if !holds {
			a.Proof[0] ^= 1
		}
		if p.judged("accusation", p.w.Send(p.t, "bank", kind(message.KindAccusation), a), t.phase == tasks.PhaseRelease && holds) {
			if !p.o.retired[t.sealing] {
				p.o.retired[t.sealing], p.o.halts[t.sealing] = true, append(p.o.halts[t.sealing], p.o.now)
			}
			p.o.finish(t, tasks.Accused, "")
		}
	}
}

func (p *play) expire() {
	if t := p.any(); t != nil {
		if p.judged("expire", p.w.Send(p.t, "registrar", message.KindExpire, inquiry.Expire{Label: t.label}), t.phase == tasks.PhaseEnded && !t.written) {
			p.o.write(t)
		}
	}
}

func (p *play) retry() {
	t := p.any()
	if t == nil {
		return
	}
	sealing := rapid.IntRange(0, 1).Draw(p.rt, "sealing")
	id := engine.Digest(p.w.Task(p.t, t.label).ID)
	r := p.w.Send(p.t, "bank", message.KindRetry, inquiry.Retry{Label: t.label, Model: p.models[sealing]})
	c := *p.o.consents[t.consent]
	if !t.written && !t.charged { // what the last attempt still reserves goes back first
		p.o.consents[t.consent].reserved--
	}
	allowed := t.mayRetry(sealing) && p.o.mayOpen(t.consent, sealing, t.charged)
	*p.o.consents[t.consent] = c
	if p.judged("retry", r, allowed) {
		if !t.written {
			p.o.write(t)
		}
		t.last = false
		p.opened(id, t.consent, sealing, t.attempt+1, t.charged)
	}
}

func (p *play) revoke() {
	name := p.name()
	if rapid.IntRange(0, 2).Draw(p.rt, "really") > 0 {
		return
	}
	p.later(1) // a block of its own
	c := p.o.consents[name]
	if p.judged("revocation", p.w.Revoke(p.t, name), c.revoked == 0) {
		c.revoked = p.o.now
	}
}

func (p *play) suspend() {
	p.later(1) // a block of its own
	lift := rapid.IntRange(0, 2).Draw(p.rt, "lift") > 0
	r := p.w.Send(p.t, "supervisor", models.KindSuspend, models.Suspension{Version: scoringtest.Version(p.t).Digest(), Lift: lift})
	if p.judged("suspension", r, p.o.suspended == lift) {
		if p.o.suspended = !lift; !lift {
			for i := range p.o.halts {
				p.o.halts[i] = append(p.o.halts[i], p.o.now)
			}
		}
	}
}

func (p *play) wait() {
	p.later(rapid.SampledFrom([]int64{1, 1000, scoringtest.Window / 2, scoringtest.Window - 1, scoringtest.Window}).Draw(p.rt, "wait"))
}

func (p *play) later(milliseconds int64) {
	p.w.Later(milliseconds)
	p.o.now += milliseconds
}

// check compares everything that the ledger shows with the oracle.
func (p *play) check() {
	for name, c := range p.o.consents {
		s := status(p.t, p.w, name)
		if int64(s.Reserved) != c.reserved || int64(s.Charged) != c.charged || s.Revoked != c.revoked || c.reserved < 0 || c.reserved+c.charged > c.uses {
			p.rt.Fatalf("%s: ledger %+v, oracle %+v", name, s, c)
		}
	}
	for label, t := range p.o.tasks {
		p.o.tick(t)
		got := p.w.Task(p.t, label)
		if got.Phase != t.phase || got.End.State != t.end || got.End.Cause != t.cause || got.Charged != t.charged || got.Request.Attempt != t.attempt {
			p.rt.Fatalf("task: ledger %s %+v, oracle %s %s(%s)", got.Phase, got.End, t.phase, t.end, t.cause)
		}
		if before, ended := p.ends[label]; ended && before != t.end {
			p.rt.Fatalf("ended as %s, then as %s", before, t.end)
		}
		if t.end != "" {
			p.ends[label] = t.end
		}
		if t.end == tasks.Settled && !t.charged {
			p.rt.Fatalf("settled without a use")
		}
	}
	for key, n := range p.commit {
		if n > 1 {
			p.rt.Fatalf("%d contributions of %s", n, key)
		}
	}
}

// close waits until every window has passed: then every task has ended and nothing is reserved.
func (p *play) close() {
	p.later(4 * scoringtest.Window)
	p.check()
	for _, label := range p.labels {
		t := p.o.tasks[label]
		if t.phase != tasks.PhaseEnded {
			p.rt.Fatalf("a task has not ended: %+v", t)
		}
		p.seen[string(t.end)+" "+t.cause]++
		if !t.written {
			p.judged("expire", p.w.Send(p.t, "tax", message.KindExpire, inquiry.Expire{Label: label}), true)
			p.o.write(t)
		}
	}
	p.check()
	for name := range p.o.consents {
		if s := status(p.t, p.w, name); s.Reserved != 0 {
			p.rt.Fatalf("%s: %d uses reserved for nothing", name, s.Reserved)
		}
	}
}
