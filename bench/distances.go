package bench

import (
	"math"
	"math/big"

	"weir/circuits/model/ring"
	"weir/engine/model"
	"weir/engine/period"
	"weir/engine/seal"
)

// Noise of parameter set P2, as protocol section 2 states it; engine/seal keeps its own copies to itself and tests them.
const (
	floodBits      = 68  // flooding is uniform in [−2^68, 2^68)
	errorDeviation = 3.2 // of e, e', e0, e1
	errorBound     = 19  // where they are cut
	roundBits      = 58  // c1 is sent in steps of 2^58
	outputs        = seal.Groups + seal.Limbs
)

// Distances are the figures of protocol section 7: how far what the bank sees of one contribution is from something that
// tells nothing, and what else the parameters have to keep. Distances of several contributions add up.
type Distances struct {
	ParameterSet string       `json:"parameter_set"`
	Terms        []Term       `json:"terms"`
	Totals       []Resolution `json:"by_resolution"`
}

// Term is one derived figure.
type Term struct {
	Name    string  `json:"name"`
	Formula string  `json:"formula"`
	Log2    float64 `json:"log2"`
}

// Resolution is the distance of one contribution to a model of so many bits.
type Resolution struct {
	Bits   int     `json:"resolution_bits"`
	Groups float64 `json:"group_slots_log2"`
	Total  float64 `json:"total_log2"` // limbs, group slots and flooding together
}

// Derive computes section 7 from the parameters.
func Derive() *Distances {
	limbs, flooding := limbDistance(), floodingDistance()
	d := &Distances{ParameterSet: seal.ParameterSet, Terms: []Term{
		{"limbs", "28·32·511/t: what 32 limbs below 2^9 move each of 28 uniform blinding limbs", limbs},
		{"flooding, worst key", "32·√E[x²]/2^69 ≥ Σ mean|x|/2^(f+1), x = u·e' + e1·sk + e0 + Σ e, all |e'| = |e| = 19, |sk| = 1", flooding},
		{"decryption fails", "64·exp(−2m²/(N·2^116)), m = Q/2t − 2^68 − max|x| − 1, rounding of c1 taken as independent", failure()},
		{"Q/t", "must exceed 1.61·2^70 (2^70.687), so that an accusation's E is unique", logQ() - math.Log2(seal.T)},
		{"Q", "ring-LWE: 128 bits of security at N = 8192 allow 2^218", logQ()},
	}}
	for bits := 1; bits <= model.MaxResolution; bits++ {
		groups := float64(bits - period.MaskBits)
		d.Totals = append(d.Totals, Resolution{Bits: bits, Groups: groups,
			Total: math.Log2(math.Exp2(limbs) + math.Exp2(groups) + math.Exp2(flooding))})
	}
	return d
}

// limbDistance: a limb is Σ z + r with r uniform below t − 2^15; moving an interval of that length by at most 32·511 is a
// distance of 32·511 over its length, and t − 2^15 is t as far as a double tells.
func limbDistance() float64 {
	return math.Log2(seal.Limbs*seal.Lines*(seal.LimbLimit-1)) - math.Log2(seal.BlindLimit)
}

// floodingDistance is a bound by Jensen's inequality: noise x moves the flooding interval of length 2^(f+1), so one slot
// is E|x|/2^(f+1) ≤ √E[x²]/2^(f+1) away. A malicious key within the proven ranges makes x largest with every |e'| = 19
// and |sk| = 1; a malicious slice adds 19 for each of the 32 selected rows.
func floodingDistance() float64 {
	return math.Log2(outputs*math.Sqrt(worstNoiseVariance()+worstNoiseBias*worstNoiseBias)) - (floodBits + 1)
}

// worstNoiseBias is Σ e of the selected rows, all 19.
const worstNoiseBias = seal.Lines * errorBound

// worstNoiseVariance is that of u·e' + e1·sk + e0 for the worst key: u is uniform ternary, so 2/3 a coefficient.
func worstNoiseVariance() float64 {
	return seal.N*errorBound*errorBound*2./3 + (seal.N+1)*errorDeviation*errorDeviation
}

// failure bounds the chance that one of the 32 outputs leaves (−Q/2t, Q/2t), by Hoeffding's inequality over the roundings
// of the N coefficients of c1, each within ±2^57, against the worst key.
func failure() float64 {
	small := float64(errorBound*(2*seal.N+1) + worstNoiseBias)
	margin := math.Exp2(logQ()-1)/seal.T - math.Exp2(floodBits) - small - 1
	nats := 2 * margin * margin / (seal.N * math.Exp2(2*roundBits))
	return math.Log2(2*outputs) - nats*math.Log2E
}

func logQ() float64 {
	q, _ := new(big.Float).SetInt(ring.Q()).Float64()
	return math.Log2(q)
}
