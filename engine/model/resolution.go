package model

import (
	"fmt"
	"math/big"
	"math/bits"
)

// MaxResolution bounds the resolution under any policy, in bits: one more would bring the distance of a contribution
// from a simulated one (protocol, section 7: 2^-42.2 for the limbs, 2^(resolution − 57) for the sums) above 2^-40.
const MaxResolution = 16

// LeastResolution is the least number of bits r ≥ 1 with Π_g (1 + reach_g) ≤ 2^r and largest ≤ max(1, 2^r / 2), where
// reach_g is Σ B_g over all slices and largest the widest span of points of a single characteristic. It may exceed
// MaxResolution.
func LeastResolution(reach [Groups]uint64, largest uint64) int {
	least := max(1, SumBits(reach))
	if largest > 1 {
		least = max(least, bits.Len64(largest-1)+1)
	}
	return least
}

// SumBits is the least number of bits r ≥ 0 with Π_g (1 + reach_g) ≤ 2^r: what sums that reach so far tell together.
func SumBits(reach [Groups]uint64) int {
	one, product := big.NewInt(1), big.NewInt(1)
	for _, r := range reach {
		factor := new(big.Int).SetUint64(r)
		product.Mul(product, factor.Add(factor, one))
	}
	return product.Sub(product, one).BitLen()
}

// CharacteristicCap is max(1, 2^resolution / 2): how far apart the points of one characteristic may lie.
func CharacteristicCap(resolution int) uint64 { return max(1, uint64(1)<<resolution/2) }

// checkResolution holds Π_g (1 + Σ_slices B_g) ≤ 2^resolution. The caps must have been checked: then each factor is
// below 2^20 + 1 and the product of four does not fit 64 bits, so the comparison stops at the first excess.
func (v *Version) checkResolution() error {
	if v.Resolution < 1 || v.Resolution > MaxResolution {
		return refuse(RuleResolution, fmt.Sprintf("%d bits", v.Resolution), fmt.Sprintf("1 to %d bits", MaxResolution), "")
	}
	limit, product := uint64(1)<<v.Resolution, uint64(1)
	for g := range Groups {
		factor := uint64(1)
		for i := range v.Slices {
			factor += uint64(v.Slices[i].Caps[g])
		}
		if product *= factor; product > limit {
			return refuse(RuleResolution, fmt.Sprintf("at least %d different scores", product),
				fmt.Sprintf("%d at %d bits", limit, v.Resolution), "counted to group %d", g)
		}
	}
	return nil
}
