package seal

import (
	"fmt"
	"sync"

	"github.com/tuneinsight/lattigo/v5/ring"

	"weir/engine/seal/internal/rns"
)

// Selector answers requests under one slice of one sealing: everything that does not depend on the request is prepared
// once. It is safe for concurrent use and keeps about 0.8 MB, and 0.6 MB for each call running.
type Selector struct {
	a, c0   ring.Poly // coefficients
	aPrime  ring.Poly // NTT of a' in Montgomery form
	b       ring.Poly // NTT of b in Montgomery form
	scratch sync.Pool // of *selection
}

// Message is what a holder adds to the selected sum: masks of the groups and blindings of the limbs.
type Message struct {
	Groups [Groups]uint64 // μ mod T
	Limbs  [Limbs]uint64  // r, each below BlindLimit
}

// Selection names the selected rows: entry l is a row of line l, RowsPerLine·l + bin.
type Selection [Lines]int

// Prepare makes a selector for slice number slice of the sealing with this seed and key. ErrRange for a slice number
// out of range.
func Prepare(seed Seed, slice int, c0 *Slice, b *PublicKey) (*Selector, error) {
	a, err := seed.A(slice)
	if err != nil {
		return nil, err
	}
	s := &Selector{a: a.residues, c0: c0.residues, aPrime: seed.APrime().residues, b: *b.residues.CopyNew()}
	transform(s.aPrime)
	transform(s.b)
	s.scratch.New = func() any {
		return &selection{u: ringQ().NewPoly(), c1: ringQ().NewPoly(), c0: ringQ().NewPoly()}
	}
	return s, nil
}

// Select sums the selected rows under encryption, adds a fresh encryption of msg and floods what the bank will see
// (protocol, section 5):
//
//	c1 = Σ_k X^(−32k) a + u·a' + e1                                all N coefficients, rounded to multiples of 2^58
//	c0 = [ Σ_k X^(−32k) c0 + u·b + e0 ]_(0..31) + τ·msg + φ        32 coefficients
//
// It reads the streams "select/u" (uniform ternary), "select/e1", "select/e0" (Gaussian) and "select/phi" (uniform
// flooding). Noise: in at most 32·19 from the rows; u·e' + e0 + e1·sk, at most 2^18.3, is added and, on the 32
// coefficients, φ in [−2^68, 2^68) covers both; rounding adds at most 2^57 to each coefficient of c1, known to all from
// c1 itself. ErrRange for rows or a message out of range; errors never contain them.
func (s *Selector) Select(rows Selection, msg *Message, streams Streams) (*Response, error) {
	if err := rows.check(); err != nil {
		return nil, err
	}
	if err := msg.check(); err != nil {
		return nil, err
	}
	drawn, err := drawSelectionNoise(streams)
	if err != nil {
		return nil, err
	}
	w := s.scratch.Get().(*selection)
	defer func() {
		w.clear()
		s.scratch.Put(w)
	}()
	s.encryptZero(w, drawn.u)
	response := new(Response)
	for i, q := range primes {
		addRotations(w.c1.Coeffs[i], s.a.Coeffs[i], q, rows)
	}
	response.round(w.c1, drawn.e1)
	for l := range rowStride {
		response.c0[l] = s.output(l, rows, w.c0, msg, drawn)
	}
	return response, nil
}

func (rows *Selection) check() error {
	for line, k := range rows {
		if k < RowsPerLine*line || k >= RowsPerLine*(line+1) {
			return fmt.Errorf("%w: the row selected for line %d is not one of its %d rows", ErrRange, line, RowsPerLine)
		}
	}
	return nil
}

func (m *Message) check() error {
	for g, mu := range m.Groups {
		if mu >= T {
			return fmt.Errorf("%w: mask of group %d, limit t", ErrRange, g)
		}
	}
	for j, r := range m.Limbs {
		if r >= BlindLimit {
			return fmt.Errorf("%w: blinding of limb %d, limit t − 2^15", ErrRange, j)
		}
	}
	return nil
}

// selection is the working space of one call.
type selection struct{ u, c1, c0 ring.Poly }

// clear forgets u and what would give it away, because the space outlives the call.
func (w *selection) clear() {
	for _, p := range []ring.Poly{w.u, w.c1, w.c0} {
		p.Zero()
	}
}

type selectionNoise struct {
	u, e1, e0 []int8
	phi       [rowStride]rns.Residues
}

func drawSelectionNoise(streams Streams) (drawn selectionNoise, err error) {
	if drawn.u, err = streams.ternary("select/u"); err != nil {
		return drawn, err
	}
	if drawn.e1, err = streams.gaussian("select/e1", N); err != nil {
		return drawn, err
	}
	if drawn.e0, err = streams.gaussian("select/e0", rowStride); err != nil {
		return drawn, err
	}
	drawn.phi, err = streams.flooding("select/phi")
	return drawn, err
}

// encryptZero sets c1 = u·a' and c0 = u·b.
func (s *Selector) encryptZero(w *selection, u []int8) {
	r := ringQ()
	lift(u, w.u)
	r.NTT(w.u, w.u)
	r.MulCoeffsMontgomery(w.u, s.aPrime, w.c1)
	r.INTT(w.c1, w.c1)
	r.MulCoeffsMontgomery(w.u, s.b, w.c0)
	r.INTT(w.c0, w.c0)
}

// addRotations adds Σ_k X^(−32k) a modulo one prime q, without reducing: below 2^50 after 32 rows. X^(−s) brings
// coefficient i + s to i, and with a minus sign coefficient i + s − N.
func addRotations(sum, a []uint64, q uint64, rows Selection) {
	for _, k := range rows {
		shift := rowStride * k
		straight, wrapped := a[shift:], a[:shift]
		for i, x := range straight {
			sum[i] += x
		}
		tail := sum[N-shift:]
		for i, x := range wrapped {
			tail[i] += q - x
		}
	}
}

// output is coefficient l of the response's c0. The selected rows need no rotation here: coefficient l of X^(−32k) c0
// is coefficient 32k + l of c0, without a sign.
func (s *Selector) output(l int, rows Selection, masked ring.Poly, msg *Message, drawn selectionNoise) rns.Integer {
	var sum rns.Residues
	for i, q := range primes {
		modulus := basis.Modulus(i)
		x := masked.Coeffs[i][l] + modulus.Lift(drawn.e0[l]) + drawn.phi[l][i] + modulus.Mul(msg.coefficient(l), inverseFactors[i])
		for _, k := range rows {
			x += s.c0.Coeffs[i][rowStride*k+l]
		}
		sum[i] = x % q
	}
	return basis.Compose(sum)
}

func (m *Message) coefficient(l int) uint64 {
	if l < Groups {
		return m.Groups[l]
	}
	return m.Limbs[l-Groups]
}
