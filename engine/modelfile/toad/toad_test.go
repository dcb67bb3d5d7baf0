package toad_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"weir/engine/modelfile/jsontree"
	"weir/engine/modelfile/refusal"
	"weir/engine/modelfile/scoring"
	. "weir/engine/modelfile/toad"
	"weir/engine/modelfile/value"
	"weir/engine/modelfile/vectortest"
)

const card = `{
 "age": {"[-inf ~ 30)": 10.5, "[30 ~ 1e2)": 20.25, "[100.0 ~ inf)": -3, "nan": 7},
 "kind": {"a,b": 1, "c": 2, "else": 5},
 "area": {"n,nan": 4, "s": 6, "s, w": 8},
 "size": {"[-inf ~ 0)": 1, "[0 ~ inf)": 2}
}`

func read(text string) (*scoring.Model, error) {
	root, err := jsontree.ParseJSON([]byte(text), "card.json")
	if err != nil {
		return nil, err
	}
	if !Is(root) {
		return nil, errors.New("not recognised")
	}
	return Read(root, "card.json")
}

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"not a bin":    {"{\"a\":{\"[-inf ~ 1)\":1,\n\"b\":2}}", "line 2: \"b\" of \"a\" is no bin"},
		"else of bins": {`{"a":{"[-inf ~ 1)":1,"[1 ~ inf)":2,"else":2}}`, "is no bin"},
		"gap":          {"{\"a\":{\"[-inf ~ 1)\":1,\n\"[2 ~ inf)\":2}}", "line 2: the bins of \"a\" overlap or leave a gap"},
		"overlap":      {`{"a":{"[-inf ~ 2)":1,"[1 ~ inf)":2}}`, "overlap"},
		"empty bin":    {`{"a":{"[2 ~ 2)":1}}`, "holds no number"},
		"points":       {`{"a":{"b":1e999}}`, "points of \"b\""},
		"no numbers":   {`{"a":{"b":"c"}}`, "not recognised"},
		"no features":  {`{}`, "not recognised"},
	} {
		if _, err := read(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, c := range map[string]struct{ text, want string }{
		"key twice":    {"name,value,score\na,b,1\na,b,2\n", "line 3: key \"b\" of \"a\" is given twice"},
		"no column":    {"name,value\na,b\n", "line 1: column \"score\" is missing"},
		"column twice": {"name,value,score,name\na,b,1,c\n", "line 1: column \"name\" is missing or there twice"},
		"cells":        {"name,value,score\na,b\n", "line 2"},
		"quotes":       {"name,value,score\na,\"b,1\n", "not CSV"},
		"points":       {"name,value,score\na,b,many\n", "line 2: the points"},
		"no rows":      {"name,value,score\n", "no feature"},
	} {
		_, err := ReadCSV([]byte(c.text), "card.csv")
		var e *refusal.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// rows are inputs and the exact sums that the card gives.
var rows = []struct {
	age, kind, area, size value.Value
	want                  string
}{
	{value.FromNumber(29.99), value.FromText("a"), value.FromText("n"), value.FromNumber(-1), "16.50"},
	{value.FromNumber(30), value.FromText("c"), value.FromText("s"), value.FromNumber(0), "32.25"}, // s is in two groups: the later counts
	{value.FromNumber(100), value.FromText("z"), value.FromText("z"), value.FromText("5"), "8.00"},
	{value.Value{}, value.Value{}, value.Value{}, value.Value{}, "17.00"}, // size has no nan: its least points
	{value.FromNumber(1), value.FromText("b"), value.FromText(" w"), value.FromNumber(1), "21.50"},
}

func TestScores(t *testing.T) {
	m, err := read(card)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rows {
		p := m.EvaluateNamed(map[string]value.Value{"age": r.age, "kind": r.kind, "area": r.area, "size": r.size})
		if p.Outcome != scoring.Scored || p.Exact.String() != r.want {
			t.Errorf("row %d: %s %s, want %s", i, p.Outcome, p.Exact, r.want)
		}
	}
	if p := m.EvaluateNamed(map[string]value.Value{"age": value.FromText("old")}); p.Outcome != scoring.Rejected {
		t.Errorf("a word for a number: %s", p.Outcome)
	}
}

func TestNotes(t *testing.T) {
	m, err := read(card)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, n := range m.Notes {
		fmt.Fprintln(&all, n)
	}
	for _, want := range []string{`category "s" of "area" is in two groups`, `category " w" of "area" has a stray space`, `a value of "size" in no bin`} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("no note that %s in:\n%s", want, all.String())
		}
	}
	if strings.Contains(all.String(), `"age"`) || strings.Contains(all.String(), `"kind"`) {
		t.Errorf("notes on features that need none:\n%s", all.String())
	}
}

func FuzzRead(f *testing.F) {
	f.Add(card)
	f.Add(`{"a":{"[-inf ~ inf)":1}}`)
	f.Add(`{"a":{"b,b,":1,"":2}}`)
	for _, text := range vectortest.Files(f, "toad/*card*.json") {
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		if m, err := read(text); err == nil {
			m.Evaluate(nil)
			m.Evaluate([]value.Value{value.FromNumber(1), value.FromText("a")})
		}
	})
}

func FuzzReadCSV(f *testing.F) {
	f.Add("name,value,score\nA,[-inf ~ 3),100\nA,[3 ~ inf),200\nA,nan,5\n")
	f.Add(",,\n,,")
	f.Add(",name,value,score\n0,B,\"A,B\",200\n")
	for _, text := range vectortest.Files(f, "toad/*.csv") {
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		if m, err := ReadCSV([]byte(text), "f"); err == nil {
			m.Evaluate([]value.Value{value.FromNumber(1)})
		}
	})
}

func ExampleReadCSV() {
	m, err := ReadCSV([]byte("name,value,score\nage,[-inf ~ 30),12.5\nage,[30 ~ inf),20\nage,nan,5\nkind,\"a,b\",3\nkind,else,0\n"), "card.csv")
	if err != nil {
		panic(err)
	}
	p := m.EvaluateNamed(map[string]value.Value{"age": value.FromNumber(29), "kind": value.FromText("b")})
	fmt.Println(p.Exact)
	// Output: 15.5
}
