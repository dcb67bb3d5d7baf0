package pedersen

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"weir/testdata/golden"
)

// hashed is a challenge over a statement's text and T.
func hashed(statement string) Challenge {
	return func(t Point) *big.Int {
		encoded := t.Encode()
		sum := sha256.Sum256(append([]byte(statement), encoded[:]...))
		return new(big.Int).Mod(new(big.Int).SetBytes(sum[:]), Order())
	}
}

func TestOpeningProof(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var values [Groups]*big.Int
		for g := range values {
			values[g] = scalars().Draw(t, "value")
		}
		blinding := scalars().Draw(t, "blinding")
		c := Commit(values, blinding)
		proof, err := ProveOpening(values, blinding, hashed("a"), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		read, err := DecodeOpeningProof(proof.Encode())
		if err != nil || !bytes.Equal(read.Encode(), proof.Encode()) {
			t.Fatalf("round trip: %v", err)
		}
		if err := read.Verify(c, hashed("a")); err != nil {
			t.Fatal(err)
		}
		for name, verdict := range map[string]error{
			"another statement":  read.Verify(c, hashed("b")),
			"another commitment": read.Verify(c.Add(ValueGenerator(0)), hashed("a")),
			"blinding moved":     read.Verify(c.Add(BlindingGenerator()), hashed("a")),
		} {
			if !errors.Is(verdict, ErrProof) {
				t.Fatalf("%s: %v", name, verdict)
			}
		}
	})
}

func TestBlindingProof(t *testing.T) {
	x := big.NewInt(987654321)
	proof, err := ProveBlinding(x, hashed("a"), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	read, err := DecodeBlindingProof(proof.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if err := read.Verify(TimesH(x), hashed("a")); err != nil {
		t.Fatal(err)
	}
	for name, verdict := range map[string]error{
		"another statement":      read.Verify(TimesH(x), hashed("b")),
		"another logarithm":      read.Verify(TimesH(big.NewInt(5)), hashed("a")),
		"a value beside H":       read.Verify(TimesH(x).Add(ValueGenerator(2)), hashed("a")),
		"the identity, x unlike": read.Verify(Identity(), hashed("a")),
	} {
		if !errors.Is(verdict, ErrProof) {
			t.Errorf("%s: %v", name, verdict)
		}
	}
}

// Somebody who knows an opening only up to one unit of one group cannot prove.
func TestAProofOfAnotherOpeningDoesNotHold(t *testing.T) {
	values, blinding := Integers([Groups]int64{500, 0, 0, 0}), big.NewInt(77)
	c := Commit(values, blinding)
	for g := range values {
		wrong := values
		wrong[g] = new(big.Int).Add(values[g], big.NewInt(1))
		proof, err := ProveOpening(wrong, blinding, hashed("a"), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if err := proof.Verify(c, hashed("a")); !errors.Is(err, ErrProof) {
			t.Errorf("group %d: %v", g, err)
		}
	}
}

func TestEveryChangedByteOfAnOpeningProofIsRefused(t *testing.T) {
	values, blinding := Integers([Groups]int64{1, 2, 3, 4}), big.NewInt(5)
	proof, err := ProveOpening(values, blinding, hashed("a"), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good, c := proof.Encode(), Commit(values, blinding)
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 4
		read, err := DecodeOpeningProof(bad)
		if err == nil {
			err = read.Verify(c, hashed("a"))
		}
		if !errors.Is(err, ErrProof) {
			t.Fatalf("byte %d: %v", i, err)
		}
	}
	beyond := bytes.Clone(good)
	Order().FillBytes(beyond[PointSize : PointSize+32])
	for name, bad := range map[string][]byte{"empty": nil, "short": good[1:], "long": append(bytes.Clone(good), 0), "scalar = ℓ": beyond} {
		if _, err := DecodeOpeningProof(bad); !errors.Is(err, ErrProof) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSizesOfSchnorrProofsAreGolden(t *testing.T) {
	opening, err := ProveOpening(Integers([Groups]int64{1, 2, 3, 4}), big.NewInt(5), hashed("a"), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	blinding, err := ProveBlinding(big.NewInt(5), hashed("a"), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	want := golden.WireSizes()
	if got := len(opening.Encode()); got != want["proof of an opening"] {
		t.Errorf("an opening proof takes %d bytes, want %d", got, want["proof of an opening"])
	}
	if got := len(blinding.Encode()); got != want["proof of a blinding"] {
		t.Errorf("a blinding proof takes %d bytes, want %d", got, want["proof of a blinding"])
	}
}

func TestProofsNeedRandomness(t *testing.T) {
	if _, err := ProveOpening(Integers([Groups]int64{}), new(big.Int), hashed("a"), bytes.NewReader(nil)); err == nil {
		t.Error("an opening proof without randomness")
	}
	if _, err := ProveBlinding(new(big.Int), hashed("a"), bytes.NewReader(make([]byte, 63))); err == nil {
		t.Error("a blinding proof without randomness")
	}
}

// A proof of a blinding has one form too, and no changed byte of it passes.
func TestBlindingProofBytes(t *testing.T) {
	x := big.NewInt(77)
	proof, err := ProveBlinding(x, hashed("a"), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := proof.Encode()
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 4
		read, err := DecodeBlindingProof(bad)
		if err == nil {
			err = read.Verify(TimesH(x), hashed("a"))
		}
		if !errors.Is(err, ErrProof) {
			t.Fatalf("byte %d: %v", i, err)
		}
	}
	beyond := bytes.Clone(good)
	Order().FillBytes(beyond[PointSize:])
	for name, bad := range map[string][]byte{"empty": nil, "short": good[1:], "long": append(bytes.Clone(good), 0), "scalar = ℓ": beyond} {
		if _, err := DecodeBlindingProof(bad); !errors.Is(err, ErrProof) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDecodeOpeningProof(f *testing.F) {
	proof, err := ProveOpening(Integers([Groups]int64{1, 2, 3, 4}), big.NewInt(5), hashed("a"), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(proof.Encode())
	f.Add(make([]byte, OpeningProofSize))
	f.Fuzz(func(t *testing.T, b []byte) {
		if read, err := DecodeOpeningProof(b); err == nil && !bytes.Equal(read.Encode(), b) {
			t.Fatal("accepted bytes that are not the proof's encoding")
		}
	})
}

func FuzzDecodeBlindingProof(f *testing.F) {
	proof, err := ProveBlinding(big.NewInt(5), hashed("a"), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(proof.Encode())
	f.Add(make([]byte, BlindingProofSize))
	f.Fuzz(func(t *testing.T, b []byte) {
		if read, err := DecodeBlindingProof(b); err == nil && !bytes.Equal(read.Encode(), b) {
			t.Fatal("accepted bytes that are not the proof's encoding")
		}
	})
}
