package authority

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"

	"weir/engine"
	"weir/engine/inquiry"
	"weir/engine/member"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/engine/proof"
	"weir/ledger/contract/models"
)

// SupervisorConfig is what a supervisor starts from.
type SupervisorConfig struct {
	Genesis message.Members
	Name    engine.Name
	Key     ed25519.PrivateKey
	Ledger  message.Ledger
	Blobs   message.Fetcher
	Memory  member.Memory
	// Proofs are the keys that the consortium registered: Approve needs them, where it registers any.
	Proofs *proof.Keys
}

// Supervisor approves sealed models: it sees bins, caps and commitments, never points.
type Supervisor struct {
	config SupervisorConfig
	author *message.Author
}

// tableApproved is the modelDigest of the approved sealing 0, by versionDigest.
const tableApproved = "supervisor/approved"

// Format keeps the key out of every log line.
func (s Supervisor) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "[supervisor %s]", s.config.Name) }

// NewSupervisor starts a supervisor. Keys of proofs, where there are any, must be the registered ones.
func NewSupervisor(config SupervisorConfig) (*Supervisor, error) {
	if config.Genesis.Founding().Proven() && config.Proofs != nil {
		if err := config.Proofs.Check(config.Genesis.Founding()); err != nil {
			return nil, fmt.Errorf("supervisor: %w", err)
		}
	}
	return &Supervisor{config: config, author: message.NewAuthor(config.Ledger, config.Genesis.Founding().Chain, config.Name, config.Key)}, nil
}

// Approve checks the public side of a sealed model against the consortium's policy, and the model proof of every slice, and
// posts an approval of its digest, once. step, which may be nil, is told how many slices are verified.
func (s *Supervisor) Approve(ctx context.Context, digest engine.Digest, step func(done, total int)) error {
	sealed, err := offer.FindPackage(ctx, s.config.Genesis, s.config.Ledger, digest)
	if err != nil {
		return fmt.Errorf("supervisor: %w", err)
	}
	if err := s.verify(ctx, sealed, step); err != nil {
		return fmt.Errorf("supervisor: model %s of %s not approved: %w", sealed.Version.Name, sealed.Version.Bank, err)
	}
	if err := s.config.Memory.Put(member.Entry{Table: tableApproved, Key: sealed.VersionDigest.String(), Value: digest[:]}); err != nil {
		return fmt.Errorf("supervisor: %w", err)
	}
	if _, err := s.author.Write(ctx, message.KindApproval, offer.Approval{Model: digest}); err != nil && !errors.Is(err, message.ErrConflict) {
		return fmt.Errorf("supervisor: %w", err)
	}
	return nil
}

// ErrSealing is returned for a sealing that needs no approval, or may not have one: a later one, or a second sealing 0 of a
// version, which could carry other points under the same name.
var ErrSealing = errors.New("not the first sealing of its version")

// verify makes every check that needs no points: policy, the schemas that the parties published, and the model proofs.
func (s *Supervisor) verify(ctx context.Context, sealed *offer.Sealed, step func(done, total int)) error {
	earlier, err := s.config.Memory.Get(tableApproved, sealed.VersionDigest.String())
	if err != nil {
		return err
	}
	if sealed.Number != 0 || earlier != nil && string(earlier) != string(sealed.ModelDigest[:]) {
		return ErrSealing
	}
	if err := sealed.Version.Check(s.config.Genesis.Founding().Policy); err != nil {
		return err
	}
	for i := range sealed.Version.Slices {
		slice := &sealed.Version.Slices[i]
		_, published, err := offer.FindRecords(ctx, s.config.Genesis, s.config.Ledger, slice.Party)
		if err != nil {
			return err
		}
		if err := slice.CheckSchema(published); err != nil {
			return err
		}
	}
	if !s.config.Genesis.Founding().Proven() {
		return nil
	}
	if s.config.Proofs == nil {
		return fmt.Errorf("%w: none", proof.ErrKeys)
	}
	return s.config.Proofs.VerifyModelSlices(ctx, s.config.Blobs, sealed, step)
}

// Suspend stops requests under every sealing of a sealed model's version, and ends attempts that are not yet complete; lift
// allows requests again. What is so already stays so.
func (s *Supervisor) Suspend(ctx context.Context, digest engine.Digest, lift bool) error {
	sealed, err := offer.FindPackage(ctx, s.config.Genesis, s.config.Ledger, digest)
	if err != nil {
		return fmt.Errorf("supervisor: %w", err)
	}
	_, err = s.author.Write(ctx, models.KindSuspend, models.Suspension{Version: sealed.VersionDigest, Lift: lift})
	if err != nil && !errors.Is(err, message.ErrConflict) {
		return fmt.Errorf("supervisor: %w", err)
	}
	return nil
}

// CheckSettled tells whether a request ended in a settlement that holds: the bank proved that it knows an opening of the sum
// of all commitments. Anybody can make this check from the ledger alone; it shows nothing of the score.
func (s *Supervisor) CheckSettled(ctx context.Context, id engine.RequestID) error {
	attempt, err := inquiry.FindAttempt(ctx, s.config.Genesis, s.config.Ledger, id)
	if err != nil {
		return fmt.Errorf("supervisor: request %s: %w", id, err)
	}
	sealed, err := offer.FindPackage(ctx, s.config.Genesis, s.config.Ledger, attempt.Request.Model)
	if err != nil {
		return fmt.Errorf("supervisor: request %s: %w", id, err)
	}
	commits, err := inquiry.FindCommits(ctx, s.config.Genesis, s.config.Ledger, attempt.Label, sealed.Version.Parties())
	if err != nil {
		return fmt.Errorf("supervisor: request %s: %w", id, err)
	}
	posts, err := s.config.Ledger.Find(ctx, message.KindSettlement, attempt.Label.String())
	if err != nil {
		return fmt.Errorf("supervisor: request %s: %w", id, err)
	}
	for _, post := range posts {
		bank, err := inquiry.OpenSettlement(s.config.Genesis, post, attempt.Label, commits)
		if err != nil {
			return fmt.Errorf("supervisor: request %s: %w", id, err)
		}
		if bank == sealed.Version.Bank {
			return nil
		}
	}
	return fmt.Errorf("supervisor: request %s: %w: a settlement", id, message.ErrNotFound)
}
