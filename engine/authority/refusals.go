package authority

import (
	"context"
	"fmt"
	"slices"

	"weir/engine"
	"weir/engine/consent"
	"weir/engine/inquiry"
	"weir/engine/inquiry/reply"
	"weir/engine/message"
)

// Refusal is a party that declined an attempt under one of a wallet's consents, and why.
type Refusal struct {
	Consent consent.Key
	Bank    engine.Name // that asked
	Request engine.RequestID
	Attempt uint32
	Party   engine.PartyID
	Code    inquiry.DeclineCode // public
	Reason  reply.Reason        // for this wallet alone; empty where the party sent none, or one that is refused
	Err     error               // why the reason is refused, a reply.ErrReply; nil otherwise
}

// Refusals finds the refusals of all attempts under the wallet's consents on the ledger, oldest request first, and opens
// their reasons.
func (w *Wallet) Refusals(ctx context.Context) ([]Refusal, error) {
	posts, err := w.ledger.Find(ctx, message.KindRequest, "")
	if err != nil {
		return nil, fmt.Errorf("wallet: refusals: %w", err)
	}
	var list []Refusal
	for _, post := range posts {
		r, id, _, err := inquiry.OpenRequest(w.genesis, post)
		if err != nil {
			continue
		}
		if _, mine := w.given[r.Consent]; !mine {
			continue
		}
		found, err := w.refusalsOf(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("wallet: refusals: %w", err)
		}
		list = append(list, found...)
	}
	return list, nil
}

// refusalsOf goes through all attempts of a request.
func (w *Wallet) refusalsOf(ctx context.Context, id engine.RequestID) ([]Refusal, error) {
	newest, err := inquiry.FindAttempt(ctx, w.genesis, w.ledger, id)
	if err != nil {
		return nil, err
	}
	var list []Refusal
	for i := range newest.Posts {
		attempt, err := inquiry.OpenAttempt(w.genesis, newest.Posts[:i+1], newest.Tag)
		if err != nil {
			return nil, err
		}
		posts, err := w.ledger.Find(ctx, message.KindDeclined, attempt.Label.String()+"/")
		if err != nil {
			return nil, err
		}
		for _, post := range posts {
			d, err := inquiry.OpenDeclined(w.genesis, post)
			if err == nil && d.Label == attempt.Label && asked(&attempt.Request, d.Party) {
				list = append(list, w.refusal(attempt, d))
			}
		}
	}
	return list, nil
}

func asked(r *inquiry.Request, party engine.PartyID) bool {
	return slices.ContainsFunc(r.Roots, func(root inquiry.PartyRoot) bool { return root.Party == party })
}

func (w *Wallet) refusal(attempt *inquiry.Attempt, d *inquiry.Declined) Refusal {
	r := Refusal{Consent: attempt.Request.Consent, Bank: attempt.Bank, Request: attempt.ID, Attempt: attempt.Request.Attempt,
		Party: d.Party, Code: d.Code}
	if len(d.Reply) > 0 {
		r.Reason, r.Err = reply.Open(w.genesis.Founding().Chain, d, w.given[r.Consent].reply)
	}
	return r
}
