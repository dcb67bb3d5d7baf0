package holder

import (
	"context"
	"errors"
	"fmt"
	"time"

	"weir/engine/consent"
	"weir/engine/contribute"
	"weir/engine/inquiry"
	"weir/engine/inquiry/reply"
	"weir/engine/message"
)

// decline posts the public code and the reason for the enterprise, and gives the refusal back. task is nil where the request
// was not judged to its end.
func (a *Agent) decline(ctx context.Context, attempt *inquiry.Attempt, task *contribute.Task, refusal *contribute.Refusal, now time.Time) error {
	if err := a.Memory.Put(register(attempt, task, string(refusal.Code), now)); err != nil {
		return fmt.Errorf("agent of %s: %w", a.Party, err)
	}
	d := inquiry.Declined{Label: attempt.Label, Party: a.Party, Code: refusal.Code}
	err := a.seal(&d, attempt.Request.Consent, refusal.Reason)
	if err == nil {
		err = a.post(ctx, message.KindDeclined, d)
	}
	var refused *message.RefusedError
	if err != nil && !errors.As(err, &refused) { // the attempt has ended already
		return err
	}
	return fmt.Errorf("agent of %s: %w", a.Party, refusal)
}

// seal puts the reason into a refusal, where the consent's evidence is here and names a reply key. A key that nothing can be
// sealed to is the enterprise's own mistake: it then reads the public code alone.
func (a *Agent) seal(d *inquiry.Declined, key consent.Key, reason reply.Reason) error {
	evidence, err := a.Memory.Get(tableEvidence, message.ConsentKey(key))
	if err != nil || evidence == nil {
		return err
	}
	to, err := consent.ReplyKeyOf(evidence)
	if err != nil || len(to) == 0 {
		return err
	}
	if sealed, err := reply.Seal(a.Genesis.Founding().Chain, d, to, reason); err == nil {
		d.Reply = sealed
	}
	return nil
}
