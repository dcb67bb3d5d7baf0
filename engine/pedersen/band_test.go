package pedersen

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"weir/engine"
	"weir/testdata/golden"
)

// A bank shows another that a score of 612 is at least 600, from the opening that its receipt holds: (S + base', R + β)
// opens Σ C_i + baseC.
func ExampleProveRange() {
	score, blinding := Integers([Groups]int64{612}), big.NewInt(123456789)
	statement := Range{C: Commit(score, blinding), From: 600, Bits: 20,
		For: Audience{Verifier: "bank-b", Date: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), Context: engine.Digest{7}}}
	proof, err := ProveRange(statement, score, blinding, rand.Reader)
	if err != nil {
		fmt.Println(err)
		return
	}
	file := proof.Encode()

	read, err := DecodeRangeProof(file, statement.Bits)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(file), "bytes, at least 600:", read.Verify(statement) == nil)
	statement.From = 601
	fmt.Println("at least 601:", read.Verify(statement) == nil)
	// Output:
	// 2720 bytes, at least 600: true
	// at least 601: false
}

// A band is shown for exactly the values from From to To.
func TestBandsHoldExactlyInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.Int64Range(-1<<40, 1<<40).Draw(t, "from")
		width := rapid.OneOf(rapid.SampledFrom([]int64{1, 2, 4, 64}), rapid.Int64Range(1, 40)).Draw(t, "width")
		offset := rapid.OneOf(rapid.SampledFrom([]int64{-1, 0, width - 1, width}), rapid.Int64Range(-70, 70)).Draw(t, "offset")
		values, blinding := Integers([Groups]int64{from + offset, 3, 0, -2}), scalars().Draw(t, "blinding")
		band := Band{C: Commit(values, blinding), From: from, To: from + width, For: audience}
		proof, err := ProveBand(band, values, blinding, rand.Reader)
		if offset < 0 || offset >= width {
			if !errors.Is(err, ErrOutside) || proof != nil {
				t.Fatalf("outside: %v", err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		encoded := proof.Encode()
		read, err := DecodeBandProof(encoded, band.Bits())
		if err != nil || !bytes.Equal(read.Encode(), encoded) {
			t.Fatalf("round trip: %v", err)
		}
		if err := read.Verify(band); err != nil {
			t.Fatal(err)
		}
	})
}

// The two ranges of a band meet in exactly the band, with the fewest bits.
func TestTheRangesOfABandMeetInIt(t *testing.T) {
	for width := int64(1); width < 70; width++ {
		lower, upper, err := Band{From: 5, To: 5 + width}.ranges()
		if err != nil || lower.Bits != upper.Bits || lower.Bits > 1 && int64(1)<<(lower.Bits-1) >= width {
			t.Fatalf("width %d: %d and %d bits, %v", width, lower.Bits, upper.Bits, err)
		}
		for v := int64(-150); v < 250; v++ {
			both := true
			for _, r := range []Range{lower, upper} {
				both = both && v >= r.From && v < r.From+1<<r.Bits
			}
			if both != (v >= 5 && v < 5+width) {
				t.Fatalf("width %d: %d is in both ranges: %v", width, v, both)
			}
		}
	}
}

