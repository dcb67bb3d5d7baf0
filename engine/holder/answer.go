package holder

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"weir/engine"
	"weir/engine/consent"
	"weir/engine/contribute"
	"weir/engine/inquiry"
	"weir/engine/inquiry/reply"
	"weir/engine/member"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/engine/period"
)

// ErrOtherCommit is returned when another commit of this party than the remembered one stands on the ledger: a second
// instance, or a restored backup, has answered. Nothing may leave then, and nothing more may be answered.
var ErrOtherCommit = errors.New("another commit of this party stands on the ledger")

// halt remembers that another instance answers for this party, and gives ErrOtherCommit: from here on nothing is answered,
// until an operator has found out which one is right and calls Resume.
func (a *Agent) halt() error {
	return errors.Join(ErrOtherCommit, a.Memory.Put(member.Entry{Table: tableRules, Key: ruleHalted, Value: []byte{1}}))
}

func (a *Agent) checkHalted() error {
	halted, err := a.Memory.Get(tableRules, ruleHalted)
	if err == nil && halted != nil {
		err = fmt.Errorf("halted: %w", ErrOtherCommit)
	}
	return err
}

// Receive takes a private message, sealed to this party's key of the month of the block time: consent evidence, the
// registrar's list of revoked serials, or its notice that an enterprise changed its key. Evidence that does not prove the public consent it names is refused here, and judged
// again when a request names the consent.
func (a *Agent) Receive(ctx context.Context, kind message.Kind, body []byte, now time.Time) ([]byte, error) {
	evidence, err := a.member.Receive(ctx, kind, body, now)
	if err == nil && evidence != nil {
		err = a.Memory.Put(member.Entry{Table: tableEvidence, Key: message.ConsentKey(evidence.Consent), Value: evidence.Content})
	}
	if err != nil {
		return nil, fmt.Errorf("agent of %s: %w", a.Party, err)
	}
	return nil, nil
}

func (a *Agent) month(now time.Time) *month {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.monthOf(period.Of(now))
}

// Contribute judges the newest attempt of a request and commits to the answer: label, masks' commitments, C and the
// response's digest go on the ledger, the response stays here. A request that must not be answered is declined on the
// ledger with a public code and a sealed reason, and the details are returned as a *contribute.Refusal. Asked again, the remembered commit stands
// or is sent again.
func (a *Agent) Contribute(ctx context.Context, id engine.RequestID, now time.Time) error {
	err := a.checkHalted()
	if err != nil {
		return fmt.Errorf("agent of %s: request %s: %w", a.Party, id, err)
	}
	attempt, duty, err := a.duty(ctx, id, now)
	if err != nil {
		return fmt.Errorf("agent of %s: request %s: %w", a.Party, id, err)
	}
	task, err := duty.Judge()
	var contribution *contribute.Contribution
	if err == nil {
		contribution, err = a.contribution(ctx, attempt, task, now)
	}
	var refusal *contribute.Refusal
	if errors.As(err, &refusal) {
		return a.decline(ctx, attempt, task, refusal, now)
	}
	if err == nil {
		err = a.commit(ctx, attempt, contribution)
	}
	if err != nil {
		return fmt.Errorf("agent of %s: request %s: %w", a.Party, id, err)
	}
	return nil
}

// commit puts a remembered commit on the ledger, unless it stands; another one that stands ends everything.
func (a *Agent) commit(ctx context.Context, attempt *inquiry.Attempt, c *contribute.Contribution) error {
	standing, err := inquiry.FindCommits(ctx, a.Genesis, a.Ledger, attempt.Label, []engine.PartyID{a.Party})
	var declined *inquiry.DeclinedError
	if err != nil && !errors.Is(err, message.ErrNotFound) && !errors.As(err, &declined) {
		return err
	}
	if own := standing[a.Party]; own != nil {
		if !c.Commit.Equal(own.Commit) {
			return a.halt()
		}
		return nil
	}
	return a.post(ctx, message.KindCommit, c.Commit)
}

