package bank

import (
	"context"
	"fmt"

	"weir/engine"
	"weir/engine/proof"
	"weir/engine/receipt"
	ledgerproof "weir/ledger/proof"
)

// Receipt is the open receipt of a settled request, under the ledger's newest checkpoint: anybody it is shown to can check
// it offline (receipt.Verify), with the score in it or, once closed, without.
func (b *Bank) Receipt(ctx context.Context, id engine.RequestID) (*receipt.Receipt, error) {
	r, err := b.assemble(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("bank %s: receipt: %w", b.Name, err)
	}
	return r, nil
}

func (b *Bank) assemble(ctx context.Context, id engine.RequestID) (*receipt.Receipt, error) {
	if b.member.Verifier() == nil {
		return nil, fmt.Errorf("%w: none: a score without proofs has no receipt", proof.ErrKeys)
	}
	attempt, err := b.attempt(ctx, id)
	if err != nil {
		return nil, err
	}
	sealing, err := b.sealing(attempt.Request.Model)
	if err != nil {
		return nil, err
	}
	score, err := b.Score(attempt.Label)
	if err == nil && (score == nil || sealing == nil) {
		err = fmt.Errorf("request %s was not opened here", id)
	}
	if err != nil {
		return nil, err
	}
	key, err := b.Proofs.ContributionKey()
	if err != nil {
		return nil, err
	}
	note, err := b.Log.Checkpoint(ctx)
	if err != nil {
		return nil, err
	}
	checkpoint, err := ledgerproof.ReadCheckpoint(note)
	if err != nil {
		return nil, err
	}
	ledger := &receipt.Remote{Board: b.Ledger, Log: b.Log, Document: b.Genesis.Founding().Encode(), Checkpoint: checkpoint}
	return receipt.Assemble(ctx, ledger, id, key, receipt.NewOpening(score.Sums, sealing.Base, score.R, sealing.Beta))
}

// ReceiveDeposit is member.Member's.
func (b *Bank) ReceiveDeposit(transfer []byte, trust *ledgerproof.Trust) ([]byte, error) {
	return b.member.ReceiveDeposit(transfer, trust)
}
