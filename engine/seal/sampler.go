package seal

import (
	"encoding/binary"
	"fmt"
	"io"
	"sync"

	"github.com/tuneinsight/lattigo/v5/ring"

	"weir/engine/seal/internal/rns"
)

// Streams gives the random bytes of one call, by name. Each docstring lists the names its function reads, each once
// from its beginning; different names must give independent bytes. Two calls may share streams only if all their other
// arguments are equal: the same noise under two messages gives both away. A holder derives them from label and
// selection (protocol, section 5); a bank may answer every name with crypto/rand.Reader.
type Streams func(name string) io.Reader

// ternary is n coefficients uniform in {−1, 0, 1}: a byte below 255 = 3·85 modulo 3, the byte 255 refused.
func (s Streams) ternary(name string) ([]int8, error) {
	stream := s(name)
	v := make([]int8, 0, N)
	var buffer [1024]byte
	for len(v) < N {
		if _, err := io.ReadFull(stream, buffer[:]); err != nil {
			return nil, fmt.Errorf("seal: reading stream %q: %w", name, err)
		}
		for _, b := range buffer {
			if b < 255 && len(v) < N {
				v = append(v, int8(b%3)-1)
			}
		}
	}
	clear(buffer[:])
	return v, nil
}

// gaussian is n coefficients of the error distribution, n = N or rowStride, each at most errorBound in absolute value.
func (s Streams) gaussian(name string, n int) ([]int8, error) {
	degree := errorRing
	if n == N {
		degree = ringQ
	}
	stream := &steadyReader{from: s(name)}
	r := degree().AtLevel(0)
	sampler := ring.NewGaussianSampler(stream, r, ring.DiscreteGaussian{Sigma: errorDeviation, Bound: errorBound}, false)
	sampled := sampler.ReadNew()
	if stream.err != nil {
		return nil, fmt.Errorf("seal: reading stream %q: %w", name, stream.err)
	}
	v := make([]int8, n)
	for i, x := range sampled.Coeffs[0] {
		v[i] = signed(x, primes[0])
	}
	clear(sampled.Coeffs[0])
	return v, nil
}

var errorRing = sync.OnceValue(func() *ring.Ring { return mustRing(rowStride) })

// signed reads a residue of a small number; lattigo's sampler writes q, not 0, for a zero of one sign.
func signed(x, q uint64) int8 {
	if x <= errorBound {
		return int8(x)
	}
	return -int8(q - x)
}

// steadyReader keeps the first error for the caller and gives zeros from then on, because lattigo's sampler panics on
// an error; what it makes of the zeros is thrown away.
type steadyReader struct {
	from io.Reader
	err  error
}

func (r *steadyReader) Read(b []byte) (int, error) {
	if r.err == nil {
		_, r.err = io.ReadFull(r.from, b)
	}
	if r.err != nil {
		clear(b)
	}
	return len(b), nil
}

// flooding is rowStride numbers φ, each uniform in [−2^floodBits, 2^floodBits), as their residues: floodBits + 1 bits
// of 9 bytes, little-endian, are φ + 2^floodBits. Uniform noise of our own, because lattigo's Gaussian of such a width
// has gaps through which a small value shows.
func (s Streams) flooding(name string) ([rowStride]rns.Residues, error) {
	var drawn [9 * rowStride]byte
	var flood [rowStride]rns.Residues
	if _, err := io.ReadFull(s(name), drawn[:]); err != nil {
		return flood, fmt.Errorf("seal: reading stream %q: %w", name, err)
	}
	for l := range flood {
		b := drawn[9*l : 9*l+9]
		shifted := rns.Integer{binary.LittleEndian.Uint64(b), uint64(b[8]) & (1<<(floodBits+1-64) - 1)}
		for i, q := range primes {
			flood[l][i] = (shifted.Mod(q) + q - floodOffset.Mod(q)) % q
		}
	}
	clear(drawn[:])
	return flood, nil
}

var floodOffset = rns.Integer{0, 1 << (floodBits - 64)}

// lift writes small coefficients as residues modulo every prime.
func lift(v []int8, p ring.Poly) {
	for i := range p.Coeffs {
		q := basis.Modulus(i)
		for j, x := range v {
			p.Coeffs[i][j] = q.Lift(x)
		}
	}
}
