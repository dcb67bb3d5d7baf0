// Package seal is the encryption of weir: a bank seals the 256 rows of a slice of its model, a holder homomorphically
// selects one row in each of the 32 lines and masks the sum, the bank opens the masked sum and nothing else. It is
// ring-LWE encryption (Lyubashevsky, Peikert, Regev, "On ideal lattices and learning with errors over rings", 2010)
// with the message at the low end of Z_Q, as in BGV, for the one named parameter set P2. Banks and holders both use it.
//
// It takes and gives plain integers and bytes, and knows no records, models, curve points or messages. It refuses
// foreign bytes that are not exactly of the length and within the bounds of the format, and arguments out of their
// range. It does not detect a key or a slice that is ill-formed but within bounds (the model proof does), nor a response
// that encrypts something else than was committed to (equation (1) does). Nothing here is constant time.
//
// All randomness comes from the caller's named streams; the same streams give the same bytes. Every object is safe for
// concurrent use. Specification: protocol, sections 2 (parameters), 4 (sealing), 5 (selection and opening) and 7.
package seal

import (
	"errors"
	"fmt"
	"sync"

	"github.com/tuneinsight/lattigo/v5/ring"

	"weir/engine/seal/internal/rns"
)

// Parameter set P2 (protocol, section 2): R = Z[X]/(X^N + 1), ciphertexts modulo Q = q₁q₂q₃ just below 2^132, messages
// modulo T with Q/T > 1.61·2^70.
const (
	ParameterSet = "P2"
	N            = 8192                // coefficients of a polynomial
	T            = 2305843009213317121 // t, the message modulus, just below 2^61
	BlindLimit   = T - 1<<15           // blinding limbs r are below it, so that r + Σ z < T for any 32 rows
)

// Shape of a slice: Lines lines of RowsPerLine rows; row k has Groups points and Limbs limbs of LimbBits bits, on the
// coefficients rowStride·k … rowStride·k + rowStride − 1. Rows·rowStride = N exactly.
const (
	Slices      = 8 // most slices of a model: one for each party
	Lines       = 32
	RowsPerLine = 8
	Rows        = Lines * RowsPerLine
	Groups      = 4
	Limbs       = 28
	LimbBits    = 9
	rowStride   = Groups + Limbs
	PointLimit  = 1 << 12       // points of a row are below it
	LimbLimit   = 1 << LimbBits // limbs of a row are below it
)

// Noise: errors are rounded Gaussians of standard deviation 3.2, at most errorBound in absolute value; flooding is
// uniform in [−2^floodBits, 2^floodBits).
const (
	errorDeviation = 3.2
	errorBound     = 19
	floodBits      = 68
)

// primes are q₁, q₂, q₃, each ≡ 1 mod 2N, in descending order.
var primes = [rns.Primes]uint64{17592186028033, 17592185438209, 17592184717313}

var (
	basis    = rns.NewBasis(primes)
	modulusQ = basis.Product()
	halfQ    = modulusQ.Half()
)

// messageFactors are T mod q and τ = T^-1 mod q, for each prime.
var messageFactors, inverseFactors = func() (t, tau [rns.Primes]rns.Factor) {
	for i := range primes {
		q := basis.Modulus(i)
		t[i] = q.Factor(T)
		tau[i] = q.Factor(q.Inverse(T % primes[i]))
	}
	return t, tau
}()

// ErrRange is returned for an argument outside its range: a slice number, row, point, limb, mask or blinding.
var ErrRange = errors.New("seal: out of range")

var ringQ = sync.OnceValue(func() *ring.Ring { return mustRing(N) })

// mustRing is Z_Q[X]/(X^degree + 1); the primes suit every power of two from 16 to N.
func mustRing(degree int) *ring.Ring {
	r, err := ring.NewRing(degree, primes[:])
	if err != nil {
		panic(err)
	}
	return r
}

func checkSlice(slice int) error {
	if slice < 0 || slice >= Slices {
		return fmt.Errorf("%w: slice number %d, want 0 to %d", ErrRange, slice, Slices-1)
	}
	return nil
}
