package evaluate

import (
	"errors"
	"math"
	"sort"
)

// ErrNoReference is returned by Evaluate for a reference without cases.
var ErrNoReference = errors.New("the reference period has no cases")

// Stability is how far the scores have moved since a reference period. The bins are the reference's tenths: cut between
// its scores so that each holds about a tenth of its cases, a score never split, the ends open.
type Stability struct {
	// PSI is the population stability index, Σ (a − b)·ln(a/b) over the bins, a being the share of the evaluated cases
	// and b that of the reference; a bin without cases counts half a case (N. Siddiqi, "Credit Risk Scorecards", 2006,
	// who reads below 0.10 as no change, 0.10 to 0.25 as some, above as a shift).
	PSI            float64 `json:"psi"`
	ReferenceCases uint64  `json:"reference_cases"`
	Cases          uint64  `json:"cases"`
	// Expected is the mean of PSI that samples of these sizes give if nothing has changed: (bins − 1)·(1/n + 1/m).
	Expected float64 `json:"expected_without_change"`
	// P is the chance of a PSI this great or greater if nothing has changed: PSI/(1/n + 1/m) is about χ² with a degree
	// less than there are bins (B. Yurdakul, J. Naranjo, J. Risk Model Validation 14, 2020). 1 for a single bin.
	P    float64        `json:"p"`
	Bins []StabilityBin `json:"bins"`
}

// StabilityBin is the scores from From (included) to Below (excluded).
type StabilityBin struct {
	From           *float64 `json:"from"`  // nil for the first
	Below          *float64 `json:"below"` // nil for the last
	Reference      uint64   `json:"reference"`
	Cases          uint64   `json:"cases"`
	ReferenceShare float64  `json:"reference_share"`
	Share          float64  `json:"share"`
	Part           float64  `json:"part"` // of the PSI
}

func compare(reference, evaluated []level) (*Stability, error) {
	if len(reference) == 0 {
		return nil, ErrNoReference
	}
	before, now := total(reference), total(evaluated)
	s := &Stability{ReferenceCases: before.cases(), Cases: now.cases(), P: 1}
	s.Bins = stabilityBins(reference, evaluated)
	for i := range s.Bins {
		b := &s.Bins[i]
		b.ReferenceShare, b.Share = ratio(b.Reference, s.ReferenceCases), ratio(b.Cases, s.Cases)
		was, is := atLeastHalf(b.Reference)/float64(s.ReferenceCases), atLeastHalf(b.Cases)/float64(s.Cases)
		b.Part = (is - was) * math.Log(is/was)
		s.PSI += b.Part
	}
	spread := 1/float64(s.ReferenceCases) + 1/float64(s.Cases)
	if degrees := len(s.Bins) - 1; degrees > 0 {
		s.Expected = float64(degrees) * spread
		s.P = chiSquareTail(s.PSI/spread, degrees)
	}
	return s, nil
}

func stabilityBins(reference, evaluated []level) []StabilityBin {
	starts := cuts(reference)
	bins := make([]StabilityBin, len(starts))
	for i := range bins {
		if i > 0 {
			bins[i].From = &reference[starts[i]].Score
			bins[i-1].Below = bins[i].From
		}
	}
	of := func(score float64) *StabilityBin {
		return &bins[sort.Search(len(bins)-1, func(i int) bool { return score < *bins[i].Below })]
	}
	for _, l := range reference {
		of(l.Score).Reference += l.cases()
	}
	for _, l := range evaluated {
		of(l.Score).Cases += l.cases()
	}
	return bins
}

func atLeastHalf(cases uint64) float64 { return max(float64(cases), 0.5) }
