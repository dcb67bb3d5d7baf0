package setup

import (
	"math/big"
	"testing"

	curve "github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"pgregory.net/rapid"
)

// edgeScalars meet carries through all digits, sums that pass through infinity, and additions of equal points.
func edgeScalars() scalars {
	var s scalars
	for _, v := range []int64{0, 1, 2, 3, -1, -2, -3} {
		var x fr.Element
		s.add(*x.SetInt64(v))
	}
	for bit := range 254 {
		var x, y fr.Element
		x.SetBigInt(new(big.Int).Lsh(big.NewInt(1), uint(bit)))
		y.Sub(&x, &s[1])
		s.add(x, y, *new(fr.Element).Neg(&x))
	}
	return s
}

func checkMultiples(t interface{ Fatalf(string, ...any) }, s scalars, count int) {
	_, _, g1, g2 := curve.Generators()
	p := newTableG1(&g1, count).multiply(s, newMeter(nil))
	q := newTableG2(&g2, count).multiply(s, newMeter(nil))
	for i := range s {
		var wantP curve.G1Affine
		var wantQ curve.G2Affine
		k := s[i].BigInt(new(big.Int))
		if wantP.ScalarMultiplication(&g1, k); !wantP.Equal(&p[i]) {
			t.Fatalf("G1: scalar %s, table for %d scalars: wrong multiple", k, count)
		}
		if wantQ.ScalarMultiplication(&g2, k); !wantQ.Equal(&q[i]) {
			t.Fatalf("G2: scalar %s, table for %d scalars: wrong multiple", k, count)
		}
	}
}

func TestMultiplesOfEdgeScalars(t *testing.T) {
	for _, count := range []int{1, 30, 1000, 60_000} { // other counts, other windows
		checkMultiples(t, edgeScalars(), count)
	}
}

func TestMultiplesOfRandomScalars(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s scalars
		for _, b := range rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 32, 32), 1, 4).Draw(t, "scalars") {
			s.add(*new(fr.Element).SetBytes(b))
		}
		checkMultiples(t, s, rapid.IntRange(1, 100).Draw(t, "count"))
	})
}

func TestRecode(t *testing.T) {
	for window := 2; window <= 13; window++ {
		digits := make([]int32, windows(window))
		for _, x := range edgeScalars() {
			recode(digits, &x, window)
			sum := new(big.Int)
			for i := len(digits) - 1; i >= 0; i-- {
				if d := int(digits[i]); d > 1<<(window-1) || d <= -(1<<(window-1)) {
					t.Fatalf("window %d: digit %d", window, d)
				}
				sum.Lsh(sum, uint(window)).Add(sum, big.NewInt(int64(digits[i])))
			}
			if sum.Cmp(x.BigInt(new(big.Int))) != 0 {
				t.Fatalf("window %d: scalar %s comes back as %s", window, x.String(), sum)
			}
		}
	}
}
