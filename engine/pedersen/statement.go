package pedersen

import (
	"errors"
	"fmt"
	"math/big"
	"time"

	"weir/engine"
	"weir/engine/canonical"
)

// Range is a public statement about the committed value v_0 of group 0: From ≤ v_0 < From + 2^Bits. It says nothing of
// groups 1..3: their generators are independent of G_0, so no value there moves v_0, and a model that uses them for
// reasons can still show its score without showing them, nor even whether they are zero.
//
// v_0 is a class mod ℓ. From + [0, 2^Bits) is 2^Bits different classes, fewer than ℓ by far, so From − 1, which is
// From + (ℓ − 1), is none of them: nothing wraps around.
type Range struct {
	C    Point    // of a receipt: Σ C_i + baseC, which commits to S + base'
	From int64    // −2^62 to 2^62
	Bits int      // 1 to MaxRangeBits; 20 hold every score of eight slices, counted from base'
	For  Audience // who may rely on a proof of it
}

// Audience is what ties a proof to one use of it: a verifier who sees another name, date or context refuses.
type Audience struct {
	Verifier engine.Name   // the one who shall be convinced
	Date     time.Time     // a day, at 00:00 UTC
	Context  engine.Digest // what C is the commitment of: of a receipt, its digest when closed
}

// MaxRangeBits bounds a range to 2^32 values: far above every score, far below ℓ.
const MaxRangeBits = 32

// farthest is how far from 0 a bound may lie, so that a bound and 2^MaxRangeBits still add up in an int64.
const farthest = 1 << 62

// ErrStatement is returned for a Range or Band that is not well formed, whatever the proof, and to a prover whose opening
// is not that of the statement's commitment.
var ErrStatement = errors.New("range statement refused")

// check tells whether the statement is well formed.
func (r Range) check() error {
	day := r.For.Date.UTC()
	switch _, err := engine.ParseName(string(r.For.Verifier)); {
	case !r.C.affine.IsOnCurve():
		return fmt.Errorf("%w: no commitment", ErrStatement)
	case r.Bits < 1 || r.Bits > MaxRangeBits:
		return fmt.Errorf("%w: %d bits, want 1 to %d", ErrStatement, r.Bits, MaxRangeBits)
	case r.From < -farthest || r.From > farthest:
		return fmt.Errorf("%w: a bound beyond ±2^62", ErrStatement)
	case err != nil:
		return fmt.Errorf("%w: verifier: %w", ErrStatement, err)
	case day.IsZero() || day.Year() < 0 || day.Year() > 9999 || !day.Equal(day.Truncate(24*time.Hour)):
		return fmt.Errorf("%w: the date is not a day at 00:00 UTC", ErrStatement)
	}
	return nil
}

// challenge is e = SHA-256("weir/band/v1" ‖ enc[C, From, Bits, verifier, date, context, points]) mod ℓ, the tag as in
// canonical.Digest and the date as YYYY-MM-DD: over the whole statement and all that the prover said first (Fiat and
// Shamir, CRYPTO '86; a hash that leaves part of either out can be cheated, Bernhard, Pereira and Warinschi, ASIACRYPT 2012).
func (r Range) challenge(first []Point) *big.Int {
	encoded := make([][PointSize]byte, len(first))
	for i, p := range first {
		encoded[i] = p.Encode()
	}
	digest := canonical.Digest("weir/band/v1", []any{r.C.Encode(), r.From, r.Bits, r.For.Verifier,
		r.For.Date.UTC().Format(time.DateOnly), r.For.Context, encoded})
	e := new(big.Int).SetBytes(digest[:])
	return e.Mod(e, Order())
}

// rest is C − From·G_0 − Σ 2^i·B_i: without group 0 exactly when the bits recompose v_0 − From.
func (r Range) rest(bits []Point) Point {
	sum := Identity()
	for i := len(bits) - 1; i >= 0; i-- {
		sum = Sum(sum, sum, bits[i])
	}
	return r.C.Sub(CommitSmall([Groups]int64{r.From}, new(big.Int))).Sub(sum)
}
