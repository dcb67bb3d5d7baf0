package bank

import (
	"context"
	"errors"
	"fmt"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/inquiry"
	"weir/engine/member"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/engine/open"
	"weir/ledger"
	"weir/ledger/proof"
)

// ErrRetired is returned for a sealed model under which a check of opened numbers failed: whoever made that response learned
// something of the key from the failure, so the bank seals the model anew before it asks or opens again (protocol,
// section 5b).
var ErrRetired = errors.New("a check failed under this sealing; seal the model again")

// MissingError says that no node hands out a party's response: Missing says so on the ledger.
type MissingError struct {
	Party engine.PartyID
	Err   error
}

// Error names the party.
func (e *MissingError) Error() string { return fmt.Sprintf("response of %s: %v", e.Party, e.Err) }

// Unwrap is the cause.
func (e *MissingError) Unwrap() error { return e.Err }

// Receive takes a private message, sealed to this bank's key of the month of the block time: consent evidence, of which it
// remembers whom it names, or the registrar's list of revoked serials. A notice of a key change is nothing to it.
func (b *Bank) Receive(ctx context.Context, kind message.Kind, body []byte, now time.Time) ([]byte, error) {
	evidence, err := b.member.Receive(ctx, kind, body, now)
	if err == nil && evidence != nil {
		named := canonical.Encode([]any{evidence.Subject.Kind, evidence.Subject.Text})
		err = b.Memory.Put(member.Entry{Table: tableSubjects, Key: message.ConsentKey(evidence.Consent), Value: named})
	}
	if err != nil {
		return nil, fmt.Errorf("bank %s: %w", b.Name, err)
	}
	return nil, nil
}

// Request asks for one score under a consent: it names the newest root of each party, and remembers the signed request
// before it sends it. CheckApprovals must have found the model approved.
func (b *Bank) Request(ctx context.Context, model engine.Digest, key consent.Key, purpose consent.Purpose) (engine.RequestID, error) {
	return b.request(ctx, model, key, purpose, "")
}

func (b *Bank) request(ctx context.Context, model engine.Digest, key consent.Key, purpose consent.Purpose, reference string) (engine.RequestID, error) {
	request, err := b.newRequest(ctx, model, key, purpose)
	if err != nil {
		return engine.RequestID{}, fmt.Errorf("bank %s: request: %w", b.Name, err)
	}
	var id engine.RequestID
	_, err = b.member.PostKept(ctx, message.KindRequest, *request, func(tx *ledger.Tx) error {
		id = engine.RequestID(tx.ID())
		return b.Memory.Put(entries(tx, reference)...)
	})
	if err != nil {
		return id, fmt.Errorf("bank %s: %w", b.Name, err)
	}
	return id, nil
}

func (b *Bank) newRequest(ctx context.Context, model engine.Digest, key consent.Key, purpose consent.Purpose) (*inquiry.Request, error) {
	sealing, err := b.usable(model)
	if err != nil {
		return nil, err
	}
	request := &inquiry.Request{Consent: key, Model: model, Purpose: purpose, Output: consent.OutputOf(sealing.Sealed.Version.Groups)}
	for i := range sealing.Sealed.Version.Slices {
		slice := &sealing.Sealed.Version.Slices[i]
		records, published, err := offer.FindRecords(ctx, b.Genesis, b.Ledger, slice.Party)
		if err == nil {
			err = slice.CheckSchema(published)
		}
		if err != nil {
			return nil, err
		}
		request.Roots = append(request.Roots, inquiry.PartyRoot{Party: slice.Party, Root: records.Root})
	}
	return request, nil
}

// usable is a sealing of this bank that was approved and not retired.
func (b *Bank) usable(model engine.Digest) (*open.Sealing, error) {
	retired, err := b.marked(tableRetired, model)
	if err != nil {
		return nil, err
	}
	if retired {
		return nil, fmt.Errorf("model %s: %w", model.Short(), ErrRetired)
	}
	approved, err := b.marked(tableApproved, model)
	if err != nil {
		return nil, err
	}
	sealing, err := b.sealing(model)
	if err == nil && (sealing == nil || !approved) {
		err = fmt.Errorf("model %s was not sealed here, or not approved by all", model.Short())
	}
	return sealing, err
}

