package proof

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	circuit "weir/circuits/model"
	"weir/circuits/model/ring"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/engine/open"
	"weir/engine/seal"
)

// ProveModel makes the model proof of every slice of a sealing. step, which may be nil, is told how many slices are done.
func (k *Keys) ProveModel(s *open.Sealing, random io.Reader, step func(done, total int)) ([][]byte, error) {
	key := s.Key.Witness()
	proofs := make([][]byte, len(s.Witnesses))
	for i := range proofs {
		statement, err := modelStatement(s.Sealed, i, s.Blobs[i], s.PublicKey())
		if err != nil {
			return nil, err
		}
		witness := circuit.Witness{Secret: &key.SK, Key: &key.E, Noise: &s.Witnesses[i].E}
		for row := range s.Rows[i] {
			witness.Points[row], witness.Limbs[row] = s.Rows[i][row].Points, s.Rows[i][row].Limbs
		}
		if proofs[i], err = circuit.Prove(k.model, random, statement, &witness); err != nil {
			return nil, fmt.Errorf("model proof for %s: %w", s.Sealed.Version.Slices[i].Party, err)
		}
		if step != nil {
			step(i+1, len(proofs))
		}
	}
	return proofs, nil
}

// VerifyModel checks the model proof of every slice of a sealing, fetching its polynomials from the content store. An
// error wraps message.ErrUnproven where the proof is at fault, and names the slice.
func (k *Keys) VerifyModel(ctx context.Context, blobs message.Fetcher, s *offer.Sealed) error {
	return k.VerifyModelSlices(ctx, blobs, s, nil)
}

// VerifyModelSlices is VerifyModel, and tells step, which may be nil, how many slices are verified.
func (k *Keys) VerifyModelSlices(ctx context.Context, blobs message.Fetcher, s *offer.Sealed, step func(done, total int)) error {
	if len(s.Proofs) != len(s.Slices) {
		return fmt.Errorf("%w: %d model proofs for %d slices", message.ErrUnproven, len(s.Proofs), len(s.Slices))
	}
	b, err := offer.FetchPolynomial(ctx, blobs, s.Slices[0].B, seal.PolynomialSize)
	if err != nil {
		return err
	}
	var group errgroup.Group
	var done atomic.Int64
	for i := range s.Slices {
		group.Go(func() error {
			c0, err := offer.FetchPolynomial(ctx, blobs, s.Slices[i].C0, seal.PolynomialSize)
			if err != nil {
				return err
			}
			if err := k.verifySlice(s, i, c0, b); err != nil {
				return err
			}
			if verified := int(done.Add(1)); step != nil {
				step(verified, len(s.Slices))
			}
			return nil
		})
	}
	return group.Wait()
}

func (k *Keys) verifySlice(s *offer.Sealed, i int, c0, b []byte) error {
	statement, err := modelStatement(s, i, c0, b)
	if err == nil {
		err = circuit.Verify(k.model.VerifyingKey(), statement, s.Proofs[i])
	}
	if err != nil {
		return fmt.Errorf("%w: model, slice of %s: %w", message.ErrUnproven, s.Version.Slices[i].Party, err)
	}
	return nil
}

// modelStatement expands the public polynomials from the sealing's seed and reads the two that the bank stored.
func modelStatement(s *offer.Sealed, i int, c0Bytes, bBytes []byte) (*circuit.Statement, error) {
	c0, err := seal.DecodeSlice(c0Bytes)
	if err != nil {
		return nil, err
	}
	b, err := seal.DecodePublicKey(bBytes)
	if err != nil {
		return nil, err
	}
	seed := seal.Seed(s.Seed)
	a, err := seed.A(i)
	if err != nil {
		return nil, err
	}
	public := &s.Version.Slices[i]
	return &circuit.Statement{SliceDigest: s.SliceDigests[i], A: residues(a), APrime: residues(seed.APrime()),
		C0: residues(&c0.Polynomial), B: residues(&b.Polynomial), Rows: s.W[i], Edges: public.Edges, Map: public.Map,
		Caps: public.Caps, Resolution: s.Version.Resolution}, nil
}

func residues(p *seal.Polynomial) *ring.Residues { return (*ring.Residues)(p.Residues()) }
