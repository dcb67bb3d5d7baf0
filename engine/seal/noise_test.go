package seal

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// noiseOf is E of coefficient l: phase = D + t·E centred modulo Q, with D as opened.
func noiseOf(secret *SecretKey, response *Response) [rowStride]*big.Int {
	opened := secret.Open(response)
	var noise [rowStride]*big.Int
	for l, y := range secret.phase(response) {
		e := y.Big()
		if halfQ.Less(y) {
			e.Sub(e, bigQ())
		}
		if l < Groups {
			e.Sub(e, big.NewInt(opened.Groups[l]))
		} else {
			e.Sub(e, new(big.Int).SetUint64(opened.Limbs[l-Groups]))
		}
		remainder := new(big.Int)
		noise[l], remainder = e.QuoRem(e, big.NewInt(T), remainder)
		if remainder.Sign() != 0 {
			panic("the phase is not D + t·E")
		}
	}
	return noise
}

// TestNoiseStaysBelowItsBound measures E over many openings: flooding of 2^68 and the rounding of c1, whose standard
// deviation is 2^58/√12·√(2N/3) = 2^62.4; twelve of them are below 2^66. The bound has to stay below the decryption
// margin Q/2t, and so far inside the accusation's range of ±160·2^63 that no second E in it fits the same coefficient:
// two of them differ by Q/t, less 1 for D.
func TestNoiseStaysBelowItsBound(t *testing.T) {
	const openings = 64
	s := sealed()
	random := rand.New(rand.NewPCG(14, 15))
	greatest, square := new(big.Int), 0.0
	for i := range openings {
		rows, msg := randomSelection(random), randomMessage(random)
		streams := streamsOf(string(rune('a' + i)))
		response := must(s.selector.Select(rows, msg, streams))(t)
		phi := must(streams.flooding("select/phi"))(t)
		for l, e := range noiseOf(s.secret, response) {
			if e.CmpAbs(greatest) > 0 {
				greatest.Abs(e)
			}
			rest, _ := new(big.Float).SetInt(e.Sub(e, residueInteger(phi[l]))).Float64()
			square += rest * rest
		}
	}
	deviation := math.Log2(math.Sqrt(square / (openings * rowStride)))
	f, _ := new(big.Float).SetInt(greatest).Float64()
	margin, _ := new(big.Float).Quo(new(big.Float).SetInt(bigQ()), big.NewFloat(2*T)).Float64()
	t.Logf("of %d coefficients the greatest |E| is 2^%.4f, rounding and the rest deviate by 2^%.3f, Q/2t is 2^%.3f",
		openings*rowStride, math.Log2(f), deviation, math.Log2(margin))
	bound := new(big.Int).Lsh(big.NewInt(1), 68)
	bound.Add(bound, new(big.Int).Lsh(big.NewInt(1), 66))
	if greatest.Cmp(bound) > 0 {
		t.Errorf("|E| reaches 2^%.4f, above 2^68 + 2^66", math.Log2(f))
	}
	if b, _ := new(big.Float).SetInt(bound).Float64(); b >= margin || b+math.Ldexp(160, 63) >= 1.61*math.Ldexp(1, 70) {
		t.Error("the bound on E is not below Q/2t, or leaves room for a second E")
	}
	if deviation < 62.2 || deviation > 62.6 {
		t.Errorf("noise besides flooding deviates by 2^%.3f, want 2^62.4", deviation)
	}
	if math.Log2(f) < 67.9 {
		t.Errorf("flooding reaches only 2^%.4f of 2^68", math.Log2(f))
	}
}
