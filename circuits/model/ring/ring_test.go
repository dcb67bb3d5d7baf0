package ring

import (
	"errors"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"pgregory.net/rapid"
)

func TestResiduesRefused(t *testing.T) {
	for i, prime := range Primes {
		for _, v := range []uint64{prime, prime + 1, 1<<64 - 1} {
			r := new(Residues)
			r[i][N-1] = v
			if err := r.Check(); !errors.Is(err, ErrResidue) {
				t.Errorf("prime %d, residue %d: %v", i, v, err)
			}
		}
	}
}

func TestParameters(t *testing.T) {
	q, plain := Q(), new(big.Int).SetUint64(T)
	if q.BitLen() != 132 || plain.BitLen() != 61 || !plain.ProbablyPrime(20) {
		t.Error("Q has other than 132 bits, or t is not a prime of 61")
	}
	for _, p := range append(Primes[:], T) {
		if p%(2*N) != 1 || !new(big.Int).SetUint64(p).ProbablyPrime(20) {
			t.Errorf("%d is not a prime that is 1 mod 2N", p)
		}
	}
	product := new(big.Int).Mul(Tau(), plain)
	if product.Mod(product, q).Cmp(big.NewInt(1)) != 0 || new(big.Int).Lsh(Tau(), 1).CmpAbs(q) > 0 {
		t.Error("τ is not t⁻¹ mod Q, centred")
	}
	// Q/t > 1.61·2^70: what makes the decryption of an honest response unique (protocol, section 5b).
	least := new(big.Int).Lsh(big.NewInt(161), 70)
	if least.Mul(least, plain).Cmp(new(big.Int).Mul(q, big.NewInt(100))) >= 0 {
		t.Error("Q/t is not above 1.61·2^70")
	}
}

func TestCentredIsTheSmallestRepresentative(t *testing.T) {
	q := Q()
	half := new(big.Int).Rsh(q, 1) // (Q−1)/2
	r := new(Residues)
	values := []*big.Int{new(big.Int), big.NewInt(1), half, new(big.Int).Add(half, big.NewInt(1)), new(big.Int).Sub(q, big.NewInt(1))}
	random := rand.New(rand.NewPCG(1, 1))
	for len(values) < N {
		v := new(big.Int).SetUint64(random.Uint64())
		v.Lsh(v, uint(random.IntN(90)))
		values = append(values, v.Mod(v, q))
	}
	for j, v := range values {
		for i, prime := range Primes {
			r[i][j] = new(big.Int).Mod(v, new(big.Int).SetUint64(prime)).Uint64()
		}
	}
	for j, got := range r.Centred() {
		want := new(big.Int).Set(values[j])
		if want.Cmp(half) > 0 {
			want.Sub(want, q)
		}
		if Integer(&got).Cmp(want) != 0 {
			t.Fatalf("coefficient %d: another representative", j)
		}
	}
}

// Divide against the definition, on polynomials with few terms: X^i·X^j is −X^(i+j−N) with quotient X^(i+j−N) from N on.
func TestDivide(t *testing.T) {
	type term struct{ at, value int64 }
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string, most int64) (terms []term, p Polynomial) {
			p = make(Polynomial, N)
			for range rapid.IntRange(0, 6).Draw(t, name+" terms") {
				x := term{rapid.Int64Range(0, N-1).Draw(t, name+" place"), rapid.Int64Range(-most, most).Draw(t, name)}
				var v fr.Element
				p[x.at].Add(&p[x.at], v.SetInt64(x.value))
				terms = append(terms, x)
			}
			return terms, p
		}
		left, a := draw("a", 1<<62)
		right, s := draw("s", 1)
		remainder, quotient := make(Polynomial, N), make(Polynomial, N)
		for _, x := range left {
			for _, y := range right {
				var v fr.Element
				v.SetInt64(x.value * y.value)
				if place := x.at + y.at; place < N {
					remainder[place].Add(&remainder[place], &v)
				} else {
					remainder[place-N].Sub(&remainder[place-N], &v)
					quotient[place-N].Add(&quotient[place-N], &v)
				}
			}
		}
		gotRemainder, gotQuotient := Divide(a, s)
		for j := range N {
			if !gotRemainder[j].Equal(&remainder[j]) || !gotQuotient[j].Equal(&quotient[j]) {
				t.Fatalf("coefficient %d differs", j)
			}
		}
	})
}

// a(x)·s(x) = remainder(x) + (x^N+1)·quotient(x) on dense polynomials.
func TestDivideAtAPoint(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 2))
	small, a := new([N]int8), make(Polynomial, N)
	for j := range small {
		small[j] = int8(random.IntN(3) - 1)
		a[j].SetInt64(random.Int64())
	}
	var x, right, modulus fr.Element
	x.SetUint64(random.Uint64())
	modulus.Exp(x, big.NewInt(N))
	one := fr.One()
	modulus.Add(&modulus, &one)
	s := Small(small)
	remainder, quotient := Divide(a, s)
	left, sx, qx, rx := a.At(&x), s.At(&x), quotient.At(&x), remainder.At(&x)
	left.Mul(&left, &sx)
	right.Add(right.Mul(&qx, &modulus), &rx)
	if !left.Equal(&right) {
		t.Error("a·s is not remainder + (x^N+1)·quotient")
	}
}

func TestSmallIntegers(t *testing.T) {
	q := QElement()
	for _, v := range []int64{0, 1, -1, 1<<63 - 1, -(1<<63 - 1), 12345} {
		var e fr.Element
		e.SetInt64(v)
		if got, ok := Signed(&e); !ok || got != v {
			t.Errorf("%d reads as %d, %v", v, got, ok)
		}
		e.Mul(&e, &q)
		if got, ok := QuotientByQ(&e); !ok || got != v {
			t.Errorf("%d·Q divided by Q is %d, %v", v, got, ok)
		}
		one := fr.One()
		if _, ok := QuotientByQ(e.Add(&e, &one)); ok {
			t.Errorf("%d·Q + 1 is said to be a multiple of Q", v)
		}
	}
	var large fr.Element
	for _, v := range []*big.Int{new(big.Int).Lsh(big.NewInt(1), 63), new(big.Int).Neg(new(big.Int).Lsh(big.NewInt(1), 63)), new(big.Int).Lsh(big.NewInt(1), 100)} {
		large.SetBigInt(v)
		if _, ok := Signed(&large); ok {
			t.Errorf("%v is said to be small", v)
		}
	}
}

func BenchmarkEvaluate(b *testing.B) {
	r, x := new(Residues), fr.NewElement(7)
	b.ReportAllocs()
	for b.Loop() {
		r.Centred().At(&x)
	}
}

func BenchmarkDivide(b *testing.B) {
	a, s := make(Polynomial, N), make(Polynomial, N)
	b.ReportAllocs()
	for b.Loop() {
		Divide(a, s)
	}
}
