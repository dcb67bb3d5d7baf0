package bank

import (
	"context"
	"errors"
	"fmt"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/inquiry"
	"weir/engine/member"
	"weir/engine/message"
	"weir/engine/open"
	"weir/ledger/contract"
	"weir/ledger/contract/tasks"
)

// EndedError says how an attempt ended without a score.
type EndedError struct{ End tasks.End }

// Error names the end, its cause, and who is named in it.
func (e *EndedError) Error() string {
	text := "the attempt ended as " + string(e.End.State)
	if e.End.Cause != "" {
		text += fmt.Sprintf(" (%s)", e.End.Cause)
	}
	if len(e.End.Parties) > 0 {
		text += fmt.Sprintf(": %v", e.End.Parties)
	}
	return text
}

// Again tells whether the bank may ask again under the same sealing.
func (e *EndedError) Again() bool {
	return e.End.State == tasks.Expired || e.End.State == tasks.Withheld || e.End.State == tasks.Refused && e.End.Cause == tasks.CausePair
}

// Driver takes this bank's requests to their ends as the ledger moves.
type Driver struct {
	Bank  *Bank
	Asker message.Asker
	Pulse *member.Pulse
	Clock func() time.Time
	// Patience is how long a driver waits for the next block before it looks again.
	Patience time.Duration
}

// Drive takes the newest attempt of a request as far as the bank can, and waits in between, until it ended: with the score,
// which is settled; else with an *EndedError, or the *open.Finding of an accusation that the ledger took. It may be called
// again after a crash, and for a request that was settled before.
func (d *Driver) Drive(ctx context.Context, id engine.RequestID) (*open.Score, error) {
	for {
		moved := d.Pulse.Next()
		score, done, err := d.step(ctx, id)
		if done || err != nil {
			return score, err
		}
		if err := member.Wait(ctx, moved, d.Patience); err != nil {
			return nil, err
		}
	}
}

// step does what the phase of the newest attempt asks of the bank. done tells whether there is nothing more to do.
func (d *Driver) step(ctx context.Context, id engine.RequestID) (score *open.Score, done bool, err error) {
	attempt, err := d.Bank.attempt(ctx, id)
	if err != nil {
		return nil, false, err
	}
	task, err := d.task(ctx, attempt.Label)
	if err != nil {
		return nil, false, err
	}
	switch task.Phase {
	case tasks.PhaseAnchor:
		err = passing(d.anchor(ctx, id, task))
	case tasks.PhaseRelease:
		return d.release(ctx, id, task)
	case tasks.PhaseEnded:
		return d.ended(ctx, id, attempt, task)
	}
	if err == nil {
		err = d.expire(ctx, task)
	}
	return nil, false, err
}

// anchor waits for a final checkpoint over the block that completed the task: the ledger takes no other.
func (d *Driver) anchor(ctx context.Context, id engine.RequestID, task *tasks.Task) error {
	final, err := d.Bank.finalOver(ctx, task.Height)
	if err != nil || !final {
		return err
	}
	return d.Bank.Anchor(ctx, id)
}

// release opens and settles once every party has released.
func (d *Driver) release(ctx context.Context, id engine.RequestID, task *tasks.Task) (*open.Score, bool, error) {
	for i := range task.Parts {
		if p := &task.Parts[i]; !p.Released && !p.Answered {
			return nil, false, d.expire(ctx, task)
		}
	}
	score, err := d.Bank.Open(ctx, id)
	var missing *MissingError
	var finding *open.Finding
	switch {
	case errors.As(err, &missing):
		return nil, false, passing(d.Bank.Missing(ctx, id, missing.Party))
	case errors.As(err, &finding) && (errors.Is(err, open.ErrEquation) || errors.Is(err, open.ErrResponse)):
		return nil, true, errors.Join(err, d.Bank.Accuse(ctx, id, finding.Party))
	case err != nil:
		return nil, true, err
	}
	if err := d.Bank.Settle(ctx, id, score); err != nil {
		return nil, false, passing(err)
	}
	return score, true, nil
}

// ended gives the score of a settled attempt, or says how it ended.
func (d *Driver) ended(ctx context.Context, id engine.RequestID, attempt *inquiry.Attempt, task *tasks.Task) (*open.Score, bool, error) {
	if task.End.State != tasks.Settled {
		return nil, true, fmt.Errorf("bank %s: request %s: %w", d.Bank.Name, id, &EndedError{End: task.End})
	}
	score, err := d.Bank.Score(attempt.Label)
	if err == nil && score == nil { // settled by silence, or before a crash that forgot the score
		score, err = d.Bank.Open(ctx, id)
	}
	if err != nil {
		return nil, true, err
	}
	return score, true, d.Bank.forget(id)
}

// expire has the ledger write down that a deadline passed, when by this bank's clock it has.
func (d *Driver) expire(ctx context.Context, task *tasks.Task) error {
	if d.Clock().UnixMilli() <= task.Deadline {
		return nil
	}
	return passing(d.Bank.post(ctx, message.KindExpire, inquiry.Expire{Label: task.Label}))
}

// passing drops a refusal by the ledger: it moved on between two looks, and the next look shows where.
func passing(err error) error {
	var refused *message.RefusedError
	if errors.As(err, &refused) {
		return nil
	}
	return err
}

// task is the ledger's word on an attempt.
func (d *Driver) task(ctx context.Context, label engine.Digest) (*tasks.Task, error) {
	b, err := d.Asker.Ask(ctx, tasks.Name, "task", canonical.Encode(label))
	if err != nil {
		return nil, fmt.Errorf("bank %s: task %s: %w", d.Bank.Name, label.Short(), err)
	}
	task := new(tasks.Task)
	if err := canonical.Decode(b, contract.MaxValue, task); err != nil {
		return nil, fmt.Errorf("bank %s: task %s: %w", d.Bank.Name, label.Short(), err)
	}
	return task, nil
}
