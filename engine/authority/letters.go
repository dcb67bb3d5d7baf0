package authority

import (
	"context"
	"fmt"
	"slices"
	"time"

	"weir/engine"
	"weir/engine/member"
	"weir/engine/message"
	"weir/engine/period"
)

// Letter is something that the registrar tells agents and banks.
type Letter struct {
	Kind    message.Kind // message.KindRevokedSerials or message.KindKeyChange
	Content []byte
}

// News is everything that the registrar has to tell: its newest list of revoked serials, and the notices of all key changes,
// oldest first. Whoever missed a notice needs those before it too, in order: each leads from one key to the next.
func (r *Registrar) News() (list *Letter, notices []Letter) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.list != nil {
		list = &Letter{Kind: message.KindRevokedSerials, Content: r.list}
	}
	for _, notice := range r.notices {
		notices = append(notices, Letter{Kind: message.KindKeyChange, Content: notice})
	}
	return list, notices
}

// Changes gives the signed notices of an enterprise's key changes, oldest first.
func (r *Registrar) Changes(id engine.Identifier) [][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	var notices [][]byte
	if e := r.enterprises[id.Subject()]; e != nil {
		for _, number := range e.Notices {
			notices = append(notices, r.notices[number])
		}
	}
	return notices
}

// Distribute sends a letter of the registrar, sealed, to the agents and banks at the given addresses.
func (r *Registrar) Distribute(ctx context.Context, g message.Members, board message.Board, mail message.Mail, letter Letter,
	to []string, now time.Time) error {
	if err := g.Refresh(ctx); err != nil {
		return fmt.Errorf("registrar: whom to send %s to: %w", letter.Kind, err)
	}
	for _, address := range to {
		if err := sendSealed(ctx, g, board, mail, address, letter.Kind, letter.Content, now); err != nil {
			return fmt.Errorf("registrar: send %s to %s: %w", letter.Kind, address, err)
		}
	}
	return nil
}

// Receivers are the addresses of all agents and banks that registered a key for a month: who can be told something in it.
func Receivers(ctx context.Context, g message.Members, board message.Board, month period.Period) ([]string, error) {
	posts, err := board.Find(ctx, message.KindPeriodKey, message.PeriodKey(string(month), ""))
	if err != nil {
		return nil, fmt.Errorf("registrar: receivers: %w", err)
	}
	var list []string
	for _, post := range posts {
		var key period.Key
		if _, err := message.OpenAs(g, message.KindPeriodKey, post, &key); err != nil {
			continue
		}
		if _, err := message.OpenPeriodKey(g, post, key.Owner, month); err == nil {
			list = append(list, key.Owner)
		}
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

// sendSealed seals a private message to the key that its receiver registered for the month of a block time, and sends it.
func sendSealed(ctx context.Context, g message.Members, board message.Board, mail message.Mail, to string, kind message.Kind, body []byte,
	now time.Time) error {
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
