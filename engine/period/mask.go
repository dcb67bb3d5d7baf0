package period

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/big"
	"slices"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/pedersen"
)

// MaskBits is the length of a group mask μ_ijg, in bits.
const MaskBits = 57

// Mask is what a pair shares for one label: μ_ij0..3, each below 2^57, and ν_ij below ℓ.
type Mask struct {
	Mu [pedersen.Groups]uint64
	Nu *big.Int
}

// Format keeps the mask out of every log line.
func (Mask) Format(f fmt.State, _ rune) { io.WriteString(f, "[mask]") }

// Mask expands a pair key for a label: SHAKE256(key_ij ‖ "weir/mask/v1" ‖ label) gives 4 × 8 bytes little-endian masked
// to 57 bits, then 64 bytes little-endian mod ℓ.
func (k PairKey) Mask(label engine.Digest) Mask {
	stream := canonical.Stream(k[:], "weir/mask/v1"+string(label[:]))
	var b [8*pedersen.Groups + 64]byte
	if _, err := io.ReadFull(stream, b[:]); err != nil {
		panic(err) // an XOF does not end
	}
	var m Mask
	for g := range m.Mu {
		m.Mu[g] = binary.LittleEndian.Uint64(b[8*g:]) & (1<<MaskBits - 1)
	}
	wide := b[8*pedersen.Groups:]
	slices.Reverse(wide)
	m.Nu = new(big.Int).SetBytes(wide)
	m.Nu.Mod(m.Nu, pedersen.Order())
	return m
}

// Commitment is P_ij = Σ_g μ_ijg·G_g + ν_ij·H.
func (m Mask) Commitment() pedersen.Point {
	var mu [pedersen.Groups]int64
	for g := range mu {
		mu[g] = int64(m.Mu[g])
	}
	return pedersen.CommitSmall(mu, m.Nu)
}

// Total is a party's signed sum over its partners: μ_ig as integers, |μ_ig| < 7·2^57, and ν_i mod ℓ.
type Total struct {
	Mu [pedersen.Groups]int64
	Nu *big.Int
}

// Format keeps the sum out of every log line.
func (Total) Format(f fmt.State, _ rune) { io.WriteString(f, "[sum of masks]") }

// Sum adds the masks shared with later parties and subtracts those shared with earlier ones.
func Sum(party engine.PartyID, masks map[engine.PartyID]Mask) Total {
	total := Total{Nu: new(big.Int)}
	for partner, m := range masks {
		sign := int64(1)
		if partner < party {
			sign = -1
		}
		for g := range total.Mu {
			total.Mu[g] += sign * int64(m.Mu[g])
		}
		total.Nu.Add(total.Nu, new(big.Int).Mul(big.NewInt(sign), m.Nu))
	}
	total.Nu.Mod(total.Nu, pedersen.Order())
	return total
}

// SumCommitments is P_i = Σ_j ± P_ij with the same signs.
func SumCommitments(party engine.PartyID, masks map[engine.PartyID]pedersen.Point) pedersen.Point {
	sum := pedersen.Identity()
	for partner, p := range masks {
		if partner < party {
			p = p.Neg()
		}
		sum = sum.Add(p)
	}
	return sum
}
