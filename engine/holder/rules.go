package holder

import (
	"encoding/binary"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/contribute"
	"weir/engine/inquiry/reply"
	"weir/engine/member"
)

// Rules are a holder's own, beside the protocol's: what it answers although the ledger would allow more. A request that
// they refuse is declined with the public code inquiry.DeclinedRules; the enterprise
// alone is told the reason, the figures stay here.
type Rules struct {
	Bits   int                 // that scores may tell about one enterprise within Window, over all banks; default 40
	Window time.Duration       // default 92 days
	Quota  map[engine.Name]int // new questions of a bank within a day; a bank that is not listed has DefaultQuota
	// DefaultQuota is of a bank that is not listed; 0 is no quota.
	DefaultQuota int
}

func (r *Rules) fill() {
	if r.Bits == 0 {
		r.Bits = 40
	}
	if r.Window == 0 {
		r.Window = 92 * 24 * time.Hour
	}
}

func (r *Rules) quota(bank engine.Name) int {
	if n, listed := r.Quota[bank]; listed {
		return n
	}
	return r.DefaultQuota
}

// question is what an answer tells about an enterprise: the score of one version over one list of roots. The same question
// again can only give the same score, and costs nothing more, however it is asked (protocol, section 5, "Once").
type question struct {
	_    struct{} `cbor:",toarray"`
	At   int64    // Unix seconds of the first time
	Bits uint8    // of the version's resolution
}

func questionKey(task *contribute.Task) string {
	return canonical.Digest("weir/question/v1", []any{task.Sealed.VersionDigest, task.Request.Roots}).String()
}

// allow judges a task by the rules and gives what has to be remembered with its answer: the bits are reserved from then on,
// whatever becomes of the attempt, so that no order of events gives more than the budget. The caller holds a.judging.
func (a *Agent) allow(task *contribute.Task, now time.Time) ([]member.Entry, error) {
	paused, err := a.Memory.Get(tableRules, rulePaused)
	if err != nil {
		return nil, err
	}
	if paused != nil {
		return nil, contribute.Refuse(reply.Paused, "this agent is paused")
	}
	bits, err := a.allowBits(task, now)
	if err != nil {
		return nil, err
	}
	asked, err := a.allowQuota(task, now)
	if err != nil {
		return nil, err
	}
	return append(bits, asked), nil
}

func (a *Agent) allowBits(task *contribute.Task, now time.Time) ([]member.Entry, error) {
	table, key := tableBits+subjectKey(task.Subject.Subject()), questionKey(task)
	told, err := a.Memory.Get(table, key)
	if err != nil || told != nil {
		return nil, err // the same question
	}
	since, spent := now.Add(-a.Rules.Window).Unix(), 0
	err = a.Memory.Each(table, func(_ string, value []byte) bool {
		var q question
		if bad := canonical.Decode(value, maxRemembered, &q); bad != nil || q.At > since {
			spent += int(q.Bits)
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	limit := max(a.Rules.Bits, int(min(task.Consent.Envelope.BitLimit, 1<<16)))
	bits := task.Sealed.Version.Resolution
	if spent+int(bits) > limit {
		return nil, contribute.Refuse(reply.BitsSpent, "this score tells %d bits, %d of %d were told within %s", bits, spent, limit, a.Rules.Window)
	}
	return []member.Entry{{Table: table, Key: key, Value: canonical.Encode(question{At: now.Unix(), Bits: bits})}}, nil
}

// allowQuota counts the questions of a bank within a day.
func (a *Agent) allowQuota(task *contribute.Task, now time.Time) (member.Entry, error) {
	table := tableAsked + string(task.Bank)
	entry := member.Entry{Table: table, Key: task.Label.String(), Value: binary.BigEndian.AppendUint64(nil, uint64(now.Unix()))}
	quota := a.Rules.quota(task.Bank)
	if quota == 0 {
		return entry, nil
	}
	since, asked := now.Add(-24*time.Hour).Unix(), 0
	err := a.Memory.Each(table, func(_ string, value []byte) bool {
		if len(value) == 8 && int64(binary.BigEndian.Uint64(value)) > since {
			asked++
		}
		return true
	})
	if err == nil && asked >= quota {
		err = contribute.Refuse(reply.BankQuota, "%s asked %d times within a day, its quota is %d", task.Bank, asked, quota)
	}
	return entry, err
}

// Pause has the agent decline every new request, until Resume; what it committed to it still releases.
func (a *Agent) Pause() error {
	return a.Memory.Put(member.Entry{Table: tableRules, Key: rulePaused, Value: []byte{1}})
}

// Resume ends a pause, and a halt after ErrOtherCommit.
func (a *Agent) Resume() error {
	return a.Memory.Put(member.Entry{Table: tableRules, Key: rulePaused}, member.Entry{Table: tableRules, Key: ruleHalted})
}

// Halted tells whether the agent answers nothing because another instance has answered for its party (ErrOtherCommit).
func (a *Agent) Halted() (bool, error) {
	b, err := a.Memory.Get(tableRules, ruleHalted)
	return b != nil, err
}

// Paused tells whether the agent is paused.
func (a *Agent) Paused() (bool, error) {
	b, err := a.Memory.Get(tableRules, rulePaused)
	return b != nil, err
}
