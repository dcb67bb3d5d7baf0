package proof

import (
	"context"
	"fmt"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/engine/model"
	"weir/engine/offer"
	"weir/engine/open"
	"weir/engine/seal"
)

// PackageFile is a sealed model as one file: what a holder's agent and a supervisor need to verify it before they approve.
// It contains no secret.
type PackageFile struct {
	_           struct{} `cbor:",toarray"`
	Format      uint8    // 1
	Package     offer.Package
	Polynomials [][]byte // c0 of each slice, then b; seal.PolynomialSize bytes each
}

// MaxPackageFile bounds an encoded package file, in bytes: nine polynomials and the public tables of eight slices.
const MaxPackageFile = (model.MaxSlices+1)*seal.PolynomialSize + message.MaxPost

// NewPackageFile is the public file of a sealing.
func NewPackageFile(s *open.Sealing) *PackageFile {
	return &PackageFile{Format: 1, Package: s.Package, Polynomials: s.Blobs}
}

// Encode gives the canonical bytes.
func (p *PackageFile) Encode() []byte { return canonical.Encode(p) }

// DecodePackageFile reads a package file: its form, every commitment, and each polynomial against its digest. Whether
// the proofs hold is for Verify.
func DecodePackageFile(b []byte) (*PackageFile, *offer.Sealed, error) {
	var p PackageFile
	if err := canonical.Decode(b, MaxPackageFile, &p); err != nil {
		return nil, nil, fmt.Errorf("model package: %w", err)
	}
	if p.Format != 1 {
		return nil, nil, fmt.Errorf("model package: format %d, want 1", p.Format)
	}
	sealed, err := p.Package.Read()
	if err != nil {
		return nil, nil, fmt.Errorf("model package: %w", err)
	}
	if len(p.Polynomials) != len(sealed.Slices)+1 {
		return nil, nil, fmt.Errorf("model package: %d polynomials for %d slices, want one more than slices", len(p.Polynomials), len(sealed.Slices))
	}
	for i, polynomial := range p.Polynomials {
		want := sealed.Slices[0].B
		if i < len(sealed.Slices) {
			want = sealed.Slices[i].C0
		}
		if len(polynomial) != seal.PolynomialSize || message.Blob(polynomial) != want {
			return nil, nil, fmt.Errorf("model package: polynomial %d is not the one that the package names", i+1)
		}
	}
	return &p, sealed, nil
}

// Fetch makes the file's polynomials the content store that VerifyModel reads.
func (p *PackageFile) Fetch(_ context.Context, digest engine.Digest, limit int) ([]byte, error) {
	for _, polynomial := range p.Polynomials {
		if len(polynomial) <= limit && message.Blob(polynomial) == digest {
			return polynomial, nil
		}
	}
	return nil, message.ErrNotFound
}
