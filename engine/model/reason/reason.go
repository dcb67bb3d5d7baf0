// Package reason is what a scoring model tells beside its score: up to three groups of characteristics, of each of which the
// bank opens one further sum, and how those sums are ordered into reasons.
//
// It is for a bank's side. It refuses groups that are not exactly in the format, with file, line and column. It knows no
// points: which characteristics count, and what their bins weigh, is for package points. Sources: the project's formats,
// "Reasons"; protocol, sections 2 (groups 1 to 3) and 4.
package reason

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"weir/engine"
	"weir/engine/model"
)

// MaxGroups is how many groups a model can have beside its score.
const MaxGroups = model.Groups - 1

// Counts is what the sum of a group adds up.
type Counts string

// The ways of counting.
const (
	Points  Counts = "points"  // the points of the group's characteristics, as the file gives them
	Adverse Counts = "adverse" // the number of the group's characteristics that are on the adverse side of their baselines
)

// Side is which side of its baseline is the adverse one of a characteristic.
type Side string

// The sides.
const (
	Below Side = "below" // fewer points than the baseline, where high scores are the good ones
	Above Side = "above" // more points than the baseline, where high scores are the bad ones
)

// Adverse tells whether so many points are adverse beside a baseline.
func (s Side) Adverse(points, baseline int) bool {
	if s == Above {
		return points > baseline
	}
	return points < baseline
}

// Baseline is the baseline of a characteristic that states none: half way between its least and most points, which are
// those of its bins or categories, of missing and of absent. A half is rounded away from the adverse side, so that the same
// points are adverse.
func (s Side) Baseline(least, most int) int {
	sum := least + most
	if s == Below {
		sum++
	}
	return sum >> 1 // rounds down, negative sums too
}

// Group is one group as a model's file says it.
type Group struct {
	Name    string
	Counts  Counts
	Side    Side
	Members []Member // each once, in the order of the file
}

// Member names one characteristic.
type Member struct {
	Source  engine.Name
	Feature string
}

// String is source/feature.
func (m Member) String() string { return string(m.Source) + "/" + m.Feature }

// Has tells whether a characteristic is in the group.
func (g *Group) Has(source engine.Name, feature string) bool {
	return slices.Contains(g.Members, Member{source, feature})
}

// Value is what a characteristic with so many points adds to the group.
func (g *Group) Value(points, baseline int) int {
	switch {
	case g.Counts == Points:
		return points
	case g.Side.Adverse(points, baseline):
		return 1
	}
	return 0
}

// Key is what turns the opened sum of one group into a reason. It is the bank's secret: it tells of points.
type Key struct {
	_        struct{} `cbor:",toarray"`
	Name     string
	Counts   Counts
	Side     Side
	Base     int64 // what the group's value is where its sum is 0
	Most     int64 // the largest value, by the file's bins
	Baseline int64 // Σ of the members' baselines
}

// Format keeps what a key tells of points out of every log line.
func (Key) Format(f fmt.State, _ rune) { io.WriteString(f, "[key to reasons]") }

// Reason is one group's part in a score. The bank alone sees it.
type Reason struct {
	Rank   int    `json:"rank"` // from 1; 0 where the group is no reason
	Group  string `json:"group"`
	Counts Counts `json:"counts"`
	Value  int64  `json:"value"` // points of the group's characteristics, or how many of them are adverse
	Most   int64  `json:"most"`  // the largest value, by the file's bins
}

// size is how far a value lies on the adverse side, and whether it is a reason: a number of characteristics above 0, or
// points beyond the sum of the baselines, of which exactly 0 counts (as in reason codes of PMML).
func (k *Key) size(value int64) (int64, bool) {
	switch {
	case k.Counts == Adverse:
		return value, value > 0
	case k.Side == Above:
		return value - k.Baseline, value >= k.Baseline
	}
	return k.Baseline - value, value <= k.Baseline
}

// Reasons orders the groups of one score by falling size, equal ones as they stand in the file. Groups that are no reason
// come last, without a rank, as they stand in the file. values are those of the keys' groups, one each.
func Reasons(keys []Key, values []int64) []Reason {
	reasons := make([]Reason, len(keys))
	order := make([]int, len(keys))
	for i := range keys {
		reasons[i] = Reason{Group: keys[i].Name, Counts: keys[i].Counts, Value: values[i], Most: keys[i].Most}
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		sizeA, isA := keys[a].size(values[a])
		sizeB, isB := keys[b].size(values[b])
		if isA != isB {
			return map[bool]int{true: -1, false: 1}[isA]
		}
		if !isA {
			return 0
		}
		return cmp.Compare(sizeB, sizeA)
	})
	sorted := make([]Reason, len(keys))
	for rank, i := range order {
		sorted[rank] = reasons[i]
		if _, is := keys[i].size(values[i]); is {
			sorted[rank].Rank = rank + 1
		}
	}
	return sorted
}

// Opened are the groups' values from the sums that were opened, of which sums[0] is the score's.
func Opened(keys []Key, sums [model.Groups]int64) []int64 {
	values := make([]int64, len(keys))
	for i := range keys {
		values[i] = keys[i].Base + sums[1+i]
	}
	return values
}
