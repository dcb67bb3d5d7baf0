package model

import (
	"errors"
	"fmt"
	"io"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"weir/circuits/model/relation"
	"weir/circuits/model/ring"
)

// ErrWitness is returned by Prove for a witness that the statement does not fit: nothing could be proven.
var ErrWitness = errors.New("the witness does not fit the statement")

// Witness is what only the bank knows of a sealed slice.
type Witness struct {
	Points [Rows][Groups]uint16 // w_kg, below 2^12
	Limbs  [Rows][Limbs]uint16  // z_kj, below 2^9: s_k = Σ_j 2^(9j) z_kj
	Secret *[ring.N]int8        // sk, ternary
	Noise  *[ring.N]int8        // e of this slice, in [−19, 19]
	Key    *[ring.N]int8        // e' of the sealing, in [−19, 19]
}

// tallies count the lookups.
type tallies struct{ ternary, noise, nine, limbOverflow, three, four *relation.Tally }

func newTallies() *tallies {
	return &tallies{
		ternary: relation.NewTally(relation.Ternary), noise: relation.NewTally(relation.Noise),
		nine: relation.NewTally(relation.Nine), limbOverflow: relation.NewTally(limbOverflows),
		three: relation.NewTally(threeBits), four: relation.NewTally(fourBits),
	}
}

// write puts the counts into the witness and tells whether every value lay in its interval.
func (t *tallies) write(c *Counts[fr.Element]) (inside bool) {
	outside := 0
	for _, table := range []struct {
		tally  *relation.Tally
		counts []fr.Element
	}{
		{t.ternary, c.Ternary[:]}, {t.noise, c.Noise[:]}, {t.nine, c.Nine[:]},
		{t.limbOverflow, c.LimbOverflow[:]}, {t.three, c.Three[:]}, {t.four, c.Four[:]},
	} {
		table.tally.Write(table.counts)
		outside += table.tally.Outside()
	}
	return outside == 0
}

// digits takes the two digits of v in base 2^9; a v out of range shows in the tally of the upper one.
func (t *tallies) digits(v int64, upper *relation.Tally) (low, high fr.Element) {
	return t.nine.Take(v & 511), upper.Take(v >> 9)
}

// assign finds all wires. False where the witness does not fit the statement: the wires then satisfy all constraints
// that they can.
func (w *Witness) assign(s *Statement, p *polynomials, random io.Reader) (*Secret[fr.Element], bool, error) {
	secret, t := new(Secret[fr.Element]), newTallies()
	key := relation.AssignKey(&secret.Key, w.Secret, w.Key, p.b, p.aPrime, t.ternary, t.noise, t.nine)
	ciphertext := w.assignCiphertext(secret, p, t)
	w.assignResolution(secret, s, t)
	for i := range secret.Mask {
		var wide [fr.Bytes]byte
		if _, err := io.ReadFull(random, wide[:]); err != nil {
			return nil, false, fmt.Errorf("draw masks: %w", err)
		}
		wide[0] &= 1<<4 - 1 // y uniform in [0, 2^252): the field has 253.6 bits, so no sum of an honest prover wraps
		secret.Mask[i].SetBytes(wide[:])
	}
	inside := t.write(&secret.Counts)
	return secret, key && ciphertext && inside, nil
}

// assignCiphertext finds r and q of c0 + a·sk = e + τ·m + Q·r + (X^N+1)·q; false where no r makes it hold.
func (w *Witness) assignCiphertext(secret *Secret[fr.Element], p *polynomials, t *tallies) bool {
	product, quotient := ring.Divide(p.a, ring.Small(w.Secret))
	relation.WriteQuotient(secret.Quotient[:], quotient)
	tau, exact := ring.TauElement(), true
	overflow := func(i int, message uint16) int64 {
		secret.Noise[i] = t.noise.Take(int64(w.Noise[i]))
		var multiple, e, encoded fr.Element
		multiple.Add(&p.c0[i], &product[i])
		multiple.Sub(&multiple, e.SetInt64(int64(w.Noise[i])))
		encoded.SetUint64(uint64(message))
		multiple.Sub(&multiple, encoded.Mul(&encoded, &tau))
		r, divides := ring.QuotientByQ(&multiple)
		exact = exact && divides
		return r
	}
	const stride = Groups + Limbs
	for k := range Rows {
		for g, point := range w.Points[k] {
			secret.PointLow[k][g], secret.PointHigh[k][g] = t.digits(int64(point), t.three)
			r := overflow(stride*k+g, point)
			secret.PointOverflowLow[k][g], secret.PointOverflowHigh[k][g] = t.digits(r+pointOverflowOffset, t.four)
		}
		for j, limb := range w.Limbs[k] {
			secret.Limbs[k][j] = t.nine.Take(int64(limb))
			secret.LimbOverflow[k][j] = t.limbOverflow.Take(overflow(stride*k+Groups+j, limb))
		}
	}
	return exact
}

// assignResolution finds the least bounds M, and what they leave of the caps.
func (w *Witness) assignResolution(secret *Secret[fr.Element], s *Statement, t *tallies) {
	bounds := w.bounds(s)
	for g := range Groups {
		spare := int64(s.Caps[g])
		var featureSpare [Lines]int64
		for f := range featureSpare {
			featureSpare[f] = int64(s.featureCap())
		}
		for l := range Lines {
			secret.Bound[l][g].SetInt64(bounds[l][g])
			if !s.continues(l) {
				spare -= bounds[l][g]
				featureSpare[s.Map[l]] -= bounds[l][g]
			}
		}
		_, secret.SpareHigh[g] = t.digits(spare, t.nine)
		for f, left := range featureSpare {
			secret.FeatureSpareLow[f][g], secret.FeatureSpareHigh[f][g] = t.digits(left, t.nine)
		}
	}
	for k := range Rows {
		for g, point := range w.Points[k] {
			_, secret.GapHigh[k][g] = t.digits(bounds[k/LineRows][g]-int64(point), t.three)
		}
	}
}

// bounds are the largest points of each line, or of the lines that continue each other.
func (w *Witness) bounds(s *Statement) (bounds [Lines][Groups]int64) {
	for first := 0; first < Lines; {
		end := first + 1
		for end < Lines && s.continues(end) {
			end++
		}
		var most [Groups]int64
		for k := LineRows * first; k < LineRows*end; k++ {
			for g, point := range w.Points[k] {
				most[g] = max(most[g], int64(point))
			}
		}
		for ; first < end; first++ {
			bounds[first] = most
		}
	}
	return bounds
}
