package poseidon

import (
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/poseidon2"
)

// The permutation of width 8 with gnark-crypto's constants and multiplication, and with sums of our own: a tree over a
// million records is five million of these. The library's sums took two fifths of the time: they branch on whether a sum passes
// the modulus, which half of all do, and add the zeros of a partial round's key. A test holds the two equal.

const width = 8

type state [width]fr.Element

var (
	parameters8 = poseidon2.NewParameters(width, Width8Full, Width8Partial)
	diagonal8   = state(parameters8.DiagM1)
)

// permute is Poseidon2 (section 5): a linear layer, half of the full rounds, the partial rounds, the other full rounds.
func (x *state) permute() {
	x.external()
	for round, keys := range parameters8.RoundKeys {
		if round < Width8Full/2 || round >= Width8Full/2+Width8Partial {
			x.fullRound(keys)
		} else {
			x.partialRound(&keys[0])
		}
	}
}

func (x *state) fullRound(keys []fr.Element) {
	for i := range x {
		add(&x[i], &x[i], &keys[i])
		fifthPower(&x[i])
	}
	x.external()
}

// partialRound has the matrix of ones plus a diagonal (section 5.2).
func (x *state) partialRound(key *fr.Element) {
	add(&x[0], &x[0], key)
	fifthPower(&x[0])
	var total fr.Element
	x.sum(&total)
	for i := range x {
		x[i].Mul(&x[i], &diagonal8[i])
		add(&x[i], &x[i], &total)
	}
}

// external is the matrix circ(2·M4, M4) (section 5.1).
func (x *state) external() {
	multiplyM4((*[4]fr.Element)(x[:4]))
	multiplyM4((*[4]fr.Element)(x[4:]))
	for i := range width / 2 {
		var both fr.Element
		add(&both, &x[i], &x[i+4])
		add(&x[i], &x[i], &both)
		add(&x[i+4], &x[i+4], &both)
	}
}

// multiplyM4 is M4 = [5 7 1 3; 4 6 1 1; 1 3 5 7; 1 1 4 6] by the eight additions and four doublings of appendix B.
func multiplyM4(x *[4]fr.Element) {
	var t0, t1, t2, t3 fr.Element
	add(&t0, &x[0], &x[1])
	add(&t1, &x[2], &x[3])
	double(&t2, &x[1])
	add(&t2, &t2, &t1) // 2 x1 + t1
	double(&t3, &x[3])
	add(&t3, &t3, &t0) // 2 x3 + t0
	double(&t1, &t1)
	double(&t1, &t1)
	add(&x[3], &t1, &t3)
	double(&t0, &t0)
	double(&t0, &t0)
	add(&x[1], &t0, &t2)
	add(&x[0], &t3, &x[1])
	add(&x[2], &t2, &x[3])
}

func fifthPower(x *fr.Element) {
	var fourth fr.Element
	fourth.Square(x).Square(&fourth)
	x.Mul(x, &fourth)
}

func double(z, x *fr.Element) { add(z, x, x) }
