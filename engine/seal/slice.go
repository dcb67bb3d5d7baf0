package seal

import (
	"fmt"
	"math/big"
	"strconv"
)

// Slice is c0 = −a_slice·sk + e + τ·m mod Q: the sealed rows of one party, public. m carries row k on the coefficients
// rowStride·k …: first the points, then the limbs (protocol, section 4).
type Slice struct{ Polynomial }

// Row is one bin of one line: its points in each group and the limbs of its commitment's blinding.
type Row struct {
	Points [Groups]uint16 // w, each below PointLimit
	Limbs  [Limbs]uint16  // z, each below LimbLimit
}

// SliceWitness is the secret integers behind a slice, for the model proof: c0 + a·sk = E + τ·M modulo Q and X^N + 1. It
// contains all points and blindings.
type SliceWitness struct {
	E [N]int8   // e, in [−19, 19]
	M [N]uint16 // m
}

// Seal encrypts the rows of slice number slice, 0 ≤ slice < Slices; row k = RowsPerLine·line + bin. It reads the stream
// "seal/e/<slice>". Noise: in none; out e, at most 19 per coefficient. ErrRange for a slice number, point or limb out
// of range; errors name places, never values.
func (k *SecretKey) Seal(slice int, rows *[Rows]Row, streams Streams) (*Slice, *SliceWitness, error) {
	a, err := k.seed.A(slice)
	if err != nil {
		return nil, nil, err
	}
	witness := new(SliceWitness)
	for i := range rows {
		if err := rows[i].place(witness.M[rowStride*i : rowStride*(i+1)]); err != nil {
			return nil, nil, fmt.Errorf("row %d of slice %d: %w", i, slice, err)
		}
	}
	e, err := streams.gaussian("seal/e/"+strconv.Itoa(slice), N)
	if err != nil {
		return nil, nil, err
	}
	copy(witness.E[:], e)
	sealed := k.mask(a, e)
	for i, q := range primes {
		modulus := basis.Modulus(i)
		for j, m := range witness.M {
			sealed.Coeffs[i][j] = (sealed.Coeffs[i][j] + modulus.Mul(uint64(m), inverseFactors[i])) % q
		}
	}
	return &Slice{Polynomial{sealed}}, witness, nil
}

func (r *Row) place(m []uint16) error {
	for g, w := range r.Points {
		if w >= PointLimit {
			return fmt.Errorf("%w: points of group %d, limit %d", ErrRange, g, PointLimit)
		}
	}
	for j, z := range r.Limbs {
		if z >= LimbLimit {
			return fmt.Errorf("%w: limb %d, limit %d", ErrRange, j, LimbLimit)
		}
	}
	copy(m, r.Points[:])
	copy(m[Groups:], r.Limbs[:])
	return nil
}

// LimbsOf cuts a scalar into limbs: s = Σ_j 2^(9j) z_j. ErrRange unless 0 ≤ s < 2^252.
func LimbsOf(scalar *big.Int) ([Limbs]uint16, error) {
	var limbs [Limbs]uint16
	if scalar.Sign() < 0 || scalar.BitLen() > Limbs*LimbBits {
		return limbs, fmt.Errorf("%w: scalar, want 0 to 2^%d − 1", ErrRange, Limbs*LimbBits)
	}
	for j := range limbs {
		for bit := range LimbBits {
			limbs[j] |= uint16(scalar.Bit(LimbBits*j+bit)) << bit
		}
	}
	return limbs, nil
}

// Recompose is Σ_j 2^(9j) x_j over the integers, for limbs of any size: rows, blindings and opened sums alike.
func Recompose(limbs [Limbs]uint64) *big.Int {
	sum, limb := new(big.Int), new(big.Int)
	for j := Limbs - 1; j >= 0; j-- {
		sum.Lsh(sum, LimbBits)
		sum.Add(sum, limb.SetUint64(limbs[j]))
	}
	return sum
}
