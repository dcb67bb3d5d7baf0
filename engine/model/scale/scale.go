// Package scale says what a score means: the odds and the probability that a case turns bad, the band and the grade that
// a score falls into. It is for the bank that has opened a score, and for whoever evaluates a model; holders and ledger
// never see a scale, and nothing of it is sealed or proven.
//
// A scale is the usual one of scorecards: at BaseScore the odds are BaseOdds, and every PDO points double the odds of
// good to bad (N. Siddiqi, "Credit Risk Scorecards", 2006, chapter 6). It refuses a scale that leaves open which way
// round its odds are written: tools disagree, 19 good to one bad is 19 for one and 1/19 for the other.
//
// Source of the key "scale" of a model's file: the project's formats, "A model".
package scale

import (
	"fmt"
	"math"
	"math/big"

	"weir/engine/schema"
)

// Scale is how a bank reads its scores. Make one with Read; treat it as immutable.
type Scale struct {
	PDO       schema.Decimal // points that double the odds of good to bad; negative where a higher score is the worse one
	BaseScore schema.Decimal // the score at which the odds are BaseOdds
	BaseOdds  string         // as the file writes them: a decimal, or a ratio as in 1/19
	Direction Direction      // which way round BaseOdds is written

	pdo, base, odds *big.Rat // odds: good to bad
	bands           []band
	grades          []grade
}

// Direction is which way round the odds of a scale are written. It changes neither the meaning of PDO nor which score is
// the better one.
type Direction string

// The directions: so many good cases to one bad, or so many bad to one good.
const (
	GoodToBad Direction = "good-to-bad"
	BadToGood Direction = "bad-to-good"
)

// Probability is the probability that a case is bad, in millionths, from 0 to 1,000,000.
type Probability int32

const millionths = 1_000_000

// String is the probability as a decimal of six digits.
func (p Probability) String() string {
	return fmt.Sprintf("%d.%06d", p/millionths, p%millionths)
}

// MarshalJSON is String as a JSON number.
func (p Probability) MarshalJSON() ([]byte, error) { return []byte(p.String()), nil }

// exactDoublings is how far from BaseScore, in doublings of the odds, a probability may be other than 0 or 1,000,000
// millionths, whatever the base odds: odds beyond 2^64·10⁻⁹ are beyond 10⁷.
const exactDoublings = 64

// Probability is 1/(1 + Odds) rounded to the nearest millionth, a half upwards. Where the score lies a whole number of
// doublings from BaseScore, the odds are a fraction and the rounding is that of the exact value; elsewhere it is that of
// LogOdds, whose error is below 10⁻¹² of the value.
func (s *Scale) Probability(score int64) Probability {
	doublings := s.doublings(score)
	if n := doublings.Num(); doublings.IsInt() && n.IsInt64() && max(n.Int64(), -n.Int64()) <= exactDoublings {
		return exactProbability(s.odds, n.Int64())
	}
	return Probability(math.Floor(millionths/(1+math.Exp(s.LogOdds(score))) + 0.5))
}

// exactProbability rounds 1/(1 + odds·2^doublings).
func exactProbability(odds *big.Rat, doublings int64) Probability {
	num, den := new(big.Int).Set(odds.Num()), new(big.Int).Set(odds.Denom())
	if doublings >= 0 {
		num.Lsh(num, uint(doublings))
	} else {
		den.Lsh(den, uint(-doublings))
	}
	// floor((2·10⁶·den + (num + den)) / (2·(num + den)))
	sum := new(big.Int).Add(num, den)
	top := den.Mul(den, big.NewInt(2*millionths))
	return Probability(top.Add(top, sum).Quo(top, sum.Lsh(sum, 1)).Int64())
}

// Odds are the odds of good to bad at a score, nearest in float64 to within a few units in the last place; 0 or +Inf
// where they are beyond its range.
func (s *Scale) Odds(score int64) float64 {
	whole, part := s.split(score)
	base, _ := s.odds.Float64()
	return math.Ldexp(base*math.Exp2(part), whole)
}

// LogOdds is the natural logarithm of the odds of good to bad. It is finite for every score.
func (s *Scale) LogOdds(score int64) float64 {
	base, _ := s.odds.Float64()
	doublings, _ := s.doublings(score).Float64()
	return math.Log(base) + doublings*math.Ln2
}

// HigherIsBad tells whether a higher score means more risk: whether PDO is negative.
func (s *Scale) HigherIsBad() bool { return s.pdo.Sign() < 0 }

// doublings is (score − BaseScore)/PDO.
func (s *Scale) doublings(score int64) *big.Rat {
	d := new(big.Rat).SetInt64(score)
	return d.Quo(d.Sub(d, s.base), s.pdo)
}

// split is doublings as a whole number, within what Ldexp tells apart, and a part from 0 to 1.
func (s *Scale) split(score int64) (whole int, part float64) {
	d := s.doublings(score)
	floor := new(big.Int).Div(d.Num(), d.Denom()) // Euclidean: the denominator is positive
	part, _ = d.Sub(d, new(big.Rat).SetInt(floor)).Float64()
	if !floor.IsInt64() {
		return floor.Sign() * 1 << 20, part
	}
	return int(min(max(floor.Int64(), -1<<20), 1<<20)), part
}
