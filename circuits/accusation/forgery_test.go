package accusation

import (
	"math/big"

	"weir/circuits/model/ring"
)

// What a cheating accuser of TestEveryCheatIsCaught does to an honest assignment.

// renumber writes another D, with E and r to fit, into a slot.
func (a *attempt) renumber(l int, number, noise, overflow *big.Int) {
	newTallies().slot(a.secret, l, &opened{number: number, noise: noise, overflow: overflow})
}

func (a *attempt) openedSlot(l int) opened {
	s := &a.in.statement
	product, _ := ring.Divide(s.rounded(), ring.Small(a.in.witness.Secret))
	v := ring.Integer(&product[l])
	return decrypt(v.Add(v, s.C0[l].integer()), l < Groups)
}

// claim sets Z to κ times the difference that the changed number in a slot makes, as the liar would.
func (a *attempt) claim(l int) {
	bits, scalar := new(big.Int), new(big.Int)
	for i := range a.secret.Number[l] {
		bits.SetBit(bits, i, uint(a.secret.Number[l][i].Uint64()))
	}
	for i := range a.secret.Scalar {
		scalar.SetBit(scalar, i, uint(a.secret.Scalar[i].Uint64()))
	}
	if l < Groups {
		bits.Sub(bits, new(big.Int).SetUint64((ring.T-1)/2))
	}
	bits.Sub(bits, big.NewInt(a.in.numbers[l]))
	z := bases()[l].Times(bits).Times(scalar)
	a.public.Z.X, a.public.Z.Y = z.Coordinates()
}

// addT takes D + t for D. With wraps = (τt − 1)/Q, τ·t is 1 + Q·wraps.
func (a *attempt) addT(l int) {
	o, t := a.openedSlot(l), new(big.Int).SetUint64(ring.T)
	a.renumber(l, o.number.Add(o.number, t), o.noise.Sub(o.noise, big.NewInt(1)), o.overflow.Sub(o.overflow, wraps()))
	a.claim(l)
}

// nextNumber takes D + (Q mod t), E + ⌊Q/t⌋ for D, E, the step that changes the noise least; or both minus one step of t.
// Eight digits of E have room for that: only the range check on the top one refuses it.
func (a *attempt) nextNumber(l int) {
	o, t := a.openedSlot(l), new(big.Int).SetUint64(ring.T)
	step, rest := new(big.Int).DivMod(ring.Q(), t, new(big.Int))
	o.number.Add(o.number, rest)
	o.noise.Add(o.noise, step)
	step.Mul(step, wraps())
	o.overflow.Sub(o.overflow, step.Sub(ring.Tau(), step))
	top := new(big.Int).Set(t)
	if l < Groups {
		top.Rsh(top, 1)
	}
	if o.number.Cmp(top) >= 0 {
		o.number.Sub(o.number, t)
		o.noise.Add(o.noise, big.NewInt(1))
		o.overflow.Add(o.overflow, wraps())
	}
	a.renumber(l, o.number, o.noise, o.overflow)
	a.claim(l)
}

func wraps() *big.Int {
	wraps := new(big.Int).Mul(ring.Tau(), new(big.Int).SetUint64(ring.T))
	return wraps.Div(wraps, ring.Q())
}
