package gadget

import (
	"errors"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/frontend"
	"pgregory.net/rapid"
)

// horner is Σ c_i·x^i.
func horner(c []fr.Element, x fr.Element) (y fr.Element) {
	for i := len(c) - 1; i >= 0; i-- {
		y.Mul(&y, &x).Add(&y, &c[i])
	}
	return y
}

func TestRootsAreTheEighthRootsOfUnity(t *testing.T) {
	seen := map[fr.Element]bool{}
	for b := -3; b < 5; b++ {
		x := Root(b)
		seen[x] = true
		x.Square(&x).Square(&x).Square(&x)
		if !x.IsOne() {
			t.Errorf("ω^%d is no eighth root of unity", b)
		}
	}
	if len(seen) != Bins {
		t.Errorf("%d different roots", len(seen))
	}
}

func TestInterpolateMeetsTheValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := [Bins]fr.Element(rapid.SliceOfN(elements(), Bins, Bins).Draw(t, "values"))
		c := Interpolate(values)
		for b := range values {
			if horner(c[:], Root(b)) != values[b] {
				t.Fatalf("another value at ω^%d", b)
			}
		}
	})
}

func TestNewBinAcceptsTheEightRootsAlone(t *testing.T) {
	f := compile(t, 1, func(a *API, in []frontend.Variable) { a.NewBin(in[0]) })
	if n := f.system.GetNbConstraints(); n != 3 {
		t.Errorf("%d constraints, want 3", n)
	}
	for b := range Bins {
		if !f.holds(t, Root(b)) {
			t.Errorf("ω^%d refused", b)
		}
	}
	sixteenth, err := fr.Generator(16)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []any{0, 2, 3, sixteenth} {
		if f.holds(t, x) {
			t.Errorf("%v accepted", x)
		}
	}
}

func TestPolynomialsEqualHorner(t *testing.T) {
	monic := compile(t, 9, func(a *API, in []frontend.Variable) {
		a.AssertMonic(a.NewBin(in[0]), Monic[frontend.Variable](in[1:8]), in[8])
	})
	general := compile(t, 10, func(a *API, in []frontend.Variable) {
		a.AssertIsEqual(a.Evaluate(a.NewBin(in[0]), General[frontend.Variable](in[1:9])), in[9])
	})
	if n := monic.system.GetNbConstraints(); n != 6 {
		t.Errorf("AssertMonic takes %d constraints, want 3", n-3)
	}
	if n := general.system.GetNbConstraints(); n != 8 {
		t.Errorf("Evaluate takes %d constraints, want 4", n-4)
	}
	one := fr.One()
	rapid.Check(t, func(t *rapid.T) {
		x := Root(rapid.IntRange(0, 7).Draw(t, "bin"))
		c := [8]fr.Element(rapid.SliceOfN(elements(), 8, 8).Draw(t, "coefficients"))
		check := func(f *fixture, parameters []fr.Element, value fr.Element) {
			in := append([]any{x}, toAny(parameters...)...)
			var other fr.Element
			other.Add(&value, &one)
			if !f.holds(t, append(in[:len(in):len(in)], value)...) || f.holds(t, append(in[:len(in):len(in)], other)...) {
				t.Fatal("another value than Horner's")
			}
		}
		if q, err := GeneralParameters(c); err == nil {
			check(general, q[:], horner(c[:], x))
		} else if !c[7].IsZero() || !errors.Is(err, ErrLeadingCoefficient) {
			t.Fatal(err)
		}
		c[7].SetOne()
		q := MonicParameters([7]fr.Element(c[:7]))
		check(monic, q[:], horner(c[:], x))
	})
}

func TestLowDegreeIsRefused(t *testing.T) {
	if _, err := GeneralParameters(Interpolate([Bins]fr.Element{})); !errors.Is(err, ErrLeadingCoefficient) {
		t.Errorf("constant polynomial: %v", err)
	}
}
