package inquiry

import (
	"context"
	"fmt"

	"weir/engine"
	"weir/engine/message"
	"weir/engine/offer"
)

// Attempt is one attempt of a request as its signed posts give it: the request, and the retries up to this one.
type Attempt struct {
	ID      engine.RequestID
	Bank    engine.Name
	Request Request // with the number and the model of this attempt
	Tag     [32]byte
	Label   engine.Digest
	Posts   [][]byte // the bank's transactions: the request, then each retry
}

// OpenAttempt reads a request and the retries that follow it, under the tag of its consent. Every post must be the bank's
// own, and every retry must name the label of the attempt before it. Errors wrap message.ErrPost.
func OpenAttempt(g message.Members, posts [][]byte, tag [32]byte) (*Attempt, error) {
	if len(posts) == 0 {
		return nil, fmt.Errorf("%w: no request", message.ErrPost)
	}
	r, id, bank, err := OpenRequest(g, posts[0])
	if err != nil {
		return nil, err
	}
	a := &Attempt{ID: id, Bank: bank, Request: *r, Tag: tag, Label: Label(g.Founding().Chain, id, r, tag), Posts: posts[:1:1]}
	for _, post := range posts[1:] {
		if err := a.retried(g, post); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// retried goes on to the attempt that a retry opens.
func (a *Attempt) retried(g message.Members, post []byte) error {
	var r Retry
	p, err := message.OpenAs(g, message.KindRetry, post, &r)
	if err != nil {
		return err
	}
	if p.Signer != a.Bank || r.Label != a.Label {
		return fmt.Errorf("%w: retry by %s of another attempt than the last of request %s", message.ErrPost, p.Signer, a.ID)
	}
	a.Request.Attempt++
	a.Request.Model = r.Model
	a.Label, a.Posts = Label(g.Founding().Chain, a.ID, &a.Request, a.Tag), append(a.Posts, post)
	return nil
}

// FindAttempt reads the newest attempt of the request with an id. A consent that nobody published has a tag of zeros:
// whoever judges the request declines it for that.
func FindAttempt(ctx context.Context, g message.Members, board message.Board, id engine.RequestID) (*Attempt, error) {
	post, r, err := findRequest(ctx, g, board, id)
	if err != nil {
		return nil, err
	}
	public, err := offer.FindConsent(ctx, g, board, r.Consent)
	if err != nil {
		return nil, err
	}
	var tag [32]byte
	if public != nil {
		tag = public.Tag
	}
	a, err := OpenAttempt(g, [][]byte{post}, tag)
	if err != nil {
		return nil, err
	}
	retries, err := board.Find(ctx, message.KindRetry, message.RetryKey(id))
	if err != nil {
		return nil, fmt.Errorf("find retries: %w", err)
	}
	for _, retry := range retries {
		if err := a.retried(g, retry); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func findRequest(ctx context.Context, g message.Members, board message.Board, id engine.RequestID) ([]byte, *Request, error) {
	posts, err := board.Find(ctx, message.KindRequest, id.String())
	if err != nil {
		return nil, nil, fmt.Errorf("find request: %w", err)
	}
	err = fmt.Errorf("%w: request %s", message.ErrNotFound, id)
	for _, post := range posts {
		r, found, _, bad := OpenRequest(g, post)
		if bad == nil && found == id {
			return post, r, nil
		}
		if bad != nil {
			err = bad
		}
	}
	return nil, nil, err
}
