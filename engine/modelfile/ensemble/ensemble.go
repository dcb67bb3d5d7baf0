// Package ensemble combines several models into one: sums, averages and votes over segments, the first segment that
// applies, and chains in which a later segment reads what an earlier one put out.
//
// It is the form of PMML MiningModel. It refuses nothing itself; a combination that the families of its segments do not
// support is for the importer to refuse. Source: PMML 4.4, "Multiple Models".
package ensemble

import (
	"slices"

	"weir/engine/modelfile/predicate"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
)

// Method is how the predictions of segments become one.
type Method uint8

// The methods. The weighted ones use Segment.Weight; the others take every weight as 1. A vote goes to the class named
// first by a segment where several have the most.
const (
	Sum Method = iota
	WeightedSum
	Average
	WeightedAverage
	Median
	Max
	MajorityVote
	WeightedMajorityVote
	SelectFirst
	Chain
)

// OnMissing is what a segment without a prediction does to the whole.
type OnMissing uint8

// A missing prediction makes the whole missing, or the segment is left out. In a chain the first means that later
// segments see missing outputs.
const (
	Continue OnMissing = iota
	Skip
	Return
)

// Model is an ensemble.
type Model struct {
	Method   Method
	Segments []Segment
	Missing  OnMissing
	Single   bool // sums and averages are rounded to float32 after every step
}

// Segment is one model of an ensemble, and when it takes part.
type Segment struct {
	ID     string
	When   predicate.Predicate
	Weight float64
	Unit   *scoring.Unit
}

// Predict evaluates one row.
func (m *Model) Predict(row []value.Value) scoring.Prediction {
	if m.Method == Chain || m.Method == SelectFirst {
		return m.sequence(row)
	}
	c := collector{model: m}
	for i := range m.Segments {
		s := &m.Segments[i]
		if s.When.Test(row) != predicate.True {
			continue
		}
		p := s.Unit.Predict(row)
		if p.Outcome == scoring.Rejected {
			return p
		}
		if p.Outcome != scoring.Scored {
			if m.Missing == Skip {
				continue
			}
			return p
		}
		c.add(p, s.weight(m.Method))
	}
	return c.result()
}

func (s *Segment) weight(method Method) float64 {
	switch method {
	case WeightedSum, WeightedAverage, WeightedMajorityVote:
		return s.Weight
	}
	return 1
}

// sequence is the last segment of a chain, or the first one that applies.
func (m *Model) sequence(row []value.Value) scoring.Prediction {
	result := scoring.NoScore("no segment applies")
	for i := range m.Segments {
		s := &m.Segments[i]
		if s.When.Test(row) != predicate.True {
			continue
		}
		p := s.Unit.Predict(row)
		if p.Outcome == scoring.Rejected || p.Outcome != scoring.Scored && m.Missing == Return {
			return p
		}
		if p.Outcome != scoring.Scored && m.Missing == Skip {
			continue
		}
		result = p
		if m.Method == SelectFirst {
			break
		}
	}
	return result
}

// collector gathers the predictions of segments.
type collector struct {
	model   *Model
	sum     float64
	weights float64
	highest float64
	numbers []float64
	classes []scoring.Probability
	count   int
}

func (c *collector) add(p scoring.Prediction, weight float64) {
	c.count++
	c.weights += weight
	switch c.model.Method {
	case MajorityVote, WeightedMajorityVote:
		c.class(p.Label, weight)
		return
	case Median:
		c.numbers = append(c.numbers, p.Score)
		return
	case Max:
		if c.count == 1 || p.Score > c.highest {
			c.highest = p.Score
		}
		return
	}
	for _, q := range p.Probabilities {
		c.class(q.Class, weight*q.P)
	}
	c.sum += weight * p.Score
	if c.model.Single {
		c.sum = float64(float32(c.sum))
	}
}

func (c *collector) class(name string, weight float64) {
	for i := range c.classes {
		if c.classes[i].Class == name {
			c.classes[i].P += weight
			return
		}
	}
	c.classes = append(c.classes, scoring.Probability{Class: name, P: weight})
}

func (c *collector) result() scoring.Prediction {
	switch {
	case c.count == 0:
		return scoring.NoScore("no segment has a prediction")
	case c.classes != nil:
		for i := range c.classes {
			c.classes[i].P /= c.weights
		}
		return scoring.Classified(c.classes)
	case c.model.Method == Median:
		return scoring.Numeric(median(c.numbers))
	case c.model.Method == Max:
		return scoring.Numeric(c.highest)
	case c.model.Method == Average, c.model.Method == WeightedAverage:
		mean := c.sum / c.weights
		if c.model.Single {
			mean = float64(float32(mean))
		}
		return scoring.Numeric(mean)
	}
	return scoring.Numeric(c.sum)
}

// median is the middle of the numbers, or the mean of the two in the middle.
func median(numbers []float64) float64 {
	slices.Sort(numbers)
	middle := len(numbers) / 2
	if len(numbers)%2 == 1 {
		return numbers[middle]
	}
	return (numbers[middle-1] + numbers[middle]) / 2
}
