package bench

import (
	"math"
	"math/rand/v2"
	"testing"

	"weir/circuits/model/ring"
	"weir/engine/seal"
)

// The figures that protocol section 7 states, to a tenth of a bit.
func TestDistancesOfSection7(t *testing.T) {
	d := Derive()
	ten := d.Totals[9]
	for _, c := range []struct {
		what      string
		got, want float64
	}{
		{"limbs", limbDistance(), -42.2},
		{"group slots at 10 bits", ten.Groups, -47},
		{"together at 10 bits", ten.Total, -42.1},
		{"Q", logQ(), 132},
	} {
		if math.Abs(c.got-c.want) > 0.1 {
			t.Errorf("%s: 2^%.3f, section 7 says 2^%.1f", c.what, c.got, c.want)
		}
	}
	for _, c := range []struct {
		what        string
		got, atMost float64
	}{
		{"flooding", floodingDistance(), -53},
		{"decryption fails", failure(), -64},
		{"Q against 128 bits of security", logQ(), 218},
		{"1.61·2^70 against Q/t", math.Log2(1.61) + 70, logQ() - math.Log2(seal.T)},
	} {
		if c.got > c.atMost {
			t.Errorf("%s: 2^%.3f, want at most 2^%.1f", c.what, c.got, c.atMost)
		}
	}
	if ten.Bits != 10 || len(d.Totals) != 16 {
		t.Errorf("%d resolutions, the tenth of %d bits", len(d.Totals), ten.Bits)
	}
}

// Every resolution that a policy may allow keeps the distance of 2^-40 that sets the limit, and more bits cost more.
func TestDistancesByResolution(t *testing.T) {
	before := math.Inf(-1)
	for _, r := range Derive().Totals {
		if r.Total > -40 || r.Total <= before {
			t.Errorf("%d bits: 2^%.3f after 2^%.3f", r.Bits, r.Total, before)
		}
		before = r.Total
	}
}

// The two copies of the parameters are the same.
func TestParametersAgree(t *testing.T) {
	if seal.T != ring.T || seal.N != ring.N || seal.T-seal.BlindLimit < seal.Lines*(seal.LimbLimit-1) {
		t.Error("seal and ring have other parameters, or a limb can wrap modulo t")
	}
}

// The bound on flooding holds against noise that is drawn, and wastes less than half a bit.
func TestFloodingBoundAgainstDrawnNoise(t *testing.T) {
	const draws = 400
	random := rand.New(rand.NewChaCha8([32]byte{1}))
	sum := 0.
	for range draws {
		x := worstNoiseBias + errorDeviation*random.NormFloat64()
		for range seal.N {
			x += errorBound*float64(random.IntN(3)-1) + errorDeviation*random.NormFloat64()
		}
		sum += math.Abs(x)
	}
	drawn := math.Log2(outputs*sum/draws) - (floodBits + 1)
	if bound := floodingDistance(); drawn > bound || drawn < bound-0.5 {
		t.Errorf("drawn 2^%.2f, bound 2^%.2f", drawn, bound)
	}
}
