package gadget

import (
	"math/big"
	"testing"

	"github.com/consensys/gnark/frontend"
	"pgregory.net/rapid"
)

func TestDigitsEndExactlyAtThePower(t *testing.T) {
	for bits, length := range map[int]int{8: 2, 16: 3, 32: 5, 208: 33, 240: 38} {
		d := NewDigits(bits)
		if d.Len() != length {
			t.Errorf("%d bits: %d digits, want %d", bits, d.Len(), length)
		}
		most := new(big.Int)
		for _, weight := range d.weights {
			if weight.Sign() <= 0 {
				t.Errorf("%d bits: a weight is not positive", bits)
			}
			most.Add(most, new(big.Int).Mul(weight, big.NewInt(DigitValues-1)))
		}
		limit := new(big.Int).Lsh(big.NewInt(1), uint(bits))
		if most.Add(most, big.NewInt(1)).Cmp(limit) != 0 {
			t.Errorf("%d bits: the largest number of digits is not 2^%d − 1", bits, bits)
		}
	}
}

// Every number of 16 bits has digits, and no digits give another number.
func TestDigitsCoverSixteenBits(t *testing.T) {
	d := NewDigits(16)
	for x := range int64(1 << 16) {
		if got := natively(d, d.Split(big.NewInt(x))); got.Int64() != x {
			t.Fatalf("digits of %d give %d", x, got)
		}
	}
}

func TestDigitsRefuseOtherWidths(t *testing.T) {
	for _, bits := range []int{-8, 0, 1, 31, 33} {
		expectPanic(t, func() { NewDigits(bits) })
	}
	d := NewDigits(32)
	for _, x := range []*big.Int{big.NewInt(-1), big.NewInt(1 << 32)} {
		expectPanic(t, func() { d.Split(x) })
	}
}

func TestJoinIsTheInverseOfSplit(t *testing.T) {
	for _, bits := range []int{32, 208} {
		d := NewDigits(bits)
		f := compile(t, d.Len()+1, func(a *API, in []frontend.Variable) {
			a.AssertIsEqual(d.Join(a, in[:d.Len()]), in[d.Len()])
		})
		rapid.Check(t, func(t *rapid.T) {
			x := new(big.Int).SetBytes(rapid.SliceOfN(rapid.Byte(), bits/8, bits/8).Draw(t, "x"))
			digits := d.Split(x)
			for _, digit := range digits {
				if digit >= DigitValues {
					t.Fatalf("digit %d", digit)
				}
			}
			if natively(d, digits).Cmp(x) != 0 || !f.holds(t, append(toAny(digits...), x)...) {
				t.Fatalf("digits of %d give another number", x)
			}
		})
	}
}

func natively(d Digits, digits []uint8) *big.Int {
	sum := new(big.Int)
	for i, digit := range digits {
		sum.Add(sum, new(big.Int).Mul(d.weights[i], big.NewInt(int64(digit))))
	}
	return sum
}

func expectPanic(t *testing.T, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	f()
}
