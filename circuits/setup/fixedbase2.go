package setup

import (
	curve "github.com/consensys/gnark-crypto/ecc/bn254"
)

// tableG2 is tableG1 over the second group. Its additions are mixed Jacobian ones: there are about a tenth as many.
type tableG2 struct {
	window int
	rows   [][]curve.G2Affine
}

func newTableG2(base *curve.G2Affine, count int) *tableG2 {
	window := bestWindow(count)
	t := &tableG2{window: window, rows: make([][]curve.G2Affine, windows(window))}
	places := make([]curve.G2Affine, len(t.rows))
	var place curve.G2Jac
	place.FromAffine(base)
	for i := range places {
		places[i].FromJacobian(&place)
		for range window {
			place.DoubleAssign()
		}
	}
	half := 1 << (window - 1)
	for row := range t.rows {
		t.rows[row] = make([]curve.G2Affine, half)
	}
	inBlocks(len(t.rows)*half, func(from, to int) { t.fill(places, from, to) })
	return t
}

// fill makes the table's entries from … to−1, counted row after row.
func (t *tableG2) fill(places []curve.G2Affine, from, to int) {
	half := len(t.rows[0])
	var sum curve.G2Jac
	sums, affine := make([]curve.G2Jac, to-from), make([]curve.G2Affine, to-from)
	for i := from; i < to; i++ {
		row, column := i/half, i%half
		switch {
		case column == 0:
			sum.FromAffine(&places[row])
		case i == from:
			sum = multipleG2(&places[row], column+1)
		default:
			sum.AddMixed(&places[row])
		}
		sums[i-from] = sum
	}
	toAffineG2(affine, sums)
	for i := from; i < to; i++ {
		t.rows[i/half][i%half] = affine[i-from]
	}
}

// multipleG2 is n·p by double and add, n > 0.
func multipleG2(p *curve.G2Affine, n int) curve.G2Jac {
	var sum curve.G2Jac
	sum.FromAffine(&curve.G2Affine{})
	for bit := 1 << 30; bit > 0; bit >>= 1 {
		sum.DoubleAssign()
		if n&bit != 0 {
			sum.AddMixed(p)
		}
	}
	return sum
}

// multiply gives base times each of the scalars.
func (t *tableG2) multiply(s scalars, m *meter) []curve.G2Affine {
	out := make([]curve.G2Affine, len(s))
	inBlocks(len(s), func(from, to int) {
		digits, sums := make([]int32, len(t.rows)), make([]curve.G2Jac, to-from)
		for i := range sums {
			recode(digits, &s[from+i], t.window)
			sums[i] = t.sum(digits)
		}
		toAffineG2(out[from:to], sums)
		m.add(weightG2 * (to - from))
	})
	return out
}

func (t *tableG2) sum(digits []int32) curve.G2Jac {
	var sum curve.G2Jac
	sum.FromAffine(&curve.G2Affine{})
	for place, digit := range digits {
		switch {
		case digit > 0:
			sum.AddMixed(&t.rows[place][digit-1])
		case digit < 0:
			term := t.rows[place][-digit-1]
			term.Neg(&term)
			sum.AddMixed(&term)
		}
	}
	return sum
}

// toAffineG2 divides by all Z coordinates with one inversion (Montgomery's trick). The products of earlier Z wait in
// out's X, whose type gnark-crypto does not let others name.
func toAffineG2(out []curve.G2Affine, points []curve.G2Jac) {
	var unit curve.G2Affine
	product := *unit.X.SetOne()
	for i := range points {
		out[i].X = product
		if !points[i].Z.IsZero() {
			product.Mul(&product, &points[i].Z)
		}
	}
	product.Inverse(&product)
	for i := len(points) - 1; i >= 0; i-- {
		p := &points[i]
		if p.Z.IsZero() {
			out[i] = curve.G2Affine{}
			continue
		}
		inv, square := out[i].X, p.Z
		inv.Mul(&inv, &product)
		product.Mul(&product, &p.Z)
		square.Square(&inv)
		out[i].X.Mul(&p.X, &square)
		out[i].Y.Mul(&p.Y, &square).Mul(&out[i].Y, &inv)
	}
}
