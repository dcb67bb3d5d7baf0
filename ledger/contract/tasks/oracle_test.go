package tasks_test

import (
	"slices"

	"weir/engine"
	"weir/ledger/contract/internal/scoringtest"
	"weir/ledger/contract/tasks"
)

// oracle is the scheduler written down a second time, plainly: what each consent and task should be after every step.
type oracle struct {
	now       int64
	consents  map[string]*oracleConsent
	tasks     map[engine.Digest]*oracleTask
	suspended bool
	halts     [2][]int64 // by sealing
	retired   [2]bool
}

type oracleConsent struct{ uses, reserved, charged, revoked, end int64 }

type oracleTask struct {
	consent  string
	sealing  int
	attempt  uint32
	label    engine.Digest
	last     bool // attempt of its request
	phase    tasks.Phase
	end      tasks.State
	cause    string
	charged  bool
	written  bool
	opened   int64
	deadline int64
	height   uint64
	did      map[engine.PartyID]*tasks.Part
}

func newOracle(now int64) *oracle {
	return &oracle{now: now, consents: map[string]*oracleConsent{}, tasks: map[engine.Digest]*oracleTask{}}
}

func (o *oracle) live(name string) bool {
	c := o.consents[name]
	return c.revoked == 0 && o.now < c.end
}

func (o *oracle) usable(sealing int) bool { return !o.suspended && !o.retired[sealing] }

// mayOpen tells whether a request under a consent may begin; a use that is charged already needs no other.
func (o *oracle) mayOpen(name string, sealing int, charged bool) bool {
	c := o.consents[name]
	return o.live(name) && o.usable(sealing) && (charged || c.reserved+c.charged < c.uses)
}

func (o *oracle) open(label engine.Digest, name string, sealing int, attempt uint32, charged bool) {
	t := &oracleTask{consent: name, sealing: sealing, label: label, last: true, phase: tasks.PhaseCommit, charged: charged, attempt: attempt,
		opened: o.now, deadline: o.now + scoringtest.Window, did: map[engine.PartyID]*tasks.Part{}}
	for _, party := range scoringtest.Parties {
		t.did[party] = new(tasks.Part)
	}
	if !charged {
		o.consents[name].reserved++
	}
	o.tasks[label] = t
}

func (t *oracleTask) count(holds func(*tasks.Part) bool) int {
	n := 0
	for _, party := range scoringtest.Parties {
		if holds(t.did[party]) {
			n++
		}
	}
	return n
}

// tick lets time end what it ends. Nothing is written by it.
func (o *oracle) tick(t *oracleTask) {
	switch t.phase {
	case tasks.PhaseCommit:
		c := o.consents[t.consent]
		at, state, cause := t.deadline, tasks.Expired, ""
		if dead := dead(c); dead < at {
			at, state, cause = dead, tasks.Refused, tasks.CauseRevoked
		}
		for _, h := range o.halts[t.sealing] {
			if h >= t.opened && h < at {
				at, state, cause = h, tasks.Refused, tasks.CauseSuspended
			}
		}
		if o.now >= at {
			t.stop(state, cause)
		}
	case tasks.PhaseAnchor:
		if o.now >= t.deadline {
			t.stop(tasks.Expired, "")
		}
	case tasks.PhaseRelease:
		ready := t.count(func(p *tasks.Part) bool { return p.Answered || p.Released && !p.Missing }) == len(scoringtest.Parties)
		if o.now >= t.deadline && !ready {
			t.stop(tasks.Withheld, "")
		} else if o.now >= t.deadline+scoringtest.Window && ready {
			t.stop(tasks.Settled, tasks.CauseSilence)
		}
	}
}

func dead(c *oracleConsent) int64 {
	if c.revoked != 0 {
		return min(c.revoked, c.end)
	}
	return c.end
}

func (t *oracleTask) stop(state tasks.State, cause string) {
	t.phase, t.end, t.cause = tasks.PhaseEnded, state, cause
}

// write makes an end last: a use that was not charged goes back.
func (o *oracle) write(t *oracleTask) {
	t.written = true
	if !t.charged {
		o.consents[t.consent].reserved--
	}
}

func (o *oracle) finish(t *oracleTask, state tasks.State, cause string) {
	t.stop(state, cause)
	o.write(t)
}

func (t *oracleTask) mayRetry(sealing int) bool {
	again := slices.Contains([]tasks.State{tasks.Expired, tasks.Withheld, tasks.Accused}, t.end) || t.cause == tasks.CausePair
	return t.last && t.phase == tasks.PhaseEnded && again && (t.end != tasks.Accused || sealing != t.sealing)
}
