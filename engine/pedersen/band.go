package pedersen

import (
	"fmt"
	"io"
	"math/big"
	"math/bits"
)

// Band is the public statement From ≤ v_0 < To about a commitment: both ends are shown, by two proofs that share nothing.
// With the least n for which To − From ≤ 2^n, the first shows From ≤ v_0 < From + 2^n and the second To − 2^n ≤ v_0 < To;
// both hold exactly from From to To.
type Band struct {
	C        Point
	From, To int64 // From < To ≤ From + 2^MaxRangeBits; bounds as those of a Range
	For      Audience
}

// Bits is n, at least 1; 0 for a band that is empty or wider than 2^MaxRangeBits.
func (b Band) Bits() int {
	width := uint64(b.To) - uint64(b.From) // exact wherever From < To
	if b.From >= b.To || width > 1<<MaxRangeBits {
		return 0
	}
	return max(1, bits.Len64(width-1))
}

// ranges are the two statements, each still to be checked by whoever uses it.
func (b Band) ranges() (lower, upper Range, err error) {
	n := b.Bits()
	if n == 0 {
		return lower, upper, fmt.Errorf("%w: a band that is empty or wider than 2^%d", ErrStatement, MaxRangeBits)
	}
	lower = Range{C: b.C, From: b.From, Bits: n, For: b.For}
	upper = lower
	upper.From = b.To - 1<<n
	return lower, upper, nil
}

// BandProof shows that its maker knows an opening of a Band's commitment whose group 0 lies in the band. Only ProveBand
// and DecodeBandProof make one.
type BandProof struct{ lower, upper RangeProof }

// ProveBand proves a band from the opening of its commitment, under the conditions and with the errors of ProveRange.
func ProveBand(b Band, values [Groups]*big.Int, blinding *big.Int, random io.Reader) (*BandProof, error) {
	lower, upper, err := b.ranges()
	if err != nil {
		return nil, err
	}
	first, err := ProveRange(lower, values, blinding, random)
	if err != nil {
		return nil, err
	}
	second, err := ProveRange(upper, values, blinding, random)
	if err != nil {
		return nil, err
	}
	return &BandProof{lower: *first, upper: *second}, nil
}

// Verify checks both proofs. Errors wrap ErrStatement or ErrProof.
func (p *BandProof) Verify(b Band) error {
	lower, upper, err := b.ranges()
	if err != nil {
		return err
	}
	if err := p.lower.Verify(lower); err != nil {
		return fmt.Errorf("lower end of a band: %w", err)
	}
	if err := p.upper.Verify(upper); err != nil {
		return fmt.Errorf("upper end of a band: %w", err)
	}
	return nil
}

// Encode is the proof of the lower end, then that of the upper end: 2·RangeProofSize(n) bytes.
func (p *BandProof) Encode() []byte { return append(p.lower.Encode(), p.upper.Encode()...) }

// DecodeBandProof reads the two proofs over so many bits each, Bits of the band, and nothing after them. Errors wrap
// ErrProof.
func DecodeBandProof(b []byte, bits int) (*BandProof, error) {
	if len(b)%2 != 0 {
		return nil, fmt.Errorf("%w: %d bytes are not two proofs", ErrProof, len(b))
	}
	lower, err := DecodeRangeProof(b[:len(b)/2], bits)
	if err != nil {
		return nil, fmt.Errorf("lower end of a band: %w", err)
	}
	upper, err := DecodeRangeProof(b[len(b)/2:], bits)
	if err != nil {
		return nil, fmt.Errorf("upper end of a band: %w", err)
	}
	return &BandProof{lower: *lower, upper: *upper}, nil
}
