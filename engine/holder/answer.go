package holder

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"weir/engine"
	"weir/engine/contribute"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/engine/period"
)

// ErrOtherCommit is returned when another commit of this party than the stored one stands on the board: a second instance,
// or a restored backup, has answered. Nothing may leave then.
var ErrOtherCommit = errors.New("another commit of this party stands on the board")

// Receive takes a private message, sealed to this party's key of the month of the block time: consent evidence, or the
// registrar's list of revoked serials. Evidence that does not prove the public consent it names is refused here, and judged
// again when a request names the consent.
func (a *Agent) Receive(ctx context.Context, kind message.Kind, body []byte, now time.Time) ([]byte, error) {
	evidence, err := a.member.Receive(ctx, kind, body, now)
	if err != nil {
		return nil, fmt.Errorf("agent of %s: %w", a.Party, err)
	}
	if evidence != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.evidence[evidence.Consent] = evidence.Content
	}
	return nil, nil
}

func (a *Agent) month(now time.Time) *month {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.months[period.Of(now)]
}

// Contribute judges a request and commits to the answer: label, masks' commitments, C and the response's digest go on
// the board, the response stays here. A request that must not be answered is declined on the board with a public code,
// and the reason is returned as a *contribute.Refusal. Asked again, the stored commit is posted again.
func (a *Agent) Contribute(ctx context.Context, id engine.RequestID, now time.Time) error {
	duty, err := a.duty(ctx, id, now)
	if err != nil {
		return fmt.Errorf("agent of %s: request %s: %w", a.Party, id, err)
	}
	task, err := duty.Judge()
	var refusal *contribute.Refusal
	if errors.As(err, &refusal) {
		return a.decline(ctx, id, duty, refusal)
	}
	if err != nil {
		return fmt.Errorf("agent of %s: request %s: %w", a.Party, id, err)
	}
	contribution, err := a.contribution(ctx, task, now)
	if errors.As(err, &refusal) {
		return a.decline(ctx, id, duty, refusal)
	}
	if err != nil {
		return fmt.Errorf("agent of %s: request %s: %w", a.Party, id, err)
	}
	return a.post(ctx, message.KindCommit, message.ContributionKey(task.Label, a.Party), contribution.Commit)
}

// Release stores the response to a request in the content store, once the commits of all parties stand on the board, the
// two ends of every pair agree, and every proof holds; before that not a byte leaves.
func (a *Agent) Release(ctx context.Context, id engine.RequestID) error {
	a.mu.Lock()
	task := a.requested[id]
	a.mu.Unlock()
	if task == nil {
		return fmt.Errorf("agent of %s: request %s: nothing was committed", a.Party, id)
	}
	commits, err := inquiry.FindCommits(ctx, a.Genesis, a.Board, task.Label, task.Sealed.Version.Parties())
	if err != nil {
		return fmt.Errorf("agent of %s: request %s: %w", a.Party, id, err)
	}
	if err := inquiry.CheckPairs(task.Sealed.Version.Parties(), commits); err != nil {
		return fmt.Errorf("agent of %s: request %s: %w", a.Party, id, err)
	}
	if err := a.checkProofs(task, slices.Collect(maps.Values(commits))); err != nil {
		return fmt.Errorf("agent of %s: request %s: %w", a.Party, id, err)
	}
	a.mu.Lock()
	stored := a.outbox[task.Label]
	a.mu.Unlock()
	if !stored.Commit.Equal(commits[a.Party].Commit) {
		return fmt.Errorf("agent of %s: request %s: %w", a.Party, id, ErrOtherCommit)
	}
	return a.Blobs.Store(ctx, stored.Commit.Response, stored.Response)
}

// duty gathers what judging a request needs, from the board and from the agent's own memory.
func (a *Agent) duty(ctx context.Context, id engine.RequestID, now time.Time) (*contribute.Duty, error) {
	request, post, err := inquiry.FindRequest(ctx, a.Genesis, a.Board, id)
	if err != nil {
		return nil, err
	}
	public, err := offer.FindConsent(ctx, a.Board, a.Genesis.Chain, request.Consent)
	if err != nil {
		return nil, err
	}
	revoked, err := offer.ConsentRevoked(ctx, a.Board, a.Genesis.Chain, request.Consent)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	duty := &contribute.Duty{Genesis: a.Genesis, Party: a.Party, Request: post, Root: a.tree.Root(), Public: public,
		Revoked: revoked, Evidence: a.evidence[request.Consent], Authority: a.member.Authority(), Now: now}
	if model := a.models[request.Model]; model != nil {
		duty.Sealed = model.sealed
	}
	return duty, nil
}

// contribution gives the stored answer to a task, or computes and stores it.
func (a *Agent) contribution(ctx context.Context, task *contribute.Task, now time.Time) (*contribute.Contribution, error) {
	m := a.month(now)
	a.mu.Lock()
	stored, model, respond := a.outbox[task.Label], a.models[task.Request.Model], a.respond
	a.mu.Unlock()
	if stored != nil {
		return stored, nil
	}
	if m == nil {
		return nil, &contribute.Refusal{Code: inquiry.DeclinedPartners, Err: fmt.Errorf("no key registered for %s", period.Of(now))}
	}
	secrets := contribute.Secrets{Period: m.secret.ContributionSecret(), Pairs: a.confirmedKeys(m)}
	c, err := respond(ctx, task, model, secrets)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if stored := a.outbox[task.Label]; stored != nil {
		return stored, nil // computed twice at once: the first answer is the one that is sent
	}
	a.outbox[task.Label], a.requested[task.ID], a.keys[task.Subject.Subject()] = c, task, task.Key
	return c, nil
}

func (a *Agent) confirmedKeys(m *month) map[engine.PartyID]period.PairKey {
	a.mu.Lock()
	defer a.mu.Unlock()
	keys := map[engine.PartyID]period.PairKey{}
	for partner := range m.confirmed {
		keys[partner] = m.keys[partner]
	}
	return keys
}

// decline posts the public code and gives the reason back.
func (a *Agent) decline(ctx context.Context, id engine.RequestID, duty *contribute.Duty, refusal *contribute.Refusal) error {
	request, _, _, err := inquiry.OpenRequest(a.Genesis, duty.Request)
	if err != nil {
		return err
	}
	var tag [32]byte
	if duty.Public != nil {
		tag = duty.Public.Tag
	}
	label := inquiry.Label(a.Genesis.Chain, id, request, tag)
	body := inquiry.Declined{Label: label, Party: a.Party, Code: refusal.Code}
	err = a.post(ctx, message.KindDeclined, message.ContributionKey(label, a.Party), body)
	if err != nil && !errors.Is(err, message.ErrConflict) { // an earlier refusal with another code stands
		return err
	}
	return fmt.Errorf("agent of %s: %w", a.Party, refusal)
}
