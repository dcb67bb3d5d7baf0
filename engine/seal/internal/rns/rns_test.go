package rns

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

var primes = [Primes]uint64{17592186028033, 17592185438209, 17592184717313}

func product() *big.Int {
	q := big.NewInt(1)
	for _, p := range primes {
		q.Mul(q, new(big.Int).SetUint64(p))
	}
	return q
}

func TestMulEqualsTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := rapid.SampledFrom([]uint64{2, 3, 257, primes[0], primes[2], 1<<60 - 93}).Draw(t, "q")
		x, w := rapid.Uint64().Draw(t, "x"), rapid.Uint64().Draw(t, "w")
		want := new(big.Int).Mul(new(big.Int).SetUint64(x), new(big.Int).SetUint64(w))
		want.Mod(want, new(big.Int).SetUint64(q))
		if got := Modulus(q).Mul(x, Modulus(q).Factor(w)); got != want.Uint64() {
			t.Fatalf("%d·%d mod %d = %d, want %d", x, w, q, got, want)
		}
	})
}

func TestInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := Modulus(rapid.SampledFrom(primes[:]).Draw(t, "q"))
		w := rapid.Uint64Range(1, uint64(q)-1).Draw(t, "w")
		if q.Mul(q.Inverse(w), q.Factor(w)) != 1 {
			t.Fatalf("w·w^-1 ≠ 1 for w = %d mod %d", w, q)
		}
	})
}

func TestLift(t *testing.T) {
	q := Modulus(257)
	for v, want := range map[int8]uint64{0: 0, 1: 1, 19: 19, 127: 127, -1: 256, -19: 238, -128: 129} {
		if got := q.Lift(v); got != want {
			t.Errorf("%d mod 257 = %d, want %d", v, got, want)
		}
	}
}

func TestComposeEqualsTheChineseRemainderTheorem(t *testing.T) {
	b, q := NewBasis(primes), product()
	if b.Product().Big().Cmp(q) != 0 {
		t.Fatal("Product is not the product of the primes")
	}
	check := func(x *big.Int) bool {
		var r Residues
		for i, p := range primes {
			r[i] = new(big.Int).Mod(x, new(big.Int).SetUint64(p)).Uint64()
		}
		return b.Compose(r).Big().Cmp(x) == 0
	}
	for _, x := range []*big.Int{new(big.Int), big.NewInt(1), new(big.Int).Sub(q, big.NewInt(1)), new(big.Int).Rsh(q, 1)} {
		if !check(x) {
			t.Errorf("Compose of the residues of %d is another number", x)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		x := new(big.Int).SetBytes(rapid.SliceOfN(rapid.Byte(), 17, 17).Draw(t, "x"))
		if x.Mod(x, q); !check(x) {
			t.Fatalf("Compose of the residues of %d is another number", x)
		}
	})
}

func integers() *rapid.Generator[Integer] {
	word := rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1, 1 << 63, 1<<64 - 1}))
	return rapid.Custom(func(t *rapid.T) Integer {
		return Integer{word.Draw(t, "low"), word.Draw(t, "middle"), word.Draw(t, "high")}
	})
}

func TestIntegersEqualBigIntegers(t *testing.T) {
	whole := new(big.Int).Lsh(big.NewInt(1), 192)
	rapid.Check(t, func(t *rapid.T) {
		x, y := integers().Draw(t, "x"), integers().Draw(t, "y")
		m := rapid.Uint64Min(1).Draw(t, "m")
		if x.Less(y) != (x.Big().Cmp(y.Big()) < 0) {
			t.Fatal("Less")
		}
		difference := new(big.Int).Sub(x.Big(), y.Big())
		if x.Sub(y).Big().Cmp(difference.Mod(difference, whole)) != 0 {
			t.Fatal("Sub")
		}
		if x.Half().Big().Cmp(new(big.Int).Rsh(x.Big(), 1)) != 0 {
			t.Fatal("Half")
		}
		if x.Mod(m) != new(big.Int).Mod(x.Big(), new(big.Int).SetUint64(m)).Uint64() {
			t.Fatal("Mod")
		}
	})
}
