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
	"weir/engine/period"
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
	asked, err := w.Asked(ctx)
	if err != nil {
		return nil, err
	}
	var list []Refusal
	for _, a := range asked {
		found, err := w.refusalsOf(ctx, a.Request)
		if err != nil {
			return nil, fmt.Errorf("wallet: refusals: %w", err)
		}
		list = append(list, found...)
	}
	return list, nil
}

// Asked is a bank's request under one of a wallet's consents.
type Asked struct {
	Consent consent.Key
	Request engine.RequestID
	Bank    engine.Name
	Model   engine.Digest // modelDigest
	Purpose consent.Purpose
}

// Asked finds all requests under the wallet's consents on the ledger, oldest first.
func (w *Wallet) Asked(ctx context.Context) ([]Asked, error) {
	if len(w.given) == 0 {
		return nil, nil
	}
	var list []Asked
	err := message.FindEach(ctx, w.config.Ledger, message.KindRequest, "", func(post []byte) bool {
		r, id, bank, err := inquiry.OpenRequest(w.config.Genesis, post)
		if err == nil && w.given[r.Consent] != nil {
			list = append(list, Asked{Consent: r.Consent, Request: id, Bank: bank, Model: r.Model, Purpose: r.Purpose})
		}
		return true
	})
	if err != nil {
		return nil, fmt.Errorf("wallet: requests: %w", err)
	}
	return list, nil
}

// refusalsOf goes through all attempts of a request.
func (w *Wallet) refusalsOf(ctx context.Context, id engine.RequestID) ([]Refusal, error) {
	newest, err := inquiry.FindAttempt(ctx, w.config.Genesis, w.config.Ledger, id)
	if err != nil {
		return nil, err
	}
	var list []Refusal
	for i := range newest.Posts {
		attempt, err := inquiry.OpenAttempt(w.config.Genesis, newest.Posts[:i+1], newest.Tag)
		if err != nil {
			return nil, err
		}
		posts, err := w.config.Ledger.Find(ctx, message.KindDeclined, attempt.Label.String()+"/")
		if err != nil {
			return nil, err
		}
		for _, post := range posts {
			d, err := inquiry.OpenDeclined(w.config.Genesis, post)
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
		var secret *period.Secret
		if secret, r.Err = w.given[r.Consent].replySecret(); r.Err == nil {
			r.Reason, r.Err = reply.Open(w.chain(), d, secret)
		}
	}
	return r
}
