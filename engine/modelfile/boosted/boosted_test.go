package boosted_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	. "weir/engine/modelfile/boosted"
	"weir/engine/modelfile/link"
	"weir/engine/modelfile/value"
)

func TestNoTree(t *testing.T) {
	leaf := Node{Feature: -1}
	for name, tree := range map[string]Tree{
		"empty":           {},
		"circle":          {{Feature: 0, Left: 0, Right: 0}},
		"shared child":    {{Feature: 0, Left: 1, Right: 1}, leaf},
		"child outside":   {{Feature: 0, Left: 1, Right: 2}, leaf},
		"negative child":  {{Feature: 0, Left: 1, Right: -1}, leaf},
		"unknown feature": {{Feature: 2, Left: 1, Right: 2}, leaf, leaf},
	} {
		if tree.Check(2) {
			t.Errorf("%s passes for a tree", name)
		}
	}
	if !(Tree{{Feature: 1, Left: 2, Right: 1}, leaf, leaf, {Feature: 0, Left: 9}}).Check(2) {
		t.Error("a tree with a node that is not reached was refused")
	}
}

// draw makes a random tree of at most depth splits, and nodes appends it.
func draw(t *rapid.T, tree *Tree, depth int) int32 {
	at := int32(len(*tree))
	*tree = append(*tree, Node{})
	if depth == 0 || rapid.Bool().Draw(t, "leaf") {
		(*tree)[at] = Node{Feature: -1, Leaf: float64(rapid.IntRange(-8, 8).Draw(t, "value")) / 4}
		return at
	}
	n := Node{Feature: int32(rapid.IntRange(0, 2).Draw(t, "feature")), Threshold: float64(rapid.IntRange(-3, 3).Draw(t, "threshold")),
		Missing: Direction(rapid.IntRange(0, 2).Draw(t, "missing")), ZeroMissing: rapid.Bool().Draw(t, "zero")}
	if rapid.Bool().Draw(t, "categorical") {
		n.Categories = slices.Compact(slices.Sorted(slices.Values(rapid.SliceOfN(rapid.Int32Range(0, 4), 0, 3).Draw(t, "set"))))
		if n.Categories == nil {
			n.Categories = []int32{}
		}
	}
	if n.ZeroMissing && n.Missing == AsZero {
		n.Missing = Left
	}
	n.Left = draw(t, tree, depth-1)
	n.Right = draw(t, tree, depth-1)
	(*tree)[at] = n
	return at
}

// plain walks a tree by the definition of a split, in words of its own.
func plain(tree Tree, at int32, x []float64, strict bool) float64 {
	n := tree[at]
	if n.Feature < 0 {
		return n.Leaf
	}
	v := x[n.Feature]
	missing := math.IsNaN(v) || n.ZeroMissing && v == 0
	var left bool
	switch {
	case missing && n.Missing == Left:
		left = true
	case missing && n.Missing == Right:
	default:
		if math.IsNaN(v) {
			v = 0
		}
		if n.Categories != nil {
			left = slices.Contains(n.Categories, int32(v)) && v >= 0
		} else {
			left = v < n.Threshold || v == n.Threshold && !strict
		}
	}
	if left {
		return plain(tree, n.Left, x, strict)
	}
	return plain(tree, n.Right, x, strict)
}

func TestAgainstPlainWalk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := &Forest{Features: make([]Feature, 3), Base: 0.25, Divisor: 1, Scale: 1, Strict: rapid.Bool().Draw(t, "strict"),
			Single: rapid.Bool().Draw(t, "single")}
		want := f.Base
		row, x := make([]value.Value, 3), make([]float64, 3)
		for i := range x {
			x[i] = float64(rapid.IntRange(-4, 4).Draw(t, "x"))
			if rapid.IntRange(0, 4).Draw(t, "is missing") == 0 {
				x[i] = math.NaN()
			}
			row[i] = value.FromNumber(x[i])
		}
		for range rapid.IntRange(1, 5).Draw(t, "trees") {
			var tree Tree
			draw(t, &tree, 4)
			if !tree.Check(3) {
				t.Fatal("a tree was refused")
			}
			f.Trees = append(f.Trees, tree)
			want += plain(tree, 0, x, f.Strict)
		}
		if got := f.Predict(row); got.Margin != want || got.Score != want {
			t.Fatalf("%v gives %v, want %v", x, got.Margin, want)
		}
	})
}

func TestSingleRoundsThresholds(t *testing.T) {
	tree := Tree{{Feature: 0, Left: 1, Right: 2, Threshold: float64(float32(0.1))}, {Feature: -1, Leaf: 1}, {Feature: -1, Leaf: 2}}
	f := &Forest{Features: make([]Feature, 1), Trees: []Tree{tree}, Divisor: 1, Scale: 1, Single: true, Strict: true}
	row := []value.Value{value.FromNumber(0.1)}
	if f.Predict(row).Score != 2 {
		t.Error("0.1 is below 0.1 in float32")
	}
	f.Single = false
	if f.Predict(row).Score != 1 {
		t.Error("0.1 is not below the float32 next to it in double")
	}
}

func TestCodes(t *testing.T) {
	tree := Tree{{Feature: 0, Left: 1, Right: 2, Categories: []int32{1}, Missing: Right}, {Feature: -1, Leaf: 1}, {Feature: -1, Leaf: 2}}
	f := &Forest{Features: []Feature{{Codes: map[string]int32{"a": 0, "7": 1}}}, Trees: []Tree{tree}, Divisor: 1, Scale: 1}
	written, _ := value.FromLiteral("7.0")
	for _, c := range []struct {
		v    value.Value
		want float64
	}{{value.FromText("7"), 1}, {written, 1}, {value.FromText("a"), 2}, {value.FromText("unknown"), 2}, {value.Value{}, 2}} {
		if got := f.Predict([]value.Value{c.v}).Score; got != c.want {
			t.Errorf("category %q leads to %v, want %v", c.v.Literal(), got, c.want)
		}
	}
}

func ExampleForest() {
	tree := Tree{{Feature: 0, Left: 1, Right: 2, Threshold: 30, Missing: Right}, {Feature: -1, Leaf: -0.5}, {Feature: -1, Leaf: 0.5}}
	f := &Forest{Features: []Feature{{Name: "age"}}, Trees: []Tree{tree}, Divisor: 1, Scale: 1, Link: link.Logit, Classes: [2]string{"0", "1"}}
	for _, row := range [][]value.Value{{value.FromNumber(25)}, {{}}} {
		p := f.Predict(row)
		fmt.Printf("%.4f %s\n", p.Score, p.Label)
	}
	// Output:
	// 0.3775 0
	// 0.6225 1
}
