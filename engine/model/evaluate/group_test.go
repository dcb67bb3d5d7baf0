package evaluate

import (
	"math"
	"testing"
)

// TestGroupsHandComputed has 1, 3 and sixteen times 1 case, in tenths of two: the middle of the second score's cases lies
// at 2.5, in the second tenth.
func TestGroupsHandComputed(t *testing.T) {
	counted := new(Tally)
	for score := range 18 {
		for range map[bool]int{true: 3, false: 1}[score == 1] {
			counted.Add(float64(score), score%2 == 0)
		}
	}
	e, err := Evaluate(counted, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []uint64{1, 3, 2, 2, 2, 2, 2, 2, 2, 2}
	if len(e.Groups) != len(want) {
		t.Fatalf("%d groups, want %d", len(e.Groups), len(want))
	}
	for i, g := range e.Groups {
		if g.Cases != want[i] {
			t.Errorf("group %d has %d cases, want %d", i, g.Cases, want[i])
		}
	}
}

// TestWilsonInterval has the values of R. Newcombe, Statistics in Medicine 17, 1998, table I, method 3.
func TestWilsonInterval(t *testing.T) {
	for _, c := range []struct {
		k, n      uint64
		low, high float64
	}{{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}} {
		got := wilson(c.k, c.n)
		if math.Abs(got[0]-c.low) > 5e-5 || math.Abs(got[1]-c.high) > 5e-5 {
			t.Errorf("%d of %d: %v, want %g to %g", c.k, c.n, got, c.low, c.high)
		}
	}
}
