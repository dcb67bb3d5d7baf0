package terms

import (
	"maps"
	"slices"

	"weir/engine/modelfile/boosted"
	"weir/engine/modelfile/ensemble"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/tree"
)

// Tree is what one tree of a model reads.
type Tree struct {
	Inputs []int // in the order of the model's inputs
	Leaves int
}

// Trees lists the trees of a model, in the order of the file, also those inside of ensembles. What a derived field reads
// counts as read by the tree that uses it where the field is of the model as a whole.
func Trees(m *scoring.Model) []Tree {
	f := finder{reader: newReader(m)}
	f.unit(m.Root)
	return f.found
}

type finder struct {
	reader *reader
	found  []Tree
}

func (f *finder) unit(u *scoring.Unit) {
	for _, d := range u.Derived {
		f.reader.derived[d.Slot] = d.Of
	}
	switch p := u.Predictor.(type) {
	case *tree.Tree:
		inputs, leaves := map[int]bool{}, 0
		f.node(p.Root, inputs, &leaves)
		f.found = append(f.found, Tree{slices.Sorted(maps.Keys(inputs)), leaves})
	case *ensemble.Model:
		for i := range p.Segments {
			f.unit(p.Segments[i].Unit)
		}
	case *boosted.Forest:
		for _, t := range p.Trees {
			f.found = append(f.found, boostedTree(t))
		}
	}
}

func (f *finder) node(n *tree.Node, inputs map[int]bool, leaves *int) {
	maps.Copy(inputs, f.reader.predicate(n.When).inputs)
	if len(n.Children) == 0 {
		*leaves++
	}
	for _, child := range n.Children {
		f.node(child, inputs, leaves)
	}
}

// boostedTree walks what is reachable from the root.
func boostedTree(t boosted.Tree) Tree {
	inputs, leaves := map[int]bool{}, 0
	open := []int32{0}
	for len(open) > 0 {
		n := &t[open[len(open)-1]]
		open = open[:len(open)-1]
		if n.Feature < 0 {
			leaves++
			continue
		}
		inputs[int(n.Feature)] = true
		open = append(open, n.Left, n.Right)
	}
	return Tree{slices.Sorted(maps.Keys(inputs)), leaves}
}
