package xgboost

import (
	"slices"

	"weir/engine/modelfile/boosted"
	"weir/engine/modelfile/jsontree"
)

// MaxTrees is the most trees that a model may have.
const MaxTrees = 100_000

// readTrees reads the trees that take part in a prediction.
func (r *reader) readTrees() {
	if r.Err() != nil {
		return
	}
	trees := r.model.Get("trees")
	if !trees.IsArray() || trees.Len() > MaxTrees || trees.Kind == jsontree.Numbers {
		r.Fault(trees.At("trees"), "no array of at most %d trees", MaxTrees)
		return
	}
	if declared, ok := r.model.Get("gbtree_model_param").Get("num_trees").Int(); ok && declared != trees.Len() {
		r.Fault(trees.At("trees"), "%d trees where num_trees says %d", trees.Len(), declared)
		return
	}
	groups, ok := r.model.Get("tree_info").Ints()
	if r.model.Has("tree_info") && (!ok || slices.Max(append(groups, 0)) > 0) {
		r.Fault(r.model.Get("tree_info").At("tree_info"), "trees of several outputs")
	}
	weights, ok := r.weightDrop.Float32s()
	if r.weightDrop.IsArray() && (!ok || len(weights) != trees.Len() || slices.ContainsFunc(weights, isNaN)) {
		r.Fault(r.weightDrop.At("weight_drop"), "not one weight for each tree")
		return
	}
	for i := range trees.Items[:r.rounds(len(trees.Items))] {
		weight := float32(1)
		if len(weights) > 0 {
			weight = weights[i]
		}
		r.tree(&trees.Items[i], weight)
	}
}

// rounds is the number of trees up to the best iteration, where the file names one.
func (r *reader) rounds(trees int) int {
	best := r.learner.Get("attributes").Get("best_iteration")
	if best.Kind == jsontree.Null {
		return trees
	}
	round, ok := best.Int()
	if !ok || round < 0 {
		r.Fault(best.At("best_iteration"), "not a number of a round")
		return 0
	}
	end := 0
	if starts, ok := r.model.Get("iteration_indptr").Ints(); ok && round+1 < len(starts) {
		end = int(starts[round+1])
	} else {
		parallel, ok := r.model.Get("gbtree_model_param").Get("num_parallel_tree").Int()
		if !ok || parallel < 1 || parallel > trees {
			parallel = 1
		}
		end = (min(round, trees) + 1) * parallel
	}
	if end < 1 || end > trees {
		r.Note(best.At("best_iteration"), "a round beyond the trees of the file: all of them are used")
		return trees
	}
	if end < trees {
		r.Note(best.At("best_iteration"), "%d of %d trees are used, up to the best iteration, as XGBoost's scikit-learn interface does",
			end, trees)
	}
	return end
}

// columns are the arrays of one tree, one element for each node.
type columns struct {
	left, right, feature, missing, kind []int32
	threshold                           []float32
	sets                                map[int32][]int32 // codes by node
}

func (r *reader) tree(v *jsontree.Value, weight float32) {
	at := v.At("trees")
	r.unknown(v, "tree", "base_weights", "categories", "categories_nodes", "categories_segments", "categories_sizes", "default_left",
		"id", "left_children", "loss_changes", "parents", "right_children", "split_conditions", "split_indices", "split_type",
		"sum_hessian", "tree_param", "leaf_weights")
	if size, ok := v.Get("tree_param").Get("size_leaf_vector").Int(); ok && size > 1 {
		r.Fault(at, "a tree with vector leaves: train with multi_strategy=one_output_per_tree, one target at a time")
		return
	}
	c, ok := readColumns(v)
	if !ok {
		r.Fault(at, "a tree whose arrays are missing, not numbers or of different lengths")
		return
	}
	nodes := make(boosted.Tree, len(c.left))
	for i := range nodes {
		nodes[i] = c.node(int32(i), weight)
	}
	if !nodes.Check(r.features) {
		r.Fault(at, "nodes that form no tree, or split on a feature that there is not")
		return
	}
	r.forest.Trees = append(r.forest.Trees, nodes)
}

func readColumns(v *jsontree.Value) (c columns, ok bool) {
	ok = true
	ints := func(key string, optional bool) []int32 {
		if optional && !v.Has(key) {
			return make([]int32, len(c.left))
		}
		numbers, fine := v.Get(key).Ints()
		ok = ok && fine
		return numbers
	}
	c.left, c.right = ints("left_children", false), ints("right_children", false)
	c.feature, c.missing, c.kind = ints("split_indices", false), ints("default_left", false), ints("split_type", true)
	threshold, fine := v.Get("split_conditions").Float32s()
	c.threshold = threshold
	ok = ok && fine
	for _, n := range []int{len(c.right), len(c.feature), len(c.missing), len(c.kind), len(c.threshold)} {
		ok = ok && n == len(c.left)
	}
	sets, fine := readSets(v)
	c.sets = sets
	return c, ok && fine && c.comparable()
}

// comparable tells whether every number is one, but for splits by category, which have none.
func (c *columns) comparable() bool {
	for i, x := range c.threshold {
		if isNaN(x) && (i >= len(c.left) || i >= len(c.kind) || c.left[i] < 0 || c.kind[i] == 0) {
			return false
		}
	}
	return true
}

func isNaN(x float32) bool { return x != x }

// readSets reads the category codes of each node that splits by category.
func readSets(v *jsontree.Value) (map[int32][]int32, bool) {
	if !v.Has("categories") {
		return nil, true
	}
	codes, ok1 := v.Get("categories").Ints()
	nodes, ok2 := v.Get("categories_nodes").Ints()
	starts, ok3 := v.Get("categories_segments").Ints()
	sizes, ok4 := v.Get("categories_sizes").Ints()
	if !ok1 || !ok2 || !ok3 || !ok4 || len(nodes) != len(starts) || len(nodes) != len(sizes) {
		return nil, false
	}
	sets, left := make(map[int32][]int32, len(nodes)), len(codes)
	for i, node := range nodes {
		start, size := int(starts[i]), int(sizes[i])
		if start < 0 || size < 0 || start+size > len(codes) || size > left {
			return nil, false
		}
		left -= size
		set := slices.Clone(codes[start : start+size])
		slices.Sort(set)
		sets[node] = set
	}
	return sets, true
}

// node is one node. In the file the categories of a set go right; here they go left, so the children are exchanged.
func (c *columns) node(i int32, weight float32) boosted.Node {
	if c.left[i] < 0 {
		return boosted.Node{Feature: -1, Leaf: float64(c.threshold[i] * weight)}
	}
	n := boosted.Node{Feature: max(c.feature[i], 0), Left: c.left[i], Right: c.right[i], Threshold: float64(c.threshold[i]),
		Missing: boosted.Right}
	missingLeft := c.missing[i] != 0
	if c.kind[i] != 0 {
		n.Left, n.Right, missingLeft = n.Right, n.Left, !missingLeft
		n.Categories = append([]int32{}, c.sets[i]...)
	}
	if missingLeft {
		n.Missing = boosted.Left
	}
	return n
}
