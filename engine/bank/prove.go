package bank

import (
	"context"
	"fmt"

	"weir/engine"
	"weir/engine/inquiry"
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
	b.mu.Lock()
	first, approved := b.models[model], b.approved[model]
	b.mu.Unlock()
	if first == nil || !approved {
		return engine.Digest{}, fmt.Errorf("bank %s: reseal: model %s was not sealed here, or not approved by all", b.Name, model.Short())
	}
	later, err := first.Reseal(number, b.Random)
	if err == nil {
		err = b.proveModel(later, step)
	}
	if err != nil {
		return engine.Digest{}, fmt.Errorf("bank %s: %w", b.Name, err)
	}
	digest, err := b.Offer(ctx, later)
	if err != nil {
		return digest, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.approved[digest] = true
	return digest, nil
}

// checkProofs judges the proof of every contribution before anything is opened; the party whose proof does not hold is
// named by a *open.Finding.
func (b *Bank) checkProofs(sealing *open.Sealing, a *asked, commits map[engine.PartyID]*inquiry.Contributed) error {
	if b.member.Verifier() == nil {
		return nil
	}
	for _, party := range sealing.Sealed.Version.Parties() {
		if err := b.member.Verifier().VerifyContribution(sealing.Sealed, a.request, a.tag, commits[party]); err != nil {
			return &open.Finding{Party: party, Err: err}
		}
	}
	return nil
}

// Settle says on the board that the opened number matched, with a proof that the bank knows an opening of the sum of all
// commitments. It shows nothing of the score. Settled twice, the first settlement stands and its bytes are posted again.
func (b *Bank) Settle(ctx context.Context, id engine.RequestID, score *open.Score) error {
	a, commits, err := b.answered(ctx, id)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if a.settlement == nil {
		challenge := inquiry.SettlementChallenge(b.Genesis.Chain, a.label, b.Name, inquiry.TotalCommitment(commits))
		opening, err := pedersen.ProveOpening(pedersen.Integers(score.Sums), score.R, challenge, b.Random)
		if err != nil {
			return fmt.Errorf("bank %s: settle: %w", b.Name, err)
		}
		body := inquiry.Settlement{Label: a.label, Proof: opening.Encode()}
		a.settlement = message.Sign(b.Genesis.Chain, message.KindSettlement, b.Name, b.Key, body)
	}
	if err := b.Board.Post(ctx, message.KindSettlement, a.label.String(), a.settlement); err != nil {
		return fmt.Errorf("bank %s: post settlement: %w", b.Name, err)
	}
	return nil
}

// Accuse proves to everybody that a party's response is not what it committed to, and posts the proof; the opened
// numbers stay secret. A party whose response opens its commitment cannot be accused.
func (b *Bank) Accuse(ctx context.Context, id engine.RequestID, party engine.PartyID) error {
	a, c, err := b.accusable(ctx, id, party)
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
	return b.post(ctx, message.KindAccusation, message.ContributionKey(a.label, party), *accusation)
}

// accusable is what accusing a party takes.
type accusable struct {
	sealing  *open.Sealing
	commit   *inquiry.Contributed
	response []byte
}

func (b *Bank) accusable(ctx context.Context, id engine.RequestID, party engine.PartyID) (*asked, *accusable, error) {
	a, commits, err := b.answered(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	if b.member.Verifier() == nil || commits[party] == nil {
		return nil, nil, fmt.Errorf("bank %s: accuse %s: no proofs in this consortium, or no commit of that party", b.Name, party)
	}
	response, err := b.Blobs.Fetch(ctx, commits[party].Commit.Response, inquiry.MaxResponse)
	if err != nil {
		return nil, nil, fmt.Errorf("bank %s: accuse %s: %w", b.Name, party, err)
	}
	return a, &accusable{sealing: b.sealing(a.request.Model), commit: commits[party], response: response}, nil
}

// answered is a request of this bank with the commits of all parties.
func (b *Bank) answered(ctx context.Context, id engine.RequestID) (*asked, map[engine.PartyID]*inquiry.Contributed, error) {
	b.mu.Lock()
	a := b.requests[id]
	b.mu.Unlock()
	if a == nil {
		return nil, nil, fmt.Errorf("bank %s: request %s was not made here", b.Name, id)
	}
	commits, err := inquiry.FindCommits(ctx, b.Genesis, b.Board, a.label, b.sealing(a.request.Model).Sealed.Version.Parties())
	if err != nil {
		return nil, nil, fmt.Errorf("bank %s: request %s: %w", b.Name, id, err)
	}
	return a, commits, nil
}

func (b *Bank) sealing(model engine.Digest) *open.Sealing {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.models[model]
}
