package pedersen

import (
	"errors"
	"fmt"
	"io"
	"math/big"
)

// ErrProof is returned for bytes that are not a proof of this package in its one form, and for proofs that do not verify.
var ErrProof = errors.New("commitment proof refused")

// scalarSize is the length of an encoded scalar: big-endian, below ℓ.
const scalarSize = 32

// OpeningProofSize is the length of an encoded OpeningProof, in bytes.
const OpeningProofSize = PointSize + (Groups+1)*scalarSize

// OpeningProof shows that its maker knows an opening of a commitment C = Σ_g v_g·G_g + s·H, and nothing else (Schnorr's
// protocol for several generators, made non-interactive by Fiat and Shamir's hash).
type OpeningProof struct {
	T  Point            // Σ_g t_g·G_g + t_H·H
	Z  [Groups]*big.Int // t_g + e·v_g mod ℓ
	ZH *big.Int         // t_H + e·s mod ℓ
}

// Challenge is e, a hash of the whole statement and of the proof's first message T; it fixes what is proven to whom.
type Challenge func(t Point) *big.Int

// ProveOpening proves knowledge of an opening. random must be fresh for every proof: two proofs with one T give the
// opening away.
func ProveOpening(values [Groups]*big.Int, blinding *big.Int, challenge Challenge, random io.Reader) (*OpeningProof, error) {
	var t [Groups + 1]*big.Int
	for i := range t {
		var err error
		if t[i], err = drawScalar(random); err != nil {
			return nil, err
		}
	}
	p := &OpeningProof{T: Commit([Groups]*big.Int(t[:Groups]), t[Groups])}
	e := challenge(p.T)
	for g := range p.Z {
		p.Z[g] = respond(t[g], e, values[g])
	}
	p.ZH = respond(t[Groups], e, blinding)
	return p, nil
}

// Verify checks Σ_g z_g·G_g + z_H·H = T + e·C.
func (p *OpeningProof) Verify(c Point, challenge Challenge) error {
	if !Commit(p.Z, p.ZH).Equal(p.T.Add(c.Times(challenge(p.T)))) {
		return fmt.Errorf("%w: no knowledge of an opening", ErrProof)
	}
	return nil
}

// Encode is T ‖ z_0 ‖ … ‖ z_3 ‖ z_H.
func (p *OpeningProof) Encode() []byte {
	t := p.T.Encode()
	return appendScalars(t[:], append(p.Z[:], p.ZH)...)
}

// DecodeOpeningProof reads exactly OpeningProofSize bytes: a point of the prime subgroup and scalars below ℓ.
func DecodeOpeningProof(b []byte) (*OpeningProof, error) {
	t, scalars, err := decodeProof(b, Groups+1)
	if err != nil {
		return nil, err
	}
	return &OpeningProof{T: t, Z: [Groups]*big.Int(scalars[:Groups]), ZH: scalars[Groups]}, nil
}

// BlindingProofSize is the length of an encoded BlindingProof, in bytes.
const BlindingProofSize = PointSize + scalarSize

// BlindingProof shows that its maker knows x with D = x·H: two commitments that differ by D commit to the same values.
type BlindingProof struct {
	T Point    // t·H
	Z *big.Int // t + e·x mod ℓ
}

// ProveBlinding proves knowledge of the logarithm of x·H to base H.
func ProveBlinding(x *big.Int, challenge Challenge, random io.Reader) (*BlindingProof, error) {
	t, err := drawScalar(random)
	if err != nil {
		return nil, err
	}
	p := &BlindingProof{T: TimesH(t)}
	p.Z = respond(t, challenge(p.T), x)
	return p, nil
}

// Verify checks z·H = T + e·D.
func (p *BlindingProof) Verify(d Point, challenge Challenge) error {
	if !TimesH(p.Z).Equal(p.T.Add(d.Times(challenge(p.T)))) {
		return fmt.Errorf("%w: the values are not shown to be the same", ErrProof)
	}
	return nil
}

// Encode is T ‖ z.
func (p *BlindingProof) Encode() []byte {
	t := p.T.Encode()
	return appendScalars(t[:], p.Z)
}

// DecodeBlindingProof reads exactly BlindingProofSize bytes.
func DecodeBlindingProof(b []byte) (*BlindingProof, error) {
	t, scalars, err := decodeProof(b, 1)
	if err != nil {
		return nil, err
	}
	return &BlindingProof{T: t, Z: scalars[0]}, nil
}

// respond is t + e·x mod ℓ.
func respond(t, e, x *big.Int) *big.Int {
	z := new(big.Int).Mul(e, x)
	z.Add(z, t)
	return z.Mod(z, Order())
}

// drawScalar reads 64 bytes, big-endian, mod ℓ: within 2^-260 of uniform.
func drawScalar(random io.Reader) (*big.Int, error) {
	var wide [64]byte
	if _, err := io.ReadFull(random, wide[:]); err != nil {
		return nil, fmt.Errorf("pedersen: randomness: %w", err)
	}
	s := new(big.Int).SetBytes(wide[:])
	return s.Mod(s, Order()), nil
}

func appendScalars(b []byte, scalars ...*big.Int) []byte {
	for _, s := range scalars {
		b = append(b, s.FillBytes(make([]byte, scalarSize))...)
	}
	return b
}

// decodeProof reads a point and a number of scalars, and nothing after them.
func decodeProof(b []byte, scalars int) (Point, []*big.Int, error) {
	if len(b) != PointSize+scalars*scalarSize {
		return Point{}, nil, fmt.Errorf("%w: %d bytes, want %d", ErrProof, len(b), PointSize+scalars*scalarSize)
	}
	t, err := DecodePoint(b[:PointSize])
	if err != nil {
		return Point{}, nil, fmt.Errorf("%w: %w", ErrProof, err)
	}
	order, list := Order(), make([]*big.Int, scalars)
	for i := range list {
		list[i] = new(big.Int).SetBytes(b[PointSize+i*scalarSize:][:scalarSize])
		if list[i].Cmp(order) >= 0 {
			return Point{}, nil, fmt.Errorf("%w: scalar %d is not below the group's order", ErrProof, i+1)
		}
	}
	return t, list, nil
}
