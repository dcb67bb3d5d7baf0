package proof

import (
	"fmt"
	"sync"

	"weir/circuits/contribution"
	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/ledger/contract/models"
	"weir/ledger/contract/tasks"
)

// Witness is what a holder knows of one answer: its record's path and the openings of consent and commitment.
type Witness = contribution.Witness

// Contributor proves the contributions of one party to one sealed model. It is safe for concurrent use.
type Contributor struct {
	prover  *contribution.Prover
	circuit engine.Digest
}

// Contributor prepares a party's slice.
func (k *Keys) Contributor(s *offer.Sealed, slice int) (*Contributor, error) {
	prover, err := contribution.NewProver(k.contribution, table(s, slice))
	if err != nil {
		return nil, err
	}
	return &Contributor{prover: prover, circuit: k.contribution.ID}, nil
}

// Prove gives the proof of a commit whose other fields are complete.
func (c *Contributor) Prove(s *offer.Sealed, r *inquiry.Request, tag [32]byte, read *inquiry.Contributed, w *Witness) ([]byte, error) {
	statement, _, err := statement(s, r, tag, read, c.circuit)
	if err != nil {
		return nil, err
	}
	return c.prover.Prove(statement, w)
}

// Claim is what Prove proves, as the ledger judges it, and under which circuit: for whoever has it proven elsewhere.
func (c *Contributor) Claim(s *offer.Sealed, r *inquiry.Request, tag [32]byte, read *inquiry.Contributed) (engine.Digest, *tasks.ContributionStatement, error) {
	statement, slice, err := statement(s, r, tag, read, c.circuit)
	if err != nil {
		return c.circuit, nil, err
	}
	table := models.Table{Digest: s.SliceDigests[slice], Slice: s.Version.Slices[slice], W: s.Slices[slice].W}
	return c.circuit, &tasks.ContributionStatement{Table: canonical.Encode(table), Root: statement.Root, Tag: tag,
		Context: inquiry.Context(read.Commit, c.circuit), C: read.Commit.C}, nil
}

// Verifier judges contribution proofs, folding the verifying key once per slice. It is a inquiry.Verifier, safe for
// concurrent use.
type Verifier struct {
	keys *Keys

	mu     sync.Mutex
	folded map[engine.Digest]*contribution.FoldedKey // by sliceDigest
}

// Verifier starts a verifier under these keys.
func (k *Keys) Verifier() *Verifier {
	return &Verifier{keys: k, folded: map[engine.Digest]*contribution.FoldedKey{}}
}

// VerifyContribution checks the proof of a commit against everything the commit, the request and the model say.
func (v *Verifier) VerifyContribution(s *offer.Sealed, r *inquiry.Request, tag [32]byte, c *inquiry.Contributed) error {
	statement, slice, err := statement(s, r, tag, c, v.keys.contribution.ID)
	if err != nil {
		return err
	}
	key, err := v.fold(s, slice)
	if err != nil {
		return err
	}
	if err := key.Verify(statement, c.Commit.Proof); err != nil {
		return fmt.Errorf("%w: contribution of %s: %w", message.ErrUnproven, c.Party, err)
	}
	return nil
}

func (v *Verifier) fold(s *offer.Sealed, slice int) (*contribution.FoldedKey, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if key := v.folded[s.SliceDigests[slice]]; key != nil {
		return key, nil
	}
	key, err := contribution.Fold(v.keys.contribution.VerifyingKey(), table(s, slice))
	if err != nil {
		return nil, fmt.Errorf("%w: slice of %s: %w", message.ErrUnproven, s.Version.Slices[slice].Party, err)
	}
	v.folded[s.SliceDigests[slice]] = key
	return key, nil
}

func table(s *offer.Sealed, slice int) *contribution.Table {
	public := &s.Version.Slices[slice]
	return &contribution.Table{W: s.W[slice], Edges: public.Edges, Map: public.Map}
}

// statement is what a contribution proof says: the root that the request names for the party, the consent's tag, the
// context of everything committed to, and C.
func statement(s *offer.Sealed, r *inquiry.Request, tag [32]byte, c *inquiry.Contributed, circuit engine.Digest) (*contribution.Statement, int, error) {
	slice, named := s.SliceOf(c.Party)
	if !named || slice >= len(r.Roots) || r.Roots[slice].Party != c.Party {
		return nil, 0, fmt.Errorf("%w: %s has no slice or root in the request", message.ErrUnproven, c.Party)
	}
	return &contribution.Statement{Root: r.Roots[slice].Root, Tag: tag, C: c.C,
		Context: fieldBytes(inquiry.Context(c.Commit, circuit))}, slice, nil
}

var _ inquiry.Verifier = (*Verifier)(nil)
