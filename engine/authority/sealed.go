package authority

import (
	"context"
	"fmt"
	"time"

	"weir/engine/member"
	"weir/engine/message"
	"weir/engine/period"
)

// sendSealed seals a private message to the key that its receiver registered for the month of a block time, and sends it.
func sendSealed(ctx context.Context, g message.Members, board message.Board, mail message.Mail, to string, kind message.Kind, body []byte, now time.Time) error {
	month := period.Of(now)
	key, err := member.FindPeriodKey(ctx, g, board, to, month)
	if err != nil {
		return err
	}
	if key == nil {
		return fmt.Errorf("%w: key of %s for %s", message.ErrNotFound, to, month)
	}
	sealed, err := period.SealTo(key, string(kind), body)
	if err != nil {
		return err
	}
	_, err = mail.Send(ctx, to, kind, sealed)
	return err
}
