package pmml

import (
	"slices"

	"weir/engine/modelfile/pmml/formula"
	"weir/engine/modelfile/pmml/xmltree"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/tree"
	"weir/engine/modelfile/value"
)

var (
	missingStrategies = map[string]tree.OnMissing{"none": tree.CountsAsFalse, "lastPrediction": tree.LastPrediction,
		"nullPrediction": tree.NoPrediction, "defaultChild": tree.DefaultChild, "weightedConfidence": tree.WeightedConfidence,
		"aggregateNodes": tree.AggregateNodes}
	noTrueChild = map[string]bool{"returnNullPrediction": false, "returnLastPrediction": true}
)

// tree reads a TreeModel.
func (r *reader) tree(s *formula.Scope, e *xmltree.Element) scoring.Predictor {
	t := &tree.Tree{Missing: formula.Choice(s, e, "missingValueStrategy", tree.CountsAsFalse, missingStrategies),
		LastWhenNoTrue: formula.Choice(s, e, "noTrueChildStrategy", false, noTrueChild)}
	root := e.Child("Node")
	if root == nil {
		r.Fault(e.At(), "no node")
		return t
	}
	if penalty := s.Number(e, "missingValuePenalty", 1); penalty != 1 {
		r.Note(e.At(), "missingValuePenalty changes confidences, which are not computed")
	}
	if t.Missing >= tree.WeightedConfidence && function(e) == "regression" {
		r.Fault(e.At(), "missingValueStrategy puts classes together, and a regression has none")
	}
	t.Root = r.node(s, root, e, t.Missing)
	return t
}

func (r *reader) node(s *formula.Scope, e, model *xmltree.Element, missing tree.OnMissing) *tree.Node {
	n := &tree.Node{When: s.Predicate(e)}
	n.ID, _ = e.Attr("id")
	for _, c := range e.Children {
		if c.Name == "Node" {
			n.Children = append(n.Children, r.node(s, c, model, missing))
		}
	}
	if id, ok := e.Attr("defaultChild"); ok {
		for _, c := range n.Children {
			if c.ID == id {
				n.Default = c
			}
		}
		if n.Default == nil {
			r.Fault(e.At(), "the default child is none of the children")
		}
	}
	if function(model) == "classification" {
		r.classes(s, e, n)
		r.shares(s, e, n, missing)
	} else {
		r.number(e, model, n)
	}
	return n
}

// number reads the score of a node of a regression tree, in float32 where the model is computed in it.
func (r *reader) number(e, model *xmltree.Element, n *tree.Node) {
	text, ok := e.Attr("score")
	if !ok {
		return
	}
	x, ok := value.ParseNumber(text)
	if single(model) {
		var x32 float32
		x32, ok = value.ParseSingle(text)
		x = float64(x32)
	}
	if !ok {
		r.Fault(e.At(), "the score of a regression tree's node is not a number")
	}
	n.HasScore, n.Number = true, x
}

// classes reads the label and the distribution of a node of a classification tree: probabilities where all are given,
// else shares of the record counts.
func (r *reader) classes(s *formula.Scope, e *xmltree.Element, n *tree.Node) {
	distribution := childrenOf(e, "ScoreDistribution")
	total, given := 0.0, len(distribution) > 0
	for _, c := range distribution {
		_, ok := c.Attr("probability")
		given = given && ok
		if !ok {
			s.Required(c, "recordCount")
		}
		total += s.Number(c, "recordCount", 0)
	}
	for _, c := range distribution {
		class, _ := c.Attr("value")
		p := s.Number(c, "recordCount", 0) / total
		if given {
			p = s.Number(c, "probability", 0)
		}
		n.Probabilities = append(n.Probabilities, scoring.Probability{Class: class, P: p})
	}
	if len(distribution) > 0 && !given && total <= 0 {
		r.Fault(e.At(), "a distribution without records")
	}
	label, ok := e.Attr("score")
	n.Label = label
	n.HasScore = ok || len(distribution) > 0
}

// shares reads what a node adds to each class where missing values leave several nodes open.
func (r *reader) shares(s *formula.Scope, e *xmltree.Element, n *tree.Node, missing tree.OnMissing) {
	switch missing {
	case tree.WeightedConfidence:
		n.Records, n.Shares = s.Required(e, "recordCount"), slices.Clone(n.Probabilities)
	case tree.AggregateNodes:
		n.Shares = slices.Clone(n.Probabilities)
	default:
		return
	}
	for i, c := range childrenOf(e, "ScoreDistribution") {
		if missing == tree.AggregateNodes {
			n.Shares[i].P = s.Required(c, "recordCount")
		} else {
			n.Shares[i].P = s.Number(c, "confidence", n.Shares[i].P)
		}
	}
}
