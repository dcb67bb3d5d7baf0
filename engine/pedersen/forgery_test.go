package pedersen

import (
	"crypto/rand"
	"errors"
	"math/big"
	"testing"
)

// forgery is the protocol written down once more, from its definition, for a prover that claims what it likes: the B_i
// commit to digits that need be neither bits nor those of the value, and the opening need not be one. With true claims it is
// an honest proof and holds, so that a refusal is due to the one claim that is false.
type forgery struct {
	digits   []int64
	values   [Groups]*big.Int // v_0 is not used
	blinding *big.Int
}

func randomScalar(t *testing.T) *big.Int {
	t.Helper()
	s, err := drawScalar(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// branch is which of 0 and 1 a digit is passed off as.
func branch(digit int64) int {
	if digit == 1 {
		return 1
	}
	return 0
}

func (f *forgery) prove(t *testing.T, r Range) *RangeProof {
	t.Helper()
	p := &RangeProof{bits: make([]bitProof, len(f.digits))}
	s, nonces, simulated := make([]*big.Int, len(f.digits)), make([]*big.Int, len(f.digits)), make([]*big.Int, len(f.digits))
	left := new(big.Int).Set(f.blinding)
	var first []Point
	for i, digit := range f.digits {
		bit, own := &p.bits[i], branch(digit)
		s[i], nonces[i], simulated[i], bit.z[1-own] = randomScalar(t), randomScalar(t), randomScalar(t), randomScalar(t)
		bit.b = CommitSmall([Groups]int64{digit}, s[i])
		left.Sub(left, new(big.Int).Mul(s[i], big.NewInt(1<<i)))
		without := bit.b.Sub(ValueGenerator(0).Times(big.NewInt(int64(1 - own))))
		var messages [2]Point
		messages[own] = TimesH(nonces[i])
		messages[1-own] = TimesH(bit.z[1-own]).Sub(without.Times(simulated[i]))
		first = append(first, bit.b, messages[0], messages[1])
	}
	ts := [Groups]*big.Int{new(big.Int), randomScalar(t), randomScalar(t), randomScalar(t)}
	tH := randomScalar(t)
	p.e = r.challenge(append(first, Commit(ts, tH)))
	for i, digit := range f.digits {
		own := new(big.Int).Sub(p.e, simulated[i])
		own.Mod(own, Order())
		p.bits[i].z[branch(digit)] = respond(nonces[i], own, s[i])
		p.bits[i].e0 = []*big.Int{own, simulated[i]}[branch(digit)]
	}
	p.rest = [Groups]*big.Int{respond(ts[1], p.e, f.values[1]), respond(ts[2], p.e, f.values[2]), respond(ts[3], p.e, f.values[3]), respond(tH, p.e, left)}
	return p
}

// For every offset of a value around a range of three bits and every pattern of bits: the proof holds exactly when the
// pattern is the offset's. In particular none holds for X − 1 (which is X + ℓ − 1) and for X + 2^n.
func TestOnlyTheBitsOfTheOffsetHold(t *testing.T) {
	for offset := int64(-2); offset < 11; offset++ {
		f := forgery{values: Integers([Groups]int64{600 + offset, 5, 6, 7}), blinding: randomScalar(t)}
		r := Range{C: Commit(f.values, f.blinding), From: 600, Bits: 3, For: audience}
		for pattern := range int64(8) {
			f.digits = []int64{pattern & 1, pattern >> 1 & 1, pattern >> 2}
			err := f.prove(t, r).Verify(r)
			if held := err == nil; held != (pattern == offset) || !held && !errors.Is(err, ErrProof) {
				t.Errorf("X%+d with the bits of %d: %v", offset, pattern, err)
			}
		}
	}
}

// Digits that recompose the offset but are not bits do not hold, though the rest does: X − 1, X + 2^n and values inside.
func TestDigitsThatAreNotBitsDoNotHold(t *testing.T) {
	for _, c := range []struct {
		offset int64
		digits []int64
	}{{-1, []int64{-1, 0, 0}}, {-1, []int64{1, 1, -1}}, {8, []int64{0, 0, 2}}, {8, []int64{2, 1, 1}}, {3, []int64{3, 0, 0}}, {3, []int64{-1, 0, 1}}} {
		f := forgery{digits: c.digits, values: Integers([Groups]int64{600 + c.offset}), blinding: randomScalar(t)}
		r := Range{C: Commit(f.values, f.blinding), From: 600, Bits: 3, For: audience}
		if err := f.prove(t, r).Verify(r); !errors.Is(err, ErrProof) {
			t.Errorf("X%+d as %v: %v", c.offset, c.digits, err)
		}
	}
}

// The bits of ℓ − 1, which is −1 mod ℓ, would show X − 1 to lie above X: they are 251, a range has at most 32, and no fewer
// bits stand for it. MaxRangeBits is the whole argument, so it is held here.
func TestNothingWrapsAround(t *testing.T) {
	minusOne := new(big.Int).Sub(Order(), big.NewInt(1))
	if highest := new(big.Int).Lsh(big.NewInt(1), MaxRangeBits); highest.Cmp(minusOne) >= 0 {
		t.Fatal("ranges are so wide that X − 1 + ℓ lies in them")
	}
	f := forgery{values: Integers([Groups]int64{599}), blinding: randomScalar(t)}
	f.digits = make([]int64, MaxRangeBits)
	for i := range f.digits {
		f.digits[i] = int64(minusOne.Bit(i))
	}
	r := Range{C: Commit(f.values, f.blinding), From: 600, Bits: MaxRangeBits, For: audience}
	if err := f.prove(t, r).Verify(r); !errors.Is(err, ErrProof) {
		t.Errorf("the low bits of ℓ − 1: %v", err)
	}
	r.Bits = Order().BitLen()
	if err := f.prove(t, r).Verify(r); !errors.Is(err, ErrStatement) {
		t.Errorf("a range of all bits of ℓ: %v", err)
	}
}

// What a value lacks of the bound cannot be put into another group or into the blinding.
func TestMissingPointsCannotBeHidden(t *testing.T) {
	for _, group := range []int{1, 2, 3, Groups} {
		f := forgery{digits: []int64{0, 0, 0}, values: Integers([Groups]int64{599}), blinding: big.NewInt(4711)}
		r := Range{C: Commit(f.values, f.blinding), From: 600, Bits: 3, For: audience}
		if group == Groups {
			f.blinding = new(big.Int).Sub(f.blinding, big.NewInt(1))
		} else {
			f.values[group] = big.NewInt(-1)
		}
		if err := f.prove(t, r).Verify(r); !errors.Is(err, ErrProof) {
			t.Errorf("place %d: %v", group, err)
		}
	}
}

// A claim of another opening of the rest does not hold, whichever part of it is false.
func TestTheRestMustBeKnown(t *testing.T) {
	for place := range Groups {
		f := forgery{digits: []int64{1, 0, 1}, values: Integers([Groups]int64{605, 1, 2, 3}), blinding: big.NewInt(4711)}
		r := Range{C: Commit(f.values, f.blinding), From: 600, Bits: 3, For: audience}
		if err := f.prove(t, r).Verify(r); err != nil {
			t.Fatalf("the control: %v", err)
		}
		if place == 0 {
			f.blinding = new(big.Int).Add(f.blinding, big.NewInt(1))
		} else {
			f.values[place] = new(big.Int).Add(f.values[place], big.NewInt(1))
		}
		if err := f.prove(t, r).Verify(r); !errors.Is(err, ErrProof) {
			t.Errorf("place %d: %v", place, err)
		}
	}
}

// A proof for one verifier, day, receipt or bound, whose maker passes it on as one for another, does not hold there even if
// the challenge is put in anew: the responses do not fit it.
func TestAProofCannotBeMovedToAnotherStatement(t *testing.T) {
	r, values, blinding := example(4)
	for name, change := range map[string]func(*Range){
		"verifier": func(r *Range) { r.For.Verifier = "bank-c" },
		"date":     func(r *Range) { r.For.Date = r.For.Date.AddDate(0, 1, 0) },
		"context":  func(r *Range) { r.For.Context[5] ^= 1 },
		"bound":    func(r *Range) { r.From++ },
		"value":    func(r *Range) { r.C = r.C.Sub(ValueGenerator(0)) },
	} {
		proof, err := ProveRange(r, values, blinding, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		other := r
		change(&other)
		proof.e = other.challenge(proof.first(r))
		if err := proof.Verify(other); !errors.Is(err, ErrProof) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Pieces of sound proofs, put together otherwise, do not hold.
func TestRearrangedProofsDoNotHold(t *testing.T) {
	r, values, blinding := example(4)
	for name, change := range map[string]func(p, other *RangeProof){
		"bits swapped":              func(p, _ *RangeProof) { p.bits[1], p.bits[2] = p.bits[2], p.bits[1] },
		"a bit of another proof":    func(p, other *RangeProof) { p.bits[3] = other.bits[3] },
		"all bits of another proof": func(p, other *RangeProof) { p.bits = other.bits },
		"the rest of another proof": func(p, other *RangeProof) { p.rest = other.rest },
		"the challenge of another":  func(p, other *RangeProof) { p.e = other.e },
		"branches swapped":          func(p, _ *RangeProof) { p.bits[0].z[0], p.bits[0].z[1] = p.bits[0].z[1], p.bits[0].z[0] },
		"groups swapped":            func(p, _ *RangeProof) { p.rest[0], p.rest[1] = p.rest[1], p.rest[0] },
		"two units carried upward":  func(p, _ *RangeProof) { carry(p) },
	} {
		proof, err := ProveRange(r, values, blinding, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		other, err := ProveRange(r, values, blinding, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		change(proof, other)
		if err := proof.Verify(r); !errors.Is(err, ErrProof) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// carry takes 2·G_0 off bit 2 and adds G_0 to bit 3: Σ 2^i·B_i stays.
func carry(p *RangeProof) {
	g := ValueGenerator(0)
	p.bits[2].b, p.bits[3].b = p.bits[2].b.Sub(g.Add(g)), p.bits[3].b.Add(g)
}
