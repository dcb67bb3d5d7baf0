package pedersen

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/big"
	"sync"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"
)

// ValueGenerator is G_g, 0 ≤ g < Groups.
func ValueGenerator(g int) Point { return generators()[g] }

// BlindingGenerator is H.
func BlindingGenerator() Point { return generators()[Groups] }

var generators = sync.OnceValue(func() [Groups + 1]Point {
	var all [Groups + 1]Point
	for g := range Groups {
		all[g] = hashToCurve(fmt.Sprintf("weir/generator/v1/G%d", g))
	}
	all[Groups] = hashToCurve("weir/generator/v1/H")
	return all
})

// hashToCurve is try-and-increment: y = SHA-256(name ‖ 4-byte counter) as a big-endian integer mod the field, the first
// y that has an x on the curve; of ±x the one that is not lexicographically largest; cofactor 8 cleared. Nobody knows a
// logarithm of the result to another generator's base.
func hashToCurve(name string) Point {
	curve := twistededwards.GetEdwardsCurve()
	cofactor := curve.Cofactor.BigInt(new(big.Int))
	for counter := uint32(0); ; counter++ {
		sum := sha256.Sum256(binary.BigEndian.AppendUint32([]byte(name), counter))
		var candidate twistededwards.PointAffine
		candidate.Y.SetBytes(sum[:])
		if !solveX(&candidate, &curve) {
			continue
		}
		var p Point
		p.affine.ScalarMultiplication(&candidate, cofactor)
		if !p.IsIdentity() && p.inSubgroup() {
			return p
		}
	}
}

// solveX sets x from a·x² + y² = 1 + d·x²·y², when there is one: x² = (1 − y²)/(a − d·y²).
func solveX(p *twistededwards.PointAffine, curve *twistededwards.CurveParams) bool {
	var one, ySquared, numerator, denominator fr.Element
	one.SetOne()
	ySquared.Square(&p.Y)
	numerator.Sub(&one, &ySquared)
	denominator.Mul(&curve.D, &ySquared)
	denominator.Sub(&curve.A, &denominator)
	if denominator.IsZero() {
		return false
	}
	p.X.Div(&numerator, &denominator)
	if p.X.Sqrt(&p.X) == nil {
		return false
	}
	if p.X.LexicographicallyLargest() {
		p.X.Neg(&p.X)
	}
	return p.IsOnCurve()
}
