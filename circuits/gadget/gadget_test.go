package gadget

import (
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"
	"github.com/consensys/gnark/logger"
	"github.com/consensys/gnark/test"
	"pgregory.net/rapid"
)

func init() { logger.Disable() }

// gate is a small circuit of secret inputs around one gadget. The gadget stands behind a pointer because the test engine
// compares a copy of the circuit with it.
type gate struct {
	In     []frontend.Variable
	states *func(a *API, in []frontend.Variable)
}

func (g *gate) Define(api frontend.API) error {
	(*g.states)(New(api), g.In)
	return nil
}

// fixture is one gadget, compiled.
type fixture struct {
	gate
	system interface {
		GetNbConstraints() int
	}
	solve func(w *gate) error
}

func compile(t testing.TB, inputs int, states func(a *API, in []frontend.Variable)) *fixture {
	f := &fixture{gate: gate{In: make([]frontend.Variable, inputs), states: &states}}
	system, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, &f.gate)
	if err != nil {
		t.Fatal(err)
	}
	f.system = system
	f.solve = func(w *gate) error {
		full, err := frontend.NewWitness(w, ecc.BN254.ScalarField())
		if err != nil {
			return err
		}
		return system.IsSolved(full)
	}
	return f
}

// holds tells whether the gadget accepts the inputs. The rank-1 system and the test engine must agree.
func (f *fixture) holds(t interface{ Fatalf(string, ...any) }, in ...any) bool {
	w := &gate{In: make([]frontend.Variable, len(in))}
	for i, v := range in {
		w.In[i] = v
	}
	solved := f.solve(w) == nil
	engine := test.IsSolved(&gate{In: make([]frontend.Variable, len(in)), states: f.states}, w, ecc.BN254.ScalarField()) == nil
	if solved != engine {
		t.Fatalf("rank-1 system says %v, test engine says %v", solved, engine)
	}
	return solved
}

// elements draws field elements, often the extreme ones.
func elements() *rapid.Generator[fr.Element] {
	return rapid.Custom(func(t *rapid.T) (e fr.Element) {
		switch rapid.IntRange(0, 5).Draw(t, "kind") {
		case 0:
			return e
		case 1:
			return *e.Neg(e.SetOne())
		case 2:
			return *e.SetUint64(rapid.Uint64().Draw(t, "small"))
		}
		return *e.SetBytes(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "bytes"))
	})
}

func toAny[T any](values ...T) (list []any) {
	for _, v := range values {
		list = append(list, v)
	}
	return list
}

func TestAssertProduct(t *testing.T) {
	f := compile(t, 3, func(a *API, in []frontend.Variable) {
		a.AssertProduct(a.API.Add(in[0], 1), in[1], in[2])
		a.AssertProduct(in[0], 2, a.API.Add(in[0], in[0])) // a constant side
	})
	if n := f.system.GetNbConstraints(); n != 2 {
		t.Errorf("%d constraints, want 2", n)
	}
	for _, c := range []struct {
		in   [3]int
		want bool
	}{{[3]int{2, 5, 15}, true}, {[3]int{2, 5, 10}, false}, {[3]int{-1, 5, 0}, true}, {[3]int{0, 0, 1}, false}} {
		if got := f.holds(t, toAny(c.in[:]...)...); got != c.want {
			t.Errorf("(%d + 1)·%d = %d: %v", c.in[0], c.in[1], c.in[2], got)
		}
	}
}

func TestSum(t *testing.T) {
	f := compile(t, 4, func(a *API, in []frontend.Variable) {
		a.AssertIsEqual(a.Sum(in[:3]...), in[3])
		a.AssertIsEqual(a.Sum(in[:1]...), in[0])
		a.AssertIsEqual(a.Sum(), 0)
	})
	if !f.holds(t, 1, 2, 3, 6) || f.holds(t, 1, 2, 3, 7) {
		t.Error("Sum is not the sum")
	}
}
