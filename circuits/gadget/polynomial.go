package gadget

import (
	"errors"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/frontend"
)

// Bins is the number of rows of a line. Bin b stands in a circuit as ω^b, ω a primitive eighth root of unity.
const Bins = 8

// ErrLeadingCoefficient is returned when eight values lie on a polynomial of degree below 7, which Interpolated cannot
// evaluate. Values that depend on random blindings never do.
var ErrLeadingCoefficient = errors.New("leading coefficient is zero")

// Root is ω^b; b may be any integer.
func Root(b int) fr.Element { return roots[((b%Bins)+Bins)%Bins] }

var roots = func() (powers [Bins]fr.Element) {
	generator, err := fr.Generator(Bins)
	if err != nil {
		panic(err) // 8 divides p − 1
	}
	powers[0].SetOne()
	for b := 1; b < Bins; b++ {
		powers[b].Mul(&powers[b-1], &generator)
	}
	return powers
}()

// Interpolate gives the coefficients, constant first, of the polynomial of degree at most 7 whose value at ω^b is
// values[b].
func Interpolate(values [Bins]fr.Element) (coefficients [Bins]fr.Element) {
	var eighth fr.Element
	eighth.SetUint64(Bins)
	eighth.Inverse(&eighth)
	for i := range coefficients {
		for b := range values {
			var term fr.Element
			root := Root(-i * b)
			coefficients[i].Add(&coefficients[i], term.Mul(&values[b], &root))
		}
		coefficients[i].Mul(&coefficients[i], &eighth)
	}
	return coefficients
}

// Bin is a secret bin as t = ω^b with its powers.
type Bin struct{ t, t2, t4 frontend.Variable }

// NewBin states t⁸ = 1 in three constraints, t² and t⁴ among them. Its native twin is Root.
func (a *API) NewBin(t frontend.Variable) Bin {
	t2 := a.Mul(t, t)
	t4 := a.Mul(t2, t2)
	a.AssertProduct(a.API.Add(t4, 1), a.Sub(t4, 1), 0)
	return Bin{t, t2, t4}
}

// The evaluations below are preprocessed (Rabin and Winograd, Comm. Pure Appl. Math. 25, 1972): a polynomial of degree 7
// is handed over not by its coefficients but by parameters of nested products, which halves the multiplications. The
// parameters determine the polynomial; they are public, and every verifier derives them from the values itself, so a
// prover has no say in them.
//
//	cubic(q)   = (t² + q0)(t + q1) + t + q2                 monic, one product
//	monic(q)   = (t⁴ + q0)·cubic(q1..q3) + cubic(q4..q6)    monic of degree 7, three products
//	general(q) = (t⁴ + q4)((t² + q1)(q0·t + q2) + t + q3) + cubic(q5..q7)    any of degree 7, four products

// Monic holds the parameters of a monic polynomial of degree 7.
type Monic[T any] [7]T

// General holds the parameters of a polynomial of degree 7 with any leading coefficient but 0.
type General[T any] [8]T

// MonicParameters preprocesses t⁷ + Σ_(i<7) c_i·t^i.
func MonicParameters(c [7]fr.Element) (q Monic[fr.Element]) {
	one := fr.One()
	q[0].Sub(&c[3], &one) // so that the rest below stays monic
	upper := [3]fr.Element{c[4], c[5], c[6]}
	lower := restOfDivision([3]fr.Element(c[:3]), q[0], upper)
	copy(q[1:], cubicParameters(upper))
	copy(q[4:], cubicParameters(lower))
	return q
}

// GeneralParameters preprocesses Σ c_i·t^i. The error is ErrLeadingCoefficient.
func GeneralParameters(c [8]fr.Element) (q General[fr.Element], err error) {
	if c[7].IsZero() {
		return q, ErrLeadingCoefficient
	}
	var inverse, product fr.Element
	one := fr.One()
	inverse.Inverse(&c[7])
	q[0], q[2] = c[7], c[6]
	q[1].Mul(q[1].Sub(&c[5], &one), &inverse)
	q[3].Sub(&c[4], product.Mul(&q[1], &q[2]))
	q[4].Mul(q[4].Sub(&c[3], &one), &inverse)
	copy(q[5:], cubicParameters(restOfDivision([3]fr.Element(c[:3]), q[4], [3]fr.Element(c[4:7]))))
	return q, nil
}

// restOfDivision is c − factor·upper, coefficient by coefficient.
func restOfDivision(c [3]fr.Element, factor fr.Element, upper [3]fr.Element) [3]fr.Element {
	for i := range c {
		var product fr.Element
		c[i].Sub(&c[i], product.Mul(&factor, &upper[i]))
	}
	return c
}

// cubicParameters preprocesses t³ + c2·t² + c1·t + c0 = (t² + c1 − 1)(t + c2) + t + (c0 − (c1 − 1)·c2).
func cubicParameters(c [3]fr.Element) []fr.Element {
	var first, last fr.Element
	one := fr.One()
	first.Sub(&c[1], &one)
	last.Sub(&c[0], last.Mul(&first, &c[2]))
	return []fr.Element{first, c[2], last}
}

// AssertMonic states that the monic polynomial takes the given value at the bin: three constraints. Its native twin is
// Horner's rule on the coefficients.
func (a *API) AssertMonic(bin Bin, q Monic[frontend.Variable], value frontend.Variable) {
	upper, lower := a.cubic(bin, q[1:4]), a.cubic(bin, q[4:7])
	a.AssertProduct(upper, a.API.Add(bin.t4, q[0]), a.Sub(value, lower))
}

// Evaluate is the general polynomial's value at the bin: four constraints. Its native twin is Horner's rule on the
// coefficients.
func (a *API) Evaluate(bin Bin, q General[frontend.Variable]) frontend.Variable {
	leading := a.Mul(bin.t, q[0])
	upper := a.API.Add(a.Mul(a.API.Add(leading, q[2]), a.API.Add(bin.t2, q[1])), bin.t, q[3])
	return a.API.Add(a.Mul(upper, a.API.Add(bin.t4, q[4])), a.cubic(bin, q[5:8]))
}

func (a *API) cubic(bin Bin, q []frontend.Variable) frontend.Variable {
	return a.API.Add(a.Mul(a.API.Add(bin.t, q[1]), a.API.Add(bin.t2, q[0])), bin.t, q[2])
}
