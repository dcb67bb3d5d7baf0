package gadget

import (
	"math/big"
	"sync"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/frontend"

	"weir/engine/pedersen"
)

// Windows is the number of windows of a multiple of H: one for each base-12 digit of a 251-bit scalar.
const Windows = 70

const windowBase = 12

// AssertWindow states that p is one of the twelve points ±{1, 3, 5, 7, 9, 11}·12^i·H, in four constraints; its native
// twin is BlindingWindows. Nothing is selected: p is a secret of the prover, and any of the twelve will do, for the sum
// of one point a window is some ρ·H and the prover has shown it by naming the points.
//
// The six u-coordinates are the roots of a polynomial P of degree 6. With S the cubic whose square agrees with P down to
// u³, P = S² + T, T of degree 2; P(u) = 0 is then one product, S² = −T, over u² and u³. A point of the curve with that
// u is one of two negatives of each other.
func (a *API) AssertWindow(i int, p Point[frontend.Variable]) {
	w := &windows()[i]
	u2 := a.Mul(p.U, p.U)
	u3 := a.Mul(u2, p.U)
	a.assertOnCurve(p, u2, u3)
	s := a.API.Add(u3, a.Mul(u2, w.s[2]), a.Mul(p.U, w.s[1]), w.s[0])
	a.AssertProduct(s, s, a.API.Add(a.Mul(u2, w.minusT[2]), a.Mul(p.U, w.minusT[1]), w.minusT[0]))
}

// BlindingWindows gives one point a window whose sum is scalar·H; the scalar is any integer, taken mod ℓ. Of scalar mod
// ℓ and that minus ℓ one is odd; it has base-12 digits in ±{1, 3, …, 11}, all odd. Not constant time.
func BlindingWindows(scalar *big.Int) (points [Windows]Point[fr.Element]) {
	order := pedersen.Order()
	rest := new(big.Int).Mod(scalar, order)
	if rest.Bit(0) == 0 {
		rest.Sub(rest, order)
	}
	base, twice, residue := big.NewInt(windowBase), big.NewInt(2*windowBase), new(big.Int)
	for i := range points {
		digit := rest.Int64() // the last digit is all that is left
		if i < Windows-1 {
			digit = residue.Mod(rest, twice).Int64() - windowBase // odd, and leaves an odd quotient
		}
		points[i] = windows()[i].multiple(digit)
		rest.Div(rest.Sub(rest, big.NewInt(digit)), base)
	}
	if rest.Sign() != 0 {
		panic("gadget: 12^70 > ℓ, so nothing is left")
	}
	return points
}

// window holds the points {1, 3, …, 11}·12^i·H and P = S² + T of their u-coordinates, constants first.
type window struct {
	points [windowBase / 2]Point[fr.Element]
	s      [3]fr.Element // S = u³ + s2·u² + s1·u + s0
	minusT [3]fr.Element
}

// multiple is digit·12^i·H for an odd digit of at most 11 either way.
func (w *window) multiple(digit int64) Point[fr.Element] {
	if digit > 0 {
		return w.points[digit/2]
	}
	p := w.points[-digit/2]
	p.V.Neg(&p.V)
	return p
}

var windows = sync.OnceValue(func() *[Windows]window {
	all := new([Windows]window)
	base := pedersen.BlindingGenerator()
	for i := range all {
		p, twice := base, base.Add(base)
		for j := range all[i].points {
			all[i].points[j], _ = Montgomery(p) // an odd multiple below ℓ is never the identity
			p = p.Add(twice)
		}
		all[i].split()
		base = base.Times(big.NewInt(windowBase))
	}
	return all
})

// split derives S and −T from the points.
func (w *window) split() {
	p := []fr.Element{fr.One()} // Π (u − u_j), leading coefficient first
	for _, point := range w.points {
		p = append(p, fr.Element{})
		for i := len(p) - 1; i > 0; i-- {
			var product fr.Element
			p[i].Sub(&p[i], product.Mul(&p[i-1], &point.U))
		}
	}
	var half, t fr.Element
	half.SetUint64(2)
	half.Inverse(&half)
	w.s[2].Mul(&p[1], &half)
	w.s[1].Mul(t.Sub(&p[2], t.Square(&w.s[2])), &half)
	w.s[0].Sub(t.Mul(&p[3], &half), w.s[0].Mul(&w.s[2], &w.s[1]))
	// S² has s0² + 2·s0·s1·u + (s1² + 2·s0·s2)·u² below u³.
	var square, cross fr.Element
	w.minusT[0].Sub(square.Square(&w.s[0]), &p[6])
	w.minusT[1].Sub(cross.Double(cross.Mul(&w.s[0], &w.s[1])), &p[5])
	cross.Double(cross.Mul(&w.s[0], &w.s[2]))
	w.minusT[2].Sub(cross.Add(&cross, square.Square(&w.s[1])), &p[4])
}
