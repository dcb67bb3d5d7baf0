package pedersen

import (
	"bytes"
	"errors"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestGroupLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := scalars().Draw(t, "a"), scalars().Draw(t, "b")
		p, q := ValueGenerator(0).Times(a), TimesH(b)
		if !p.Add(q).Equal(q.Add(p)) || !p.Add(q).Sub(q).Equal(p) || !p.Sub(p).IsIdentity() || !p.Add(Identity()).Equal(p) {
			t.Fatal("addition is not that of a group")
		}
		if !p.Times(b).Equal(ValueGenerator(0).Times(new(big.Int).Mul(a, b))) || !p.Times(new(big.Int).Neg(b)).Equal(p.Times(b).Neg()) {
			t.Fatal("multiples do not compose")
		}
		if !Sum(p, q, p).Equal(p.Add(q).Add(p)) || !Sum().IsIdentity() || !Sum(p).Equal(p) {
			t.Fatal("Sum is not repeated addition")
		}
	})
}

// Commitments add up: Commit(v, s) + Commit(v', s') = Commit(v + v', s + s'), values of either sign and above ℓ.
func TestCommitmentsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var v, w, sum [Groups]int64
		for g := range v {
			v[g] = rapid.Int64Range(-1<<62, 1<<62).Draw(t, "v")
			w[g] = rapid.Int64Range(-1<<62, 1<<62).Draw(t, "w")
			sum[g] = v[g] + w[g]
		}
		r, s := scalars().Draw(t, "r"), scalars().Draw(t, "s")
		total := new(big.Int).Add(r, s)
		if !CommitSmall(v, r).Add(CommitSmall(w, s)).Equal(CommitSmall(sum, total.Add(total, Order()))) {
			t.Fatal("the sum of two commitments is not the commitment to the sums")
		}
	})
}

func TestCommitKeepsItsArguments(t *testing.T) {
	value := new(big.Int).Add(Order(), big.NewInt(5))
	blinding := new(big.Int).Lsh(Order(), 3)
	before := [2]string{value.String(), blinding.String()}
	Commit([Groups]*big.Int{value, value, value, value}, blinding)
	Identity().Times(value)
	if before != [2]string{value.String(), blinding.String()} {
		t.Error("a scalar of the caller was changed")
	}
	order := Order()
	order.SetInt64(1)
	if Order().Cmp(big.NewInt(1)) == 0 {
		t.Error("the caller of Order reaches ours")
	}
}

// timesOrder is ℓ·p by doubling and adding, since Times reduces its scalar mod ℓ.
func timesOrder(p Point) Point {
	result, order := Identity(), Order()
	for i := order.BitLen() - 1; i >= 0; i-- {
		result = result.Add(result)
		if order.Bit(i) == 1 {
			result = result.Add(p)
		}
	}
	return result
}

// FuzzDecodePoint: what is accepted is its own encoding and has an order that divides ℓ.
func FuzzDecodePoint(f *testing.F) {
	for _, p := range []Point{Identity(), BlindingGenerator(), ValueGenerator(3), TimesH(big.NewInt(-1))} {
		e := p.Encode()
		f.Add(e[:])
		e[31] ^= 0x80
		f.Add(e[:])
	}
	f.Add(make([]byte, 32))
	f.Add(bytes.Repeat([]byte{255}, 32))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := DecodePoint(b)
		if err != nil {
			if !errors.Is(err, ErrPoint) || !p.Equal(Point{}) {
				t.Fatalf("untyped error, or a point beside it: %v", err)
			}
			return
		}
		if e := p.Encode(); !bytes.Equal(e[:], b) || !p.affine.IsOnCurve() || !timesOrder(p).IsIdentity() {
			t.Fatalf("accepted %x", b)
		}
	})
}
