package gadget

import (
	"encoding/hex"
	"math/big"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/frontend"
	"pgregory.net/rapid"

	"weir/engine/pedersen"
)

func points() *rapid.Generator[pedersen.Point] {
	return rapid.Custom(func(t *rapid.T) pedersen.Point {
		return pedersen.CommitSmall([pedersen.Groups]int64{rapid.Int64Range(-3, 4095).Draw(t, "w")},
			new(big.Int).SetBytes(rapid.SliceOfN(rapid.Byte(), 1, 32).Draw(t, "s")))
	}).Filter(func(p pedersen.Point) bool { return !p.IsIdentity() })
}

func mustMontgomery(t interface{ Fatal(...any) }, p pedersen.Point) Point[fr.Element] {
	m, ok := Montgomery(p)
	if !ok {
		t.Fatal("no Montgomery form")
	}
	return m
}

func TestOffsetIsGoldenAndIndependent(t *testing.T) {
	z := Offset().Encode()
	if got, want := hex.EncodeToString(z[:]), "dfbfba4bb05f3c3cbbaf369c217606820c7bfe0f5f20fc9a9931e61547f7bb13"; got != want {
		t.Errorf("Z = %s, want %s", got, want)
	}
	if !Offset().Times(pedersen.Order()).IsIdentity() {
		t.Error("Z is not of order ℓ")
	}
	others := []pedersen.Point{pedersen.BlindingGenerator(), pedersen.Identity()}
	for g := range pedersen.Groups {
		others = append(others, pedersen.ValueGenerator(g))
	}
	for _, p := range others {
		if Offset().Equal(p) || Offset().Equal(p.Neg()) {
			t.Error("Z is another generator")
		}
	}
}

func TestMontgomeryIsOnItsCurveAndRefusesTheIdentity(t *testing.T) {
	for _, p := range []pedersen.Point{pedersen.Identity(), {}} {
		if _, ok := Montgomery(p); ok {
			t.Error("a point without Montgomery form was converted")
		}
	}
	curve := montgomery()
	rapid.Check(t, func(t *rapid.T) {
		m := mustMontgomery(t, points().Draw(t, "p"))
		var left, right, square fr.Element
		left.Mul(left.Square(&m.V), &curve.b)
		square.Square(&m.U)
		right.Mul(&square, &m.U)
		right.Add(&right, &m.U)
		right.Add(&right, square.Mul(&square, &curve.a))
		if left != right {
			t.Fatal("B·v² ≠ u³ + A·u² + u")
		}
	})
}

func TestAdditionsEqualPedersen(t *testing.T) {
	type point = Point[frontend.Variable]
	add := compile(t, 6, func(a *API, in []frontend.Variable) {
		sum := a.AddPoints(point{in[0], in[1]}, point{in[2], in[3]})
		a.AssertIsEqual(sum.U, in[4])
		a.AssertIsEqual(sum.V, in[5])
	})
	assert := compile(t, 6, func(a *API, in []frontend.Variable) {
		a.AssertSum(point{in[0], in[1]}, point{in[2], in[3]}, point{in[4], in[5]})
	})
	if n := add.system.GetNbConstraints(); n != 5 {
		t.Errorf("AddPoints takes %d constraints, want 3", n-2)
	}
	if n := assert.system.GetNbConstraints(); n != 3 {
		t.Errorf("AssertSum takes %d constraints, want 3", n)
	}
	rapid.Check(t, func(t *rapid.T) {
		p, q := points().Draw(t, "p"), points().Draw(t, "q")
		if p.Equal(q) || p.Equal(q.Neg()) {
			t.Skip("excluded")
		}
		var in []any
		for _, x := range []pedersen.Point{p, q, p.Add(q), p.Sub(q)} {
			m := mustMontgomery(t, x)
			in = append(in, m.U, m.V)
		}
		right, wrong := in[:6], append(in[:4:4], in[6:]...)
		for _, f := range []*fixture{add, assert} {
			if !f.holds(t, right...) || f.holds(t, wrong...) {
				t.Fatal("another sum than pedersen's")
			}
		}
	})
}

func TestBlindingWindowsSumToTheMultiple(t *testing.T) {
	order := pedersen.Order()
	edge := []*big.Int{new(big.Int), big.NewInt(1), big.NewInt(2), big.NewInt(-1), new(big.Int).Sub(order, big.NewInt(1)),
		new(big.Int).Set(order), new(big.Int).Lsh(big.NewInt(1), 300)}
	rapid.Check(t, func(t *rapid.T) {
		scalar := new(big.Int).SetBytes(rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "scalar"))
		if i := rapid.IntRange(0, 2*len(edge)).Draw(t, "edge"); i < len(edge) {
			scalar = edge[i]
		}
		sum := pedersen.Identity()
		for i, m := range BlindingWindows(scalar) {
			sum = sum.Add(windowMultiple(t, i, m))
		}
		if !sum.Equal(pedersen.TimesH(scalar)) {
			t.Fatal("the windows do not sum to scalar·H")
		}
	})
}

// windowMultiple finds the odd multiple of 12^i·H that the point is.
func windowMultiple(t interface{ Fatal(...any) }, i int, m Point[fr.Element]) pedersen.Point {
	unit := new(big.Int).Exp(big.NewInt(windowBase), big.NewInt(int64(i)), nil)
	for digit := int64(1 - windowBase); digit < windowBase; digit += 2 {
		if windows()[i].multiple(digit) == m {
			return pedersen.TimesH(new(big.Int).Mul(unit, big.NewInt(digit)))
		}
	}
	t.Fatal("not a point of the window")
	return pedersen.Point{}
}

func TestAssertWindowAcceptsItsTwelvePointsAlone(t *testing.T) {
	for _, i := range []int{0, 1, Windows - 1} {
		f := compile(t, 2, func(a *API, in []frontend.Variable) {
			a.AssertWindow(i, Point[frontend.Variable]{U: in[0], V: in[1]})
		})
		if n := f.system.GetNbConstraints(); n != 4 {
			t.Errorf("%d constraints, want 4", n)
		}
		unit := new(big.Int).Exp(big.NewInt(windowBase), big.NewInt(int64(i)), nil)
		for digit := int64(-windowBase - 1); digit <= windowBase+1; digit++ {
			if digit == 0 {
				continue
			}
			m := mustMontgomery(t, pedersen.TimesH(new(big.Int).Mul(unit, big.NewInt(digit))))
			want := digit%2 != 0 && -windowBase < digit && digit < windowBase
			if got := f.holds(t, m.U, m.V); got != want {
				t.Errorf("window %d, digit %d: %v", i, digit, got)
			}
			var off fr.Element
			off.Double(&m.V)
			if f.holds(t, m.U, off) {
				t.Errorf("window %d, digit %d: a point off the curve is accepted", i, digit)
			}
		}
		if z := mustMontgomery(t, Offset()); f.holds(t, z.U, z.V) {
			t.Errorf("window %d accepts Z", i)
		}
	}
}
