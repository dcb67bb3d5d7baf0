package model

import (
	"errors"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"weir/circuits/model/ring"
	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/pedersen"
)

// ErrStatement is returned for a statement that breaks a bound which the circuit relies on.
var ErrStatement = errors.New("statement out of bounds")

const (
	topEdge       = uint64(1) << 32 // above every encoded value
	capLimit      = uint32(1) << 17 // every B_g is below
	maxResolution = 16              // bits
)

// Statement is one sealed slice as everybody sees it. Whoever verifies must have computed SliceDigest itself, over the
// very bytes that the other fields were read from, and expanded A and APrime from the sealing's seed itself: the digest
// is what fixes them before the challenge.
type Statement struct {
	SliceDigest engine.Digest               // H("weir/slice/v1", …), protocol section 2
	A, APrime   *ring.Residues              // a of this slice, a' of the sealing
	C0, B       *ring.Residues              // the slice's encryption, the sealing's key
	Rows        [Rows]pedersen.Point        // W_k, k = 8·line + bin
	Edges       [Lines][LineRows - 1]uint64 // 1 ≤ e_1 ≤ … ≤ e_7 ≤ 2^32, by line
	Map         [Lines]uint8                // the feature of each line, below 32
	Caps        [Groups]uint32              // B_g, below 2^17
	Resolution  uint8                       // bits, 1 to 16
}

// check refuses what the circuit does not look at but relies on. Errors wrap ErrStatement.
func (s *Statement) check() error {
	for _, p := range []struct {
		name     string
		residues *ring.Residues
	}{{"a", s.A}, {"a'", s.APrime}, {"c0", s.C0}, {"b", s.B}} {
		if p.residues == nil {
			return fmt.Errorf("%w: no polynomial %s", ErrStatement, p.name)
		}
		if err := p.residues.Check(); err != nil {
			return fmt.Errorf("%w: polynomial %s: %w", ErrStatement, p.name, err)
		}
	}
	for k := range s.Rows {
		if s.Rows[k].Equal(pedersen.Point{}) {
			return fmt.Errorf("%w: no commitment %d", ErrStatement, k)
		}
	}
	return s.checkTables()
}

func (s *Statement) checkTables() error {
	for l, edges := range s.Edges {
		below := uint64(1)
		for i, edge := range edges {
			if edge < below || edge > topEdge {
				return fmt.Errorf("%w: line %d, edge %d", ErrStatement, l, i+1)
			}
			below = edge
		}
		if s.Map[l] >= Lines {
			return fmt.Errorf("%w: line %d reads feature %d of 32", ErrStatement, l, s.Map[l])
		}
	}
	for g, limit := range s.Caps {
		if limit >= capLimit {
			return fmt.Errorf("%w: cap of group %d is %d, want below %d", ErrStatement, g, limit, capLimit)
		}
	}
	if s.Resolution < 1 || s.Resolution > maxResolution {
		return fmt.Errorf("%w: resolution of %d bits, want 1 to %d", ErrStatement, s.Resolution, maxResolution)
	}
	return nil
}

// element is field(H("weir/sealing/v1", [sliceDigest, W*, circuit id])).
func (s *Statement) element(mask pedersen.Point, circuit engine.Digest) (e fr.Element) {
	digest := canonical.Digest("weir/sealing/v1", []any{s.SliceDigest, mask.Encode(), circuit})
	field := canonical.Field(digest)
	e.SetBytes(field[:])
	return e
}

// polynomials are the public polynomials with centred coefficients.
type polynomials struct{ a, aPrime, c0, b ring.Polynomial }

func (s *Statement) polynomials() *polynomials {
	return &polynomials{a: s.A.Centred(), aPrime: s.APrime.Centred(), c0: s.C0.Centred(), b: s.B.Centred()}
}

// publicAt are the public inputs at a challenge.
func (s *Statement) publicAt(x *fr.Element, p *polynomials, statement fr.Element, out *[Openings]fr.Element) *Public[fr.Element] {
	public := &Public[fr.Element]{
		Statement: statement, C0: p.c0.At(x), A: p.a.At(x), B: p.b.At(x), APrime: p.aPrime.At(x), Out: *out,
	}
	for k, weight := range psi(x) {
		public.Psi[k].SetBigInt(weight)
	}
	for l := range Lines {
		public.Feature[l] = power(x, s.Map[l])
		if s.continues(l) {
			public.Continues[l-1].SetOne()
		}
	}
	for g, limit := range s.Caps {
		public.Caps[g].SetUint64(uint64(limit))
	}
	public.FeatureCap.SetUint64(s.featureCap())
	return public
}
