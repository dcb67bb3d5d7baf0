package period

import (
	"bytes"
	"crypto/sha3"
	"encoding/binary"
	"fmt"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"weir/engine"
	"weir/engine/pedersen"
)

func TestMaskIsGolden(t *testing.T) {
	key, label := PairKey(bytes.Repeat([]byte{1}, 32)), engine.Digest(bytes.Repeat([]byte{2}, 32))
	m := key.Mask(label)
	if got := fmt.Sprint(m.Mu); got != "[32439644427715246 511596768706369 77973653076802861 34279842099170144]" {
		t.Errorf("μ = %s", got)
	}
	if got := m.Nu.String(); got != "696693827061205804032292057683846233272197710909212689755423608791817921929" {
		t.Errorf("ν = %s", got)
	}
	p := m.Commitment().Encode()
	if got := fmt.Sprintf("%x", p); got != "2b2de003362cfba11b63e8daeabd55cbf91320e6ec10c8a308ba51fded42012c" {
		t.Errorf("P = %s", got)
	}
}

// SHAKE256(key_ij ‖ "weir/mask/v1" ‖ label): 4 × 8 bytes LE masked to 57 bits, then 64 bytes LE mod ℓ.
func TestMaskEqualsTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := PairKey(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "key"))
		label := engine.Digest(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "label"))
		input := append(append(key[:len(key):len(key)], "weir/mask/v1"...), label[:]...)
		b := sha3.SumSHAKE256(input, 4*8+64)
		m := key.Mask(label)
		sum := pedersen.Identity()
		for g, mu := range m.Mu {
			if want := binary.LittleEndian.Uint64(b[8*g:]) % (1 << 57); mu != want || mu >= 1<<MaskBits {
				t.Fatalf("μ_%d = %d, want %d", g, mu, want)
			}
			sum = sum.Add(pedersen.ValueGenerator(g).Times(new(big.Int).SetUint64(mu)))
		}
		nu := new(big.Int)
		for i := 63; i >= 0; i-- {
			nu.Add(nu.Lsh(nu, 8), big.NewInt(int64(b[32+i])))
		}
		if nu.Mod(nu, pedersen.Order()); m.Nu.Cmp(nu) != 0 {
			t.Fatal("ν is another number")
		}
		if !m.Commitment().Equal(sum.Add(pedersen.BlindingGenerator().Times(nu))) {
			t.Fatal("P is not Σ μ·G + ν·H")
		}
	})
}

func TestMasksDifferByKeyAndLabel(t *testing.T) {
	m := PairKey{1}.Mask(engine.Digest{1})
	for name, other := range map[string]Mask{"key": PairKey{2}.Mask(engine.Digest{1}), "label": PairKey{1}.Mask(engine.Digest{2})} {
		if other.Mu == m.Mu || other.Nu.Cmp(m.Nu) == 0 || other.Commitment().Equal(m.Commitment()) {
			t.Errorf("another %s gives the same mask", name)
		}
	}
}

// For 2 to 8 parties all masks cancel, as integers, mod ℓ and as points; each party's total opens its P_i, and its
// numbers stay in the stated range.
func TestMasksCancel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 8).Draw(t, "parties")
		label := engine.Digest(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "label"))
		parties := rapid.Permutation([]engine.PartyID{"a/a", "a/b", "a-/a", "B/z", "b/a", "c.d/e", "0/0", "z/_"}).Draw(t, "ids")[:n]
		masks := map[engine.PartyID]map[engine.PartyID]Mask{}
		for _, i := range parties {
			masks[i] = map[engine.PartyID]Mask{}
		}
		for a, i := range parties {
			for _, j := range parties[a+1:] {
				key := PairKey(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "pair key"))
				masks[i][j], masks[j][i] = key.Mask(label), key.Mask(label)
			}
		}
		var mu [pedersen.Groups]int64
		nu, points := new(big.Int), pedersen.Identity()
		for _, i := range parties {
			total := Sum(i, masks[i])
			commitments := map[engine.PartyID]pedersen.Point{}
			for j, m := range masks[i] {
				commitments[j] = m.Commitment()
				if !commitments[j].Equal(masks[j][i].Commitment()) {
					t.Fatal("the two ends commit to different points")
				}
			}
			p := SumCommitments(i, commitments)
			if !p.Equal(pedersen.CommitSmall(total.Mu, total.Nu)) {
				t.Fatal("P_i does not commit to the party's total")
			}
			if total.Nu.Sign() < 0 || total.Nu.Cmp(pedersen.Order()) >= 0 {
				t.Fatal("ν_i is not reduced")
			}
			for g, m := range total.Mu {
				if limit := int64(n-1) << MaskBits; m <= -limit || m >= limit {
					t.Fatal("μ_i is out of range")
				}
				mu[g] += m
			}
			nu.Add(nu, total.Nu)
			points = points.Add(p)
		}
		if mu != [pedersen.Groups]int64{} || new(big.Int).Mod(nu, pedersen.Order()).Sign() != 0 || !points.IsIdentity() {
			t.Fatal("the masks do not cancel")
		}
	})
}

// One mask that differs at its two ends is seen in the sum.
func TestDifferentEndsDoNotCancel(t *testing.T) {
	label := engine.Digest{1}
	first := Sum("a/a", map[engine.PartyID]Mask{"b/b": PairKey{1}.Mask(label)})
	second := Sum("b/b", map[engine.PartyID]Mask{"a/a": PairKey{2}.Mask(label)})
	if first.Mu[0]+second.Mu[0] == 0 || new(big.Int).Add(first.Nu, second.Nu).Cmp(pedersen.Order()) == 0 {
		t.Error("different masks cancel")
	}
}

func TestAloneThereIsNothingToMask(t *testing.T) {
	total := Sum("a/a", nil)
	if total.Mu != [pedersen.Groups]int64{} || total.Nu.Sign() != 0 || !SumCommitments("a/a", nil).IsIdentity() {
		t.Error("the empty sum is not zero")
	}
}

func BenchmarkMask(b *testing.B) {
	key := PairKey{1}
	b.ReportAllocs()
	for b.Loop() {
		key.Mask(engine.Digest{}).Commitment()
	}
}
