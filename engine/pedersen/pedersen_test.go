package pedersen

import (
	"encoding/hex"
	"errors"
	"math/big"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"
	"pgregory.net/rapid"
)

func TestGeneratorsAreGolden(t *testing.T) {
	want := map[string]Point{}
	for i, name := range []string{"G0", "G1", "G2", "G3"} {
		want[name] = ValueGenerator(i)
	}
	want["H"] = BlindingGenerator()
	golden := map[string]string{
		"G0": "9b06fa29a497997f2971eb0f5ba9f333e030a67cfa0f3fcc83ff97fd0ac4f50e",
		"G1": "c81db4beb7bbc8e87fa27601615ae425a2ac59d7075141690b4d2262f0c6c61e",
		"G2": "f40997a81289473410cd5a175f7f98fa64583680f35cd7763318aa8955d7cb1c",
		"G3": "49c49db35d56c8610577b44c254549c0a1621aff736e0d08aa4c5b16a8aee30d",
		"H":  "804182cf468e98c08b01f5775e88aa415a407bb99b8babbf5bb34c0b39a50183",
	}
	for name, p := range want {
		e := p.Encode()
		if got := hex.EncodeToString(e[:]); got != golden[name] {
			t.Errorf("%s = %s, want %s", name, got, golden[name])
		}
		if p.IsIdentity() || !timesOrder(p).IsIdentity() {
			t.Errorf("%s does not have order ℓ", name)
		}
	}
}

func scalars() *rapid.Generator[*big.Int] {
	return rapid.Custom(func(t *rapid.T) *big.Int {
		return new(big.Int).SetBytes(rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "scalar"))
	})
}

func TestCommitEqualsTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var values [Groups]*big.Int
		want := Identity()
		for g := range values {
			values[g] = new(big.Int).Neg(scalars().Draw(t, "value"))
			want = want.Add(ValueGenerator(g).Times(values[g]))
		}
		blinding := scalars().Draw(t, "blinding")
		want = want.Add(BlindingGenerator().Times(blinding))
		if !Commit(values, blinding).Equal(want) {
			t.Fatal("Commit differs from Σ v·G + s·H")
		}
	})
}

func TestPointsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := TimesH(scalars().Draw(t, "scalar"))
		e := p.Encode()
		q, err := DecodePoint(e[:])
		if err != nil || !p.Equal(q) {
			t.Fatalf("round trip: %v", err)
		}
	})
}

func TestForeignPointsAreRefused(t *testing.T) {
	modulus, _ := new(big.Int).SetString("21888242871839275222246405745257275088548364400416034343698204186575808495617", 10)
	littleEndian := func(y *big.Int) []byte {
		b := y.FillBytes(make([]byte, 32))
		for i, j := 0, 31; i < j; i, j = i+1, j-1 {
			b[i], b[j] = b[j], b[i]
		}
		return b
	}
	identity := Identity().Encode()
	signed := identity
	signed[31] |= 0x80
	var order2 twistededwards.PointAffine
	order2.Y.SetInt64(-1)
	small := order2.Bytes()
	h := BlindingGenerator()
	var mixed Point
	mixed.affine.Add(&h.affine, &order2)
	mixedBytes := mixed.Encode()
	var offCurve []byte
	for y := int64(2); ; y++ {
		offCurve = littleEndian(big.NewInt(y))
		var p twistededwards.PointAffine
		if _, err := p.SetBytes(offCurve); err != nil || !p.IsOnCurve() {
			break
		}
	}
	for name, b := range map[string][]byte{
		"empty": {}, "31 bytes": identity[:31], "33 bytes": append(identity[:], 0),
		"y = 1 + modulus": littleEndian(new(big.Int).Add(modulus, big.NewInt(1))), "x = 0 with a sign": signed[:],
		"order 2": small[:], "order 2 added": mixedBytes[:], "off the curve": offCurve,
		"all ones": []byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
	} {
		if _, err := DecodePoint(b); !errors.Is(err, ErrPoint) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkCommit(b *testing.B) {
	s := new(big.Int).Sub(Order(), big.NewInt(12345))
	for b.Loop() {
		CommitSmall([Groups]int64{4000}, s)
	}
}

func BenchmarkDecodePoint(b *testing.B) {
	e := BlindingGenerator().Encode()
	for b.Loop() {
		if _, err := DecodePoint(e[:]); err != nil {
			b.Fatal(err)
		}
	}
}
