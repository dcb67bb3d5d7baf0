package pedersen

import (
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"
)

type babyjubjub struct {
	R             string `json:"r"`
	Cofactor      int64  `json:"cofactor"`
	SubgroupOrder string `json:"subgroup_order"`
	Reduced       struct {
		D         string    `json:"d"`
		Generator [2]string `json:"generator"`
		Base      [2]string `json:"base"`
		Scale     string    `json:"scale_f"`
	} `json:"reduced_twisted_edwards"`
	Original struct {
		Generator [2]string `json:"generator"`
		Base      [2]string `json:"base"`
	} `json:"twisted_edwards"`
	Add []struct {
		P, Q, Sum [2]string
	} `json:"add"`
	Times []struct {
		K         string
		P, Result [2]string
	} `json:"scalar_mul"`
}

// readVectors reads the curve's public vectors (EIP-2494) from the folder shared beside the repository.
func readVectors(t *testing.T) *babyjubjub {
	folder, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for filepath.Dir(folder) != folder {
		folder = filepath.Dir(folder)
		text, err := os.ReadFile(filepath.Join(folder, "shared", "vectors", "crypto", "babyjubjub", "babyjubjub_vectors.json"))
		if err != nil {
			continue
		}
		var v babyjubjub
		if err := json.Unmarshal(text, &v); err != nil {
			t.Fatal(err)
		}
		return &v
	}
	t.Skip("no folder shared beside the repository")
	return nil
}

func number(t *testing.T, text string) *big.Int {
	n, ok := new(big.Int).SetString(text, 10)
	if !ok {
		t.Fatalf("not a number: %s", text)
	}
	return n
}

func affine(t *testing.T, xy [2]string) (p Point) {
	p.affine.X.SetBigInt(number(t, xy[0]))
	p.affine.Y.SetBigInt(number(t, xy[1]))
	return p
}

// reduce maps a point of the published form (a = 168700) to the reduced one (a = −1): x' = −f·x.
func (v *babyjubjub) reduce(t *testing.T, xy [2]string) Point {
	p := affine(t, xy)
	var f fr.Element
	f.SetBigInt(number(t, v.Reduced.Scale))
	p.affine.X.Mul(&p.affine.X, f.Neg(&f))
	if !p.affine.IsOnCurve() {
		t.Fatal("a point of the vectors is not on the curve")
	}
	return p
}

func TestCurveIsBabyJubjub(t *testing.T) {
	v := readVectors(t)
	curve := twistededwards.GetEdwardsCurve()
	var minusOne, d fr.Element
	minusOne.SetInt64(-1)
	d.SetBigInt(number(t, v.Reduced.D))
	if !curve.A.Equal(&minusOne) || !curve.D.Equal(&d) || fr.Modulus().Cmp(number(t, v.R)) != 0 {
		t.Error("the curve's equation is another")
	}
	if Order().Cmp(number(t, v.SubgroupOrder)) != 0 || Order().BitLen() != 251 || curve.Cofactor.BigInt(new(big.Int)).Int64() != v.Cofactor {
		t.Error("order or cofactor is another")
	}
	for _, pair := range [][2][2]string{{v.Original.Generator, v.Reduced.Generator}, {v.Original.Base, v.Reduced.Base}} {
		if p := affine(t, pair[1]); !v.reduce(t, pair[0]).Equal(p) {
			t.Error("the map between the two forms is another")
		}
	}
	base, generator := affine(t, v.Reduced.Base).Encode(), affine(t, v.Reduced.Generator).Encode()
	if p, err := DecodePoint(base[:]); err != nil || p.IsIdentity() || !timesOrder(p).IsIdentity() {
		t.Errorf("base point: %v", err)
	}
	if _, err := DecodePoint(generator[:]); err == nil || timesOrder(affine(t, v.Reduced.Generator)).IsIdentity() {
		t.Error("the generator of the whole curve, of order 8ℓ, was accepted")
	}
}

func TestArithmeticFollowsTheVectors(t *testing.T) {
	v := readVectors(t)
	for i, c := range v.Add {
		if got := v.reduce(t, c.P).Add(v.reduce(t, c.Q)); !got.Equal(v.reduce(t, c.Sum)) {
			t.Errorf("addition %d differs", i)
		}
		if got := v.reduce(t, c.Sum).Sub(v.reduce(t, c.Q)); !got.Equal(v.reduce(t, c.P)) {
			t.Errorf("subtraction %d differs", i)
		}
	}
	for i, c := range v.Times {
		p := v.reduce(t, c.P)
		if !p.inSubgroup() {
			t.Fatalf("point %d is outside the prime subgroup", i)
		}
		if got := p.Times(number(t, c.K)); !got.Equal(v.reduce(t, c.Result)) {
			t.Errorf("multiple %d differs", i)
		}
	}
	if len(v.Add) == 0 || len(v.Times) == 0 {
		t.Error("no vectors")
	}
}
