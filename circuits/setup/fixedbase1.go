package setup

import (
	curve "github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fp"
)

// tableG1 holds the multiples 1 … 2^(window−1) of 2^(window·i)·base for every digit place i. With a row of its own for
// each place, multiplying needs additions only: the doublings between windows are what makes a general fixed-base
// multiplication slow.
type tableG1 struct {
	window int
	rows   [][]curve.G1Affine
}

func newTableG1(base *curve.G1Affine, count int) *tableG1 {
	window := bestWindow(count)
	half := 1 << (window - 1)
	points := make([]curve.G1Jac, windows(window)*half)
	var place curve.G1Jac
	place.FromAffine(base)
	for row := range windows(window) {
		multiples := points[row*half : (row+1)*half]
		multiples[0] = place
		for j := 1; j < half; j++ {
			multiples[j] = multiples[j-1]
			multiples[j].AddAssign(&place)
		}
		for range window {
			place.DoubleAssign()
		}
	}
	affine := curve.BatchJacobianToAffineG1(points)
	t := &tableG1{window: window, rows: make([][]curve.G1Affine, windows(window))}
	for row := range t.rows {
		t.rows[row] = affine[row*half : (row+1)*half]
	}
	return t
}

// multiply gives base times each of the scalars.
func (t *tableG1) multiply(s scalars, m *meter) []curve.G1Affine {
	out := make([]curve.G1Affine, len(s))
	inBlocks(len(s), func(from, to int) {
		newBlockG1(t, s[from:to], out[from:to]).run()
		m.add(to - from)
	})
	return out
}

// blockG1 multiplies a block of scalars, one digit place after the other: the additions of a place are independent, so
// they share one inversion (Montgomery's trick).
type blockG1 struct {
	table  *tableG1
	sums   []curve.G1Affine
	digits []int32 // len(table.rows) for each scalar
	todo   []additionG1
}

// additionG1 is one affine addition whose slope waits for the common inversion.
type additionG1 struct {
	sum    *curve.G1Affine
	term   curve.G1Affine
	dx     fp.Element // term.X − sum.X, not zero
	before fp.Element // product of the dx of all earlier additions
}

func newBlockG1(t *tableG1, s scalars, sums []curve.G1Affine) *blockG1 {
	places := len(t.rows)
	b := &blockG1{table: t, sums: sums, digits: make([]int32, places*len(s)), todo: make([]additionG1, 0, len(s))}
	for i := range s {
		recode(b.digits[i*places:(i+1)*places], &s[i], t.window)
	}
	return b
}

func (b *blockG1) run() {
	places := len(b.table.rows)
	for place := range places {
		product := b.gather(place, places)
		b.finish(product)
	}
}

// gather lists the additions of one place and gives the product of all their dx. Sums that are still at infinity take
// the term as it is; a term that equals the sum or its negative takes the slow general addition.
func (b *blockG1) gather(place, places int) fp.Element {
	b.todo = b.todo[:0]
	product := fp.One()
	for i := range b.sums {
		digit := b.digits[i*places+place]
		if digit == 0 {
			continue
		}
		term, sum := b.table.term(place, digit), &b.sums[i]
		if sum.IsInfinity() {
			*sum = term
			continue
		}
		var dx fp.Element
		if dx.Sub(&term.X, &sum.X); dx.IsZero() {
			sum.Add(sum, &term)
			continue
		}
		b.todo = append(b.todo, additionG1{sum: sum, term: term, dx: dx, before: product})
		product.Mul(&product, &dx)
	}
	return product
}

func (t *tableG1) term(place int, digit int32) curve.G1Affine {
	if digit > 0 {
		return t.rows[place][digit-1]
	}
	term := t.rows[place][-digit-1]
	term.Y.Neg(&term.Y)
	return term
}

// finish does the listed additions, last one first, peeling one dx after the other off the inverted product.
func (b *blockG1) finish(product fp.Element) {
	product.Inverse(&product)
	for i := len(b.todo) - 1; i >= 0; i-- {
		a := &b.todo[i]
		var slope, dy, x, y fp.Element
		slope.Mul(&product, &a.before)
		product.Mul(&product, &a.dx)
		dy.Sub(&a.term.Y, &a.sum.Y)
		slope.Mul(&slope, &dy)
		x.Square(&slope).Sub(&x, &a.sum.X).Sub(&x, &a.term.X)
		y.Sub(&a.sum.X, &x).Mul(&y, &slope).Sub(&y, &a.sum.Y)
		a.sum.X, a.sum.Y = x, y
	}
}
