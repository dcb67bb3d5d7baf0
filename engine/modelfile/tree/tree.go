// Package tree evaluates decision trees whose nodes carry predicates, as PMML TreeModel defines them: several children,
// compound and surrogate conditions, and a stated way with missing values.
//
// Boosted trees of XGBoost and LightGBM files have a package of their own, boosted, which is faster and knows only binary
// splits. This package refuses nothing itself; a row that ends without a prediction has no score. Source: PMML 4.4,
// "Tree Model".
package tree

import (
	"weir/engine/modelfile/predicate"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
)

// OnMissing is what happens at a node whose child's predicate is unknown.
type OnMissing uint8

// An unknown predicate counts as false, ends at the last node, gives no prediction, leads to the default child, or leaves
// several children open, whose classes are then put together (see merge).
const (
	CountsAsFalse OnMissing = iota
	LastPrediction
	NoPrediction
	DefaultChild
	WeightedConfidence
	AggregateNodes
)

// Tree is a decision tree.
type Tree struct {
	Root           *Node
	Missing        OnMissing
	LastWhenNoTrue bool // a node none of whose children holds predicts itself, instead of nothing
}

// Node is one node. A node predicts if HasScore (a number, unless Probabilities or Label say a class).
type Node struct {
	ID            string
	When          predicate.Predicate
	Children      []*Node
	Default       *Node // the default child, or nil
	HasScore      bool
	Number        float64
	Label         string
	Probabilities []scoring.Probability

	Records float64               // training records, for WeightedConfidence
	Shares  []scoring.Probability // by class, not summing to 1: confidences for WeightedConfidence, records for AggregateNodes
}

// Predict walks one row down the tree.
func (t *Tree) Predict(row []value.Value) scoring.Prediction {
	if t.Root.When.Test(row) != predicate.True {
		return scoring.NoScore("the root's predicate does not hold")
	}
	node := t.Root
	for len(node.Children) > 0 {
		if t.Missing >= WeightedConfidence {
			if open := t.open(node, row); len(open) > 1 {
				return t.merge(node, row)
			}
		}
		next, last := t.step(node, row)
		if last {
			break
		}
		if next == nil {
			return scoring.NoScore("no child of a node holds")
		}
		node = next
	}
	return node.prediction()
}

// step is the child to go to; last says to stay. Neither means that there is no prediction.
func (t *Tree) step(node *Node, row []value.Value) (next *Node, last bool) {
	for _, child := range node.Children {
		switch child.When.Test(row) {
		case predicate.True:
			return child, false
		case predicate.False:
			continue
		}
		switch t.Missing {
		case LastPrediction:
			return nil, true
		case NoPrediction:
			return nil, false
		case DefaultChild:
			return node.Default, false
		case WeightedConfidence, AggregateNodes: // the only one that is not false
			return child, false
		}
	}
	return nil, t.LastWhenNoTrue
}

func (n *Node) prediction() scoring.Prediction {
	switch {
	case !n.HasScore:
		return scoring.NoScore("a node without a score")
	case n.Label == "" && n.Probabilities == nil:
		return scoring.Numeric(n.Number)
	}
	p := scoring.Classified(n.Probabilities)
	if n.Label != "" {
		p.Label = n.Label
	}
	return p
}
