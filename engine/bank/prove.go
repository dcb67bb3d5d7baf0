package bank

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/inquiry"
	"weir/engine/member"
	"weir/engine/message"
	"weir/engine/open"
	"weir/engine/pedersen"
)

func (b *Bank) proveModel(sealing *open.Sealing, step func(done, total int)) error {
	if b.member.Verifier() == nil {
		return nil
	}
	proofs, err := b.Proofs.ProveModel(sealing, b.Random, step)
	if err == nil {
		sealing.Prove(proofs)
	}
	return err
}

// Reseal makes and offers another sealing of an approved model under a fresh key: after an accusation, or from time to
// time. Holders adopt it without approving anew. It gives the new sealing's digest.
func (b *Bank) Reseal(ctx context.Context, model engine.Digest, number uint32, step func(done, total int)) (engine.Digest, error) {
	later, secret, err := b.reseal(model, number)
	if err == nil {
		err = b.proveModel(later, step)
	}
	if err != nil {
		return engine.Digest{}, fmt.Errorf("bank %s: reseal: %w", b.Name, err)
	}
	digest, err := b.offer(ctx, secret, model, later)
	if err != nil {
		return digest, err
	}
	return digest, b.Memory.Put(member.Entry{Table: tableApproved, Key: digest.String(), Value: mark})
}

func (b *Bank) reseal(model engine.Digest, number uint32) (*open.Sealing, [32]byte, error) {
	first, err := b.sealing(model)
	if err != nil {
		return nil, [32]byte{}, err
	}
	approved, err := b.marked(tableApproved, model)
	if err != nil {
		return nil, [32]byte{}, err
	}
	if first == nil || !approved {
		return nil, [32]byte{}, fmt.Errorf("model %s was not sealed here, or not approved by all", model.Short())
	}
	secret, err := b.draw()
	if err != nil {
		return nil, secret, err
	}
	later, err := first.Reseal(number, io.MultiReader(bytes.NewReader(secret[:]), b.Random))
	return later, secret, err
}

// checkProofs judges the proof of every contribution before anything is opened; the party whose proof does not hold is
// named by a *open.Finding.
func (b *Bank) checkProofs(sealing *open.Sealing, a *inquiry.Attempt, commits map[engine.PartyID]*inquiry.Contributed) error {
	if b.member.Verifier() == nil {
		return nil
	}
	for _, party := range sealing.Sealed.Version.Parties() {
		if err := b.member.Verifier().VerifyContribution(sealing.Sealed, &a.Request, a.Tag, commits[party]); err != nil {
			return &open.Finding{Party: party, Err: err}
		}
	}
	return nil
}

// Settle says on the ledger that the opened number matched, with a proof that the bank knows an opening of the sum of all
// commitments. It shows nothing of the score. The proof is remembered before it is sent: settled twice, the same one is
// sent. With it the request is done.
func (b *Bank) Settle(ctx context.Context, id engine.RequestID, score *open.Score) error {
	attempt, _, commits, err := b.answered(ctx, id)
	if err != nil {
		return err
	}
	if err := b.settle(ctx, attempt, commits, score); err != nil {
		return fmt.Errorf("bank %s: settle %s: %w", b.Name, id, err)
	}
	return b.forget(id)
}

func (b *Bank) settle(ctx context.Context, a *inquiry.Attempt, commits map[engine.PartyID]*inquiry.Contributed, score *open.Score) error {
	standing, err := b.Ledger.Find(ctx, message.KindSettlement, a.Label.String())
	if err != nil || len(standing) > 0 {
		return err
	}
	settlement, err := b.settlement(a, commits, score)
	if err != nil {
		return err
	}
	_, err = b.member.Post(ctx, message.KindSettlement, *settlement)
	return err
}

