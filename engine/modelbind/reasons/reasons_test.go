package reasons_test

import (
	"fmt"
	"strings"
	"testing"

	"weir/engine"
	"weir/engine/model"
	"weir/engine/model/points"
	. "weir/engine/modelbind/reasons"
)

// figures are those of a model with one characteristic a source for every list of spans, and its sum's resolution.
func figures(sources ...[]int) (f points.Figures) {
	sum, widest := uint64(0), uint64(0)
	for i, spans := range sources {
		for k, span := range spans {
			f.Weights = append(f.Weights, points.Weight{Source: engine.Name(fmt.Sprintf("s%d", i)), Feature: fmt.Sprintf("f%d", k), Most: span})
			sum, widest = sum+uint64(span), max(widest, uint64(span))
		}
	}
	f.Needed = model.LeastResolution([model.Groups]uint64{sum}, widest)
	return f
}

// Counted by hand: 16 scores and 4 sums of the narrower source are 64 pairs, 6 bits; one more point is one more bit.
func TestCosts(t *testing.T) {
	for _, c := range []struct {
		sources                [][]int
		none, source, feature  int
		groups, rest, features string
	}{
		{[][]int{{3}, {6, 6}}, 4, 6, 12, "s0", "s1", "s1/f0 s1/f1 s0/f0"},              // 16·4 = 64; 16·7·7·4 = 3136
		{[][]int{{4}, {6, 6}}, 5, 7, 13, "s0", "s1", "s1/f0 s1/f1 s0/f0"},              // 17·5 = 85; 17·7·7·5 = 4165
		{[][]int{{1}, {1}}, 2, 3, 4, "s1", "s0", "s0/f0 s1/f0"},                        // 3·2 = 6; 3·2·2 = 12
		{[][]int{{0}, {1}}, 1, 1, 2, "s0", "s1", "s1/f0 s0/f0"},                        // 2·1 = 2; 2·2·1 = 4
		{[][]int{{1}, {2}, {4}, {8}}, 4, 9, 12, "s2 s1 s0", "s3", "s3/f0 s2/f0 s1/f0"}, // 16·5·3·2 = 480; 16·9·5·3 = 2160
	} {
		list := Costs(figures(c.sources...))
		if len(list) != 3 || list[0].Level != None || list[1].Level != BySource || list[2].Level != ByCharacteristic {
			t.Fatalf("levels %+v", list)
		}
		if list[0].Bits != c.none || list[1].Bits != c.source || list[2].Bits != c.feature {
			t.Errorf("%v: %d, %d, %d bits, want %d, %d, %d", c.sources, list[0].Bits, list[1].Bits, list[2].Bits, c.none, c.source, c.feature)
		}
		if g := strings.Join(list[1].Groups, " "); g != c.groups || list[1].Rest != c.rest || strings.Join(list[2].Groups, " ") != c.features {
			t.Errorf("%v: sources %q and %q, characteristics %q", c.sources, g, list[1].Rest, list[2].Groups)
		}
	}
	if c := Costs(figures([]int{1}, []int{1}, []int{1}, []int{1}, []int{1}))[1]; c.Bits != 0 || !strings.Contains(c.Why, "5 sources") {
		t.Errorf("five sources: %+v", c)
	}
}
