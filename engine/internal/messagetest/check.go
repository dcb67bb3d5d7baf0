package messagetest

import (
	"bytes"
	"errors"
	"math/big"
	"testing"

	"weir/engine"
	"weir/engine/pedersen"
)

// Hash is a digest made from a name, for places where only its being another one matters.
func Hash(name string) (d engine.Digest) {
	copy(d[:], name)
	return d
}

// Point is n·H, encoded.
func Point(n int64) [pedersen.PointSize]byte { return pedersen.TimesH(big.NewInt(n)).Encode() }

// OrderTwo is (0, −1), on the curve and outside the prime subgroup.
func OrderTwo() (b [32]byte) {
	const minusOne = "\x00\x00\x00\xf0\x93\xf5\xe1\x43\x91\x70\xb9\x79\x48\xe8\x33\x28\x5d\x58\x81\x81\xb6\x45\x50\xb8\x29\xa0\x31\xe1\x72\x4e\x64\x30"
	copy(b[:], minusOne)
	return b
}

// Refused fails the test unless err wraps the sentinel.
func Refused(t *testing.T, name string, err, sentinel error) {
	t.Helper()
	if !errors.Is(err, sentinel) {
		t.Errorf("%s: %v, want %v", name, err, sentinel)
	}
}

// Pinned fails the test unless a digest is what its formula gives, computed a second time, and what it always was.
func Pinned(t *testing.T, name string, got, formula engine.Digest, golden string) {
	t.Helper()
	if got != formula || got.String() != golden {
		t.Errorf("%s: %s, by its formula %s, pinned %s", name, got, formula, golden)
	}
}

// Flips calls check with every byte of b changed in turn, each in two ways, then with b shortened and extended.
func Flips(b []byte, check func(spoiled []byte)) {
	for i := range b {
		for _, change := range []byte{0x01, 0x80} {
			spoiled := bytes.Clone(b)
			spoiled[i] ^= change
			check(spoiled)
		}
		check(b[:i])
	}
	check(append(bytes.Clone(b), 0))
}
