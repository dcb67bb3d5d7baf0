// Package pedersen is weir's vector commitment: C = Σ_g v_g·G_g + s·H in the prime subgroup of the twisted Edwards curve
// over BN254's scalar field (Pedersen, CRYPTO '91). It is perfectly hiding, and binding under the discrete logarithm
// of generators that nobody chose.
//
// It refuses every foreign byte string that is not one canonical point of the prime subgroup. It is not constant time:
// do not time it for outsiders.
package pedersen

import (
	"math/big"
	"sync"

	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"
)

// Groups is the number of value generators G_0..G_3; group 0 carries the points of the score.
const Groups = 4

// Commit is Σ_g values_g·G_g + blinding·H. Values and blinding are any integers, taken mod ℓ.
func Commit(values [Groups]*big.Int, blinding *big.Int) Point {
	var sum twistededwards.PointExtended
	identity := Identity()
	sum.FromAffine(&identity.affine)
	order := Order()
	tables := fixedBases()
	for g, v := range values {
		tables[g].addTo(&sum, v, order)
	}
	tables[Groups].addTo(&sum, blinding, order)
	var p Point
	p.affine.FromExtended(&sum)
	return p
}

// CommitSmall is Commit for group values that fit an int64.
func CommitSmall(values [Groups]int64, blinding *big.Int) Point {
	return Commit(Integers(values), blinding)
}

// Integers are group values as the integers that Commit and ProveOpening take.
func Integers(values [Groups]int64) [Groups]*big.Int {
	var integers [Groups]*big.Int
	for g, v := range values {
		integers[g] = big.NewInt(v)
	}
	return integers
}

// TimesH is scalar·H.
func TimesH(scalar *big.Int) Point { return CommitSmall([Groups]int64{}, scalar) }

// windowBits is the width of the fixed-base windows: 64 windows of 15 points a base.
const (
	windowBits  = 4
	windowCount = 64
)

// fixedBase holds digit·2^(4·window)·B for every window and digit 1..15.
type fixedBase [windowCount][1<<windowBits - 1]twistededwards.PointAffine

// addTo adds scalar·B to sum with one mixed addition for each digit that is not zero.
func (t *fixedBase) addTo(sum *twistededwards.PointExtended, scalar, order *big.Int) {
	if scalar.Sign() == 0 {
		return
	}
	var reduced big.Int
	reduced.Mod(scalar, order)
	var digits [windowCount / 2]byte
	reduced.FillBytes(digits[:])
	for window := range windowCount {
		digit := digits[len(digits)-1-window/2] >> (windowBits * (window % 2)) & (1<<windowBits - 1)
		if digit != 0 {
			sum.MixedAdd(sum, &t[window][digit-1])
		}
	}
}

var fixedBases = sync.OnceValue(func() *[Groups + 1]fixedBase {
	var tables [Groups + 1]fixedBase
	for g := range Groups {
		tables[g].fill(ValueGenerator(g))
	}
	tables[Groups].fill(BlindingGenerator())
	return &tables
})

func (t *fixedBase) fill(base Point) {
	for window := range t {
		multiple := base
		for digit := range t[window] {
			t[window][digit] = multiple.affine
			multiple = multiple.Add(base)
		}
		base = multiple
	}
}
