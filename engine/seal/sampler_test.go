package seal

import (
	"bytes"
	"errors"
	"io"
	"math"
	"math/big"
	"strings"
	"testing"
	"testing/iotest"

	"weir/engine/seal/internal/rns"
)

func bytesAs(b []byte) Streams {
	return func(string) io.Reader {
		return io.MultiReader(bytes.NewReader(b), bytes.NewReader(make([]byte, 4*N)))
	}
}

func TestTernaryReadsBytesModulo3AndRefuses255(t *testing.T) {
	head := append(bytes.Repeat([]byte{255}, 1500), 0, 1, 2, 252, 253, 254, 255, 4)
	got, err := bytesAs(head).ternary("u")
	if err != nil || len(got) != N {
		t.Fatalf("%d coefficients, %v", len(got), err)
	}
	if want := []int8{-1, 0, 1, -1, 0, 1, 0}; string(asBytes(got[:7])) != string(asBytes(want)) {
		t.Errorf("%v, want %v", got[:7], want)
	}
}

func asBytes(v []int8) []byte {
	b := make([]byte, len(v))
	for i, x := range v {
		b[i] = byte(x)
	}
	return b
}

// TestTernaryIsUniform allows eight standard deviations of each count.
func TestTernaryIsUniform(t *testing.T) {
	v, err := streamsOf("uniform").ternary("u")
	if err != nil {
		t.Fatal(err)
	}
	var count [3]float64
	for _, x := range v {
		count[x+1]++
	}
	for x, n := range count {
		if math.Abs(n-N/3.0) > 8*math.Sqrt(N*2/9.0) {
			t.Errorf("%d occurs %v times of %d", x-1, n, N)
		}
	}
}

func TestGaussianHasItsDeviationAndBound(t *testing.T) {
	var n, mean, square float64
	for _, key := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		v, err := streamsOf(key).gaussian("e1", N)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range v {
			if x < -errorBound || x > errorBound {
				t.Fatalf("an error of %d", x)
			}
			n, mean, square = n+1, mean+float64(x), square+float64(x)*float64(x)
		}
	}
	mean /= n
	// Rounding adds 1/12 to the variance. Eight standard deviations of the sample mean and variance.
	variance, want := square/n-mean*mean, errorDeviation*errorDeviation+1.0/12
	if math.Abs(mean) > 8*errorDeviation/math.Sqrt(n) || math.Abs(variance-want) > 8*want*math.Sqrt(2/n) {
		t.Errorf("mean %.4f, variance %.4f, want 0 and %.4f", mean, variance, want)
	}
}

func TestSignedReadsTheSamplersResidues(t *testing.T) {
	for x, want := range map[uint64]int8{0: 0, 1: 1, 19: 19, primes[0] - 19: -19, primes[0] - 1: -1, primes[0]: 0} {
		if got := signed(x, primes[0]); got != want {
			t.Errorf("%d reads %d, want %d", x, got, want)
		}
	}
}

// TestFloodingFillsItsRange reads the extremes exactly, then compares the counts in 16 equal parts of the range, within
// eight standard deviations each.
func TestFloodingFillsItsRange(t *testing.T) {
	limit := new(big.Int).Lsh(big.NewInt(1), floodBits)
	low, err := bytesAs(nil).flooding("phi")
	if err != nil || residueInteger(low[0]).Cmp(new(big.Int).Neg(limit)) != 0 {
		t.Errorf("the least is %v, want −2^68 (%v)", residueInteger(low[0]), err)
	}
	high, err := bytesAs(bytes.Repeat([]byte{255}, 9)).flooding("phi")
	if err != nil || residueInteger(high[0]).Cmp(new(big.Int).Sub(limit, big.NewInt(1))) != 0 {
		t.Errorf("the greatest is %v, want 2^68 − 1 (%v)", residueInteger(high[0]), err)
	}
	const draws, parts = 256, 16
	var count [parts]float64
	for key := range draws {
		phi, err := streamsOf(string(rune(key))).flooding("phi")
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range phi {
			shifted := new(big.Int).Add(residueInteger(x), limit)
			count[shifted.Rsh(shifted, floodBits+1-4).Uint64()]++
		}
	}
	mean := float64(draws * rowStride / parts)
	for part, n := range count {
		if math.Abs(n-mean) > 8*math.Sqrt(mean) {
			t.Errorf("part %d of the range has %v of %d draws", part, n, draws*rowStride)
		}
	}
}

// residueInteger is the centred integer with these residues.
func residueInteger(r rns.Residues) *big.Int {
	x, q := basis.Compose(r).Big(), bigQ()
	if new(big.Int).Lsh(x, 1).Cmp(q) > 0 {
		x.Sub(x, q)
	}
	return x
}

// TestFailingStreams lets every stream of every step fail in turn: the error is the stream's, with its name.
func TestFailingStreams(t *testing.T) {
	broken := errors.New("broken")
	s := sealed()
	rows, msg := Selection{}, new(Message)
	for line := range rows {
		rows[line] = RowsPerLine * line
	}
	steps := map[string]func(Streams) error{
		"key/sk":   func(r Streams) error { _, _, err := NewKey(testSeed(), r); return err },
		"key/e":    func(r Streams) error { _, _, err := NewKey(testSeed(), r); return err },
		"seal/e/7": func(r Streams) error { _, _, err := s.secret.Seal(7, s.rows, r); return err },
	}
	for _, name := range []string{"select/u", "select/e0", "select/e1", "select/phi"} {
		steps[name] = func(r Streams) error { _, err := s.selector.Select(rows, msg, r); return err }
	}
	for name, step := range steps {
		err := step(func(asked string) io.Reader {
			if asked == name {
				return io.MultiReader(io.LimitReader(streamsOf("x")(asked), 100), iotest.ErrReader(broken))
			}
			return streamsOf("x")(asked)
		})
		if !errors.Is(err, broken) || !strings.Contains(err.Error(), name) {
			t.Errorf("stream %s: %v", name, err)
		}
	}
}
