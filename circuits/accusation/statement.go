package accusation

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"weir/circuits/model/ring"
	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/pedersen"
)

// ErrStatement is returned for a statement with a number out of its bounds.
var ErrStatement = errors.New("statement out of bounds")

// Rounded is h of one coefficient of c1, read as h·2^58 + 2^57: Rounded[0] + 2^64·Rounded[1], at most ⌊(Q−1)/2^58⌋.
type Rounded [2]uint64

// Coefficient is one coefficient of c0, below Q: Σ 2^(64i)·Coefficient[i].
type Coefficient [3]uint64

// Statement is an accusation as everybody sees it. Whoever verifies must have read B, C1 and C0 from bytes whose digests
// it compared with the model's and the response's, have expanded APrime from the sealing's seed, and take Claimed and
// Pairs from the ledger.
type Statement struct {
	Label          engine.Digest  // of the attempt
	Party          engine.PartyID // i, the accused
	ModelDigest    engine.Digest  // of the sealing
	ResponseDigest engine.Digest  // of the accused response
	APrime, B      *ring.Residues // a' and the key of the sealing
	C1             *[ring.N]Rounded
	C0             [Slots]Coefficient
	Claimed        pedersen.Point // C_i
	Pairs          pedersen.Point // P_i = Σ_j ± P_ij
}

// check refuses numbers out of their bounds. Errors wrap ErrStatement.
func (s *Statement) check() error {
	if s.APrime == nil || s.B == nil || s.C1 == nil {
		return fmt.Errorf("%w: a polynomial is missing", ErrStatement)
	}
	if err := s.APrime.Check(); err != nil {
		return fmt.Errorf("%w: polynomial a': %w", ErrStatement, err)
	}
	if err := s.B.Check(); err != nil {
		return fmt.Errorf("%w: polynomial b: %w", ErrStatement, err)
	}
	return s.checkResponse()
}

func (s *Statement) checkResponse() error {
	most := new(big.Int).Rsh(new(big.Int).Sub(ring.Q(), big.NewInt(1)), roundBits)
	mostLow, mostHigh := new(big.Int).And(most, new(big.Int).SetUint64(1<<64-1)).Uint64(), new(big.Int).Rsh(most, 64).Uint64()
	for j, h := range s.C1 {
		if h[1] > mostHigh || h[1] == mostHigh && h[0] > mostLow {
			return fmt.Errorf("%w: c1, coefficient %d is above (Q-1)/2^58", ErrStatement, j)
		}
	}
	for l := range s.C0 {
		if s.C0[l].integer().Cmp(ring.Q()) >= 0 {
			return fmt.Errorf("%w: c0, coefficient %d is not below Q", ErrStatement, l)
		}
	}
	if none := (pedersen.Point{}); s.Claimed.Equal(none) || s.Pairs.Equal(none) {
		return fmt.Errorf("%w: a point is missing", ErrStatement)
	}
	return nil
}

const roundBits = 58

// element is field(H("weir/accusation/v1", [label, i, modelDigest, responseDig, C_i, P_i, circuit id])).
func (s *Statement) element(circuit engine.Digest) (e fr.Element) {
	field := canonical.Field(canonical.Digest("weir/accusation/v1", []any{
		s.Label, s.Party, s.ModelDigest, s.ResponseDigest, s.Claimed.Encode(), s.Pairs.Encode(), circuit,
	}))
	e.SetBytes(field[:])
	return e
}

// integer is the coefficient's value.
func (c *Coefficient) integer() *big.Int {
	value := new(big.Int)
	for i := len(c) - 1; i >= 0; i-- {
		value.Lsh(value, 64).Or(value, new(big.Int).SetUint64(c[i]))
	}
	return value
}

// rounded is c1 as it is read, h·2^58 + 2^57, not reduced mod Q.
func (s *Statement) rounded() ring.Polynomial {
	var low, high, half fr.Element // 2^58, 2^122, 2^57
	low.SetUint64(1 << roundBits)
	high.SetBigInt(new(big.Int).Lsh(big.NewInt(1), 64+roundBits))
	half.SetUint64(1 << (roundBits - 1))
	p := make(ring.Polynomial, ring.N)
	for j, h := range s.C1 {
		var term fr.Element
		p[j].Mul(p[j].SetUint64(h[0]), &low)
		p[j].Add(&p[j], term.Mul(term.SetUint64(h[1]), &high))
		p[j].Add(&p[j], &half)
	}
	return p
}

// publicAt are the public inputs at a challenge.
func (s *Statement) publicAt(x *fr.Element, statement fr.Element, z pedersen.Point) *Public[fr.Element] {
	public := &Public[fr.Element]{
		Statement: statement, B: s.B.Centred().At(x), APrime: s.APrime.Centred().At(x), C1: s.rounded().At(x),
	}
	public.Z.X, public.Z.Y = z.Coordinates()
	public.Claim.X, public.Claim.Y = s.Claimed.Add(s.Pairs).Coordinates()
	for l := range s.C0 {
		public.C0[l].SetBigInt(s.C0[l].integer())
	}
	return public
}
