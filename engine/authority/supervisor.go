package authority

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"

	"weir/engine"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/engine/proof"
)

// Supervisor approves sealed models: it sees bins, caps and commitments, never points.
type Supervisor struct {
	genesis message.Members
	name    engine.Name
	author  *message.Author
	ledger  message.Ledger
	blobs   message.Blobs
	proofs  *proof.Keys
	// approved is the modelDigest of the approved sealing 0, by versionDigest.
	approved map[engine.Digest]engine.Digest
}

// Format keeps the key out of every log line.
func (s Supervisor) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "[supervisor %s]", s.name) }

// NewSupervisor starts a supervisor. proofs are the keys that the consortium registered, nil where it registers none.
func NewSupervisor(genesis message.Members, name engine.Name, key ed25519.PrivateKey, ledger message.Ledger, blobs message.Blobs, proofs *proof.Keys) (*Supervisor, error) {
	if genesis.Founding().Proven() {
		if proofs == nil {
			return nil, fmt.Errorf("supervisor: %w: none", proof.ErrKeys)
		}
		if err := proofs.Check(genesis.Founding()); err != nil {
			return nil, fmt.Errorf("supervisor: %w", err)
		}
	}
	return &Supervisor{genesis: genesis, name: name, author: message.NewAuthor(ledger, genesis.Founding().Chain, name, key), ledger: ledger, blobs: blobs, proofs: proofs,
		approved: map[engine.Digest]engine.Digest{}}, nil
}

// Approve checks the public side of a sealed model against the consortium's policy, and the model proof of every slice, and
// posts an approval of its digest.
func (s *Supervisor) Approve(ctx context.Context, digest engine.Digest) error {
	sealed, err := offer.FindPackage(ctx, s.genesis, s.ledger, digest)
	if err != nil {
		return fmt.Errorf("supervisor: %w", err)
	}
	if err := s.verify(ctx, sealed); err != nil {
		return fmt.Errorf("supervisor: model %s of %s not approved: %w", sealed.Version.Name, sealed.Version.Bank, err)
	}
	s.approved[sealed.VersionDigest] = digest
	if _, err := s.author.Write(ctx, message.KindApproval, offer.Approval{Model: digest}); err != nil && !errors.Is(err, message.ErrConflict) {
		return fmt.Errorf("supervisor: %w", err)
	}
	return nil
}

// ErrSealing is returned for a sealing that needs no approval, or may not have one: a later one, or a second sealing 0 of a
// version, which could carry other points under the same name.
var ErrSealing = errors.New("not the first sealing of its version")

// verify makes every check that needs no points: policy, the schemas that the parties published, and the model proofs.
func (s *Supervisor) verify(ctx context.Context, sealed *offer.Sealed) error {
	if earlier, seen := s.approved[sealed.VersionDigest]; sealed.Number != 0 || seen && earlier != sealed.ModelDigest {
		return ErrSealing
	}
	if err := sealed.Version.Check(s.genesis.Founding().Policy); err != nil {
		return err
	}
	for i := range sealed.Version.Slices {
		slice := &sealed.Version.Slices[i]
		_, published, err := offer.FindRecords(ctx, s.genesis, s.ledger, slice.Party)
		if err != nil {
			return err
		}
		if err := slice.CheckSchema(published); err != nil {
			return err
		}
	}
	if !s.genesis.Founding().Proven() {
		return nil
	}
	return s.proofs.VerifyModel(ctx, s.blobs, sealed)
}

// CheckSettled tells whether a request ended in a settlement that holds: the bank proved that it knows an opening of the sum
// of all commitments. Anybody can make this check from the ledger alone; it shows nothing of the score.
func (s *Supervisor) CheckSettled(ctx context.Context, id engine.RequestID) error {
	attempt, err := inquiry.FindAttempt(ctx, s.genesis, s.ledger, id)
	if err != nil {
		return fmt.Errorf("supervisor: request %s: %w", id, err)
	}
	sealed, err := offer.FindPackage(ctx, s.genesis, s.ledger, attempt.Request.Model)
	if err != nil {
		return fmt.Errorf("supervisor: request %s: %w", id, err)
	}
	commits, err := inquiry.FindCommits(ctx, s.genesis, s.ledger, attempt.Label, sealed.Version.Parties())
	if err != nil {
		return fmt.Errorf("supervisor: request %s: %w", id, err)
	}
	posts, err := s.ledger.Find(ctx, message.KindSettlement, attempt.Label.String())
	if err != nil {
		return fmt.Errorf("supervisor: request %s: %w", id, err)
	}
	for _, post := range posts {
		bank, err := inquiry.OpenSettlement(s.genesis, post, attempt.Label, commits)
		if err != nil {
			return fmt.Errorf("supervisor: request %s: %w", id, err)
		}
		if bank == sealed.Version.Bank {
			return nil
		}
	}
	return fmt.Errorf("supervisor: request %s: %w: a settlement", id, message.ErrNotFound)
}
