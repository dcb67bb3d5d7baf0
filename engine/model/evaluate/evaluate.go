// Package evaluate measures how well a model's scores told good cases from bad ones: how far it separates them, whether
// its probabilities came true, and whether the population of scores has moved. It is for the bank, over cases whose
// outcome it knows; nothing in it touches records or sealed data.
//
// A Tally takes cases one by one and keeps only their number per score, so that every figure here is computed exactly
// over all cases, ties included, in memory bounded by MaxLevels. It refuses scores that are no finite numbers, and data
// with one outcome only, for which none of these figures exists. Each definition names its source.
package evaluate

import (
	"errors"
	"fmt"
)

// ErrOneOutcome is returned by Evaluate for cases that are all good, all bad, or none at all.
var ErrOneOutcome = errors.New("evaluation needs good and bad cases")

// ErrUnlabelled is returned by Evaluate for a tally with cases whose outcome is not known.
var ErrUnlabelled = errors.New("evaluation of cases without an outcome")

// Bins is how many groups of about equally many cases tables have at most.
const Bins = 10

// Options say how scores are to be read. The zero Options are for scores that rise with quality and have no probabilities.
type Options struct {
	HigherIsBad bool                        // a higher score means more risk
	LogOdds     func(score float64) float64 // natural logarithm of the odds of good to bad, finite; nil: no calibration
	Reference   *Tally                      // the scores of an earlier period, labelled or not; nil: no stability
}

// Evaluation is all that Evaluate finds.
type Evaluation struct {
	Cases          uint64         `json:"cases"`
	Good           uint64         `json:"good"`
	Bad            uint64         `json:"bad"`
	BadRate        float64        `json:"bad_rate"`
	Levels         int            `json:"levels"` // different scores
	HigherIsBad    bool           `json:"higher_is_bad"`
	Discrimination Discrimination `json:"discrimination"`
	Distribution   Distribution   `json:"distribution"`
	Groups         []Group        `json:"groups"`      // by score, ascending
	Calibration    *Calibration   `json:"calibration"` // nil without Options.LogOdds
	Stability      *Stability     `json:"stability"`   // nil without Options.Reference
	Warnings       []string       `json:"warnings"`    // what makes figures doubtful, in words; never nil
}

// Evaluate computes every figure over the cases of a tally. It wraps ErrOneOutcome or ErrUnlabelled.
func Evaluate(t *Tally, o Options) (*Evaluation, error) {
	levels := t.sorted()
	all := total(levels)
	switch {
	case all.Unlabelled > 0:
		return nil, fmt.Errorf("%w: %d of %d", ErrUnlabelled, all.Unlabelled, all.cases())
	case all.Good == 0 || all.Bad == 0:
		return nil, fmt.Errorf("%w: there are %d good and %d bad", ErrOneOutcome, all.Good, all.Bad)
	}
	e := &Evaluation{Cases: all.cases(), Good: all.Good, Bad: all.Bad, BadRate: ratio(all.Bad, all.cases()), Levels: len(levels),
		HigherIsBad: o.HigherIsBad, Discrimination: discriminate(levels, o.HigherIsBad), Distribution: distribute(levels),
		Groups: group(levels, o.LogOdds), Warnings: []string{}}
	if o.LogOdds != nil {
		e.Calibration = calibrate(levels, o.LogOdds, e.Groups)
	}
	if o.Reference != nil {
		stability, err := compare(o.Reference.sorted(), levels)
		if err != nil {
			return nil, err
		}
		e.Stability = stability
	}
	e.warn()
	return e, nil
}

// Below these numbers of cases a figure is flagged.
const (
	fewCases      = 30 // good or bad cases: an AUC's standard error is near 0.05 or above
	fewExpected   = 5  // expected good or bad cases of a group: Cochran's rule for χ² tests
	fewCasesOfBin = 10 // mean of cases in a bin of the stability index
)

func (e *Evaluation) warn() {
	say := func(format string, args ...any) { e.Warnings = append(e.Warnings, fmt.Sprintf(format, args...)) }
	for _, class := range []struct {
		name  string
		cases uint64
	}{{"good", e.Good}, {"bad", e.Bad}} {
		if class.cases < fewCases {
			say("tiny sample: %d %s cases; fewer than %d say little", class.cases, class.name, fewCases)
		}
	}
	switch d := e.Discrimination; {
	case d.AUC < 0.5:
		say("the scores rank the wrong way round (AUC below 0.5): are the labels exchanged, or does a higher score mean more risk?")
	case d.KS == 1:
		say("the scores separate good from bad completely: does the model see the outcome?")
	}
	if c := e.Calibration; c != nil && c.SmallGroups > 0 {
		say("%d of %d groups expect fewer than %d good or bad cases: the Hosmer–Lemeshow test is rough", c.SmallGroups, len(e.Groups), fewExpected)
	}
	if s := e.Stability; s != nil {
		e.warnStability(s, say)
	}
}

func (e *Evaluation) warnStability(s *Stability, say func(string, ...any)) {
	if len(s.Bins) == 1 {
		say("the reference scores fall into one bin: its stability index says nothing")
	}
	for _, sample := range []struct {
		name  string
		cases uint64
	}{{"reference", s.ReferenceCases}, {"evaluated", s.Cases}} {
		if sample.cases < fewCasesOfBin*uint64(len(s.Bins)) {
			say("tiny sample: %d %s cases for a stability index of %d bins", sample.cases, sample.name, len(s.Bins))
		}
	}
}

func ratio(a, b uint64) float64 { return float64(a) / float64(b) }
