package pedersen

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"
)

// PointSize is the length of an encoded point, in bytes.
const PointSize = 32

// ErrPoint is returned for 32 bytes that are not the canonical encoding of a point of the prime subgroup.
var ErrPoint = errors.New("not a point of the prime subgroup")

// Point is an element of the prime subgroup of the twisted Edwards curve (a = −1) over BN254's scalar field. The zero
// value is not a point; start from Identity.
type Point struct{ affine twistededwards.PointAffine }

// Order is ℓ, the order of the prime subgroup: 251 bits. The caller owns the result.
func Order() *big.Int {
	order := twistededwards.GetEdwardsCurve().Order
	return new(big.Int).Set(&order)
}

// Identity is the neutral element (0, 1).
func Identity() Point {
	var p Point
	p.affine.Y.SetOne()
	return p
}

// Encode gives the 32 bytes of RFC 8032, section 5.1.2, over this curve: y little-endian, the sign of x in the top bit.
func (p Point) Encode() [PointSize]byte { return p.affine.Bytes() }

// DecodePoint reads a foreign point. It refuses other lengths, y ≥ the field's modulus, a sign bit on x = 0, points off
// the curve and points outside the prime subgroup.
func DecodePoint(b []byte) (Point, error) {
	var p Point
	if len(b) != PointSize {
		return p, fmt.Errorf("%w: %d bytes, want %d", ErrPoint, len(b), PointSize)
	}
	if _, err := p.affine.SetBytes(b); err != nil {
		return Point{}, fmt.Errorf("%w: %v", ErrPoint, err)
	}
	if !p.affine.IsOnCurve() {
		return Point{}, fmt.Errorf("%w: not on the curve", ErrPoint)
	}
	if p.Encode() != [PointSize]byte(b) {
		return Point{}, fmt.Errorf("%w: not canonical", ErrPoint)
	}
	if !p.inSubgroup() {
		return Point{}, fmt.Errorf("%w: outside the prime subgroup", ErrPoint)
	}
	return p, nil
}

func (p Point) inSubgroup() bool { return p.affine.IsInSubGroup() }

// Coordinates are the affine x and y, for circuits.
func (p Point) Coordinates() (x, y fr.Element) { return p.affine.X, p.affine.Y }

// Equal tells whether two points are the same.
func (p Point) Equal(q Point) bool { return p.affine.Equal(&q.affine) }

// IsIdentity tells whether p is the neutral element.
func (p Point) IsIdentity() bool { return p.affine.IsZero() }

// Add is p + q, complete.
func (p Point) Add(q Point) Point {
	var r Point
	r.affine.Add(&p.affine, &q.affine)
	return r
}

// Neg is −p.
func (p Point) Neg() Point {
	var r Point
	r.affine.Neg(&p.affine)
	return r
}

// Sub is p − q.
func (p Point) Sub(q Point) Point { return p.Add(q.Neg()) }

// Times is scalar·p; the scalar is any integer and is reduced mod ℓ. Not constant time.
func (p Point) Times(scalar *big.Int) Point {
	var r Point
	r.affine.ScalarMultiplication(&p.affine, new(big.Int).Mod(scalar, Order()))
	return r
}

// Sum adds any number of points; the empty sum is the identity.
func Sum(points ...Point) Point {
	var sum twistededwards.PointExtended
	identity := Identity()
	sum.FromAffine(&identity.affine)
	for i := range points {
		sum.MixedAdd(&sum, &points[i].affine)
	}
	var r Point
	r.affine.FromExtended(&sum)
	return r
}
