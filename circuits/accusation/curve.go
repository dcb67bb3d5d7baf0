package accusation

import (
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	edwards "github.com/consensys/gnark-crypto/ecc/twistededwards"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/std/algebra/native/twistededwards"

	"weir/circuits/model/relation"
	"weir/circuits/model/ring"
	"weir/engine/pedersen"
)

// assertNumbers states that each D has 61 bits and is below t: t − 1 − D, which a negative number would put far above
// 2^63, has seven digits.
func (c *Circuit) assertNumbers(api frontend.API, r *relations) {
	for l := range Slots {
		for _, bit := range c.Secret.Number[l] {
			api.AssertIsBoolean(bit)
		}
		upper := c.Secret.Below[l][:]
		below := api.Sub(ring.T-1, c.Secret.bits(api, l))
		r.nine.Admit(upper...)
		r.nine.Admit(api.Sub(below, api.Mul(compose(api, upper), 512)))
	}
}

// bits is the number that the bits of slot l are, without a constraint.
func (s *Secret[T]) bits(api frontend.API, l int) frontend.Variable {
	terms := make([]frontend.Variable, numberBits)
	for i := range terms {
		terms[i] = api.Mul(s.Number[l][i], uint64(1)<<i)
	}
	return relation.Sum(api, terms)
}

// number is D_l; in the groups it is centred.
func (s *Secret[T]) number(api frontend.API, l int) frontend.Variable {
	if l < Groups {
		return api.Sub(s.bits(api, l), (ring.T-1)/2)
	}
	return s.bits(api, l)
}

// bases are G_0 … G_3 and 2^(9j)·H: what the numbers of a response are multiplied with in equation (1).
func bases() (all [Slots]pedersen.Point) {
	for l := range all {
		if l < Groups {
			all[l] = pedersen.ValueGenerator(l)
		} else {
			all[l] = pedersen.TimesH(new(big.Int).Lsh(big.NewInt(1), uint(9*(l-Groups))))
		}
	}
	return all
}

// centring is −(t−1)/2·(G_0 + G_1 + G_2 + G_3), which turns the bits of the groups into centred numbers.
func centring() pedersen.Point {
	half := new(big.Int).SetUint64((ring.T - 1) / 2)
	return pedersen.Commit([pedersen.Groups]*big.Int{half, half, half, half}, new(big.Int)).Neg()
}

// assertOpening computes Σ_l D_l·base_l − Claim by windows of three bits: a window's point is a linear expression in
// the products of its bits, since bases are constants. The curve's addition is complete (a = −1 is a square, d is not:
// Hisil, Wong, Carter, Dawson, ASIACRYPT 2008), so no case is exceptional and no division by zero is unchecked.
func (c *Circuit) assertOpening(api frontend.API, r *relations) {
	curve := newCurve(api)
	sum := twistededwards.Point{X: api.Neg(c.Public.Claim.X), Y: c.Public.Claim.Y}
	sum = curve.Add(sum, constantPoint(centring()))
	for l, base := range bases() {
		for first := 0; first < numberBits; first += windowBits {
			window := c.Secret.Number[l][first:min(first+windowBits, numberBits)]
			sum = curve.Add(sum, selectMultiple(api, base, window))
			for range window {
				base = base.Add(base)
			}
		}
	}
	r.difference = Coordinates[frontend.Variable]{X: sum.X, Y: sum.Y}
}

const windowBits = 3

// selectMultiple is (Σ_i 2^i bits_i)·base. With p_S the product of the bits in S, a coordinate is Σ_S c_S·p_S, where the
// c_S follow from the coordinates of the multiples by inclusion and exclusion. Four constraints for three bits.
func selectMultiple(api frontend.API, base pedersen.Point, bits []frontend.Variable) twistededwards.Point {
	products := []frontend.Variable{1}
	for _, bit := range bits {
		for _, p := range products[:len(products):len(products)] {
			products = append(products, api.Mul(p, bit))
		}
	}
	x, y := make([]fr.Element, len(products)), make([]fr.Element, len(products))
	multiple := pedersen.Identity()
	for i := range products {
		x[i], y[i] = multiple.Coordinates()
		multiple = multiple.Add(base)
	}
	return twistededwards.Point{X: combine(api, x, products), Y: combine(api, y, products)}
}

func combine(api frontend.API, values []fr.Element, products []frontend.Variable) frontend.Variable {
	for step := 1; step < len(values); step *= 2 {
		for i := range values {
			if i&step != 0 {
				values[i].Sub(&values[i], &values[i-step])
			}
		}
	}
	terms := make([]frontend.Variable, len(products))
	for i := range terms {
		terms[i] = api.Mul(products[i], values[i].BigInt(new(big.Int)))
	}
	return relation.Sum(api, terms)
}

// assertBlinding states Z = κ·difference by windows of two bits, highest first. κ needs no range: Z ≠ O, which the
// verifier checks, is possible only where the difference, a point of the prime subgroup, is not O.
func (c *Circuit) assertBlinding(api frontend.API, r *relations) {
	curve := newCurve(api)
	single := twistededwards.Point{X: r.difference.X, Y: r.difference.Y}
	double := curve.Double(single)
	triple := curve.Add(double, single)
	bits := c.Secret.Scalar[:]
	for _, bit := range bits {
		api.AssertIsBoolean(bit)
	}
	var product twistededwards.Point
	for i := len(bits) - 2; i >= 0; i -= 2 {
		digit := twistededwards.Point{
			X: api.Lookup2(bits[i], bits[i+1], 0, single.X, double.X, triple.X),
			Y: api.Lookup2(bits[i], bits[i+1], 1, single.Y, double.Y, triple.Y),
		}
		if i == len(bits)-2 {
			product = digit
		} else {
			product = curve.Add(curve.Double(curve.Double(product)), digit)
		}
	}
	api.AssertIsEqual(product.X, c.Public.Z.X)
	api.AssertIsEqual(product.Y, c.Public.Z.Y)
}

func newCurve(api frontend.API) twistededwards.Curve {
	curve, err := twistededwards.NewEdCurve(api, edwards.BN254)
	if err != nil {
		panic(err) // the circuit is compiled over BN254's scalar field and no other
	}
	return curve
}

func constantPoint(p pedersen.Point) twistededwards.Point {
	x, y := p.Coordinates()
	return twistededwards.Point{X: x.BigInt(new(big.Int)), Y: y.BigInt(new(big.Int))}
}