// Release stores the response to a request with a node, once the commits of all parties stand on the ledger, the two ends
// of every pair agree, every proof holds, and the attempt is final; before that not a byte leaves. Then it posts the node's
// receipt. It may be called again.
func (a *Agent) Release(ctx context.Context, id engine.RequestID) error {
	attempt, c, err := a.releasable(ctx, id)
	if err == nil {
		err = a.store(ctx, attempt, c)
	}
	if err != nil {
		return fmt.Errorf("agent of %s: request %s: %w", a.Party, id, err)
	}
	return nil
}

// releasable is the remembered contribution to the newest attempt of a request, when everything is as it must be before it
// leaves.
func (a *Agent) releasable(ctx context.Context, id engine.RequestID) (*inquiry.Attempt, *contribute.Contribution, error) {
	if err := a.checkHalted(); err != nil {
		return nil, nil, err
	}
	attempt, err := inquiry.FindAttempt(ctx, a.Genesis, a.Ledger, id)
	if err != nil {
		return nil, nil, err
	}
	c, err := a.answer(attempt.Label)
	if err != nil {
		return nil, nil, err
	}
	if c == nil {
		return nil, nil, fmt.Errorf("nothing was committed")
	}
	model, err := a.model(ctx, attempt.Request.Model)
	if err != nil {
		return nil, nil, err
	}
	if model == nil {
		return nil, nil, fmt.Errorf("model %s was not approved here", attempt.Request.Model.Short())
	}
	parties := model.sealed.Version.Parties()
	commits, err := inquiry.FindCommits(ctx, a.Genesis, a.Ledger, attempt.Label, parties)
	if err == nil {
		err = inquiry.CheckPairs(parties, commits)
	}
	if err == nil {
		err = a.checkProofs(model.sealed, attempt, slices.Collect(maps.Values(commits)))
	}
	if err == nil && !c.Commit.Equal(commits[a.Party].Commit) {
		err = a.halt()
	}
	if err == nil {
		err = a.Finality.Final(ctx, attempt, commits)
	}
	return attempt, c, err
}

// store hands the response to a node and posts the node's receipt, unless one stands.
func (a *Agent) store(ctx context.Context, attempt *inquiry.Attempt, c *contribute.Contribution) error {
	if err := a.leaving(attempt); err != nil {
		return err
	}
	receipt, err := a.Blobs.Store(ctx, c.Commit.Response, c.Response)
	if err != nil {
		return fmt.Errorf("store response: %w", err)
	}
	standing, err := a.Ledger.Find(ctx, message.KindReleased, message.ContributionKey(attempt.Label, a.Party))
	if err != nil || len(standing) > 0 {
		return err
	}
	return a.post(ctx, message.KindReleased, inquiry.Released{Label: attempt.Label, Party: a.Party, Receipt: receipt})
}

// Answer puts the response itself on the ledger, after the bank said that it cannot fetch it.
func (a *Agent) Answer(ctx context.Context, id engine.RequestID) error {
	attempt, c, err := a.releasable(ctx, id)
	if err == nil {
		err = a.leaving(attempt)
	}
	if err == nil {
		err = a.post(ctx, message.KindAnswer, inquiry.Answer{Label: attempt.Label, Party: a.Party, Response: c.Response})
	}
	if err != nil {
		return fmt.Errorf("agent of %s: request %s: %w", a.Party, id, err)
	}
	return nil
}

