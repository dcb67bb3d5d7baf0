package pedersen

import (
	"errors"
	"fmt"
	"io"
	"math/big"
)

// RangeProof shows that its maker knows an opening of a Range's commitment whose group 0 lies in the range, and nothing
// else; it needs neither circuit nor set-up. It commits to each bit b_i of v_0 − From by B_i, shows that every b_i is 0 or
// 1, and shows that C − From·G_0 − Σ 2^i·B_i is made of G_1, G_2, G_3 and H alone (Schnorr's protocol over those four). One
// challenge runs through all parts. Only ProveRange and DecodeRangeProof make one.
type RangeProof struct {
	e    *big.Int
	bits []bitProof
	rest [Groups]*big.Int // responses of G_1, G_2, G_3 and H
}

// ErrOutside is returned to a prover whose value does not lie in the range that it wants to show.
var ErrOutside = errors.New("the committed value is not in the range")

// ProveRange proves a statement from the opening of its commitment, with values[0] as an integer and not mod ℓ. random must
// be fresh for every proof: its reuse under another challenge gives the opening away. Errors wrap ErrStatement, ErrOutside
// or those of random.
func ProveRange(r Range, values [Groups]*big.Int, blinding *big.Int, random io.Reader) (*RangeProof, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	offset := new(big.Int).Sub(values[0], big.NewInt(r.From))
	if offset.Sign() < 0 || offset.BitLen() > r.Bits {
		return nil, ErrOutside
	}
	if !Commit(values, blinding).Equal(r.C) {
		return nil, fmt.Errorf("%w: this is not an opening of the commitment", ErrStatement)
	}
	secret := rangeSecret{others: values, blinding: new(big.Int).Set(blinding)}
	secret.others[0] = new(big.Int)
	for i := range r.Bits {
		if err := secret.add(i, offset.Bit(i), random); err != nil {
			return nil, err
		}
	}
	return secret.prove(r, random)
}

// rangeSecret is what the prover knows: the bits, and the opening of what they leave of the commitment.
type rangeSecret struct {
	bits     []*bitSecret
	others   [Groups]*big.Int // 0, v_1, v_2, v_3
	blinding *big.Int         // s − Σ 2^i·s_i
}

// add commits to bit i.
func (s *rangeSecret) add(i int, bit uint, random io.Reader) error {
	secret, err := newBit(bit, random)
	if err != nil {
		return err
	}
	s.bits = append(s.bits, secret)
	s.blinding.Sub(s.blinding, new(big.Int).Lsh(secret.s, uint(i)))
	return nil
}

// prove says the first messages, asks for the challenge and responds.
func (s *rangeSecret) prove(r Range, random io.Reader) (*RangeProof, error) {
	t := Integers([Groups]int64{})
	var first []Point
	for _, bit := range s.bits {
		messages := bit.messages()
		first = append(first, bit.commitment(), messages[0], messages[1])
	}
	var tH *big.Int
	for _, scalar := range []**big.Int{&t[1], &t[2], &t[3], &tH} {
		var err error
		if *scalar, err = drawScalar(random); err != nil {
			return nil, err
		}
	}
	p := &RangeProof{e: r.challenge(append(first, Commit(t, tH)))}
	for _, bit := range s.bits {
		p.bits = append(p.bits, bit.respond(p.e))
	}
	for g := 1; g < Groups; g++ {
		p.rest[g-1] = respond(t[g], p.e, s.others[g])
	}
	p.rest[Groups-1] = respond(tH, p.e, s.blinding)
	return p, nil
}

// Verify checks that the challenge of the statement over the first messages that the responses fit is the one responded to.
// Errors wrap ErrStatement or ErrProof.
func (p *RangeProof) Verify(r Range) error {
	if err := r.check(); err != nil {
		return err
	}
	if len(p.bits) != r.Bits {
		return fmt.Errorf("%w: a proof over %d bits, the statement has %d", ErrProof, len(p.bits), r.Bits)
	}
	if r.challenge(p.first(r)).Cmp(p.e) != 0 {
		return fmt.Errorf("%w: the value is not shown to lie in the range", ErrProof)
	}
	return nil
}

// first are, for each bit, its commitment and two first messages, then that of the rest:
// z_1·G_1 + z_2·G_2 + z_3·G_3 + z_H·H − e·(C − From·G_0 − Σ 2^i·B_i).
func (p *RangeProof) first(r Range) []Point {
	var first, commitments []Point
	for i := range p.bits {
		messages := p.bits[i].messages(p.e)
		first = append(first, p.bits[i].b, messages[0], messages[1])
		commitments = append(commitments, p.bits[i].b)
	}
	z := [Groups]*big.Int{new(big.Int), p.rest[0], p.rest[1], p.rest[2]}
	return append(first, Commit(z, p.rest[Groups-1]).Sub(r.rest(commitments).Times(p.e)))
}

// bitProofSize is the length of an encoded bitProof, in bytes.
const bitProofSize = PointSize + 3*scalarSize

// RangeProofSize is the length of an encoded RangeProof over so many bits, in bytes: 2,720 for 20.
func RangeProofSize(bits int) int { return (1+Groups)*scalarSize + bits*bitProofSize }

// Encode is e ‖ z_1 ‖ z_2 ‖ z_3 ‖ z_H, then for each bit, the lowest first, B ‖ e_0 ‖ z_0 ‖ z_1.
func (p *RangeProof) Encode() []byte {
	b := appendScalars(nil, append([]*big.Int{p.e}, p.rest[:]...)...)
	for i := range p.bits {
		point := p.bits[i].b.Encode()
		b = appendScalars(append(b, point[:]...), p.bits[i].e0, p.bits[i].z[0], p.bits[i].z[1])
	}
	return b
}

// DecodeRangeProof reads exactly RangeProofSize(bits) bytes: points of the prime subgroup and scalars below ℓ, for 1 to
// MaxRangeBits bits. Errors wrap ErrProof.
func DecodeRangeProof(b []byte, bits int) (*RangeProof, error) {
	if bits < 1 || bits > MaxRangeBits || len(b) != RangeProofSize(bits) {
		return nil, fmt.Errorf("%w: %d bytes for a range of %d bits", ErrProof, len(b), bits)
	}
	scalars, err := decodeScalars(b[:(1+Groups)*scalarSize])
	if err != nil {
		return nil, err
	}
	p := &RangeProof{e: scalars[0], rest: [Groups]*big.Int(scalars[1:]), bits: make([]bitProof, bits)}
	for i := range p.bits {
		point, scalars, err := decodeProof(b[(1+Groups)*scalarSize+i*bitProofSize:][:bitProofSize], 3)
		if err != nil {
			return nil, fmt.Errorf("bit %d: %w", i, err)
		}
		p.bits[i] = bitProof{b: point, e0: scalars[0], z: [2]*big.Int{scalars[1], scalars[2]}}
	}
	return p, nil
}

// decodeScalars reads as many scalars as b holds, each below ℓ.
func decodeScalars(b []byte) ([]*big.Int, error) {
	var scalars []*big.Int
	for order := Order(); len(b) > 0; b = b[scalarSize:] {
		s := new(big.Int).SetBytes(b[:scalarSize])
		if s.Cmp(order) >= 0 {
			return nil, fmt.Errorf("%w: scalar %d is not below the group's order", ErrProof, len(scalars)+1)
		}
		scalars = append(scalars, s)
	}
	return scalars, nil
}
