package pedersen

import (
	"io"
	"math/big"
)

// bitProof shows that its maker knows an opening of B as 0·G_0 + s·H or as 1·G_0 + s·H, and not which: two Schnorr proofs
// of the logarithm of B − f·G_0 to base H, f = 0 and 1, whose challenges add up to the one challenge e, so that at most
// one of them was chosen before e (Cramer, Damgård and Schoenmakers, CRYPTO '94).
type bitProof struct {
	b  Point
	e0 *big.Int    // the challenge of f = 0; that of f = 1 is e − e0 mod ℓ
	z  [2]*big.Int // the responses
}

// messages are the first messages that the responses fit: T_f = z_f·H − e_f·(B − f·G_0).
func (p *bitProof) messages(e *big.Int) [2]Point {
	e1 := new(big.Int).Sub(e, p.e0)
	return [2]Point{
		TimesH(p.z[0]).Sub(p.b.Times(p.e0)),
		onGroup0(e1, p.z[1]).Sub(p.b.Times(e1)),
	}
}

// bitSecret is what the prover keeps of one bit until the challenge is known. The branch f = 1 − bit is simulated: its
// challenge and response come first.
type bitSecret struct {
	bit   uint
	s     *big.Int // B = bit·G_0 + s·H
	t     *big.Int // T_bit = t·H
	other struct{ e, z *big.Int }
}

func newBit(bit uint, random io.Reader) (*bitSecret, error) {
	secret := &bitSecret{bit: bit}
	for _, scalar := range []**big.Int{&secret.s, &secret.t, &secret.other.e, &secret.other.z} {
		var err error
		if *scalar, err = drawScalar(random); err != nil {
			return nil, err
		}
	}
	return secret, nil
}

// commitment is B.
func (s *bitSecret) commitment() Point {
	return onGroup0(new(big.Int).SetUint64(uint64(s.bit)), s.s)
}

// messages are T_0 and T_1. With B = bit·G_0 + s·H known, the simulated one is (z − e·s)·H − e·(bit − f)·G_0.
func (s *bitSecret) messages() [2]Point {
	value := new(big.Int).Set(s.other.e)
	if s.bit == 1 {
		value.Neg(value)
	}
	blinding := new(big.Int).Mul(s.other.e, s.s)
	var t [2]Point
	t[s.bit] = TimesH(s.t)
	t[1-s.bit] = onGroup0(value, blinding.Sub(s.other.z, blinding))
	return t
}

// respond finishes the branch that is true with the part of e that the other left.
func (s *bitSecret) respond(e *big.Int) bitProof {
	own := new(big.Int).Sub(e, s.other.e)
	own.Mod(own, Order())
	p := bitProof{b: s.commitment(), e0: own}
	if s.bit == 1 {
		p.e0 = s.other.e
	}
	p.z[s.bit], p.z[1-s.bit] = respond(s.t, own, s.s), s.other.z
	return p
}

// onGroup0 is value·G_0 + blinding·H.
func onGroup0(value, blinding *big.Int) Point {
	values := Integers([Groups]int64{})
	values[0] = value
	return Commit(values, blinding)
}
