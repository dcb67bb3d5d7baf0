package accusation

import (
	"errors"
	"fmt"
	"io"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"weir/circuits/model/relation"
	"weir/circuits/model/ring"
	"weir/engine/pedersen"
)

// ErrWitness is returned by Prove for a secret that is not the one behind b.
var ErrWitness = errors.New("the secret does not fit the key")

// ErrOpens is returned by Prove when the response opens its commitment: there is nothing to accuse, and no proof exists.
var ErrOpens = errors.New("the response opens its commitment")

// Witness is what only the bank knows: the secret behind b.
type Witness struct {
	Secret *[ring.N]int8 // sk, ternary
	Key    *[ring.N]int8 // e' of the sealing, in [−19, 19]
}

// opened are the numbers of one slot: (sk·c1)_l + c0_l = τ·D + E + Q·r.
type opened struct{ number, noise, overflow *big.Int }

// decrypt finds D = t·v mod Q, centred, then mod t: in [−(t−1)/2, (t−1)/2] for a group, else in [0, t). It exists for
// every v. The same number as engine/seal opens.
func decrypt(v *big.Int, group bool) opened {
	q, t := ring.Q(), new(big.Int).SetUint64(ring.T)
	y := new(big.Int).Mul(v, t)
	centre(y.Mod(y, q), q)
	number := new(big.Int).Mod(y, t)
	if group {
		centre(number, t)
	}
	noise := y.Sub(y, number)
	noise.Quo(noise, t)
	rest := new(big.Int).Mul(ring.Tau(), number)
	rest.Sub(v, rest.Add(rest, noise))
	return opened{number: number, noise: noise, overflow: rest.Quo(rest, q)}
}

// centre subtracts the odd modulus from a reduced number above its half.
func centre(v, modulus *big.Int) {
	if new(big.Int).Lsh(v, 1).Cmp(modulus) > 0 {
		v.Sub(v, modulus)
	}
}

// difference is Σ_l D_l·base_l − C − P: the neutral element exactly where equation (1) holds.
func (s *Statement) difference(slots *[Slots]opened) pedersen.Point {
	var groups [pedersen.Groups]*big.Int
	blinding := new(big.Int)
	for l := range slots {
		if l < Groups {
			groups[l] = slots[l].number
		} else {
			blinding.Add(blinding, new(big.Int).Lsh(slots[l].number, uint(9*(l-Groups))))
		}
	}
	return pedersen.Commit(groups, blinding).Sub(s.Claimed).Sub(s.Pairs)
}

// tallies count the lookups.
type tallies struct{ ternary, noise, nine *relation.Tally }

func newTallies() *tallies {
	return &tallies{relation.NewTally(relation.Ternary), relation.NewTally(relation.Noise), relation.NewTally(relation.Nine)}
}

// assign finds all wires but κ's. False where the secret is not the one behind b: the wires then satisfy all constraints
// that they can.
func (w *Witness) assign(s *Statement) (*Secret[fr.Element], *[Slots]opened, bool) {
	secret, slots := new(Secret[fr.Element]), new([Slots]opened)
	t := newTallies()
	exact := relation.AssignKey(&secret.Key, w.Secret, w.Key, s.B.Centred(), s.APrime.Centred(), t.ternary, t.noise, t.nine)
	product, quotient := ring.Divide(s.rounded(), ring.Small(w.Secret))
	relation.WriteQuotient(secret.Quotient[:], quotient)
	relation.WriteQuotient(secret.Free[:], product[Slots:])
	for l := range Slots {
		v := ring.Integer(&product[l])
		slots[l] = decrypt(v.Add(v, s.C0[l].integer()), l < Groups)
		t.slot(secret, l, &slots[l])
	}
	t.ternary.Write(secret.Counts.Ternary[:])
	t.noise.Write(secret.Counts.Noise[:])
	t.nine.Write(secret.Counts.Nine[:])
	inside := t.ternary.Outside()+t.noise.Outside()+t.nine.Outside() == 0
	return secret, slots, exact && inside
}

// slot writes the digits and bits of one slot.
func (t *tallies) slot(secret *Secret[fr.Element], l int, o *opened) {
	t.digits(secret.Noise[l][:], new(big.Int).Add(o.noise, noiseOffset))
	top := int64(secret.Noise[l][noiseDigits-1].Uint64())
	t.nine.Take(top + topDigitSlack)
	t.digits(secret.Overflow[l][:], new(big.Int).Add(o.overflow, overflowOffset))
	number := new(big.Int).Set(o.number)
	if l < Groups {
		number.Add(number, new(big.Int).SetUint64((ring.T-1)/2))
	}
	writeBits(secret.Number[l][:], number)
	below := new(big.Int).Sub(new(big.Int).SetUint64(ring.T-1), number)
	var all [overflowDigits]fr.Element
	t.digits(all[:], below)
	copy(secret.Below[l][:], all[1:])
}

// digits takes the digits of v in base 2^9, lowest first; what the last ones do not hold goes into the top digit, whose
// tally tells.
func (t *tallies) digits(wires []fr.Element, v *big.Int) {
	rest := new(big.Int).Set(v)
	for i := range wires {
		digit := new(big.Int).And(rest, big.NewInt(511))
		rest.Rsh(rest, 9)
		if i == len(wires)-1 {
			digit.Add(digit, rest.Lsh(rest, 9))
		}
		wires[i] = t.nine.Take(digit.Int64())
	}
}

// drawScalar is a uniform κ in [1, ℓ): Z = κ·difference then tells of the difference only that it is not the neutral
// element.
func drawScalar(random io.Reader) (*big.Int, error) {
	order := pedersen.Order()
	for {
		var wide [fr.Bytes]byte
		if _, err := io.ReadFull(random, wide[:]); err != nil {
			return nil, fmt.Errorf("draw a blinding scalar: %w", err)
		}
		wide[0] &= 1<<3 - 1 // 251 bits
		if scalar := new(big.Int).SetBytes(wide[:]); scalar.Sign() > 0 && scalar.Cmp(order) < 0 {
			return scalar, nil
		}
	}
}

// writeBits puts a number's bits into wires.
func writeBits(wires []fr.Element, v *big.Int) {
	for i := range wires {
		wires[i].SetUint64(uint64(v.Bit(i)))
	}
}
