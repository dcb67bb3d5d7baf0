package poseidon

import (
	"encoding/hex"
	"sync"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/poseidon2"
	"pgregory.net/rapid"
)

func elements(n int) *rapid.Generator[[]fr.Element] {
	one := rapid.Custom(func(t *rapid.T) (e fr.Element) {
		if rapid.Bool().Draw(t, "small") {
			return *e.SetInt64(rapid.Int64Range(-3, 3).Draw(t, "value"))
		}
		return *e.SetBytes(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "bytes"))
	})
	return rapid.SliceOfN(one, n, n)
}

// definition is P2_w(x) = (perm(x) + x)[0] with a permutation of its own.
func definition(t rapid.TB, x []fr.Element, partial int) fr.Element {
	permuted := append([]fr.Element(nil), x...)
	if err := poseidon2.NewPermutation(len(x), 8, partial).Permutation(permuted); err != nil {
		t.Fatal(err)
	}
	var sum fr.Element
	return *sum.Add(&permuted[0], &x[0])
}

func TestHashesEqualTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := elements(8).Draw(t, "x")
		if got, want := Hash8([8]fr.Element(x)), definition(t, x, 57); !got.Equal(&want) {
			t.Fatalf("Hash8 = %s, want %s", &got, &want)
		}
		if got, want := Hash4([4]fr.Element(x)), definition(t, x[:4], 56); !got.Equal(&want) {
			t.Fatalf("Hash4 = %s, want %s", &got, &want)
		}
	})
}

// A changed golden value means that every root and every tag changes.
func TestHashesAreGolden(t *testing.T) {
	var counting [8]fr.Element
	for i := range counting {
		counting[i].SetInt64(int64(i + 1))
	}
	for name, c := range map[string]struct {
		got  fr.Element
		want string
	}{
		"eight zeros": {Hash8([8]fr.Element{}), "140009a75e76ee4f8a7adc6f8592257cfbf1012ea04e71752ee28e23f4f955ec"},
		"1 to 8":      {Hash8(counting), "03731a9e9917d02df7eeb88164d251fdd49c33f2e9c709b1e4f165969530ea8c"},
		"four zeros":  {Hash4([4]fr.Element{}), "18dfb8dc9b82229cff974efefc8df78b1ce96d9d844236b496785c698bc6732e"},
		"1 to 4":      {Hash4([4]fr.Element(counting[:4])), "224785a48a72c75e2cbb698143e71d5d41bd89a2b9a7185871e39a54ce5785b2"},
	} {
		b := c.got.Bytes()
		if got := hex.EncodeToString(b[:]); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// Every input counts, at its own place.
func TestEveryInputCounts(t *testing.T) {
	seen8, seen4 := map[fr.Element]bool{}, map[fr.Element]bool{}
	for place := range 8 {
		var x [8]fr.Element
		x[place].SetOne()
		seen8[Hash8(x)] = true
		if place < 4 {
			seen4[Hash4([4]fr.Element(x[:4]))] = true
		}
	}
	if len(seen8) != 8 || len(seen4) != 4 {
		t.Errorf("%d and %d different hashes, want 8 and 4", len(seen8), len(seen4))
	}
}

func TestHashesAreSafeForConcurrentUse(t *testing.T) {
	var inputs, wants [64][8]fr.Element
	for i := range inputs {
		inputs[i][i%8].SetInt64(int64(i))
		wants[i][0], wants[i][1] = Hash8(inputs[i]), Hash4([4]fr.Element(inputs[i][:4]))
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i, x := range inputs {
				before := x
				eight, four := Hash8(x), Hash4([4]fr.Element(x[:4]))
				if eight != wants[i][0] || four != wants[i][1] || x != before {
					t.Errorf("input %d hashes differently beside others", i)
				}
			}
		})
	}
	group.Wait()
}

func BenchmarkHash8(b *testing.B) {
	var x [8]fr.Element
	b.ReportAllocs()
	for b.Loop() {
		x[0] = Hash8(x)
	}
}

func BenchmarkHash4(b *testing.B) {
	var x [4]fr.Element
	b.ReportAllocs()
	for b.Loop() {
		x[0] = Hash4(x)
	}
}
