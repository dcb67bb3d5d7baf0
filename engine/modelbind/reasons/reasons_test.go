package reasons_test

import (
	"fmt"
	"strings"
	"testing"

	"weir/engine"
	"weir/engine/model/points"
	"weir/engine/model/reason"
	. "weir/engine/modelbind/reasons"
	"weir/engine/schema/strictjson"
)

// figures are those of a model with one characteristic a source for every list of spans, each adverse below half way.
func figures(sources ...[]int) (f points.Figures) {
	for i, spans := range sources {
		for k, span := range spans {
			f.Weights = append(f.Weights, points.Weight{Source: engine.Name(fmt.Sprintf("s%d", i)), Feature: fmt.Sprintf("f%d", k), Most: span, Baseline: (span + 1) / 2})
		}
	}
	return f
}

// Counted by hand, as the least r with the product of all numbers of values at most 2^r.
func TestCosts(t *testing.T) {
	for _, c := range []struct {
		sources           [][]int
		bits              [5]int // none; by source, adverse and points; by characteristic, adverse and points
		sourcesOf, chosen string
	}{
		{[][]int{{3}, {6, 6}}, [5]int{4, 7, 10, 7, 12}, "s0 s1", "s0/f0 s1/f0 s1/f1"},              // 16·2·3, 16·4·13, 16·2·2·2, 16·4·7·7
		{[][]int{{4}, {6, 6}}, [5]int{5, 7, 11, 8, 13}, "s0 s1", "s0/f0 s1/f0 s1/f1"},              // 17·2·3, 17·5·13, 17·8, 17·5·7·7
		{[][]int{{1}, {1}}, [5]int{2, 4, 4, 4, 4}, "s0 s1", "s0/f0 s1/f0"},                         // 3·2·2
		{[][]int{{0}, {1}}, [5]int{1, 2, 2, 2, 2}, "s1", "s1/f0"},                                  // 2·2: the first adds the same to every score
		{[][]int{{1}, {2}, {4}, {8}}, [5]int{4, 0, 0, 7, 12}, "", "s1/f0 s2/f0 s3/f0"},             // 16·2·2·2, 16·3·5·9
		{[][]int{{0, 1}, {0}, {4}, {8}}, [5]int{4, 7, 11, 7, 11}, "s0 s2 s3", "s0/f1 s2/f0 s3/f0"}, // 14·2·2·2, 14·2·5·9; one of four tells nothing
	} {
		list := Costs(figures(c.sources...), reason.Below)
		if len(list) != 5 || list[0].Level != None || list[1].Level != BySource || list[2].Counts != reason.Points || list[3].Level != ByCharacteristic {
			t.Fatalf("levels %+v", list)
		}
		for i, want := range c.bits {
			if list[i].Bits != want || want == 0 && !strings.Contains(list[i].Why, "4 sources") {
				t.Errorf("%v: %s %s: %d bits (%s), want %d", c.sources, list[i].Level, list[i].Counts, list[i].Bits, list[i].Why, want)
			}
		}
		if a, b := strings.Join(list[1].Groups, " "), strings.Join(list[3].Groups, " "); a != c.sourcesOf || b != c.chosen {
			t.Errorf("%v: sources %q, characteristics %q", c.sources, a, b)
		}
	}
}

func TestChosenCharacteristics(t *testing.T) {
	f := figures([]int{3, 9}, []int{1, 7})
	choice := Choice{Level: ByCharacteristic, Counts: reason.Adverse, Side: reason.Below, Characteristics: []string{"s1/f0", "s0/f0"}}
	groups, err := choice.Groups(f)
	if err != nil || len(groups) != 2 || groups[0].Name != "s0/f0" || groups[1].Name != "s1/f0" || !groups[1].Has("s1", "f0") {
		t.Errorf("groups %+v, %v", groups, err)
	}
	for _, named := range [][]string{{"s0/f2"}, {"s0/f0", "s0/f0"}, {"f0"}, {"s0/f0", "s0/f1", "s1/f0", "s1/f1"}} {
		choice.Characteristics = named
		if _, err := choice.Groups(f); err == nil {
			t.Errorf("%q were chosen", named)
		}
	}
	if groups, err := (Choice{}).Groups(f); groups != nil || err != nil {
		t.Errorf("the zero choice tells %v, %v", groups, err)
	}
}

func TestReadChoice(t *testing.T) {
	read := func(text string) (Choice, error) {
		v, err := strictjson.Parse(strings.NewReader(text), "m", 1<<10)
		if err != nil {
			return Choice{}, err
		}
		return Read(v)
	}
	for _, text := range []string{
		`{"level": "none", "counts": "adverse"}`, `{"level": "by-source", "counts": "points", "side": "above"}`,
		`{"level": "by-characteristic", "counts": "adverse", "characteristics": ["a/b","c/d \"e\""]}`,
	} {
		c, err := read(text)
		if err != nil || c.Text() != text {
			t.Errorf("%s came back as %s, %v", text, c.Text(), err)
		}
	}
	for text, want := range map[string]string{
		`{}`: `"level" is missing`, `{"level": "by source"}`: `one of [none by-source by-characteristic]`, `{"level": "none", "counts": 1}`: "want text",
		`{"level": "by-source", "counts": "bits"}`: "one of [adverse points]", `{"level": "by-source", "side": "left"}`: "one of [below above]",
		`{"level": "by-source", "characteristics": ["a/b"]}`: "with level by-characteristic", `{"level": "by-characteristic", "characteristics": []}`: "want 1 to 3",
		`{"level": "by-characteristic", "characteristics": [1]}`: "want text", `{"level": "none", "more": 1}`: "unknown key",
	} {
		if _, err := read(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
