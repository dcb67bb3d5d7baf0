package model

import (
	"math/big"
	mathrand "math/rand/v2"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"weir/circuits/model/ring"
)

// What a cheating prover of TestEveryCheatIsCaught does to an honest instance and its wires.

// shiftBoth adds 1 to a coefficient of b and ±1 to the same of c0.
func shiftBoth(sign int) func(*attempt) {
	return func(a *attempt) {
		s := &a.in.statement
		for i := range s.B {
			s.B[i][5]++
			s.C0[i][5] = uint64(int64(s.C0[i][5]) + int64(sign))
		}
	}
}

// fieldOverflow is the r that makes coefficient i of the first identity hold in the field, integer or not.
func (a *attempt) fieldOverflow(i int, message uint64) fr.Element {
	s, w := &a.in.statement, &a.in.witness
	tau, m := ring.TauElement(), fr.NewElement(message)
	return fieldQuotient(s.A, w.Secret, w.Noise, s.C0, *tau.Mul(&tau, &m))[i]
}

func (a *attempt) pointOverflow() fr.Element {
	return a.fieldOverflow(0, uint64(a.in.witness.Points[0][0]))
}

// keyOverflow is the same for all r' + 256 of the second identity.
func (a *attempt) keyOverflow() []fr.Element {
	s, w := &a.in.statement, &a.in.witness
	places, offset := fieldQuotient(s.APrime, w.Secret, w.Key, s.B, fr.Element{}), fr.NewElement(256)
	for i := range places {
		places[i].Add(&places[i], &offset)
	}
	return places
}

// fieldQuotient is (c + a·secret − noise − message)/Q in the field, for each coefficient.
func fieldQuotient(a *ring.Residues, secret, noise *[ring.N]int8, c *ring.Residues, message fr.Element) []fr.Element {
	product, _ := ring.Divide(a.Centred(), ring.Small(secret))
	q, e, quotient := ring.QElement(), ring.Small(noise), c.Centred()
	for i := range quotient {
		quotient[i].Add(&quotient[i], &product[i]).Sub(&quotient[i], &e[i]).Sub(&quotient[i], &message)
		quotient[i].Div(&quotient[i], &q)
	}
	return quotient
}

// lacking is what the lowest coefficient of the first identity's quotient has to gain to make it hold at x alone: the
// change of c0 over x^N + 1.
func (a *attempt) lacking(x *fr.Element) fr.Element {
	s := a.in.statement
	honest := encrypted(a.in)
	now, before := s.C0.Centred().At(x), honest.Centred().At(x)
	modulus, one := *new(fr.Element).Exp(*x, big.NewInt(ring.N)), fr.One()
	modulus.Add(&modulus, &one)
	now.Sub(&now, &before)
	return *now.Div(&now, &modulus)
}

// reach is what a record can collect of group g.
func (a *attempt) reach(g int) (sum uint32) {
	s := &a.in.statement
	for l, bound := range a.in.witness.bounds(s) {
		if !s.continues(l) {
			sum += uint32(bound[g])
		}
	}
	return sum
}

// scatter gives every row points in every group, but the joints of continued lines none.
func (a *attempt) scatter(random *mathrand.Rand) {
	for k := range Rows {
		for g := range Groups {
			a.in.witness.Points[k][g] = uint16(1 + random.IntN(200))
		}
	}
	for l := range Lines {
		if a.in.statement.continues(l) {
			a.in.witness.Points[LineRows*l], a.in.witness.Points[LineRows*l-1] = [Groups]uint16{}, [Groups]uint16{}
		}
	}
}
