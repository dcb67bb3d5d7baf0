package evaluate

import (
	"cmp"
	"errors"
	"math"
	"slices"
)

// Limits of a tally.
const (
	MaxLevels = 1 << 20 // different scores; a sealed model has at most 2^16
	MaxCases  = 1 << 31 // so that products of two counts stay below 2^63
	MaxScore  = 1e15    // magnitude of a score
)

// Errors of Add and AddUnlabelled, which leave the tally as it was.
var (
	ErrScore         = errors.New("score is not a number within ±10^15")
	ErrTooManyLevels = errors.New("more than 1,048,576 different scores: round them")
	ErrTooManyCases  = errors.New("more than 2,147,483,648 cases")
)

// Tally counts cases by score. The zero Tally is empty and ready. Scores are equal, and so tied, if their float64 are.
type Tally struct {
	place  map[float64]int // of a score in levels
	levels []level
	cases  int
}

// level is the cases of one score.
type level struct {
	Score                 float64
	Good, Bad, Unlabelled uint64
}

func (l level) cases() uint64 { return l.Good + l.Bad + l.Unlabelled }

// Add counts one case whose outcome is known.
func (t *Tally) Add(score float64, bad bool) error {
	l, err := t.at(score)
	switch {
	case err != nil:
		return err
	case bad:
		l.Bad++
	default:
		l.Good++
	}
	return nil
}

// AddUnlabelled counts one case whose outcome is not known: it can serve as reference only.
func (t *Tally) AddUnlabelled(score float64) error {
	l, err := t.at(score)
	if err == nil {
		l.Unlabelled++
	}
	return err
}

// Cases is the number of all cases.
func (t *Tally) Cases() int { return t.cases }

func (t *Tally) at(score float64) (*level, error) {
	if !(math.Abs(score) <= MaxScore) {
		return nil, ErrScore
	}
	if t.cases == MaxCases {
		return nil, ErrTooManyCases
	}
	i, known := t.place[score]
	if !known {
		if len(t.levels) == MaxLevels {
			return nil, ErrTooManyLevels
		}
		if t.place == nil {
			t.place = map[float64]int{}
		}
		i = len(t.levels)
		t.place[score] = i
		t.levels = append(t.levels, level{Score: score})
	}
	t.cases++
	return &t.levels[i], nil
}

// sorted is a copy of the levels by score, ascending.
func (t *Tally) sorted() []level {
	return slices.SortedFunc(slices.Values(t.levels), func(a, b level) int { return cmp.Compare(a.Score, b.Score) })
}

// total sums the counts; the sum's score means nothing.
func total(levels []level) level {
	var sum level
	for _, l := range levels {
		sum.Good, sum.Bad, sum.Unlabelled = sum.Good+l.Good, sum.Bad+l.Bad, sum.Unlabelled+l.Unlabelled
	}
	return sum
}
