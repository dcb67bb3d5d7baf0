package gadget

import (
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/frontend"
	"pgregory.net/rapid"

	"weir/engine/poseidon"
)

func TestHashesEqualTheirNativeTwins(t *testing.T) {
	eight := compile(t, 9, func(a *API, in []frontend.Variable) {
		a.AssertIsEqual(a.Hash8([8]frontend.Variable(in[:8])), in[8])
	})
	four := compile(t, 5, func(a *API, in []frontend.Variable) {
		a.AssertIsEqual(a.Hash4([4]frontend.Variable(in[:4])), in[4])
	})
	if n := eight.system.GetNbConstraints(); n != 364 {
		t.Errorf("Hash8 takes %d constraints, want 363", n-1)
	}
	if n := four.system.GetNbConstraints(); n != 265 {
		t.Errorf("Hash4 takes %d constraints, want 264", n-1)
	}
	one := fr.One()
	rapid.Check(t, func(t *rapid.T) {
		x := [8]fr.Element(rapid.SliceOfN(elements(), 8, 8).Draw(t, "x"))
		for _, c := range []struct {
			f    *fixture
			in   []fr.Element
			hash fr.Element
		}{{eight, x[:], poseidon.Hash8(x)}, {four, x[:4], poseidon.Hash4([4]fr.Element(x[:4]))}} {
			var other fr.Element
			other.Add(&c.hash, &one)
			if !c.f.holds(t, append(toAny(c.in...), c.hash)...) {
				t.Fatal("the circuit refuses the native hash")
			}
			if c.f.holds(t, append(toAny(c.in...), other)...) {
				t.Fatal("the circuit accepts another hash")
			}
		}
	})
}