// settlement is the remembered settlement of a label, or a new one that is remembered now.
func (b *Bank) settlement(a *inquiry.Attempt, commits map[engine.PartyID]*inquiry.Contributed, score *open.Score) (*inquiry.Settlement, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	known, err := b.Memory.Get(tableSettlements, a.Label.String())
	if err != nil {
		return nil, err
	}
	var s inquiry.Settlement
	if known != nil {
		return &s, canonical.Decode(known, maxRemembered, &s)
	}
	challenge := inquiry.SettlementChallenge(b.Genesis.Founding().Chain, a.Label, b.Name, inquiry.TotalCommitment(commits))
	opening, err := pedersen.ProveOpening(pedersen.Integers(score.Sums), score.R, challenge, b.Random)
	if err != nil {
		return nil, err
	}
	s = inquiry.Settlement{Label: a.Label, Proof: opening.Encode()}
	return &s, b.Memory.Put(member.Entry{Table: tableSettlements, Key: a.Label.String(), Value: canonical.Encode(s)})
}

// Accuse proves to everybody that a party's response is not what it committed to, and posts the proof; the opened
// numbers stay secret. A party whose response opens its commitment cannot be accused.
func (b *Bank) Accuse(ctx context.Context, id engine.RequestID, party engine.PartyID) error {
	c, err := b.accusable(ctx, id, party)
	if err != nil {
		return err
	}
	key := c.sealing.Key.Witness()
	accusation, err := b.Proofs.Accuse(c.sealing.Sealed, c.commit, c.response, c.sealing.PublicKey(), &key, b.Random)
	if err != nil {
		return fmt.Errorf("bank %s: %w", b.Name, err)
	}
	b.mu.Lock()
	b.lastAccusation = accusation.Proof
	b.mu.Unlock()
	return b.post(ctx, message.KindAccusation, *accusation)
}

// accusable is what accusing a party takes.
type accusable struct {
	attempt  *inquiry.Attempt
	sealing  *open.Sealing
	commit   *inquiry.Contributed
	response []byte
}

func (b *Bank) accusable(ctx context.Context, id engine.RequestID, party engine.PartyID) (*accusable, error) {
	attempt, sealing, commits, err := b.answered(ctx, id)
	if err != nil {
		return nil, err
	}
	if b.member.Verifier() == nil || commits[party] == nil {
		return nil, fmt.Errorf("bank %s: accuse %s: no proofs in this consortium, or no commit of that party", b.Name, party)
	}
	response, err := b.response(ctx, attempt, commits[party])
	if err != nil {
		return nil, fmt.Errorf("bank %s: accuse %s: %w", b.Name, party, err)
	}
	return &accusable{attempt: attempt, sealing: sealing, commit: commits[party], response: response}, nil
}

// attempt is the newest attempt of a request of this bank.
func (b *Bank) attempt(ctx context.Context, id engine.RequestID) (*inquiry.Attempt, error) {
	attempt, err := inquiry.FindAttempt(ctx, b.Genesis, b.Ledger, id)
	if err == nil && attempt.Bank != b.Name {
		err = fmt.Errorf("it was not made here, but by %s", attempt.Bank)
	}
	if err != nil {
		return nil, fmt.Errorf("bank %s: request %s: %w", b.Name, id, err)
	}
	return attempt, nil
}

// answered is the newest attempt of a request of this bank, its sealing, and the commits of all parties.
func (b *Bank) answered(ctx context.Context, id engine.RequestID) (*inquiry.Attempt, *open.Sealing, map[engine.PartyID]*inquiry.Contributed, error) {
	attempt, err := b.attempt(ctx, id)
	if err != nil {
		return nil, nil, nil, err
	}
	sealing, err := b.sealing(attempt.Request.Model)
	if err == nil && sealing == nil {
		err = fmt.Errorf("model %s was not sealed here", attempt.Request.Model.Short())
	}
	if err != nil {
		return nil, nil, nil, fmt.Errorf("bank %s: request %s: %w", b.Name, id, err)
	}
	commits, err := inquiry.FindCommits(ctx, b.Genesis, b.Ledger, attempt.Label, sealing.Sealed.Version.Parties())
	if err != nil {
		return nil, nil, nil, fmt.Errorf("bank %s: request %s: %w", b.Name, id, err)
	}
	return attempt, sealing, commits, nil
}
