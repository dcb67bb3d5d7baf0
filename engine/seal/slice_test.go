package seal

import (
	"errors"
	"math/big"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// places are the coefficients at which products are compared with their definition.
var places = []int{0, 1, 31, 32, 4095, 4096, 8190, 8191}

func TestRowsOutOfRangeAreRefused(t *testing.T) {
	s := sealed()
	spoil := map[string]func(*[Rows]Row){
		"points 2^12":  func(r *[Rows]Row) { r[0].Points[0] = PointLimit },
		"points 65535": func(r *[Rows]Row) { r[255].Points[3] = 65535 },
		"limb 512":     func(r *[Rows]Row) { r[17].Limbs[0] = LimbLimit },
		"limb 65535":   func(r *[Rows]Row) { r[255].Limbs[27] = 65535 },
	}
	for name, change := range spoil {
		rows := *s.rows
		change(&rows)
		if _, _, err := s.secret.Seal(0, &rows, streamsOf("x")); !errors.Is(err, ErrRange) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, slice := range []int{-1, Slices, 1 << 32} {
		if _, _, err := s.secret.Seal(slice, s.rows, streamsOf("x")); !errors.Is(err, ErrRange) {
			t.Errorf("slice %d sealed: %v", slice, err)
		}
		if _, err := Prepare(testSeed(), slice, s.slice, s.public); !errors.Is(err, ErrRange) {
			t.Errorf("slice %d prepared: %v", slice, err)
		}
		if _, err := testSeed().A(slice); !errors.Is(err, ErrRange) {
			t.Errorf("slice %d expanded: %v", slice, err)
		}
	}
}

// TestKeyEqualsTheDefinition checks b + a'·sk = e' mod Q by schoolbook multiplication.
func TestKeyEqualsTheDefinition(t *testing.T) {
	s := sealed()
	witness := s.secret.Witness()
	aPrime, b := testSeed().APrime().Centred(), s.public.Centred()
	for _, i := range places {
		left := negacyclic(aPrime, witness.SK[:], i)
		left.Add(left, b[i]).Sub(left, big.NewInt(int64(witness.E[i])))
		if left.Mod(left, bigQ()).Sign() != 0 {
			t.Errorf("coefficient %d of b + a'·sk is not e'", i)
		}
	}
}

// TestSliceEqualsTheDefinition checks c0 + a·sk = e + τ·m mod Q, and that m carries the rows at their places.
func TestSliceEqualsTheDefinition(t *testing.T) {
	s := sealed()
	a := must(testSeed().A(testSlice))(t).Centred()
	sk, c0, tau := s.secret.Witness().SK, s.slice.Centred(), bigTau()
	for _, i := range places {
		left := negacyclic(a, sk[:], i)
		left.Add(left, c0[i]).Sub(left, big.NewInt(int64(s.witness.E[i])))
		left.Sub(left, new(big.Int).Mul(tau, big.NewInt(int64(s.witness.M[i]))))
		if left.Mod(left, bigQ()).Sign() != 0 {
			t.Errorf("coefficient %d of c0 + a·sk is not e + τ·m", i)
		}
	}
	for k, row := range s.rows {
		for i, m := range s.witness.M[rowStride*k : rowStride*(k+1)] {
			if i < Groups && m != row.Points[i] || i >= Groups && m != row.Limbs[i-Groups] {
				t.Fatalf("row %d is not at its place", k)
			}
		}
	}
}

func TestSealingIsDeterministicAndStreamsAreSeparate(t *testing.T) {
	s := sealed()
	again, _, err := s.secret.Seal(testSlice, s.rows, streamsOf("bank"))
	if err != nil || digestOf(again.Encode()) != digestOf(s.slice.Encode()) {
		t.Errorf("the same streams give another slice (%v)", err)
	}
	other, _, err := s.secret.Seal(testSlice, s.rows, streamsOf("other"))
	if err != nil || digestOf(other.Encode()) == digestOf(s.slice.Encode()) {
		t.Errorf("other streams give the same slice (%v)", err)
	}
	_, one, err1 := s.secret.Seal(1, s.rows, streamsOf("bank"))
	_, two, err2 := s.secret.Seal(2, s.rows, streamsOf("bank"))
	if err := errors.Join(err1, err2); err != nil || one.E == two.E {
		t.Errorf("two slices share their noise (%v)", err)
	}
}

func TestLimbsRecompose(t *testing.T) {
	for _, outside := range []*big.Int{big.NewInt(-1), new(big.Int).Lsh(big.NewInt(1), Limbs*LimbBits)} {
		if _, err := LimbsOf(outside); !errors.Is(err, ErrRange) {
			t.Errorf("a scalar of %d bits, sign %d: %v", outside.BitLen(), outside.Sign(), err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 0, 31).Draw(t, "bytes")
		scalar := new(big.Int).SetBytes(b)
		scalar.Lsh(scalar, uint(rapid.IntRange(0, 4).Draw(t, "shift")))
		limbs, err := LimbsOf(scalar)
		if err != nil {
			t.Fatal(err)
		}
		var wide [Limbs]uint64
		for j, z := range limbs {
			if z >= LimbLimit {
				t.Fatalf("limb %d is %d", j, z)
			}
			wide[j] = uint64(z)
		}
		if Recompose(wide).Cmp(scalar) != 0 {
			t.Fatal("limbs do not recompose")
		}
	})
}

// TestRecomposeTakesLimbsOfAnySize compares with Σ 2^(9j) x_j.
func TestRecomposeTakesLimbsOfAnySize(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var limbs [Limbs]uint64
	want := new(big.Int)
	for j := range limbs {
		limbs[j] = random.Uint64()
		want.Add(want, new(big.Int).Lsh(new(big.Int).SetUint64(limbs[j]), uint(LimbBits*j)))
	}
	if Recompose(limbs).Cmp(want) != 0 {
		t.Error("Recompose is not Σ 2^(9j) x_j")
	}
}
