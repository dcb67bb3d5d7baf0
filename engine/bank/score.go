package bank

import (
	"context"
	"errors"
	"fmt"
	"time"

	"weir/engine"
	"weir/engine/consent"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/engine/open"
)

// ErrRetired is returned for a sealed model under which a check of opened numbers failed: whoever made that response learned
// something of the key from the failure, so the bank seals the model anew before it asks or opens again (protocol,
// section 5b).
var ErrRetired = errors.New("a check failed under this sealing; seal the model again")

// Receive takes a private message, sealed to this bank's key of the month of the block time: consent evidence, of which it
// remembers whom it names, or the registrar's list of revoked serials.
func (b *Bank) Receive(ctx context.Context, kind message.Kind, body []byte, now time.Time) ([]byte, error) {
	evidence, err := b.member.Receive(ctx, kind, body, now)
	if err != nil {
		return nil, fmt.Errorf("bank %s: %w", b.Name, err)
	}
	if evidence != nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.subjects[evidence.Consent] = evidence.Subject
	}
	return nil, nil
}

// Request asks for one score under a consent: it names the newest root of each party, signs and posts. CheckApprovals
// must have found the model approved.
func (b *Bank) Request(ctx context.Context, model engine.Digest, key consent.Key, purpose consent.Purpose) (engine.RequestID, error) {
	b.mu.Lock()
	sealing, approved, retired := b.models[model], b.approved[model], b.retired[model]
	b.mu.Unlock()
	if retired {
		return engine.RequestID{}, fmt.Errorf("bank %s: request: model %s: %w", b.Name, model.Short(), ErrRetired)
	}
	if sealing == nil || !approved {
		return engine.RequestID{}, fmt.Errorf("bank %s: request: model %s was not sealed here, or not approved by all", b.Name, model.Short())
	}
	request := inquiry.Request{Consent: key, Model: model, Purpose: purpose, Output: consent.OutputScore}
	for i := range sealing.Sealed.Version.Slices {
		slice := &sealing.Sealed.Version.Slices[i]
		records, published, err := offer.FindRecords(ctx, b.Genesis, b.Board, slice.Party)
		if err == nil {
			err = slice.CheckSchema(published)
		}
		if err != nil {
			return engine.RequestID{}, fmt.Errorf("bank %s: request: %w", b.Name, err)
		}
		request.Roots = append(request.Roots, inquiry.PartyRoot{Party: slice.Party, Root: records.Root})
	}
	public, err := offer.FindConsent(ctx, b.Board, b.Genesis.Chain, key)
	if err != nil {
		return engine.RequestID{}, fmt.Errorf("bank %s: request: %w", b.Name, err)
	}
	var tag [32]byte
	if public != nil {
		tag = public.Tag
	}
	post := message.Sign(b.Genesis.Chain, message.KindRequest, b.Name, b.Key, request)
	id := inquiry.RequestIDOf(post)
	if err := b.Board.Post(ctx, message.KindRequest, id.String(), post); err != nil {
		return id, fmt.Errorf("bank %s: post request: %w", b.Name, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.requests[id] = &asked{request: &request, label: inquiry.Label(b.Genesis.Chain, id, &request, tag), tag: tag}
	return id, nil
}

// Open checks the proofs of a request's contributions, fetches the responses and opens the score. A party that broke a rule is named by a *open.Finding, a
// pair by a *inquiry.PairError, a party that declined by a *inquiry.DeclinedError.
func (b *Bank) Open(ctx context.Context, id engine.RequestID) (*open.Score, error) {
	asked, commits, err := b.answered(ctx, id)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	sealing, retired := b.models[asked.request.Model], b.retired[asked.request.Model]
	b.mu.Unlock()
	if retired {
		return nil, fmt.Errorf("bank %s: request %s: %w", b.Name, id, ErrRetired)
	}
	if err := b.checkProofs(sealing, asked, commits); err != nil {
		return nil, fmt.Errorf("bank %s: request %s: %w", b.Name, id, err)
	}
	answers := map[engine.PartyID]open.Answer{}
	for party, commit := range commits {
		response, err := b.Blobs.Fetch(ctx, commit.Commit.Response, inquiry.MaxResponse)
		if err != nil {
			return nil, fmt.Errorf("bank %s: request %s: response of %s: %w", b.Name, id, party, err)
		}
		answers[party] = open.Answer{Commit: commit, Response: response}
	}
	score, err := sealing.Open(asked.label, answers)
	if errors.Is(err, open.ErrEquation) || errors.Is(err, open.ErrAggregate) {
		b.mu.Lock()
		b.retired[asked.request.Model] = true
		b.mu.Unlock()
	}
	if err != nil {
		return nil, fmt.Errorf("bank %s: request %s: %w", b.Name, id, err)
	}
	return score, nil
}

// CheckApprovals tells whether the agent of every party that a sealed model names and every supervisor approved it; from then on the
// bank may ask with it.
func (b *Bank) CheckApprovals(ctx context.Context, model engine.Digest) error {
	b.mu.Lock()
	sealing := b.models[model]
	b.mu.Unlock()
	if sealing == nil {
		return fmt.Errorf("bank %s: model %s was not sealed here", b.Name, model.Short())
	}
	posts, err := b.Board.Find(ctx, message.KindApproval, message.ModelKey(model))
	if err != nil {
		return fmt.Errorf("bank %s: approvals: %w", b.Name, err)
	}
	approved := map[string]bool{}
	for _, post := range posts {
		if who, digest, err := offer.OpenApproval(b.Genesis, post); err == nil && digest == model {
			approved[who] = true
		}
	}
	var needed []string
	for _, supervisor := range b.Genesis.WithRole(message.RoleSupervisor) {
		needed = append(needed, string(supervisor.Name))
	}
	for _, party := range sealing.Sealed.Version.Parties() {
		needed = append(needed, string(party))
	}
	for _, who := range needed {
		if !approved[who] {
			return fmt.Errorf("bank %s: model %s: no approval by %s", b.Name, model.Short(), who)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.approved[model] = true
	return nil
}
