package authority

import (
	"context"
	"crypto/ed25519"
	"fmt"

	"weir/engine"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/engine/proof"
)

// Supervisor approves sealed models: it sees bins, caps and commitments, never points.
type Supervisor struct {
	genesis *message.Genesis
	name    engine.Name
	key     ed25519.PrivateKey
	board   message.Board
	blobs   message.Blobs
	proofs  *proof.Keys
}

// Format keeps the key out of every log line.
func (s Supervisor) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "[supervisor %s]", s.name) }

// NewSupervisor starts a supervisor. proofs are the keys that the consortium registered, nil where it registers none.
func NewSupervisor(genesis *message.Genesis, name engine.Name, key ed25519.PrivateKey, board message.Board, blobs message.Blobs, proofs *proof.Keys) (*Supervisor, error) {
	if len(genesis.Circuits) > 0 {
		if proofs == nil {
			return nil, fmt.Errorf("supervisor: %w: none", proof.ErrKeys)
		}
		if err := proofs.Check(genesis); err != nil {
			return nil, fmt.Errorf("supervisor: %w", err)
		}
	}
	return &Supervisor{genesis: genesis, name: name, key: key, board: board, blobs: blobs, proofs: proofs}, nil
}

// Approve checks the public side of a sealed model against the consortium's policy, and the model proof of every slice, and
// posts an approval of its digest.
func (s *Supervisor) Approve(ctx context.Context, digest engine.Digest) error {
	sealed, err := offer.FindPackage(ctx, s.genesis, s.board, digest)
	if err != nil {
		return fmt.Errorf("supervisor: %w", err)
	}
	if err := sealed.Version.Check(s.genesis.Policy); err != nil {
		return fmt.Errorf("supervisor: model %s of %s not approved: %w", sealed.Version.Name, sealed.Version.Bank, err)
	}
	if len(s.genesis.Circuits) > 0 {
		if err := s.proofs.VerifyModel(ctx, s.blobs, sealed); err != nil {
			return fmt.Errorf("supervisor: model %s of %s not approved: %w", sealed.Version.Name, sealed.Version.Bank, err)
		}
	}
	post := message.Sign(s.genesis.Chain, message.KindApproval, s.name, s.key, offer.Approval{Model: digest})
	return s.board.Post(ctx, message.KindApproval, message.ModelKey(digest)+"/"+string(s.name), post)
}
