package pedersen

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha3"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"
	"pgregory.net/rapid"
)

// Every value of a range is shown to be in it, at both ends too, whatever stands in the other groups.
func TestRangeProofsHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bits := rapid.IntRange(1, 10).Draw(t, "bits")
		from := rapid.Int64Range(-1<<62, 1<<62).Draw(t, "from")
		offset := rapid.OneOf(rapid.Just[int64](0), rapid.Just[int64](1<<bits-1), rapid.Int64Range(0, 1<<bits-1)).Draw(t, "offset")
		values := [Groups]*big.Int{big.NewInt(from + offset)}
		for g := 1; g < Groups; g++ {
			values[g] = scalars().Draw(t, "other group")
		}
		blinding := scalars().Draw(t, "blinding")
		r := Range{C: Commit(values, blinding), From: from, Bits: bits, For: audience}
		proof, err := ProveRange(r, values, blinding, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		encoded := proof.Encode()
		read, err := DecodeRangeProof(encoded, bits)
		if err != nil || !bytes.Equal(read.Encode(), encoded) || len(encoded) != RangeProofSize(bits) {
			t.Fatalf("round trip: %v", err)
		}
		if err := read.Verify(r); err != nil {
			t.Fatal(err)
		}
	})
}

func TestTheWidestRangeHolds(t *testing.T) {
	values, blinding := Integers([Groups]int64{-1<<62 + 1<<MaxRangeBits - 1}), big.NewInt(3)
	r := Range{C: Commit(values, blinding), From: -1 << 62, Bits: MaxRangeBits, For: audience}
	proof, err := ProveRange(r, values, blinding, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := proof.Verify(r); err != nil {
		t.Error(err)
	}
}

// A proof is one of its statement alone.
func TestAProofOfAnotherStatementDoesNotHold(t *testing.T) {
	r, values, blinding := example(5)
	proof, err := ProveRange(r, values, blinding, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := proof.Verify(r); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Range){
		"value moved":      func(r *Range) { r.C = r.C.Add(ValueGenerator(0)) },
		"group 2 moved":    func(r *Range) { r.C = r.C.Add(ValueGenerator(2)) },
		"blinding moved":   func(r *Range) { r.C = r.C.Add(BlindingGenerator()) },
		"both moved":       func(r *Range) { r.C, r.From = r.C.Add(ValueGenerator(0)), r.From+1 },
		"higher bound":     func(r *Range) { r.From++ },
		"lower bound":      func(r *Range) { r.From-- },
		"wider":            func(r *Range) { r.Bits++ },
		"narrower":         func(r *Range) { r.Bits-- },
		"another verifier": func(r *Range) { r.For.Verifier = "bank-c" },
		"the day after":    func(r *Range) { r.For.Date = r.For.Date.AddDate(0, 0, 1) },
		"another receipt":  func(r *Range) { r.For.Context[0] ^= 128 },
	} {
		other := r
		change(&other)
		if err := proof.Verify(other); !errors.Is(err, ErrProof) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is not in the range is not proven, nor is a number that only equals one of the range mod ℓ.
func TestProverRefusesWhatIsOutside(t *testing.T) {
	r, _, blinding := example(5)
	for name, offset := range map[string]*big.Int{
		"X − 1": big.NewInt(-1), "X + 2^n": big.NewInt(32), "X − 1 + ℓ": new(big.Int).Sub(Order(), big.NewInt(1)),
		"X − 1 − ℓ": new(big.Int).Sub(big.NewInt(-1), Order()), "X + ℓ": Order(), "X − ℓ": new(big.Int).Neg(Order()),
	} {
		values := Integers([Groups]int64{})
		values[0] = new(big.Int).Add(big.NewInt(r.From), offset)
		r.C = Commit(values, blinding)
		p, err := ProveRange(r, values, blinding, rand.Reader)
		if !errors.Is(err, ErrOutside) || p != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.ContainsAny(err.Error(), "123456789") {
			t.Errorf("%s: the error tells a number: %v", name, err)
		}
	}
}

func TestProverRefusesAnotherOpening(t *testing.T) {
	r, values, blinding := example(5)
	for g := range values {
		wrong := values
		wrong[g] = new(big.Int).Add(values[g], big.NewInt(1))
		if p, err := ProveRange(r, wrong, blinding, rand.Reader); !errors.Is(err, ErrStatement) || p != nil {
			t.Errorf("group %d: %v", g, err)
		}
	}
	if p, err := ProveRange(r, values, new(big.Int), rand.Reader); !errors.Is(err, ErrStatement) || p != nil {
		t.Errorf("blinding: %v", err)
	}
}

// The opening that is handed in is not changed: it is a receipt's.
func TestProverKeepsItsArguments(t *testing.T) {
	r, values, blinding := example(5)
	before := fmt.Sprint(values, blinding)
	if _, err := ProveRange(r, values, blinding, rand.Reader); err != nil || fmt.Sprint(values, blinding) != before {
		t.Errorf("an argument was changed, or %v", err)
	}
}

func TestRangeProofsNeedRandomness(t *testing.T) {
	r, values, blinding := example(4)
	enough := int64((4*r.Bits + Groups) * 64)
	for n := int64(63); n < enough; n += 64 {
		if p, err := ProveRange(r, values, blinding, io.LimitReader(rand.Reader, n)); !errors.Is(err, io.ErrUnexpectedEOF) || p != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
	if _, err := ProveRange(r, values, blinding, io.LimitReader(rand.Reader, enough)); err != nil {
		t.Error(err)
	}
}

// Two proofs of one statement have not a number in common.
func TestRangeProofsAreFresh(t *testing.T) {
	r, values, blinding := example(5)
	seen := map[string]bool{}
	for range 2 {
		proof, err := ProveRange(r, values, blinding, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		for piece := range slices.Chunk(proof.Encode(), 32) {
			if seen[string(piece)] {
				t.Fatal("a point or scalar occurs twice")
			}
			seen[string(piece)] = true
		}
	}
}

// changedByte gives an encoding with one bit of byte i changed.
func changedByte(good []byte, i int) []byte {
	bad := bytes.Clone(good)
	bad[i] ^= 1 << (i % 8)
	return bad
}

func TestEveryChangedByteOfARangeProofIsRefused(t *testing.T) {
	r, values, blinding := example(3)
	r.From = 606
	proof, err := ProveRange(r, values, blinding, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := proof.Encode()
	for i := range good {
		read, err := DecodeRangeProof(changedByte(good, i), r.Bits)
		if err == nil {
			err = read.Verify(r)
		}
		if !errors.Is(err, ErrProof) {
			t.Fatalf("byte %d: %v", i, err)
		}
	}
}

func TestMalformedRangeProofsAreRefused(t *testing.T) {
	r, values, blinding := example(2)
	r.From = 610
	proof, err := ProveRange(r, values, blinding, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := proof.Encode()
	for name, c := range map[string]struct {
		b    []byte
		bits int
	}{
		"empty": {nil, 2}, "short": {good[1:], 2}, "long": {append(bytes.Clone(good), 0), 2}, "a bit less": {good, 1}, "a bit more": {good, 3},
		"no bits": {good[:RangeProofSize(0)], 0}, "negative": {nil, -1}, "-5 bits": {good, -5}, "too many": {make([]byte, RangeProofSize(33)), 33},
		"overflow": {good, 1 << 62},
	} {
		if p, err := DecodeRangeProof(c.b, c.bits); !errors.Is(err, ErrProof) || p != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	points := []int{RangeProofSize(0), RangeProofSize(1)}
	for i := 0; i < len(good); i += scalarSize {
		bad := bytes.Clone(good)
		if slices.Contains(points, i) {
			copy(bad[i:], outsideSubgroup(t, bad[i:i+PointSize]))
			if _, err := DecodeRangeProof(bad, 2); !errors.Is(err, ErrPoint) || !errors.Is(err, ErrProof) {
				t.Errorf("point at %d: %v", i, err)
			}
			continue
		}
		Order().FillBytes(bad[i : i+scalarSize])
		if _, err := DecodeRangeProof(bad, 2); !errors.Is(err, ErrProof) {
			t.Errorf("scalar at %d is ℓ: %v", i, err)
		}
	}
}

// outsideSubgroup is the encoding of a point plus the point of order 2.
func outsideSubgroup(t *testing.T, encoded []byte) []byte {
	p, err := DecodePoint(encoded)
	if err != nil {
		t.Fatal(err)
	}
	var order2 twistededwards.PointAffine
	order2.Y.SetInt64(-1)
	p.affine.Add(&p.affine, &order2)
	b := p.Encode()
	return b[:]
}

// A zero proof, which nothing here makes, is refused and does not panic.
func TestZeroProofsAreRefused(t *testing.T) {
	r, _, _ := example(5)
	if err := new(RangeProof).Verify(r); !errors.Is(err, ErrProof) {
		t.Error(err)
	}
	if err := new(BandProof).Verify(Band{C: r.C, From: 600, To: 700, For: audience}); !errors.Is(err, ErrProof) {
		t.Error(err)
	}
}

// fixedRandom is the same stream in every process.
func fixedRandom() io.Reader {
	random := sha3.NewSHAKE256()
	random.Write([]byte("weir/test/range"))
	return random
}

// The bytes of a proof under fixed randomness, by their SHA-256.
func TestRangeProofIsGolden(t *testing.T) {
	r, values, blinding := example(4)
	proof, err := ProveRange(r, values, blinding, fixedRandom())
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(proof.Encode())
	const golden = "e0f4685cc28e20bd6313c0543e741fc8684ed2f568a31599a86cbc55278e4047"
	if got := hex.EncodeToString(sum[:]); got != golden {
		t.Errorf("SHA-256 of the proof is %s, want %s", got, golden)
	}
}

func FuzzDecodeRangeProof(f *testing.F) {
	r, values, blinding := example(4)
	proof, err := ProveRange(r, values, blinding, fixedRandom())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(proof.Encode(), 4)
	f.Add(proof.Encode(), 3)
	f.Add(make([]byte, RangeProofSize(1)), 1)
	f.Add([]byte{}, 0)
	f.Fuzz(func(t *testing.T, b []byte, bits int) {
		read, err := DecodeRangeProof(b, bits)
		if err != nil {
			if !errors.Is(err, ErrProof) {
				t.Fatalf("untyped error: %v", err)
			}
			return
		}
		if !bytes.Equal(read.Encode(), b) {
			t.Fatal("accepted bytes that are not the proof's encoding")
		}
		statement := r
		statement.Bits = bits
		if err := read.Verify(statement); err == nil && !bytes.Equal(b, proof.Encode()) {
			t.Fatal("a proof out of nothing")
		}
	})
}

// 20 bits are the widest sum of eight slices, 10 a sum up to 1,023.
func BenchmarkProveRange(b *testing.B) {
	for _, bits := range []int{10, 20} {
		b.Run(fmt.Sprintf("bits=%d", bits), func(b *testing.B) {
			r, values, blinding := example(bits)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ProveRange(r, values, blinding, rand.Reader); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(RangeProofSize(bits)), "B/proof")
		})
	}
}

// Decoding is part of it: a verifier begins with bytes.
func BenchmarkVerifyRange(b *testing.B) {
	for _, bits := range []int{10, 20} {
		b.Run(fmt.Sprintf("bits=%d", bits), func(b *testing.B) {
			r, values, blinding := example(bits)
			proof, err := ProveRange(r, values, blinding, rand.Reader)
			if err != nil {
				b.Fatal(err)
			}
			encoded := proof.Encode()
			b.ReportAllocs()
			for b.Loop() {
				read, err := DecodeRangeProof(encoded, bits)
				if err == nil {
					err = read.Verify(r)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
