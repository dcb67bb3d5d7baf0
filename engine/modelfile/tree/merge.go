package tree

import (
	"slices"

	"weir/engine/modelfile/predicate"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
)

// merge predicts the likeliest class of all leaves that a row with missing values may end in below a node. With
// WeightedConfidence the shares of each are weighted by the records of the children that are open; with AggregateNodes
// they are records and are added.
func (t *Tree) merge(node *Node, row []value.Value) scoring.Prediction {
	var classes []scoring.Probability
	t.spread(node, row, 1, &classes)
	total := 0.0
	for _, c := range classes {
		total += c.P
	}
	if !(total > 0) {
		return scoring.NoScore("no leaf that may be reached has a share of any class")
	}
	for i := range classes {
		classes[i].P /= total
	}
	return scoring.Classified(classes)
}

// spread adds the shares of the leaves below a node, times weight.
func (t *Tree) spread(node *Node, row []value.Value, weight float64, classes *[]scoring.Probability) {
	open := t.open(node, row)
	if len(node.Children) == 0 || len(open) == 0 && t.LastWhenNoTrue {
		for _, share := range node.Shares {
			add(classes, share.Class, weight*share.P)
		}
		return
	}
	records := 0.0
	for _, child := range open {
		records += child.Records
	}
	for _, child := range open {
		part := weight
		if t.Missing == WeightedConfidence && len(open) > 1 {
			part *= child.Records / records
		}
		t.spread(child, row, part, classes)
	}
}

// open are the children that a row may go to: the first that holds, or from the first that is unknown on all that are not
// false; with AggregateNodes none behind one that holds.
func (t *Tree) open(node *Node, row []value.Value) (children []*Node) {
	for _, child := range node.Children {
		truth := child.When.Test(row)
		if truth == predicate.False {
			continue
		}
		children = append(children, child)
		if truth == predicate.True && (t.Missing == AggregateNodes || len(children) == 1) {
			break
		}
	}
	return children
}

func add(classes *[]scoring.Probability, class string, share float64) {
	i := slices.IndexFunc(*classes, func(q scoring.Probability) bool { return q.Class == class })
	if i < 0 {
		i = len(*classes)
		*classes = append(*classes, scoring.Probability{Class: class})
	}
	(*classes)[i].P += share
}
