package tasks

import (
	"weir/engine"
	"weir/engine/inquiry"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/consents"
	"weir/ledger/contract/models"
)

// advance ends a task that something ended before the block: in the phase of commits, whichever came first of T1, the end
// of the consent and the halt of the model; later, a deadline. Nothing is written.
func (k *contractOf) advance(c *contract.Context, t *Task) error {
	var end *End
	var err error
	switch t.Phase {
	case PhaseCommit:
		end, err = stopped(c, t)
	case PhaseAnchor:
		if c.Now() >= t.Deadline {
			end = &End{State: Expired, At: t.Deadline, Parties: []engine.PartyID{}}
		}
	case PhaseRelease:
		end = k.unreleased(c, t)
	}
	if end != nil {
		t.Phase, t.End = PhaseEnded, *end
	}
	return err
}

// stopped is what stops a task that is not yet complete: whatever came first, so that an end that came stays the same
// while nobody writes it down. Nobody is named for not committing to what was stopped before. A block is one moment: of
// two things in it, T1 goes before the consent's end, and that before a halt.
func stopped(c *contract.Context, t *Task) (*End, error) {
	consent, err := consents.Find(c, t.Request.Consent)
	if err != nil {
		return nil, err
	}
	model, err := models.Find(c, t.Request.Model)
	if err != nil {
		return nil, err
	}
	end := &End{State: Expired, At: t.Deadline, Parties: t.uncommitted()}
	if dead := consent.Dead(); dead < end.At {
		end = &End{State: Refused, Cause: CauseRevoked, At: dead, Parties: []engine.PartyID{}}
	}
	if halted, is := model.HaltedSince(t.Opened); is && halted < end.At {
		end = &End{State: Refused, Cause: CauseSuspended, At: halted, Parties: []engine.PartyID{}}
	}
	if c.Now() < end.At {
		return nil, nil
	}
	return end, nil
}

// unreleased is the end of a task whose responses were due: withheld by some, or, a settlement window later, settled by
// the bank's silence.
func (k *contractOf) unreleased(c *contract.Context, t *Task) *End {
	if c.Now() < t.Deadline {
		return nil
	}
	if parties := t.unopened(); len(parties) > 0 {
		return &End{State: Withheld, At: t.Deadline, Parties: parties}
	}
	if silence := t.Deadline + t.Windows.Settle; c.Now() >= silence {
		return &End{State: Settled, Cause: CauseSilence, At: silence, Parties: []engine.PartyID{}}
	}
	return nil
}

// finish writes the end of a task; a use that was reserved and not charged goes back.
func (t *Task) finish(c *contract.Context, end End) error {
	t.Phase, t.End = PhaseEnded, end
	if !t.Charged {
		if err := consents.Return(c, t.Request.Consent); err != nil {
			return err
		}
	}
	c.Invariant(end.State != Settled || t.Charged, "no score without a use of a consent")
	t.save(c)
	return nil
}

func (k *contractOf) expire(c *contract.Context, body []byte) error {
	var e inquiry.Expire
	if err := c.Decode(body, &e); err != nil {
		return err
	}
	t, err := k.load(c, e.Label)
	if err != nil {
		return err
	}
	var stored Task
	c.Load(taskKey(e.Label), &stored)
	if err := c.Require(stored.Phase != PhaseEnded, ledger.CodePhase, "the task's end is not written yet", "it ended as %s", stored.End.text()); err != nil {
		return err
	}
	if err := c.Require(t.Phase == PhaseEnded, ledger.CodePhase, "something has ended the task", "it is in phase %s", t.Phase); err != nil {
		return err
	}
	return t.finish(c, t.End)
}
