package scale

import (
	"cmp"
	"slices"
	"sort"
)

// band holds the scores from the bound of the one before it to below, that excluded.
type band struct {
	name  string
	below int64 // not used by the last
}

// grade holds the probabilities from the bound of the one before it to below, that excluded.
type grade struct {
	name  string
	below Probability // not used by the last
}

// Band is the name of the band that a score falls into, shown or not: no bound lies where a score is clamped. It is
// false where the scale has no bands.
func (s *Scale) Band(score int64) (string, bool) {
	if len(s.bands) == 0 {
		return "", false
	}
	last := len(s.bands) - 1
	i := sort.Search(last, func(i int) bool { return score < s.bands[i].below })
	return s.bands[i].name, true
}

// Grade is the name of the grade that the probability at a score falls into. It is decided on the rounded Probability,
// so that the decimal that people are shown decides. It is false where the scale has no grades.
func (s *Scale) Grade(score int64) (string, bool) {
	if len(s.grades) == 0 {
		return "", false
	}
	probability, last := s.Probability(score), len(s.grades)-1
	i := sort.Search(last, func(i int) bool { return probability < s.grades[i].below })
	return s.grades[i].name, true
}

// Interval is the scores From to To, both included, that share a band or grade, with the probabilities at both ends.
type Interval struct {
	Name            string      `json:"name"`
	From            int64       `json:"from"`
	To              int64       `json:"to"`
	ProbabilityFrom Probability `json:"probability_from"`
	ProbabilityTo   Probability `json:"probability_to"`
}

// BandTable lists the bands of the scores least to most, lowest scores first. Bands without such a score are left out.
func (s *Scale) BandTable(least, most int64) []Interval { return s.intervals(least, most, s.Band) }

// GradeTable lists the grades of the scores least to most, lowest scores first. Grades without such a score are left out.
func (s *Scale) GradeTable(least, most int64) []Interval { return s.intervals(least, most, s.Grade) }

// intervals cuts the scores where their name changes, which never comes back: the probability only rises
// or only falls with the score.
func (s *Scale) intervals(least, most int64, name func(int64) (string, bool)) []Interval {
	var list []Interval
	for from := least; from <= most; {
		this, named := name(from)
		if !named {
			return nil
		}
		length := sort.Search(int(most-from), func(i int) bool {
			next, _ := name(from + int64(i) + 1)
			return next != this
		})
		to := from + int64(length)
		list = append(list, Interval{this, from, to, s.Probability(from), s.Probability(to)})
		from = to + 1
	}
	return list
}

// Point is what one score means.
type Point struct {
	Score       int64       `json:"score"`
	Odds        float64     `json:"odds"` // good to bad
	Probability Probability `json:"probability"`
}

// maxPoints is how many rows a table of probabilities has at most, beside its ends.
const maxPoints = 12

// ProbabilityTable lists least, most, and the scores between them at steps of 1, 2 or 5 times a power of ten, with at
// most 14 rows.
func (s *Scale) ProbabilityTable(least, most int64) []Point {
	scores := []int64{least, most}
	step := tableStep(most - least)
	for score := least - least%step; score <= most; score += step {
		if score > least && score < most {
			scores = append(scores, score)
		}
	}
	slices.Sort(scores)
	scores = slices.Compact(scores)
	points := make([]Point, len(scores))
	for i, score := range scores {
		points[i] = Point{score, min(s.Odds(score), maxOdds), s.Probability(score)}
	}
	return points
}

// maxOdds keeps odds out of JSON that have no number there.
const maxOdds = 1e300

func tableStep(span int64) int64 {
	for power := int64(1); ; power *= 10 {
		for _, digit := range []int64{1, 2, 5} {
			if step := digit * power; cmp.Compare(span/step, maxPoints) < 0 {
				return step
			}
		}
	}
}
