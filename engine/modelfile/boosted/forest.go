// Package boosted evaluates gradient boosted trees as XGBoost and LightGBM store them: binary splits on one feature,
// a direction for missing values at every node, and sets of category codes.
//
// Both libraries are served by one form; where they differ (float32 or double, less than or at most, what counts as
// missing) a field of Forest or Node says so. It refuses a forest whose nodes do not form trees: see Check. Sources:
// Chen and Guestrin, "XGBoost" (2016), section 3.4; Ke et al., "LightGBM" (2017); the two libraries' model files.
package boosted

import (
	"math"
	"slices"

	"weir/engine/modelfile/link"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
)

// Forest is a sum of trees, put through a link.
type Forest struct {
	Features []Feature // slot i of a row is feature i
	Trees    []Tree
	Base     float64 // added first
	Divisor  float64 // of the sum; 1 but for averaged forests
	Scale    float64 // of the margin before the link (LightGBM's sigmoid); 1 else
	Link     link.Inverse
	Classes  [2]string // of the probability 1 - p and p; empty for a number
	Single   bool      // features, sums and the link are float32, as in XGBoost; else double
	Strict   bool      // a value goes left where it is below the threshold, not also where it is equal
}

// Feature is one column that the trees split on. Codes maps the texts of categories to codes; it is nil for numbers and
// for categories that come as codes.
type Feature struct {
	Name  string
	Codes map[string]int32
}

// Tree is its nodes; node 0 is the root.
type Tree []Node

// Node is a split, or with Feature below 0 a leaf.
type Node struct {
	Feature     int32
	Left, Right int32
	Threshold   float64
	Leaf        float64
	Categories  []int32 // sorted; not nil for a split by category: codes in it go left
	Missing     Direction
	ZeroMissing bool // zeros count as missing
}

// Direction is where a missing value goes. AsZero compares it as the number 0.
type Direction uint8

// The directions.
const (
	Left Direction = iota
	Right
	AsZero
)

// zeroThreshold is what LightGBM takes for zero (kZeroThreshold, a float).
const zeroThreshold = float64(float32(1e-35))

// Check tells whether the nodes form a tree: children within bounds, after their parent or not, each reached at most
// once, features known. Only what is reachable from the root counts.
func (t Tree) Check(features int) bool {
	if len(t) == 0 {
		return false
	}
	seen := make([]bool, len(t))
	stack := []int32{0}
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if i < 0 || int(i) >= len(t) || seen[i] {
			return false
		}
		seen[i] = true
		if t[i].Feature < 0 {
			continue
		}
		if int(t[i].Feature) >= features {
			return false
		}
		stack = append(stack, t[i].Left, t[i].Right)
	}
	return true
}

// Predict evaluates one row.
func (f *Forest) Predict(row []value.Value) scoring.Prediction {
	var space [64]float64
	x := space[:0]
	for i := range f.Features {
		x = append(x, f.number(i, row[i]))
	}
	margin := f.margin(x)
	p := scoring.Numeric(f.linked(margin))
	p.Margin = margin
	if f.Classes[1] != "" {
		p.Probabilities = []scoring.Probability{{Class: f.Classes[0], P: 1 - p.Score}, {Class: f.Classes[1], P: p.Score}}
		p.Label = f.Classes[0]
		if p.Score > 0.5 {
			p.Label = f.Classes[1]
		}
	}
	return p
}

// number is a feature as the trees compare it: NaN where it is missing, a code for a category.
func (f *Forest) number(i int, v value.Value) float64 {
	if codes := f.Features[i].Codes; codes != nil && !v.IsMissing() {
		if v.Kind() == value.Number {
			v = value.FromNumber(v.Float()) // 7.0 and 7 are one category
		}
		if code, ok := codes[v.Literal()]; ok {
			return float64(code)
		}
		return math.NaN()
	}
	if f.Single {
		return float64(float32(v.Float()))
	}
	return v.Float()
}

func (f *Forest) margin(x []float64) float64 {
	if f.Single {
		sum := float32(f.Base)
		for _, t := range f.Trees {
			sum += float32(f.leaf(t, x))
		}
		return float64(sum)
	}
	sum := f.Base
	for _, t := range f.Trees {
		sum += f.leaf(t, x)
	}
	return sum / f.Divisor
}

func (f *Forest) linked(margin float64) float64 {
	y := f.Link.Of(margin * f.Scale)
	if f.Single {
		return float64(float32(y))
	}
	return y
}

func (f *Forest) leaf(t Tree, x []float64) float64 {
	n := &t[0]
	for n.Feature >= 0 {
		if n.left(x[n.Feature], f.Strict) {
			n = &t[n.Left]
		} else {
			n = &t[n.Right]
		}
	}
	return n.Leaf
}

func (n *Node) left(x float64, strict bool) bool {
	if math.IsNaN(x) {
		if n.Missing != AsZero {
			return n.Missing == Left
		}
		x = 0
	}
	switch {
	case n.ZeroMissing && math.Abs(x) <= zeroThreshold:
		return n.Missing == Left
	case n.Categories != nil:
		return x > -1 && x < math.MaxInt32 && hasCode(n.Categories, int32(x))
	case strict:
		return x < n.Threshold
	}
	return x <= n.Threshold
}

func hasCode(sorted []int32, code int32) bool {
	_, found := slices.BinarySearch(sorted, code)
	return found
}