func TestMalformedBandsAreRefused(t *testing.T) {
	values, blinding := Integers([Groups]int64{612}), big.NewInt(5)
	good := Band{C: Commit(values, blinding), From: 600, To: 620, For: audience}
	proof, err := ProveBand(good, values, blinding, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, ends := range map[string][2]int64{
		"empty": {612, 612}, "upside down": {620, 600}, "too wide": {0, 1<<MaxRangeBits + 1},
		"all integers": {math.MinInt64, math.MaxInt64}, "upside down, all": {math.MaxInt64, math.MinInt64},
		"too low": {math.MinInt64, math.MinInt64 + 5}, "too high": {math.MaxInt64 - 5, math.MaxInt64},
	} {
		bad := good
		bad.From, bad.To = ends[0], ends[1]
		if p, err := ProveBand(bad, values, blinding, rand.Reader); !errors.Is(err, ErrStatement) || p != nil {
			t.Errorf("%s, prover: %v", name, err)
		}
		if err := proof.Verify(bad); !errors.Is(err, ErrStatement) {
			t.Errorf("%s, verifier: %v", name, err)
		}
	}
	good.For.Verifier = "bank-c"
	if err := proof.Verify(good); !errors.Is(err, ErrProof) {
		t.Errorf("another verifier: %v", err)
	}
}

// Either half alone, or in the other's place, is no proof of the band; the halves share no number.
func TestBothEndsAreShown(t *testing.T) {
	values, blinding := Integers([Groups]int64{612}), big.NewInt(5)
	band := Band{C: Commit(values, blinding), From: 600, To: 620, For: audience}
	proof, err := ProveBand(band, values, blinding, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	lower, upper := proof.lower, proof.upper
	for name, p := range map[string]BandProof{"lower twice": {lower, lower}, "upper twice": {upper, upper}, "swapped": {upper, lower}} {
		if err := p.Verify(band); !errors.Is(err, ErrProof) {
			t.Errorf("%s: %v", name, err)
		}
	}
	inLower := slices.Collect(slices.Chunk(lower.Encode(), 32))
	for piece := range slices.Chunk(upper.Encode(), 32) {
		if slices.ContainsFunc(inLower, func(other []byte) bool { return bytes.Equal(piece, other) }) {
			t.Error("the halves share a point or scalar")
		}
	}
}

func TestEveryChangedByteOfABandProofIsRefused(t *testing.T) {
	values, blinding := Integers([Groups]int64{612}), big.NewInt(5)
	band := Band{C: Commit(values, blinding), From: 611, To: 613, For: audience}
	proof, err := ProveBand(band, values, blinding, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := proof.Encode()
	for i := range good {
		read, err := DecodeBandProof(changedByte(good, i), band.Bits())
		if err == nil {
			err = read.Verify(band)
		}
		if !errors.Is(err, ErrProof) {
			t.Fatalf("byte %d: %v", i, err)
		}
	}
	for name, bad := range map[string][]byte{"empty": nil, "short": good[1:], "one proof": good[:len(good)/2], "longer": append(good, 0, 0)} {
		if _, err := DecodeBandProof(bad, band.Bits()); !errors.Is(err, ErrProof) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDecodeBandProof(f *testing.F) {
	values, blinding := Integers([Groups]int64{612}), big.NewInt(5)
	band := Band{C: Commit(values, blinding), From: 610, To: 614, For: audience}
	proof, err := ProveBand(band, values, blinding, fixedRandom())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(proof.Encode(), band.Bits())
	f.Add(proof.Encode(), 4)
	f.Add(make([]byte, 2*RangeProofSize(1)), 1)
	f.Fuzz(func(t *testing.T, b []byte, bits int) {
		read, err := DecodeBandProof(b, bits)
		if err != nil && !errors.Is(err, ErrProof) {
			t.Fatalf("untyped error: %v", err)
		}
		if err == nil && !bytes.Equal(read.Encode(), b) {
			t.Fatal("accepted bytes that are not the proof's encoding")
		}
	})
}

func TestProofSizesAreGolden(t *testing.T) {
	values, blinding := Integers([Groups]int64{612}), big.NewInt(5)
	c, want := Commit(values, blinding), golden.WireSizes()
	least, err := ProveRange(Range{C: c, From: 600, Bits: 20, For: audience}, values, blinding, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	band, err := ProveBand(Band{C: c, From: 600, To: 620, For: audience}, values, blinding, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for what, b := range map[string][]byte{
		"band proof of a lower end at 20 bits": least.Encode(),
		"band proof of both ends at 5 bits":    band.Encode(),
	} {
		if want[what] != len(b) {
			t.Errorf("%s: %d bytes, the golden table says %d", what, len(b), want[what])
		}
	}
}

func BenchmarkBand(b *testing.B) {
	values, blinding := Integers([Groups]int64{612}), big.NewInt(5)
	band := Band{C: Commit(values, blinding), From: 600, To: 650, For: audience}
	proof, err := ProveBand(band, values, blinding, rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("step=prove/width=50", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := ProveBand(band, values, blinding, rand.Reader); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(proof.Encode())), "B/proof")
	})
	b.Run("step=verify/width=50", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := proof.Verify(band); err != nil {
				b.Fatal(err)
			}
		}
	})
}
