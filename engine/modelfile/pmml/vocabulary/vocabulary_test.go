package vocabulary_test

import (
	"fmt"
	"testing"

	. "weir/engine/modelfile/pmml/vocabulary"
	"weir/engine/modelfile/pmml/xmltree"
	"weir/engine/modelfile/refusal"
)

func check(t testing.TB, text string) *refusal.List {
	t.Helper()
	root, err := xmltree.Parse([]byte(text), "f")
	if err != nil {
		t.Fatal(err)
	}
	list := &refusal.List{File: "f"}
	Check(list, root)
	return list
}

func TestFaultsAndNotes(t *testing.T) {
	for name, c := range map[string]struct {
		text          string
		faults, notes int
	}{
		"unknown root":               {"<HTML/>", 1, 0},
		"unknown element":            {"<PMML><Scorecard><Oddity/></Scorecard></PMML>", 1, 0},
		"known element, wrong place": {"<PMML><Node/></PMML>", 1, 0},
		"two at once":                {"<PMML><Oddity/><Scorecard><Oddity/></Scorecard></PMML>", 2, 0},
		"text":                       {"<PMML><Scorecard><MiningSchema>text</MiningSchema></Scorecard></PMML>", 1, 0},
		"unknown attribute":          {"<PMML colour='red'/>", 0, 1},
		"attribute of a namespace":   {"<PMML xmlns:xsi='u' xsi:schemaLocation='v' xmlns='w'/>", 0, 0},
		"statistics":                 {"<PMML><Header><Anything/></Header><Scorecard><ModelStats><Oddity/></ModelStats></Scorecard></PMML>", 0, 0},
		"extension anywhere":         {"<PMML><Scorecard><MiningSchema><Extension><Oddity/></Extension></MiningSchema></Scorecard></PMML>", 0, 0},
		"rows are free":              {"<InlineTable><row><oddity>1</oddity></row></InlineTable>", 0, 0},
		"text of a constant":         {"<Constant>5</Constant>", 0, 0},
	} {
		list := check(t, c.text)
		faults := 0
		if err, ok := list.Err().(*refusal.Error); ok {
			faults = len(err.Faults)
		}
		if notes := len(list.Notes()); faults != c.faults || notes != c.notes {
			t.Errorf("%s: %d faults, %d notes: %v", name, faults, notes, list.Err())
		}
	}
}

func ExampleCheck() {
	fmt.Println(check(&testing.T{}, "<PMML>\n<ClusteringModel/>\n<TimeSeriesModel/></PMML>").Err())
	// Output:
	// f: line 2, <ClusteringModel>: element is not supported in <PMML>
	// f: line 3, <TimeSeriesModel>: element is not supported in <PMML>
}
