package model

import (
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/frontend"

	"weir/circuits/model/relation"
)

// assertResolution states what a record can collect at most. M bounds the rows of a line; lines that continue a
// characteristic share their bound, so it counts once; the joints of such lines carry no points.
func (c *Circuit) assertResolution(api frontend.API, r *relations) {
	c.assertBounds(api, r)
	for l := 1; l < Lines; l++ {
		c.assertContinuation(api, l)
	}
	powers := powersOf(api, r.X)
	for g := range Groups {
		counted := make([]frontend.Variable, Lines) // (1 − cont_l)·M_lg
		for l := range counted {
			counted[l] = c.Secret.Bound[l][g]
			if l > 0 {
				counted[l] = api.Sub(counted[l], api.Mul(c.Public.Continues[l-1], counted[l]))
			}
		}
		c.assertCap(api, r, g, counted)
		c.assertFeatureCaps(api, r, g, powers, counted)
	}
}

// assertBounds states 0 ≤ M − w < 2^12 on every row. The lower digit of the difference is no wire of its own but what
// the upper one leaves, so its range check is the whole statement.
func (c *Circuit) assertBounds(api frontend.API, r *relations) {
	s := &c.Secret
	for k := range Rows {
		for g := range Groups {
			gap := api.Sub(s.Bound[k/LineRows][g], s.point(api, k, g))
			r.nine.Admit(api.Sub(gap, api.Mul(s.GapHigh[k][g], 512)))
			r.three.Admit(s.GapHigh[k][g])
		}
	}
}

// assertContinuation states for a line l that continues the one before it: rows 8l − 1 and 8l carry no points, and both
// lines have the same M. Points are below 2^12 and bounds below 2^13, so a sum of points is 0 only if each is, and the
// differences of four bounds can be packed 2^16 apart.
func (c *Circuit) assertContinuation(api frontend.API, l int) {
	s, cont := &c.Secret, c.Public.Continues[l-1]
	var joint, difference frontend.Variable = 0, 0
	for g := range Groups {
		joint = api.Add(joint, s.point(api, LineRows*l, g), s.point(api, LineRows*l-1, g))
		difference = api.Add(difference, api.Mul(api.Sub(s.Bound[l][g], s.Bound[l-1][g]), 1<<(16*g)))
	}
	api.AssertIsEqual(api.Mul(cont, joint), 0)
	api.AssertIsEqual(api.Mul(cont, difference), 0)
}

// assertCap states Σ_l (1 − cont_l) M_lg ≤ B_g: the difference has 18 bits. B_g < 2^17 and the sum is below 2^18, so a
// negative difference has none.
func (c *Circuit) assertCap(api frontend.API, r *relations, g int, counted []frontend.Variable) {
	high := c.Secret.SpareHigh[g]
	spare := api.Sub(c.Public.Caps[g], relation.Sum(api, counted))
	r.nine.Admit(high, api.Sub(spare, api.Mul(high, 512)))
}

// assertFeatureCaps states Σ_(l: map_l = f) (1 − cont_l) M_lg + spare_f = FeatureCap for all features f at once, as one
// identity of polynomials in x with the 32 equations as coefficients: Σ_l x^(map_l)·counted_l = Σ_f x^f·(cap − spare_f).
// Both sides' coefficients were fixed before x. spare has 18 bits, as in assertCap.
func (c *Circuit) assertFeatureCaps(api frontend.API, r *relations, g int, powers, counted []frontend.Variable) {
	s := &c.Secret
	left, right := make([]frontend.Variable, Lines), make([]frontend.Variable, Lines)
	for i := range Lines {
		low, high := s.FeatureSpareLow[i][g], s.FeatureSpareHigh[i][g]
		r.nine.Admit(low, high)
		left[i] = api.Mul(c.Public.Feature[i], counted[i])
		right[i] = api.Mul(powers[i], api.Sub(c.Public.FeatureCap, join(api, low, high)))
	}
	api.AssertIsEqual(relation.Sum(api, left), relation.Sum(api, right))
}

// powersOf are x^0 … x^31.
func powersOf(api frontend.API, x frontend.Variable) []frontend.Variable {
	powers := []frontend.Variable{1, x}
	for len(powers) < Lines {
		powers = append(powers, api.Mul(powers[len(powers)-1], x))
	}
	return powers
}

// continues tells which lines go on where the line before them ended (cont_l).
func (s *Statement) continues(l int) bool {
	return l > 0 && s.Map[l] == s.Map[l-1] && s.Edges[l][0] == s.Edges[l-1][LineRows-2]
}

// featureCap is max(1, 2^resolution / 2).
func (s *Statement) featureCap() uint64 { return max(1, uint64(1)<<s.Resolution/2) }

// power is x^n for a small n.
func power(x *fr.Element, n uint8) fr.Element {
	result := fr.One()
	for range n {
		result.Mul(&result, x)
	}
	return result
}
