package seal

import (
	"encoding/binary"
	"fmt"
	"math/big"

	"github.com/tuneinsight/lattigo/v5/ring"

	"weir/engine/seal/internal/bitpack"
	"weir/engine/seal/internal/rns"
)

// Layout of an encoded response: first c1, N roundings h of 74 bits, packed without gaps least significant bit first,
// then c0, rowStride coefficients of 17 bytes each, little-endian.
const (
	ResponseSize = C1Size + outputSize*rowStride // 76,320 bytes
	C1Size       = N * 2 * halfBits / 8          // 75,776 bytes

	roundBits  = 58 // a coefficient c of c1 is sent as h = ⌊c/2^58⌋ and read as h·2^58 + 2^57
	halfBits   = 37 // h has 74 bits, kept as two halves
	halfMask   = uint64(1)<<halfBits - 1
	outputSize = 17 // bytes of one coefficient of c0
)

// Response is a holder's masked sum as the bank receives it: c1 rounded, and 32 coefficients of c0.
type Response struct {
	c1 [N]rounded
	c0 [rowStride]rns.Integer // each below Q
}

// rounded is h = low + 2^37·high, at most ⌊(Q−1)/2^58⌋.
type rounded struct{ low, high uint64 }

func roundDown(x rns.Integer) rounded {
	return rounded{
		low:  (x[0]>>roundBits | x[1]<<(64-roundBits)) & halfMask,
		high: (x[1]>>(roundBits+halfBits-64) | x[2]<<(128-roundBits-halfBits)) & halfMask,
	}
}

var maxRounded = roundDown(modulusQ.Sub(rns.Integer{1}))

func (h rounded) exceeds(limit rounded) bool {
	return h.high > limit.high || h.high == limit.high && h.low > limit.low
}

// round sets c1 to the roundings of sum + e1, where the residues of sum are below 2^50 and not reduced.
func (r *Response) round(sum ring.Poly, e1 []int8) {
	for j := range r.c1 {
		var x rns.Residues
		for i, q := range primes {
			x[i] = (sum.Coeffs[i][j] + basis.Modulus(i).Lift(e1[j])) % q
		}
		r.c1[j] = roundDown(basis.Compose(x))
	}
}

// Encode gives the ResponseSize bytes of the response; the stored and sent file is exactly this string.
func (r *Response) Encode() []byte {
	b := make([]byte, ResponseSize)
	w := bitpack.NewWriter(b)
	for _, h := range r.c1 {
		w.Put(h.low, halfBits)
		w.Put(h.high, halfBits)
	}
	for l, c := range r.c0 {
		putOutput(b[C1Size+outputSize*l:], c)
	}
	return b
}

func putOutput(b []byte, c rns.Integer) {
	binary.LittleEndian.PutUint64(b, c[0])
	binary.LittleEndian.PutUint64(b[8:], c[1])
	b[16] = byte(c[2])
}

// DecodeResponse reads what Encode wrote. ErrLength unless b has exactly ResponseSize bytes, before anything is
// allocated; ErrCoefficient, with its place and bound, for h > ⌊(Q−1)/2^58⌋ or a coefficient of c0 not below Q (which
// includes the four unused bits of its last byte).
func DecodeResponse(b []byte) (*Response, error) {
	if len(b) != ResponseSize {
		return nil, fmt.Errorf("%w: response of %d bytes, want %d", ErrLength, len(b), ResponseSize)
	}
	r := new(Response)
	in := bitpack.NewReader(b)
	for j := range r.c1 {
		h := rounded{low: in.Take(halfBits), high: in.Take(halfBits)}
		if h.exceeds(maxRounded) {
			return nil, fmt.Errorf("%w: coefficient %d of c1 is above ⌊(Q−1)/2^%d⌋", ErrCoefficient, j, roundBits)
		}
		r.c1[j] = h
	}
	for l := range r.c0 {
		c := b[C1Size+outputSize*l:]
		r.c0[l] = rns.Integer{binary.LittleEndian.Uint64(c), binary.LittleEndian.Uint64(c[8:]), uint64(c[16])}
		if !r.c0[l].Less(modulusQ) {
			return nil, fmt.Errorf("%w: coefficient %d of c0 is not below Q", ErrCoefficient, l)
		}
	}
	return r, nil
}

// C1 is the N coefficients of c1 as they are read, h·2^58 + 2^57 and not reduced modulo Q, for the accusation's
// polynomial identity (protocol, section 5b).
func (r *Response) C1() []*big.Int {
	c1 := make([]*big.Int, N)
	for j, h := range r.c1 {
		x := new(big.Int).SetUint64(h.high)
		x.Lsh(x, halfBits).Or(x, new(big.Int).SetUint64(h.low))
		c1[j] = x.Lsh(x, 1).SetBit(x, 0, 1).Lsh(x, roundBits-1)
	}
	return c1
}

// C0 is the 32 coefficients of c0, each in [0, Q).
func (r *Response) C0() []*big.Int {
	c0 := make([]*big.Int, rowStride)
	for l, c := range r.c0 {
		c0[l] = c.Big()
	}
	return c0
}
