package evaluate

import "math"

// Distribution is where the scores lie.
type Distribution struct {
	All       Summary        `json:"all"`
	Good      Summary        `json:"good"`
	Bad       Summary        `json:"bad"`
	Histogram []HistogramBin `json:"histogram"` // bins of one width, ascending, empty ones between included
}

// Summary describes the scores of at least one case. A quantile is the least score that this share of the cases does not
// exceed, the inverse of the distribution function (R. Hyndman, Y. Fan, Am. Stat. 50, 1996, definition 1).
type Summary struct {
	Cases     uint64  `json:"cases"`
	Mean      float64 `json:"mean"`
	Deviation float64 `json:"standard_deviation"` // of the sample, with n − 1; 0 for a single case
	Least     float64 `json:"least"`
	P5        float64 `json:"p5"`
	P25       float64 `json:"p25"`
	Median    float64 `json:"median"`
	P75       float64 `json:"p75"`
	P95       float64 `json:"p95"`
	Most      float64 `json:"most"`
}

// HistogramBin is the cases with scores from From (included) to Below (excluded).
type HistogramBin struct {
	From  float64 `json:"from"`
	Below float64 `json:"below"`
	Good  uint64  `json:"good"`
	Bad   uint64  `json:"bad"`
}

func distribute(levels []level) Distribution {
	return Distribution{
		All:       summarize(levels, level.cases),
		Good:      summarize(levels, func(l level) uint64 { return l.Good }),
		Bad:       summarize(levels, func(l level) uint64 { return l.Bad }),
		Histogram: histogram(levels),
	}
}

// summarize describes the cases that count counts, of which there must be one.
func summarize(levels []level, count func(level) uint64) Summary {
	var s Summary
	for _, l := range levels {
		s.Cases += count(l)
	}
	for _, l := range levels {
		s.Mean += l.Score * (float64(count(l)) / float64(s.Cases))
	}
	squares, seen := 0.0, uint64(0)
	places := []struct {
		to      *float64
		percent uint64
	}{{&s.Least, 0}, {&s.P5, 5}, {&s.P25, 25}, {&s.Median, 50}, {&s.P75, 75}, {&s.P95, 95}, {&s.Most, 100}}
	for _, l := range levels {
		n := count(l)
		if n == 0 {
			continue
		}
		squares += float64(n) * (l.Score - s.Mean) * (l.Score - s.Mean)
		seen += n
		for len(places) > 0 && seen*100 >= places[0].percent*s.Cases {
			*places[0].to, places = l.Score, places[1:]
		}
	}
	if s.Cases > 1 {
		s.Deviation = math.Sqrt(squares / float64(s.Cases-1))
	}
	return s
}

// histogramBins is the most bins of a histogram, but for one that its first bin's rounding down can add.
const histogramBins = 30

func histogram(levels []level) []HistogramBin {
	least, most := levels[0].Score, levels[len(levels)-1].Score
	grid := newGrid(least, most)
	first := grid.place(least)
	bins := make([]HistogramBin, int(grid.place(most)-first)+1)
	for i := range bins {
		bins[i].From, bins[i].Below = grid.edge(first+float64(i)), grid.edge(first+float64(i)+1)
	}
	for _, l := range levels {
		b := &bins[int(grid.place(l.Score)-first)]
		b.Good, b.Bad = b.Good+l.Good, b.Bad+l.Bad
	}
	return bins
}

// grid has its edges at the multiples of digit·tens/parts, where one of tens and parts is 1: whole numbers, so that
// every edge is the float64 nearest to its decimal, and comparing it with a score compares their decimals.
type grid struct{ digit, tens, parts float64 }

// newGrid is the finest grid of 1, 2 or 5 times a power of ten with fewer than histogramBins steps between two scores: 1
// or more for a single score, and never so fine that float64 cannot count the steps from zero.
func newGrid(least, most float64) grid {
	finest := max(math.Abs(least), math.Abs(most)) * 1e-13
	for power := -15; ; power++ {
		g := grid{tens: math.Pow10(max(power, 0)), parts: math.Pow10(max(-power, 0))}
		for _, g.digit = range []float64{1, 2, 5} {
			if step := g.edge(1); most-least < histogramBins*step && step >= finest && (most > least || step >= 1) {
				return g
			}
		}
	}
}

func (g grid) edge(i float64) float64 { return i * g.digit * g.tens / g.parts }

// place is the greatest i whose edge is not above the score.
func (g grid) place(score float64) float64 {
	i := math.Floor(score * g.parts / g.tens / g.digit)
	for g.edge(i+1) <= score {
		i++
	}
	for g.edge(i) > score {
		i--
	}
	return i
}
