package lightgbm

import (
	"math/bits"
	"strconv"
	"strings"

	"weir/engine/modelfile/boosted"
	"weir/engine/modelfile/value"
)

var treeKeys = map[string]bool{"num_leaves": true, "num_cat": true, "split_feature": true, "split_gain": true, "threshold": true,
	"decision_type": true, "left_child": true, "right_child": true, "leaf_value": true, "leaf_weight": true, "leaf_count": true,
	"internal_value": true, "internal_weight": true, "internal_count": true, "cat_boundaries": true, "cat_threshold": true,
	"is_linear": true, "shrinkage": true, "leaf_features": true, "leaf_coeff": true, "leaf_const": true, "num_features": true}

// The bits of a decision_type.
const (
	categoricalBit = 1
	defaultLeftBit = 2
	missingShift   = 2 // two bits: none, zero, NaN
)

// readTree turns a tree's columns into nodes: its splits first, then its leaves.
func (r *reader) readTree(b *block) {
	r.unknown(b, treeKeys)
	if r.int(b, "is_linear", 0) != 0 {
		r.Fault(b.at("is_linear"), "a linear tree: train with linear_tree=false")
		return
	}
	leaves := r.int(b, "num_leaves", 0)
	values, ok := floats(b.text("leaf_value"), leaves)
	if !ok || leaves < 1 || leaves > MaxLeaves {
		r.Fault(b.at("leaf_value"), "not num_leaves finite numbers, of which %d are allowed", MaxLeaves)
		return
	}
	tree := make(boosted.Tree, 2*leaves-1)
	for i, x := range values {
		tree[leaves-1+i] = boosted.Node{Feature: -1, Leaf: x}
	}
	if leaves > 1 && !r.readSplits(b, tree[:leaves-1]) {
		return
	}
	if !tree.Check(len(r.inputs)) {
		r.Fault(b.at("left_child"), "nodes that form no tree, or split on a feature that there is not")
		return
	}
	r.forest.Trees = append(r.forest.Trees, tree)
}

func (r *reader) readSplits(b *block, splits []boosted.Node) bool {
	n := len(splits)
	features, ok1 := ints(b.text("split_feature"), n)
	decisions, ok2 := ints(b.text("decision_type"), n)
	lefts, ok3 := ints(b.text("left_child"), n)
	rights, ok4 := ints(b.text("right_child"), n)
	thresholds, ok5 := floats(b.text("threshold"), n)
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 {
		r.Fault(b.at("split_feature"), "not num_leaves-1 numbers in each of split_feature, threshold, decision_type, left_child, right_child")
		return false
	}
	sets, ok := r.readSets(b)
	if !ok {
		return false
	}
	for i := range splits {
		node := boosted.Node{Feature: max(features[i], 0), Left: child(lefts[i], n), Right: child(rights[i], n), Threshold: thresholds[i]}
		if decisions[i] < 0 || decisions[i] > 11 {
			r.Fault(b.at("decision_type"), "not a known decision type")
			return false
		}
		if decisions[i]&categoricalBit == 0 {
			numerical(&node, decisions[i])
		} else if !categorical(&node, sets) {
			r.Fault(b.at("cat_boundaries"), "a categorical split without its set")
			return false
		}
		splits[i] = node
	}
	return true
}

// child turns LightGBM's numbering, in which leaf k is ^k, into the index of a node behind the splits.
func child(i int32, splits int) int32 {
	if i < 0 {
		return int32(min(int64(splits)+int64(^i), 1<<31-1))
	}
	if int(i) >= splits {
		return -1
	}
	return i
}

func numerical(node *boosted.Node, decision int32) {
	node.Missing = boosted.Right
	if decision&defaultLeftBit != 0 {
		node.Missing = boosted.Left
	}
	switch decision >> missingShift {
	case 0:
		node.Missing = boosted.AsZero
	case 1:
		node.ZeroMissing = true
	}
}

// categorical gives a node its set; missing values and unknown categories go right.
func categorical(node *boosted.Node, sets [][]int32) bool {
	k := int(node.Threshold)
	if node.Threshold < 0 || node.Threshold >= float64(len(sets)) {
		return false
	}
	node.Missing, node.Categories = boosted.Right, sets[k]
	return true
}

// readSets reads the bit sets of category codes, 32 codes to a word, as sorted lists of codes.
func (r *reader) readSets(b *block) ([][]int32, bool) {
	count := r.int(b, "num_cat", 0)
	if count == 0 {
		return nil, true
	}
	bounds, ok := ints(b.text("cat_boundaries"), count+1)
	if !ok || count < 0 || bounds[0] != 0 {
		r.Fault(b.at("cat_boundaries"), "not num_cat+1 bounds from 0")
		return nil, false
	}
	words, ok := uints(b.text("cat_threshold"), int(bounds[count]))
	if !ok {
		r.Fault(b.at("cat_boundaries"), "bounds that do not cover cat_threshold in num_cat parts")
		return nil, false
	}
	sets := make([][]int32, count)
	for k := range sets {
		if bounds[k+1] < bounds[k] || int(bounds[k+1]) > len(words) {
			r.Fault(b.at("cat_boundaries"), "bounds that do not rise")
			return nil, false
		}
		set := words[bounds[k]:bounds[k+1]]
		for _, w := range set {
			r.codes += bits.OnesCount32(w)
		}
		if r.codes > MaxCodes {
			r.Fault(b.at("cat_threshold"), "more than %d category codes in the sets of all trees", MaxCodes)
			return nil, false
		}
		sets[k] = codes(set)
	}
	return sets, true
}

func codes(words []uint32) []int32 {
	set := []int32{}
	for i, w := range words {
		for ; w != 0; w &= w - 1 {
			set = append(set, int32(32*i+bits.TrailingZeros32(w)))
		}
	}
	return set
}

func floats(text string, count int) ([]float64, bool) {
	return numbers(text, count, value.ParseNumber)
}

func ints(text string, count int) ([]int32, bool) {
	return numbers(text, count, func(word string) (int32, bool) {
		n, err := strconv.ParseInt(word, 10, 32)
		return int32(n), err == nil
	})
}

func uints(text string, count int) ([]uint32, bool) {
	return numbers(text, count, func(word string) (uint32, bool) {
		n, err := strconv.ParseUint(word, 10, 32)
		return uint32(n), err == nil
	})
}

// numbers reads exactly count words separated by blanks.
func numbers[N any](text string, count int, parse func(string) (N, bool)) ([]N, bool) {
	var all []N
	for word := range strings.FieldsSeq(text) {
		n, ok := parse(word)
		if !ok || len(all) == count {
			return nil, false
		}
		all = append(all, n)
	}
	return all, len(all) == count
}
