package circuits

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"runtime"
	"testing"

	bn254 "github.com/consensys/gnark-crypto/ecc/bn254"
	groth16 "github.com/consensys/gnark/backend/groth16/bn254"
)

// someProof is a proof in form, of nothing.
func someProof() *groth16.Proof {
	_, _, g1, g2 := bn254.Generators()
	proof := &groth16.Proof{Ar: g1, Bs: g2, Commitments: make([]bn254.G1Affine, 1)}
	proof.Krs.ScalarMultiplication(&g1, big.NewInt(2))
	proof.Commitments[0].ScalarMultiplication(&g1, big.NewInt(3))
	proof.CommitmentPok.ScalarMultiplication(&g1, big.NewInt(4))
	return proof
}

func TestProofsAreTheLibrarysBytes(t *testing.T) {
	var library bytes.Buffer
	if _, err := someProof().WriteTo(&library); err != nil {
		t.Fatal(err)
	}
	ours := EncodeProof(someProof())
	if !bytes.Equal(library.Bytes(), ours[:]) {
		t.Error("EncodeProof differs from gnark's WriteTo")
	}
	decoded, err := DecodeProof(ours[:])
	if err != nil {
		t.Fatal(err)
	}
	if EncodeProof(decoded) != ours {
		t.Error("the round trip changed the proof")
	}
}

func TestForeignProofsAreRefused(t *testing.T) {
	valid := EncodeProof(someProof())
	cases := map[string][]byte{"empty": {}, "one byte": {1}}
	for _, length := range []int{164, 195, 197, 1 << 20} {
		cases[fmt.Sprint(length, " bytes")] = append(bytes.Clone(valid[:]), make([]byte, 1<<20)...)[:length]
	}
	for _, count := range []uint32{0, 2, 1 << 24, 1<<32 - 1} {
		b := bytes.Clone(valid[:])
		binary.BigEndian.PutUint32(b[128:], count)
		cases[fmt.Sprint(count, " commitments")] = b
	}
	for _, at := range []int{atA, atB, atC, atCommitment, atKnowledge} {
		for flags, name := range []string{"uncompressed", "infinity"} {
			b := bytes.Clone(valid[:])
			b[at] = b[at]&0x3f | byte(flags)<<6
			cases[fmt.Sprint(name, " at ", at)] = b
		}
		zero, large := bytes.Clone(valid[:]), bytes.Clone(valid[:])
		copy(zero[at:], append([]byte{0x40}, make([]byte, 31)...))
		copy(large[at:], bytes.Repeat([]byte{0xff}, 32))
		cases[fmt.Sprint("infinity in G1 at ", at)], cases[fmt.Sprint("x above the modulus at ", at)] = zero, large
	}
	for name, b := range cases {
		if _, err := DecodeProof(b); !errors.Is(err, ErrProof) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The library's stream decoder reads points in either form, so 196 bytes with the right count at 128 can still carry
// another count at 192: A uncompressed, B compressed, C uncompressed with an x that begins 00 00 00 01. Such bytes are
// refused here, in bounded memory.
func TestMixedFormsAreRefused(t *testing.T) {
	b := mixedProof(t)
	if len(b) != ProofSize || binary.BigEndian.Uint32(b[atCount:]) != 1 {
		t.Fatal("the bytes do not pass the naive check")
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := DecodeProof(b)
	runtime.ReadMemStats(&after)
	if !errors.Is(err, ErrProof) {
		t.Error(err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 1<<20 {
		t.Errorf("%d bytes allocated", used)
	}
}

// mixedProof makes such bytes, claiming 2^20 commitments at the end.
func mixedProof(t *testing.T) []byte {
	proof := someProof()
	a, b2 := proof.Ar.RawBytes(), proof.Bs.Bytes()
	b := append(append([]byte{}, a[:]...), b2[:]...)
	for counter := uint32(0); ; counter++ {
		x := make([]byte, 32)
		x[3] = 1
		binary.BigEndian.PutUint32(x[28:], counter)
		x[0] |= 0x80 // compressed, to find y
		var c bn254.G1Affine
		if _, err := c.SetBytes(x); err != nil {
			continue
		}
		raw := c.RawBytes()
		b = append(append(b, raw[:]...), 0, 0x10, 0, 0)
		var library groth16.Proof
		if read, _ := library.ReadFrom(bytes.NewReader(b)); read != ProofSize {
			t.Fatalf("the library read %d bytes; the attack has changed", read)
		}
		return b
	}
}

func FuzzDecodeProof(f *testing.F) {
	valid := EncodeProof(someProof())
	f.Add(valid[:])
	f.Add(valid[:195])
	f.Add(make([]byte, ProofSize))
	f.Add(bytes.Repeat([]byte{0xff}, ProofSize))
	f.Fuzz(func(t *testing.T, b []byte) {
		proof, err := DecodeProof(b)
		if err != nil {
			if !errors.Is(err, ErrProof) {
				t.Error(err)
			}
			return
		}
		if again := EncodeProof(proof); !bytes.Equal(again[:], b) {
			t.Error("what was accepted is encoded differently")
		}
	})
}
