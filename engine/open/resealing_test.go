package open_test

import (
	"crypto/rand"
	"errors"
	"slices"
	"testing"

	"weir/engine/internal/partytest"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/engine/open"
	"weir/engine/seal"
)

func TestResealKeepsThePoints(t *testing.T) {
	a := partytest.New(2)
	later, err := a.Sealing.Reseal(3, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	read, err := later.Package.Read()
	if err != nil {
		t.Fatal(err)
	}
	if err := offer.CheckSame(a.Sealing.Sealed, read); err != nil {
		t.Fatal(err)
	}
	if read.ModelDigest == a.Sealing.Sealed.ModelDigest || read.Seed == a.Sealing.Sealed.Seed || read.Slices[0].B == a.Sealing.Sealed.Slices[0].B {
		t.Error("the new sealing shares its digest, seed or key with the first")
	}
	for i := range read.W {
		for k := range read.W[i] {
			if read.W[i][k].Equal(a.Sealing.Sealed.W[i][k]) {
				t.Fatalf("slice %d, row %d: the commitment was not made anew", i, k)
			}
		}
	}
}

func TestResealingOtherPointsIsRefused(t *testing.T) {
	for g := range seal.Groups {
		resealedWithOtherPoints(t, g)
	}
}

// resealedWithOtherPoints has a bank change one weight in one group.
func resealedWithOtherPoints(t *testing.T, g int) {
	t.Helper()
	a := partytest.New(2)
	points := slices.Clone(a.Points)
	points[1][17][g]++
	version := *a.Sealing.Sealed.Version
	other, err := open.Seal(version, partytest.Base, points, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cheat, err := other.Reseal(1, rand.Reader) // proves that it has the points of other, not of a
	if err != nil {
		t.Fatal(err)
	}
	honest, err := a.Sealing.Reseal(1, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*offer.Sealed{
		"one point changed": withVersion(cheat.Sealed, honest.Sealed),
		"proofs swapped":    withSame(honest.Sealed, honest.Sealed.Same[1], honest.Sealed.Same[0]),
		"proof missing":     withSame(honest.Sealed, honest.Sealed.Same[0]),
		"proof shortened":   withSame(honest.Sealed, honest.Sealed.Same[0], honest.Sealed.Same[1][:63]),
		"no later sealing":  a.Sealing.Sealed,
	} {
		if err := offer.CheckSame(a.Sealing.Sealed, s); !errors.Is(err, message.ErrUnproven) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// withVersion is a sealing that pretends to be of the honest one's version.
func withVersion(cheat, honest *offer.Sealed) *offer.Sealed {
	s := *cheat
	s.Version, s.VersionDigest = honest.Version, honest.VersionDigest
	return &s
}

func withSame(sealed *offer.Sealed, same ...[]byte) *offer.Sealed {
	s := *sealed
	s.Same = same
	return &s
}

func TestResealRefuses(t *testing.T) {
	first := partytest.New(2).Sealing
	later, err := first.Reseal(1, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.Reseal(0, rand.Reader); err == nil {
		t.Error("sealing 0 again")
	}
	if _, err := later.Reseal(2, rand.Reader); err == nil {
		t.Error("a sealing after one that was not approved itself")
	}
}
