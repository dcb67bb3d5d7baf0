package offer

import (
	"context"
	"fmt"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/engine/model"
	"weir/engine/pedersen"
)

// SealedSlice is the public part of one party's slice of a sealed model. The two polynomials stand in the content store
// under their SHA-256.
type SealedSlice struct {
	_  struct{}                             `cbor:",toarray"`
	C0 engine.Digest                        // SHA-256 of the slice's encryption
	B  engine.Digest                        // SHA-256 of the sealing's public key b, the same in all slices
	W  [model.Rows][pedersen.PointSize]byte // commitments W_0..W_255
}

// Package is one sealing of a model version: what holders, supervisor and ledger see of it.
type Package struct {
	_       struct{} `cbor:",toarray"`
	Version []byte   // model.Version, encoded
	Sealing uint32   // sealing number, from 0
	Slices  []SealedSlice
	Proofs  [][]byte // the model proof of each slice; none while there are none
	Same    [][]byte // for a sealing after 0: of each slice, that its points are those of sealing 0
}

// MaxModelProof bounds one proof in a package, in bytes.
const MaxModelProof = 1024

// Sealed is a package that was read and checked, with the digests of protocol section 2.
type Sealed struct {
	Version       *model.Version
	VersionDigest engine.Digest
	Number        uint32 // sealing number
	Seed          engine.Digest
	SliceDigests  []engine.Digest // by slice
	ModelDigest   engine.Digest
	Slices        []SealedSlice
	W             [][model.Rows]pedersen.Point // by slice
	Proofs, Same  [][]byte                     // as in Package; judged by whoever approves
}

// SealingSeed is the seed of a sealing's public randomness: H("weir/seed/v1", [versionDigest, sealing no]).
func SealingSeed(version engine.Digest, sealing uint32) engine.Digest {
	return canonical.Digest("weir/seed/v1", []any{version, sealing})
}

// Read decodes the version and every commitment of the package, and computes its digests. It refuses points outside
// the prime subgroup, slices that do not match the version, and slices that carry different keys b.
func (p *Package) Read() (*Sealed, error) {
	version, err := model.DecodeVersion(p.Version)
	if err != nil {
		return nil, err
	}
	if len(p.Slices) != len(version.Slices) {
		return nil, fmt.Errorf("%w: %d sealed slices for a version of %d", message.ErrPost, len(p.Slices), len(version.Slices))
	}
	if err := p.checkProofs(); err != nil {
		return nil, err
	}
	s := &Sealed{Version: version, VersionDigest: version.Digest(), Number: p.Sealing, Slices: p.Slices, Proofs: p.Proofs, Same: p.Same}
	s.Seed = SealingSeed(s.VersionDigest, p.Sealing)
	s.W = make([][model.Rows]pedersen.Point, len(p.Slices))
	for i := range p.Slices {
		if p.Slices[i].B != p.Slices[0].B {
			return nil, fmt.Errorf("%w: slice %s carries another key b", message.ErrPost, version.Slices[i].Party)
		}
		for k, w := range p.Slices[i].W {
			if s.W[i][k], err = pedersen.DecodePoint(w[:]); err != nil {
				return nil, fmt.Errorf("%w: slice %s, commitment %d: %w", message.ErrPost, version.Slices[i].Party, k, err)
			}
			if s.W[i][k].IsIdentity() {
				return nil, fmt.Errorf("%w: slice %s, commitment %d is the identity, which hides nothing", message.ErrPost, version.Slices[i].Party, k)
			}
		}
		s.SliceDigests = append(s.SliceDigests, s.sliceDigest(i))
	}
	s.ModelDigest = canonical.Digest("weir/model/v1", []any{s.VersionDigest, s.Number, s.SliceDigests})
	return s, nil
}

func (p *Package) checkProofs() error {
	for _, list := range [][][]byte{p.Proofs, p.Same} {
		if len(list) != 0 && len(list) != len(p.Slices) {
			return fmt.Errorf("%w: %d proofs for %d slices", message.ErrPost, len(list), len(p.Slices))
		}
		for i, proof := range list {
			if len(proof) > MaxModelProof {
				return fmt.Errorf("%w: proof of slice %d has %d bytes, limit %d", message.ErrPost, i+1, len(proof), MaxModelProof)
			}
		}
	}
	return nil
}

func (s *Sealed) sliceDigest(i int) engine.Digest {
	slice := &s.Slices[i]
	fields := []any{s.VersionDigest, s.Number, i, s.Seed, slice.C0, slice.B}
	for _, w := range slice.W {
		fields = append(fields, w)
	}
	return canonical.Digest("weir/slice/v1", fields)
}

// SliceOf is the index of a party's slice, or false when the version does not name the party.
func (s *Sealed) SliceOf(party engine.PartyID) (int, bool) {
	for i := range s.Version.Slices {
		if s.Version.Slices[i].Party == party {
			return i, true
		}
	}
	return 0, false
}

// OpenPackage reads a bank's sealed model from its post; the bank named in the version must be the signer.
func OpenPackage(g message.Members, post []byte) (*Sealed, error) {
	var body Package
	p, err := message.OpenAs(g, message.KindModel, post, &body)
	if err != nil {
		return nil, err
	}
	s, err := body.Read()
	if err != nil {
		return nil, err
	}
	if s.Version.Bank != p.Signer || s.Version.Chain != g.Founding().Chain {
		return nil, fmt.Errorf("%w: model of %s on chain %s posted by %s on %s", message.ErrPost, s.Version.Bank, s.Version.Chain, p.Signer, g.Founding().Chain)
	}
	return s, nil
}

// FindPackage reads the sealed model that a digest names from a board. Entries of others under the same key do not stand
// in its way; when nothing but refused ones is there, the last refusal says why.
func FindPackage(ctx context.Context, g message.Members, board message.Board, digest engine.Digest) (*Sealed, error) {
	posts, err := board.Find(ctx, message.KindModel, message.ModelKey(digest))
	if err != nil {
		return nil, fmt.Errorf("find model: %w", err)
	}
	missing := fmt.Errorf("%w: model %s", message.ErrNotFound, digest.Short())
	for _, post := range posts {
		sealed, err := OpenPackage(g, post)
		if err == nil && sealed.ModelDigest == digest {
			return sealed, nil
		}
		if err != nil {
			missing = err
		}
	}
	return nil, missing
}
