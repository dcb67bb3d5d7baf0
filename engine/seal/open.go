package seal

import (
	"github.com/tuneinsight/lattigo/v5/ring"

	"weir/engine/seal/internal/rns"
)

// Opened is what one response decrypts to: the masked sums D of an honest holder, anything from another. Equation (1)
// of the protocol tells which, and a caller believes no number in it before.
type Opened struct {
	Groups [Groups]int64 // Σ w + μ, centred modulo T: at most (T − 1)/2 in absolute value
	Limbs  [Limbs]uint64 // Σ z + r, in [0, T)
}

// Open decrypts a response (protocol, section 5): D = t·([c1·sk]_(0..31) + c0) mod Q, centred, modulo T. Noise in:
// flooding within 2^68 and the rounding of c1, whose sum against sk has standard deviation 2^62.4 (at most 2^70 for the
// worst of all keys). D is right while the noise stays below Q/2T, just under 2^70: more than a hundred standard
// deviations away. Open cannot fail; garbage gives garbage.
func (k *SecretKey) Open(response *Response) *Opened {
	opened := new(Opened)
	for l, y := range k.phase(response) {
		d := modT(y)
		if l >= Groups {
			opened.Limbs[l-Groups] = d
			continue
		}
		opened.Groups[l] = int64(d)
		if d > T/2 {
			opened.Groups[l] -= T
		}
	}
	return opened
}

// phase is t·([c1·sk]_l + c0_l) mod Q for the 32 output coefficients: D + t·noise for an honest response.
func (k *SecretKey) phase(response *Response) [rowStride]rns.Integer {
	r := ringQ()
	p := r.NewPoly()
	response.readC1(p)
	r.NTT(p, p)
	r.MulCoeffsMontgomery(p, k.sk, p)
	r.INTT(p, p)
	var phases [rowStride]rns.Integer
	for l := range phases {
		var y rns.Residues
		for i, q := range primes {
			y[i] = basis.Modulus(i).Mul(p.Coeffs[i][l]+response.c0[l].Mod(q), messageFactors[i])
		}
		phases[l] = basis.Compose(y)
	}
	p.Zero() // it would give the key away
	return phases
}

// readC1 writes the residues of h·2^58 + 2^57.
func (r *Response) readC1(p ring.Poly) {
	for i, q := range primes {
		modulus := basis.Modulus(i)
		weights := readingFactors[i]
		for j, h := range r.c1 {
			p.Coeffs[i][j] = (modulus.Mul(h.low, weights.low) + modulus.Mul(h.high, weights.high) + weights.middle) % q
		}
	}
}

// readingFactors are 2^58, 2^95 and 2^57 modulo each prime.
var readingFactors = func() (factors [rns.Primes]struct {
	low, high rns.Factor
	middle    uint64
}) {
	for i, q := range primes {
		modulus := basis.Modulus(i)
		low := modulus.Factor(1 << roundBits)
		factors[i].low = low
		factors[i].high = modulus.Factor(modulus.Mul(1<<halfBits, low))
		factors[i].middle = (1 << (roundBits - 1)) % q
	}
	return factors
}()

// modT is the centred value of y, taken from [0, Q), modulo T, in [0, T).
func modT(y rns.Integer) uint64 {
	if !halfQ.Less(y) {
		return y.Mod(T)
	}
	return (T - modulusQ.Sub(y).Mod(T)) % T
}
