package gadget

import (
	"crypto/sha256"
	"encoding/binary"
	"math/big"
	"slices"
	"sync"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"
	"github.com/consensys/gnark/frontend"

	"weir/engine/pedersen"
)

// Point is a point of weir's curve in Montgomery form, B·v² = u³ + A·u² + u, where an addition takes three constraints
// instead of the six of complete Edwards addition. T is frontend.Variable in a circuit, fr.Element outside.
//
//	u = (1 + y)/(1 − y)    v = u/x    A = 2(a + d)/(a − d)    B = 4/(a − d)
//
// The identity has no such form.
type Point[T any] struct{ U, V T }

// Montgomery converts a point. It reports false for the identity and for the zero value of pedersen.Point.
func Montgomery(p pedersen.Point) (Point[fr.Element], bool) {
	x, y := p.Coordinates()
	if x.IsZero() {
		return Point[fr.Element]{}, false
	}
	var numerator, denominator fr.Element
	one := fr.One()
	numerator.Add(&one, &y)
	denominator.Sub(&one, &y)
	var m Point[fr.Element]
	m.U.Div(&numerator, &denominator)
	m.V.Div(&m.U, &x)
	return m, true
}

// Offset is Z, the point at which every sum in a circuit begins: by the rule of pedersen's generators from the name
// "weir/generator/v1/Z", so nobody knows a relation between Z, the G_g and H.
//
// Additions here are incomplete: they say nothing about acc + P when acc = ±P. That case is out of reach. Every
// accumulator is Z plus multiples of H and of the commitments W_k, whose openings in G_g and H the model proof
// establishes; acc = ±P would be a representation of Z in the G_g and H, which is the discrete logarithm that hiding
// and binding of the commitments already rest on. What a circuit computes is then the true sum plus Z.
var Offset = sync.OnceValue(func() pedersen.Point {
	for counter := uint32(0); ; counter++ {
		sum := sha256.Sum256(binary.BigEndian.AppendUint32([]byte("weir/generator/v1/Z"), counter))
		var y fr.Element
		y.SetBytes(sum[:])
		encoded := y.Bytes()
		slices.Reverse(encoded[:]) // RFC 8032 order, and sign 0: of ±x the one that is not lexicographically largest
		var candidate twistededwards.PointAffine
		if _, err := candidate.SetBytes(encoded[:]); err != nil {
			continue
		}
		candidate.ScalarMultiplication(&candidate, big.NewInt(8))
		cleared := candidate.Bytes()
		if p, err := pedersen.DecodePoint(cleared[:]); err == nil && !p.IsIdentity() {
			return p
		}
	}
})

// montgomery holds A, B and 1/B.
var montgomery = sync.OnceValue(func() (c struct{ a, b, bInverse fr.Element }) {
	curve := twistededwards.GetEdwardsCurve()
	var difference fr.Element
	difference.Sub(&curve.A, &curve.D)
	c.a.Add(&curve.A, &curve.D)
	c.a.Double(&c.a)
	c.a.Div(&c.a, &difference)
	c.b.SetUint64(4)
	c.b.Div(&c.b, &difference)
	c.bInverse.Inverse(&c.b)
	return c
})

// AddPoints is p + q for p ≠ ±q, three constraints (see Offset for why the exception is out of reach):
// λ = (v_q − v_p)/(u_q − u_p), u = B·λ² − A − u_p − u_q, v = λ·(u_p − u) − v_p. Its native twin is pedersen.Point.Add.
func (a *API) AddPoints(p, q Point[frontend.Variable]) Point[frontend.Variable] {
	curve := montgomery()
	slope := a.DivUnchecked(a.Sub(q.V, p.V), a.Sub(q.U, p.U))
	u := a.Sub(a.Mul(a.Mul(slope, slope), curve.b), curve.a, p.U, q.U)
	return Point[frontend.Variable]{U: u, V: a.Sub(a.Mul(a.Sub(p.U, u), slope), p.V)}
}

// AssertSum states p + q = sum for p ≠ ±q, three constraints. Its native twin is pedersen.Point.Add.
func (a *API) AssertSum(p, q, sum Point[frontend.Variable]) {
	curve := montgomery()
	slope := a.DivUnchecked(a.Sub(q.V, p.V), a.Sub(q.U, p.U))
	a.AssertProduct(slope, slope, a.Mul(a.API.Add(sum.U, curve.a, p.U, q.U), curve.bInverse))
	a.AssertProduct(a.Sub(p.U, sum.U), slope, a.API.Add(sum.V, p.V))
}

// assertOnCurve takes one constraint, given u² and u³.
func (a *API) assertOnCurve(p Point[frontend.Variable], u2, u3 frontend.Variable) {
	curve := montgomery()
	a.AssertProduct(p.V, p.V, a.Mul(a.API.Add(u3, a.Mul(u2, curve.a), p.U), curve.bInverse))
}
