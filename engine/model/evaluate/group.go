package evaluate

import "math"

// Group is the cases of neighbouring scores: at most Bins groups of about equally many cases. A score belongs to the
// tenth of all cases that the middle of its own cases falls into, so no score is ever split, and where one score has
// more than a tenth of all cases there are fewer groups.
type Group struct {
	From    float64 `json:"from"` // least score
	To      float64 `json:"to"`   // greatest score
	Cases   uint64  `json:"cases"`
	Bad     uint64  `json:"bad"`
	BadRate float64 `json:"bad_rate"`
	// Interval holds the true rate with 95 % (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927).
	Interval [2]float64 `json:"bad_rate_interval_95"`
	// Predicted is the mean probability of bad; nil without probabilities.
	Predicted *float64 `json:"predicted"`
}

// cuts are the places in ascending levels where a new group begins, the first 0.
func cuts(levels []level) []int {
	all := total(levels)
	n := all.cases()
	var starts []int
	var before uint64
	tenth := uint64(Bins)
	for i, l := range levels {
		if of := (2*before + l.cases()) * Bins / (2 * n); of != tenth {
			starts, tenth = append(starts, i), of
		}
		before += l.cases()
	}
	return starts
}

func group(levels []level, logOdds func(float64) float64) []Group {
	starts := cuts(levels)
	groups := make([]Group, len(starts))
	for i, start := range starts {
		end := len(levels)
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		groups[i] = newGroup(levels[start:end], logOdds)
	}
	return groups
}

func newGroup(levels []level, logOdds func(float64) float64) Group {
	all := total(levels)
	g := Group{From: levels[0].Score, To: levels[len(levels)-1].Score, Cases: all.cases(), Bad: all.Bad,
		BadRate: ratio(all.Bad, all.cases()), Interval: wilson(all.Bad, all.cases())}
	if logOdds == nil {
		return g
	}
	expected := 0.0
	for _, l := range levels {
		p := probabilityOfBad(logOdds(l.Score))
		expected += float64(l.cases()) * p
	}
	mean := expected / float64(all.cases())
	g.Predicted = &mean
	return g
}

// wilson is the score interval of a share of k in n.
func wilson(k, n uint64) [2]float64 {
	const z2 = normal95 * normal95
	size, share := float64(n), ratio(k, n)
	middle := share + z2/(2*size)
	half := normal95 * math.Sqrt(share*(1-share)/size+z2/(4*size*size))
	return [2]float64{max(0, (middle-half)/(1+z2/size)), min(1, (middle+half)/(1+z2/size))}
}

// probabilityOfBad is 1/(1 + odds of good to bad).
func probabilityOfBad(logOdds float64) float64 { return 1 / (1 + math.Exp(logOdds)) }
