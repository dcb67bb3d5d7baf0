package scale

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"weir/engine/schema/strictjson"
)

// readText reads a scale for scores shown from 300 to 850.
func readText(text string) (*Scale, error) {
	v, err := strictjson.Parse(strings.NewReader(text), "f", 1<<20)
	if err != nil {
		return nil, err
	}
	return Read(v, [2]int64{300, 850})
}

func mustRead(t interface{ Fatal(...any) }, text string) *Scale {
	s, err := readText(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const exampleScale = `{"pdo": 20, "base_score": 600, "base_odds": "50", "odds_direction": "good-to-bad",
  "bands": [{"below": 500, "name": "C"}, {"below": 620, "name": "B"}, {"name": "A"}],
  "grades": [{"probability_below": 0.009901, "name": "1"}, {"probability_below": 0.1, "name": "2"}, {"name": "3"}]}`

// TestProbabilityHandComputed has scales as three tools state them: the same words, the odds either way round.
func TestProbabilityHandComputed(t *testing.T) {
	const (
		fifty  = `{"pdo": 20, "base_score": 600, "base_odds": "50", "odds_direction": "good-to-bad"}`
		nine   = `{"pdo": 50, "base_score": 600, "base_odds": "1/19", "odds_direction": "bad-to-good"}`
		thirty = `{"pdo": 60, "base_score": 750, "base_odds": "35:1", "odds_direction": "good-to-bad"}`
		risk   = `{"pdo": -20, "base_score": 600, "base_odds": "50", "odds_direction": "good-to-bad"}`
		half   = `{"pdo": 0.5, "base_score": 0.5, "base_odds": "2.5", "odds_direction": "good-to-bad"}`
		tie    = `{"pdo": 1, "base_score": 0, "base_odds": "1999999", "odds_direction": "good-to-bad"}`
	)
	for _, c := range []struct {
		scale string
		score int64
		want  string
		odds  float64
	}{
		{fifty, 600, "0.019608", 50},     // 1/51
		{fifty, 620, "0.009901", 100},    // 1/101
		{fifty, 500, "0.390244", 1.5625}, // 1/2.5625
		{fifty, 610, "0.013945", 50 * math.Sqrt2},
		{fifty, 1_000_000_000, "0.000000", math.Inf(1)},
		{fifty, -1_000_000_000, "1.000000", 0},
		{nine, 600, "0.050000", 19}, // 1/20
		{nine, 650, "0.025641", 38}, // 1/39
		{nine, 550, "0.095238", 9.5},
		{thirty, 750, "0.027778", 35}, // 1/36
		{thirty, 690, "0.054054", 17.5},
		{risk, 620, "0.038462", 25},   // 1/26
		{half, 1, "0.166667", 5},      // one doubling: 1/6
		{half, 0, "0.444444", 1.25},   // 1/2.25
		{tie, 0, "0.000001", 1999999}, // exactly half a millionth
	} {
		s := mustRead(t, c.scale)
		if got := s.Probability(c.score).String(); got != c.want {
			t.Errorf("%s at %d: probability %s, want %s", c.scale, c.score, got, c.want)
		}
		if got := s.Odds(c.score); math.Abs(got-c.odds) > 1e-12*c.odds {
			t.Errorf("%s at %d: odds %g, want %g", c.scale, c.score, got, c.odds)
		}
		if l := s.LogOdds(c.score); math.IsInf(l, 0) || c.odds > 0 && c.odds < 1e300 && math.Abs(l-math.Log(c.odds)) > 1e-12 {
			t.Errorf("%s at %d: log odds %g", c.scale, c.score, l)
		}
	}
}

// TestProbabilityIsTheNearestMillionth compares with the definition, in whole numbers: with (score − base)/pdo = a/b,
// the odds are at most x exactly when 2^a ≤ (x/base odds)^b.
func TestProbabilityIsTheNearestMillionth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pdo := rapid.Int64Range(1, 60).Draw(t, "pdo")
		top, bottom := rapid.Int64Range(1, 999).Draw(t, "top"), rapid.Int64Range(1, 99).Draw(t, "bottom")
		score := rapid.Int64Range(-300, 300).Draw(t, "score")
		s := mustRead(t, fmt.Sprintf(`{"pdo": %d, "base_score": 0, "base_odds": "%d/%d", "odds_direction": "good-to-bad"}`, pdo, top, bottom))
		power := func(x *big.Rat) *big.Rat { // (x/base odds)^pdo
			x = new(big.Rat).Quo(x, big.NewRat(top, bottom))
			product := big.NewRat(1, 1)
			for range pdo {
				product.Mul(product, x)
			}
			return product
		}
		two := new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), uint(max(score, -score))))
		if score < 0 {
			two.Inv(two)
		}
		got := int64(s.Probability(score))
		if got < 0 || got > millionths {
			t.Fatalf("probability %d", got)
		}
		// oddsAt is 10⁶/(got ± ½) − 1: the odds whose probability is that.
		oddsAt := func(halves int64) *big.Rat {
			return new(big.Rat).Sub(big.NewRat(2*millionths, 2*got+halves), big.NewRat(1, 1))
		}
		if got > 0 && two.Cmp(power(oddsAt(-1))) > 0 {
			t.Fatalf("%d millionths are too many", got)
		}
		if got < millionths && two.Cmp(power(oddsAt(1))) <= 0 {
			t.Fatalf("%d millionths are too few", got)
		}
	})
}

