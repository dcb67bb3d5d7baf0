package tree_test

import (
	"fmt"
	"testing"

	"weir/engine/modelfile/predicate"
	"weir/engine/modelfile/scoring"
	. "weir/engine/modelfile/tree"
	"weir/engine/modelfile/value"
)

func below(x float64) predicate.Predicate {
	return &predicate.Compare{Op: predicate.LessThan, Value: value.FromNumber(x)}
}

// split is a tree on one number: below 0, below 10, and no child for the rest.
func split(missing OnMissing, last bool) *Tree {
	a := &Node{ID: "a", When: below(0), HasScore: true, Number: 1}
	b := &Node{ID: "b", When: below(10), HasScore: true, Number: 2}
	root := &Node{When: predicate.Always(true), Children: []*Node{a, b}, Default: b, HasScore: true, Number: 9}
	return &Tree{Root: root, Missing: missing, LastWhenNoTrue: last}
}

func TestWaysWithMissingValues(t *testing.T) {
	for _, c := range []struct {
		tree *Tree
		want float64 // 0 for no score
	}{
		{split(CountsAsFalse, false), 0}, {split(CountsAsFalse, true), 9}, {split(LastPrediction, false), 9}, {split(NoPrediction, true), 0},
		{split(DefaultChild, false), 2},
	} {
		p := c.tree.Predict([]value.Value{{}})
		if (p.Outcome == scoring.Scored) != (c.want != 0) || c.want != 0 && p.Score != c.want {
			t.Errorf("strategy %d, %v: %s, %v", c.tree.Missing, c.tree.LastWhenNoTrue, p.Outcome, p.Score)
		}
	}
	none := split(DefaultChild, true)
	none.Root.Default = nil
	if p := none.Predict([]value.Value{{}}); p.Outcome != scoring.Invalid {
		t.Errorf("no default child gives %s", p.Outcome)
	}
}

func TestNoChildHolds(t *testing.T) {
	row := []value.Value{value.FromNumber(11)}
	if p := split(DefaultChild, false).Predict(row); p.Outcome != scoring.Invalid {
		t.Errorf("no child holds: %s", p.Outcome)
	}
	if p := split(DefaultChild, true).Predict(row); p.Score != 9 {
		t.Errorf("no child holds, last prediction: %v", p.Score)
	}
	closed := &Tree{Root: &Node{When: predicate.Always(false), HasScore: true}}
	if p := closed.Predict(nil); p.Outcome != scoring.Invalid {
		t.Errorf("a root that does not hold gives %s", p.Outcome)
	}
	if p := (&Tree{Root: &Node{When: predicate.Always(true)}}).Predict(nil); p.Outcome != scoring.Invalid {
		t.Errorf("a node without a score gives %s", p.Outcome)
	}
}

func ExampleTree() {
	leaf := &Node{When: predicate.Always(true), HasScore: true, Label: "bad",
		Probabilities: []scoring.Probability{{Class: "good", P: 0.4}, {Class: "bad", P: 0.6}}}
	tree := &Tree{Root: &Node{When: predicate.Always(true), Children: []*Node{leaf}}}
	p := tree.Predict(nil)
	fmt.Println(p.Label, p.Probabilities)
	// Output: bad [{good 0.4} {bad 0.6}]
}
