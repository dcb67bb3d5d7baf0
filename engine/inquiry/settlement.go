package inquiry

import (
	"fmt"
	"math/big"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/engine/model"
	"weir/engine/pedersen"
)

// Settlement ends a request that was answered: the bank says that the opened number matched, and proves that it knows an
// opening of the sum of all commitments, without showing it.
type Settlement struct {
	_     struct{} `cbor:",toarray"`
	Label engine.Digest
	Proof []byte // pedersen.OpeningProof for Σ C_i
}

// SettlementChallenge is e = H("weir/settle/v1", [chain, label, bank, C, T]) mod ℓ, for the total C = Σ C_i.
func SettlementChallenge(chain engine.Name, label engine.Digest, bank engine.Name, total pedersen.Point) pedersen.Challenge {
	return func(t pedersen.Point) *big.Int {
		digest := canonical.DigestBytes("weir/settle/v1", canonical.Encode([]any{chain, label, bank, total.Encode(), t.Encode()}))
		e := new(big.Int).SetBytes(digest[:])
		return e.Mod(e, pedersen.Order())
	}
}

// TotalCommitment is Σ C_i over the commits of one label.
func TotalCommitment(commits map[engine.PartyID]*Contributed) pedersen.Point {
	total := pedersen.Identity()
	for _, c := range commits {
		total = total.Add(c.C)
	}
	return total
}

// OpenSettlement reads a bank's settlement and checks its proof against the commits of its label.
func OpenSettlement(g message.Members, post []byte, label engine.Digest, commits map[engine.PartyID]*Contributed) (engine.Name, error) {
	var s Settlement
	p, err := message.OpenAs(g, message.KindSettlement, post, &s)
	if err != nil {
		return "", err
	}
	if s.Label != label {
		return "", fmt.Errorf("%w: settlement by %s of another label", message.ErrPost, p.Signer)
	}
	proof, err := pedersen.DecodeOpeningProof(s.Proof)
	if err != nil {
		return "", fmt.Errorf("%w: settlement by %s: %w", message.ErrPost, p.Signer, err)
	}
	if err := answered(label, commits); err != nil {
		return "", fmt.Errorf("settlement by %s: %w", p.Signer, err)
	}
	total := TotalCommitment(commits)
	if err := proof.Verify(total, SettlementChallenge(g.Founding().Chain, label, p.Signer, total)); err != nil {
		return "", fmt.Errorf("%w: settlement by %s: %w", message.ErrPost, p.Signer, err)
	}
	return p.Signer, nil
}

// answered tells whether there are commits of at least two parties, all to the label: the sum of none has an opening that
// everybody knows.
func answered(label engine.Digest, commits map[engine.PartyID]*Contributed) error {
	if len(commits) < model.MinSlices {
		return fmt.Errorf("%w: %d commits, want at least %d", message.ErrPost, len(commits), model.MinSlices)
	}
	for party, c := range commits {
		if c.Commit.Label != label || c.Party != party {
			return fmt.Errorf("%w: the commit of %s is to another label", message.ErrPost, party)
		}
	}
	return nil
}