func TestBandsAndGrades(t *testing.T) {
	s := mustRead(t, exampleScale)
	for score, want := range map[int64][2]string{
		499: {"C", "3"}, 500: {"B", "3"}, 550: {"B", "3"}, 551: {"B", "2"}, 619: {"B", "2"},
		620: {"A", "2"}, // the probability is 0.0099009…, shown as 0.009901, which is not below 0.009901
		621: {"A", "1"}, -5: {"C", "3"}, 5000: {"A", "1"},
	} {
		band, _ := s.Band(score)
		grade, _ := s.Grade(score)
		if [2]string{band, grade} != want {
			t.Errorf("%d: band %s, grade %s, want %v", score, band, grade, want)
		}
	}
	plain := mustRead(t, `{"pdo": 20, "base_score": 600, "base_odds": "50", "odds_direction": "good-to-bad"}`)
	if _, any := plain.Band(600); any || plain.BandTable(0, 9) != nil {
		t.Error("a band without bands")
	}
	if _, any := plain.Grade(600); any || plain.GradeTable(0, 9) != nil {
		t.Error("a grade without grades")
	}
}

func TestTablesHoldEveryScoreOnce(t *testing.T) {
	s := mustRead(t, exampleScale)
	rapid.Check(t, func(t *rapid.T) {
		least := rapid.Int64Range(250, 900).Draw(t, "least")
		most := least + rapid.Int64Range(0, 300).Draw(t, "more")
		for name, c := range map[string]struct {
			table []Interval
			of    func(int64) (string, bool)
		}{"bands": {s.BandTable(least, most), s.Band}, "grades": {s.GradeTable(least, most), s.Grade}} {
			next := least
			for _, interval := range c.table {
				if interval.From != next || interval.To < interval.From {
					t.Fatalf("%s: %+v after %d", name, interval, next)
				}
				for ; next <= interval.To; next++ {
					if got, _ := c.of(next); got != interval.Name {
						t.Fatalf("%s: %d is %s, the table has %s", name, next, got, interval.Name)
					}
				}
				if interval.ProbabilityFrom != s.Probability(interval.From) || interval.ProbabilityTo != s.Probability(interval.To) {
					t.Fatalf("%s: probabilities of %+v", name, interval)
				}
			}
			if next != most+1 {
				t.Fatalf("%s end at %d, want %d", name, next-1, most)
			}
		}
		points := s.ProbabilityTable(least, most)
		if len(points) > maxPoints+2 || points[0].Score != least || points[len(points)-1].Score != most {
			t.Fatalf("probabilities of %d to %d: %+v", least, most, points)
		}
	})
}

func TestProbabilityInJSON(t *testing.T) {
	text, err := json.Marshal(map[string]any{"p": []Probability{0, 5, 19608, 1_000_000}})
	if err != nil || string(text) != `{"p":[0.000000,0.000005,0.019608,1.000000]}` {
		t.Errorf("%s, %v", text, err)
	}
}
