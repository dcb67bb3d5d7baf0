package reason_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"weir/engine/model"
	. "weir/engine/model/reason"
)

// ranks are the groups in the order of Reasons, with their ranks.
func ranks(keys []Key, values []int64) string {
	var list []string
	for _, r := range Reasons(keys, values) {
		list = append(list, fmt.Sprintf("%d%s%d", r.Rank, r.Group, r.Value))
	}
	return strings.Join(list, " ")
}

func TestReasonsAreOrdered(t *testing.T) {
	counted := []Key{{Name: "a", Counts: Adverse, Side: Below}, {Name: "b", Counts: Adverse, Side: Below}, {Name: "c", Counts: Adverse, Side: Below}}
	summed := []Key{{Name: "a", Counts: Points, Side: Below, Baseline: 10}, {Name: "b", Counts: Points, Side: Below, Baseline: 0}, {Name: "c", Counts: Points, Side: Below, Baseline: -3}}
	above := slices.Clone(summed)
	for i := range above {
		above[i].Side = Above
	}
	for _, c := range []struct {
		keys   []Key
		values []int64
		want   string
	}{
		{counted, []int64{1, 3, 2}, "1b3 2c2 3a1"},
		{counted, []int64{2, 1, 2}, "1a2 2c2 3b1"},             // equal ones as in the file
		{counted, []int64{0, 1, 0}, "1b1 0a0 0c0"},             // none adverse is no reason
		{counted, []int64{0, 0, 0}, "0a0 0b0 0c0"},             // and there may be none at all
		{summed, []int64{4, -7, -5}, "1b-7 2a4 3c-5"},          // 6, 7 and 2 points short
		{summed, []int64{11, 0, -13}, "1c-13 2b0 0a11"},        // −1 is dropped, 0 is kept
		{above, []int64{4, -7, -5}, "0a4 0b-7 0c-5"},           // all of them better than their baselines
		{above, []int64{12, 2, -3}, "1a12 2b2 3c-3"},           // 2, 2, 0
		{counted[:1], []int64{5}, "1a5"}, {nil, []int64{}, ""}, // one group, no group
	} {
		if got := ranks(c.keys, c.values); got != c.want {
			t.Errorf("%d: %s, want %s", c.values, got, c.want)
		}
	}
}

func TestOpenedSums(t *testing.T) {
	keys := []Key{{Name: "a", Base: -4}, {Name: "b", Base: 1}}
	if got := Opened(keys, [model.Groups]int64{400, 3, 2, 0}); !slices.Equal(got, []int64{-1, 3}) {
		t.Errorf("values %d", got)
	}
	if text := fmt.Sprintf("%v %+v", keys[0], keys); strings.Contains(text, "-4") {
		t.Errorf("a key shows itself: %s", text)
	}
}
