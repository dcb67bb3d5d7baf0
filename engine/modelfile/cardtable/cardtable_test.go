package cardtable_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	. "weir/engine/modelfile/cardtable"
	"weir/engine/modelfile/refusal"
	"weir/engine/modelfile/value"
)

func points(text string) value.Decimal {
	d, err := value.ParseDecimal(text)
	if err != nil {
		panic(err)
	}
	return d
}

func TestFeatureTwice(t *testing.T) {
	f := Feature{Name: "a", Groups: []Group{{Categories: []string{"x"}}}}
	if _, err := Build(&refusal.List{File: "f"}, "", value.Decimal{}, []Feature{f, f}); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("a feature given twice: %v", err)
	}
}

func TestMargin(t *testing.T) {
	for text, want := range map[string]float64{"-inf": math.Inf(-1), " inf ": math.Inf(1), "-1.5e2": -150} {
		if got, ok := Margin(text); !ok || got != want {
			t.Errorf("%q is %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "infinity", "0x1", "+inf"} {
		if _, ok := Margin(text); ok {
			t.Errorf("%q passes for an end of a bin", text)
		}
	}
}

// Values below the first bin, between bins given in any order, and above the last get what they should.
func TestBins(t *testing.T) {
	f := Feature{Name: "x", Other: points("-1"), Missing: points("7"), Specials: []Special{{Number: 15, Points: points("99")}},
		Bins: []Bin{{Left: 10, Right: 20, Points: points("2")}, {Left: 0, Right: 10, Points: points("1")}}}
	m, err := Build(&refusal.List{File: "f"}, "", points("0.5"), []Feature{f})
	if err != nil {
		t.Fatal(err)
	}
	for x, want := range map[float64]float64{-0.1: -0.5, 0: 1.5, 9.9: 1.5, 10: 2.5, 15: 99.5, 20: -0.5} {
		if got := m.Evaluate([]value.Value{value.FromNumber(x)}); got.Score != want {
			t.Errorf("%v gets %v, want %v", x, got.Score, want)
		}
	}
	if got := m.Evaluate(nil); got.Score != 7.5 {
		t.Errorf("a missing value gets %v", got.Score)
	}
}

func TestColumns(t *testing.T) {
	if got := Columns([]byte("\xef\xbb\xbfa,\"b c\"\r\n1,2")); fmt.Sprint(got) != "[a b c]" {
		t.Errorf("the columns are %q", got)
	}
	if got := Columns([]byte("\"")); got != nil {
		t.Errorf("an open quotation is %q", got)
	}
}

func TestOtherColumnsAreNoted(t *testing.T) {
	list := &refusal.List{File: "f"}
	rows := ReadCSV(list, []byte(",a,extra\n0,\"1\n2\",x\n1,3,y\n"), "a")
	if len(rows) != 2 || rows[0].Cells[0] != "1\n2" || rows[1].At.Line != 4 {
		t.Errorf("the rows are %v", rows)
	}
	if notes := list.Notes(); len(notes) != 1 || !strings.Contains(notes[0].Text, "extra") {
		t.Errorf("the notes are %v", notes)
	}
}

func ExampleBuild() {
	list := &refusal.List{File: "card"}
	_, err := Build(list, "card", value.Decimal{}, []Feature{{Name: "age", Bins: []Bin{
		{At: refusal.Place{Line: 2}, Left: math.Inf(-1), Right: 30}, {At: refusal.Place{Line: 3}, Left: 35, Right: math.Inf(1)}}}})
	fmt.Println(err)
	// Output: card: line 3: the bins of "age" overlap or leave a gap
}
