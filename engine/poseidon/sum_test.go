package poseidon

import (
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"pgregory.net/rapid"
)

func TestLimbsAreTheModulus(t *testing.T) {
	var last fr.Element
	last.SetInt64(-1)
	words := last.Bits() // q − 1, not in Montgomery form
	if want := [4]uint64{q0 - 1, q1, q2, q3}; words != want {
		t.Errorf("q − 1 is %x, want %x", words, want)
	}
}

// extreme draws words whose stored form is near 0, near q or anywhere, so that sums come near every multiple of q.
func extreme(t *rapid.T, label string) fr.Element {
	switch near := rapid.Uint64Range(0, 2).Draw(t, label+" offset"); rapid.IntRange(0, 2).Draw(t, label) {
	case 0:
		return fr.Element{near}
	case 1:
		return fr.Element{q0 - 1 - near, q1, q2, q3}
	}
	return elements(1).Draw(t, label+" word")[0]
}

// TestSumsEqualTheLibrary compares add and sum with the library's addition. They never look at what the words stand for.
func TestSumsEqualTheLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var x state
		var want, got fr.Element
		for i := range x {
			x[i] = extreme(t, "word")
			want.Add(&want, &x[i])
			add(&got, &got, &x[i])
		}
		if got != want {
			t.Fatalf("added one by one: %x, want %x", got, want)
		}
		if x.sum(&got); got != want {
			t.Fatalf("added at once: %x, want %x", got, want)
		}
	})
}

// TestSumsPassEveryMultiple takes 0 to 8 words of q − 1, and each of these sums with one less and one more.
func TestSumsPassEveryMultiple(t *testing.T) {
	for last := range 9 {
		for i := range uint64(3) {
			var x state
			var want, got fr.Element
			for j := range last {
				x[j] = fr.Element{q0 - 1, q1, q2, q3}
			}
			if last < len(x) {
				x[last] = fr.Element{i}
			} else {
				x[0][0] -= i
			}
			for j := range x {
				want.Add(&want, &x[j])
			}
			if x.sum(&got); got != want {
				t.Errorf("%d words of q − 1 and %d: %x, want %x", last, i, got, want)
			}
		}
	}
}