// duty gathers what judging a request needs, from the ledger and from the agent's own memory.
func (a *Agent) duty(ctx context.Context, id engine.RequestID, now time.Time) (*inquiry.Attempt, *contribute.Duty, error) {
	attempt, err := inquiry.FindAttempt(ctx, a.Genesis, a.Ledger, id)
	if err != nil {
		return nil, nil, err
	}
	key := attempt.Request.Consent
	public, err := offer.FindConsent(ctx, a.Genesis, a.Ledger, key)
	if err != nil {
		return nil, nil, err
	}
	revoked, err := offer.ConsentRevoked(ctx, a.Genesis, a.Ledger, key)
	if err != nil {
		return nil, nil, err
	}
	evidence, err := a.Memory.Get(tableEvidence, message.ConsentKey(key))
	if err != nil {
		return nil, nil, err
	}
	model, err := a.model(ctx, attempt.Request.Model)
	if err != nil {
		return nil, nil, err
	}
	duty := &contribute.Duty{Genesis: a.Genesis, Party: a.Party, Request: attempt.Posts, Root: a.tree.Root(), Public: public,
		Revoked: revoked, Evidence: evidence, Authority: a.member.Authority(), Now: now}
	if model != nil {
		duty.Sealed = model.sealed
	}
	return attempt, duty, nil
}

// ErrAwaited is returned while something that a request needs may still be on its way to this agent.
var ErrAwaited = errors.New("something that the request needs is not here yet")

// ready tells whether everything is here that judging an attempt needs: whether it is good is judged later.
func (a *Agent) ready(ctx context.Context, attempt *inquiry.Attempt, now time.Time) error {
	evidence, err := a.Memory.Get(tableEvidence, message.ConsentKey(attempt.Request.Consent))
	if err != nil {
		return err
	}
	model, err := a.model(ctx, attempt.Request.Model)
	if err != nil {
		return err
	}
	if evidence == nil || model == nil {
		return fmt.Errorf("%w: the evidence of the consent, or the sealed model", ErrAwaited)
	}
	m := a.month(now)
	if m == nil {
		return fmt.Errorf("%w: the key of %s", ErrAwaited, period.Of(now))
	}
	confirmed := a.confirmedKeys(m)
	for _, partner := range model.sealed.Version.Parties() {
		if _, have := confirmed[partner]; !have && partner != a.Party {
			return fmt.Errorf("%w: a key with %s", ErrAwaited, partner)
		}
	}
	return nil
}

// contribution gives the answer to a task: the remembered one, or one that is computed and remembered now.
func (a *Agent) contribution(ctx context.Context, attempt *inquiry.Attempt, task *contribute.Task, now time.Time) (*contribute.Contribution, error) {
	if known, err := a.answer(task.Label); err != nil || known != nil {
		return known, err
	}
	if _, err := a.allow(task, now); err != nil { // before anything is computed; it is judged once more when that is remembered
		return nil, err
	}
	m := a.month(now)
	if m == nil {
		return nil, contribute.Refuse(reply.NoPartners, "no key registered for %s", period.Of(now))
	}
	model, err := a.model(ctx, task.Request.Model)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	respond := a.respond
	a.mu.Unlock()
	c, err := respond(ctx, task, model, contribute.Secrets{Period: m.secret.ContributionSecret(), Pairs: a.confirmedKeys(m)})
	if err != nil {
		return nil, err
	}
	return a.remember(attempt, task, c, now)
}

// remember keeps an answer and what it tells, all at once, unless the rules refuse it. Computed twice at once, the first
// answer is the one that is sent.
func (a *Agent) remember(attempt *inquiry.Attempt, task *contribute.Task, c *contribute.Contribution, now time.Time) (*contribute.Contribution, error) {
	a.judging.Lock()
	defer a.judging.Unlock()
	if known, err := a.answer(task.Label); err != nil || known != nil {
		return known, err
	}
	if key, seen := a.known(task.Subject.Subject()); seen && key != task.Key { // it changed since the evidence was judged
		return nil, contribute.Refuse(reply.EvidenceRefused, "%w: the enterprise changed its key", consent.ErrCertificate)
	}
	told, err := a.allow(task, now)
	if err != nil {
		return nil, err
	}
	entries := append(told, register(attempt, task, outcomeAnswered, now), member.Entry{Table: tableAnswers, Key: task.Label.String(), Value: encodeAnswer(c)},
		member.Entry{Table: tableRequests, Key: task.Label.String(), Value: task.ID[:]},
		member.Entry{Table: tableEnterprises, Key: subjectKey(task.Subject.Subject()), Value: task.Key[:]})
	return c, a.Memory.Put(entries...)
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
