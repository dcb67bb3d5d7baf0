package pedersen

import (
	"crypto/rand"
	"errors"
	"math/big"
	"testing"
	"time"

	"weir/engine"
)

var audience = Audience{Verifier: "bank-b", Date: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), Context: engine.Digest{1, 2, 3}}

// example is the statement v_0 ≥ 600, shown up to 600 + 2^bits, about a commitment to 612 with other groups in use.
func example(bits int) (Range, [Groups]*big.Int, *big.Int) {
	values, blinding := Integers([Groups]int64{612, 17, 0, -4}), big.NewInt(987654321)
	return Range{C: Commit(values, blinding), From: 600, Bits: bits, For: audience}, values, blinding
}

func TestMalformedStatementsAreRefused(t *testing.T) {
	good, values, blinding := example(5)
	proof, err := ProveRange(good, values, blinding, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Range){
		"no commitment":    func(r *Range) { r.C = Point{} },
		"no bits":          func(r *Range) { r.Bits = 0 },
		"negative bits":    func(r *Range) { r.Bits = -1 },
		"too many bits":    func(r *Range) { r.Bits = MaxRangeBits + 1 },
		"all bits of ℓ":    func(r *Range) { r.Bits = Order().BitLen() },
		"bound too high":   func(r *Range) { r.From = 1<<62 + 1 },
		"bound too low":    func(r *Range) { r.From = -1<<62 - 1 },
		"nobody":           func(r *Range) { r.For.Verifier = "" },
		"not a name":       func(r *Range) { r.For.Verifier = "bank b" },
		"no date":          func(r *Range) { r.For.Date = time.Time{} },
		"a time of day":    func(r *Range) { r.For.Date = r.For.Date.Add(time.Nanosecond) },
		"another midnight": func(r *Range) { r.For.Date = r.For.Date.Add(-8 * time.Hour) },
		"year 10000":       func(r *Range) { r.For.Date = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"year -1":          func(r *Range) { r.For.Date = time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC) },
	} {
		bad := good
		change(&bad)
		if p, err := ProveRange(bad, values, blinding, rand.Reader); !errors.Is(err, ErrStatement) || p != nil {
			t.Errorf("%s, prover: %v", name, err)
		}
		if err := proof.Verify(bad); !errors.Is(err, ErrStatement) {
			t.Errorf("%s, verifier: %v", name, err)
		}
	}
}

// The same day is the same statement in whatever time zone it is written.
func TestTheZoneOfADateDoesNotMatter(t *testing.T) {
	r, _, _ := example(3)
	east := r
	east.For.Date = r.For.Date.In(time.FixedZone("east", 8*3600))
	if err := east.check(); err != nil || east.challenge(nil).Cmp(r.challenge(nil)) != 0 {
		t.Errorf("another statement, or none: %v", err)
	}
}

// Whatever part of the statement or of the first messages changes, so does the challenge.
func TestChallengeCoversEverything(t *testing.T) {
	r, _, _ := example(5)
	first := []Point{ValueGenerator(0), ValueGenerator(1), BlindingGenerator()}
	seen := map[string]string{}
	record := func(name string, e *big.Int) {
		if e.Cmp(Order()) >= 0 || seen[e.String()] != "" {
			t.Errorf("%s: not below ℓ, or the challenge of %s", name, seen[e.String()])
		}
		seen[e.String()] = name
	}
	record("the statement", r.challenge(first))
	for name, change := range map[string]func(*Range){
		"commitment": func(r *Range) { r.C = r.C.Add(ValueGenerator(1)) },
		"from":       func(r *Range) { r.From++ },
		"bits":       func(r *Range) { r.Bits++ },
		"verifier":   func(r *Range) { r.For.Verifier = "bank-c" },
		"date":       func(r *Range) { r.For.Date = r.For.Date.AddDate(0, 0, 1) },
		"context":    func(r *Range) { r.For.Context[31] ^= 1 },
	} {
		other := r
		change(&other)
		record(name, other.challenge(first))
	}
	for i := range first {
		other := append([]Point{}, first...)
		other[i] = other[i].Neg()
		record("a point changed", r.challenge(other))
	}
	record("points swapped", r.challenge([]Point{first[1], first[0], first[2]}))
	record("a point less", r.challenge(first[:2]))
	record("a point more", r.challenge(append(first, first[2])))
}

func TestRestTakesTheRecomposedBitsOff(t *testing.T) {
	r, values, blinding := example(4) // 612 − 600 = 12 = 0b1100
	bits := []Point{TimesH(big.NewInt(1)), TimesH(big.NewInt(1)), ValueGenerator(0), ValueGenerator(0).Add(BlindingGenerator())}
	values[0] = new(big.Int)
	want := Commit(values, new(big.Int).Sub(blinding, big.NewInt(1+2+8)))
	if !r.rest(bits).Equal(want) {
		t.Error("C − From·G_0 − Σ 2^i·B_i is something else")
	}
}