// Unfinished are the requests that this bank remembers and has not settled, each after its transaction was handed over
// again: for a start after a crash. A request that never came onto the ledger, and can no more, is forgotten.
func (b *Bank) Unfinished(ctx context.Context) ([]engine.RequestID, error) {
	var txs []*ledger.Tx
	var bad error
	err := b.Memory.Each(tableRequests, func(_ string, value []byte) bool {
		var tx *ledger.Tx
		if tx, bad = ledger.DecodeTx(value); bad == nil {
			txs = append(txs, tx)
		}
		return bad == nil
	})
	if err = errors.Join(err, bad); err != nil {
		return nil, fmt.Errorf("bank %s: remembered requests: %w", b.Name, err)
	}
	var ids []engine.RequestID
	for _, tx := range txs {
		id := engine.RequestID(tx.ID())
		stands, err := b.resubmit(ctx, tx)
		if err != nil {
			return nil, fmt.Errorf("bank %s: request %s: %w", b.Name, id, err)
		}
		if stands {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// resubmit hands a remembered request over again and tells whether it is to be gone on with.
func (b *Bank) resubmit(ctx context.Context, tx *ledger.Tx) (bool, error) {
	_, err := message.Resubmit(ctx, b.Ledger, tx)
	var refused *message.RefusedError
	gone := errors.Is(err, ledger.ErrSequence) || errors.Is(err, ledger.ErrExpired) || errors.Is(err, ledger.ErrSignature) // by a key of before
	if errors.As(err, &refused) || gone {
		return false, b.forget(engine.RequestID(tx.ID()))
	}
	return err == nil, err
}

func (b *Bank) forget(id engine.RequestID) error {
	return b.Memory.Put(member.Entry{Table: tableRequests, Key: id.String()})
}

// Retry asks again after an attempt that ended without a score, under a sealing of the same version; the ledger says when
// that is allowed.
func (b *Bank) Retry(ctx context.Context, id engine.RequestID, model engine.Digest) error {
	attempt, err := b.attempt(ctx, id)
	if err == nil {
		_, err = b.usable(model)
	}
	if err != nil {
		return fmt.Errorf("bank %s: retry %s: %w", b.Name, id, err)
	}
	return b.post(ctx, message.KindRetry, inquiry.Retry{Label: attempt.Label, Model: model})
}

// Again is Retry under the sealing of the last attempt.
func (b *Bank) Again(ctx context.Context, id engine.RequestID) error {
	attempt, err := b.attempt(ctx, id)
	if err != nil {
		return err
	}
	return b.Retry(ctx, id, attempt.Request.Model)
}

// finalOver tells whether the newest final checkpoint is over the block of a height.
func (b *Bank) finalOver(ctx context.Context, height uint64) (bool, error) {
	note, err := b.Log.Checkpoint(ctx)
	if errors.Is(err, message.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("bank %s: %w", b.Name, err)
	}
	c, err := proof.ReadCheckpoint(note)
	if err != nil {
		return false, fmt.Errorf("bank %s: %w", b.Name, err)
	}
	return c.Size > height, nil
}

// Anchor shows the ledger's newest checkpoint to it, once all parties have committed to the newest attempt: from then on
// they release.
func (b *Bank) Anchor(ctx context.Context, id engine.RequestID) error {
	attempt, _, _, err := b.answered(ctx, id)
	if err != nil {
		return err
	}
	standing, err := b.Ledger.Find(ctx, message.KindAnchor, attempt.Label.String())
	if err != nil {
		return fmt.Errorf("bank %s: request %s: %w", b.Name, id, err)
	}
	if len(standing) > 0 {
		return nil
	}
	checkpoint, err := b.Log.Checkpoint(ctx)
	if err != nil {
		return fmt.Errorf("bank %s: request %s: %w", b.Name, id, err)
	}
	return b.post(ctx, message.KindAnchor, inquiry.Anchor{Label: attempt.Label, Checkpoint: checkpoint})
}

// Open checks the proofs of a request's contributions, fetches the responses, opens the score and remembers it. A party
// that broke a rule is named by a *open.Finding, a pair by a *inquiry.PairError, a party that declined by a
// *inquiry.DeclinedError, one whose response is nowhere by a *MissingError.
func (b *Bank) Open(ctx context.Context, id engine.RequestID) (*open.Score, error) {
	attempt, sealing, commits, err := b.answered(ctx, id)
	if err != nil {
		return nil, err
	}
	score, err := b.open(ctx, attempt, sealing, commits)
	if errors.Is(err, open.ErrEquation) || errors.Is(err, open.ErrAggregate) {
		retired := b.Memory.Put(member.Entry{Table: tableRetired, Key: attempt.Request.Model.String(), Value: mark})
		err = errors.Join(err, retired)
	}
	if err == nil {
		err = b.rememberScore(attempt, score)
	}
	if err != nil {
		return nil, fmt.Errorf("bank %s: request %s: %w", b.Name, id, err)
	}
	return score, nil
}

func (b *Bank) open(ctx context.Context, attempt *inquiry.Attempt, sealing *open.Sealing, commits map[engine.PartyID]*inquiry.Contributed) (*open.Score, error) {
	retired, err := b.marked(tableRetired, attempt.Request.Model)
	if err != nil {
		return nil, err
	}
	if retired {
		return nil, ErrRetired
	}
	if err := b.checkProofs(sealing, attempt, commits); err != nil {
		return nil, err
	}
	answers := map[engine.PartyID]open.Answer{}
	for party, commit := range commits {
		response, err := b.response(ctx, attempt, commit)
		if err != nil {
			return nil, err
		}
		answers[party] = open.Answer{Commit: commit, Response: response}
	}
	return sealing.Open(attempt.Label, answers)
}

// response is a party's response from a node, or from the ledger where the party answered there.
func (b *Bank) response(ctx context.Context, attempt *inquiry.Attempt, commit *inquiry.Contributed) ([]byte, error) {
	response, err := b.Blobs.Fetch(ctx, commit.Commit.Response, inquiry.MaxResponse)
	if err == nil {
		return response, nil
	}
	posts, findErr := b.Ledger.Find(ctx, message.KindAnswer, message.ContributionKey(attempt.Label, commit.Party))
	if findErr != nil {
		return nil, findErr
	}
	for _, post := range posts {
		var answer inquiry.Answer
		if _, bad := message.OpenAs(b.Genesis, message.KindAnswer, post, &answer); bad == nil && answer.Label == attempt.Label && answer.Party == commit.Party {
			return answer.Response, nil
		}
	}
	return nil, &MissingError{Party: commit.Party, Err: err}
}

// Missing says on the ledger that no node hands out a party's response: the party then puts it there, or is named.
func (b *Bank) Missing(ctx context.Context, id engine.RequestID, party engine.PartyID) error {
	attempt, err := b.attempt(ctx, id)
	if err != nil {
		return err
	}
	return b.post(ctx, message.KindMissing, inquiry.Missing{Label: attempt.Label, Party: party})
}
