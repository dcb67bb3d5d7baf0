package seal

import (
	"crypto/sha3"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"

	"github.com/tuneinsight/lattigo/v5/ring"

	"weir/engine/seal/internal/bitpack"
	"weir/engine/seal/internal/rns"
)

// Layout of an encoded polynomial: prime by prime, N residues of 44 bits, packed without gaps least significant bit
// first.
const (
	PolynomialSize = N * residueBits / 8 * rns.Primes // 135,168 bytes

	residueBits = 44
)

// ErrLength is returned for bytes that do not have the one length of their format.
var ErrLength = errors.New("seal: wrong length")

// ErrCoefficient is returned for a coefficient above its bound; the error names its place and the bound.
var ErrCoefficient = errors.New("seal: coefficient out of bounds")

// Polynomial is a public element of Z_Q[X]/(X^N + 1).
type Polynomial struct {
	residues ring.Poly // each below its prime
}

// Encode gives the PolynomialSize bytes of the polynomial.
func (p *Polynomial) Encode() []byte {
	b := make([]byte, PolynomialSize)
	w := bitpack.NewWriter(b)
	for _, residues := range p.residues.Coeffs {
		for _, x := range residues {
			w.Put(x, residueBits)
		}
	}
	return b
}

// DecodeSlice reads a slice from exactly PolynomialSize bytes, every residue below its prime; otherwise ErrLength,
// before anything is allocated, or ErrCoefficient.
func DecodeSlice(b []byte) (*Slice, error) {
	p, err := decodePolynomial(b)
	if err != nil {
		return nil, fmt.Errorf("slice: %w", err)
	}
	return &Slice{Polynomial{p}}, nil
}

// DecodePublicKey reads a public key under the same rules as DecodeSlice.
func DecodePublicKey(b []byte) (*PublicKey, error) {
	p, err := decodePolynomial(b)
	if err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	return &PublicKey{Polynomial{p}}, nil
}

func decodePolynomial(b []byte) (ring.Poly, error) {
	if len(b) != PolynomialSize {
		return ring.Poly{}, fmt.Errorf("%w: %d bytes, want %d", ErrLength, len(b), PolynomialSize)
	}
	p := ringQ().NewPoly()
	in := bitpack.NewReader(b)
	for i, q := range primes {
		for j := range p.Coeffs[i] {
			x := in.Take(residueBits)
			if x >= q {
				return ring.Poly{}, fmt.Errorf("%w: residue %d modulo prime %d is not below %d", ErrCoefficient, j, i+1, q)
			}
			p.Coeffs[i][j] = x
		}
	}
	return p, nil
}

// Residues is a copy of the coefficients modulo each of the three primes of Q, every residue below its prime.
func (p *Polynomial) Residues() *[rns.Primes][N]uint64 {
	r := new([rns.Primes][N]uint64)
	for i := range r {
		copy(r[i][:], p.residues.Coeffs[i])
	}
	return r
}

// Centred is the N coefficients as integers in (−Q/2, Q/2], as the identities of the model proof and the accusation
// evaluate them.
func (p *Polynomial) Centred() []*big.Int {
	whole := modulusQ.Big()
	coefficients := make([]*big.Int, N)
	for j := range coefficients {
		x := basis.Compose(p.at(j))
		coefficients[j] = x.Big()
		if halfQ.Less(x) {
			coefficients[j].Sub(coefficients[j], whole)
		}
	}
	return coefficients
}

func (p *Polynomial) at(j int) (r rns.Residues) {
	for i := range r {
		r[i] = p.residues.Coeffs[i][j]
	}
	return r
}

// Seed is public and fixes the uniform polynomials of one sealing (protocol, section 2: the digest of version and
// sealing number, so that nobody chooses them).
type Seed [32]byte

// A is a_slice, uniform modulo Q: SHAKE128(seed ‖ "a" ‖ slice as 4 bytes, little-endian), 0 ≤ slice < Slices.
func (s Seed) A(slice int) (*Polynomial, error) {
	if err := checkSlice(slice); err != nil {
		return nil, err
	}
	return &Polynomial{s.expand(binary.LittleEndian.AppendUint32([]byte("a"), uint32(slice)))}, nil
}

// APrime is a', uniform modulo Q and the same for all slices of a sealing: SHAKE128(seed ‖ "b").
func (s Seed) APrime() *Polynomial { return &Polynomial{s.expand([]byte("b"))} }

// expand draws prime by prime, coefficient by coefficient, 6 bytes little-endian masked to 44 bits; a value that is not
// below the prime is drawn again (rejection sampling, as SampleNTT of FIPS 203, algorithm 7).
func (s Seed) expand(name []byte) ring.Poly {
	xof := sha3.NewSHAKE128()
	xof.Write(s[:])
	xof.Write(name)
	p := ringQ().NewPoly()
	for i, q := range primes {
		for j := range p.Coeffs[i] {
			p.Coeffs[i][j] = below(q, xof)
		}
	}
	return p
}

func below(q uint64, xof *sha3.SHAKE) uint64 {
	var b [8]byte
	for {
		xof.Read(b[:6]) // never fails: an XOF has no end
		if v := binary.LittleEndian.Uint64(b[:]) & (1<<residueBits - 1); v < q {
			return v
		}
	}
}
