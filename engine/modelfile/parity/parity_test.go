package parity_test

import (
	"fmt"
	"strings"
	"testing"

	. "weir/engine/modelfile/parity"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
	"weir/engine/modelfile/vectortest"
)

// scaled predicts 100 times its input, rejects what is no number, and has no score where it is missing.
func scaled() *scoring.Model {
	return &scoring.Model{Inputs: []scoring.Input{{Name: "x"}}, Slots: 1, Root: &scoring.Unit{Predictor: hundred{}}}
}

type hundred struct{}

func (hundred) Predict(row []value.Value) scoring.Prediction {
	if row[0].IsMissing() {
		return scoring.NoScore("x is missing")
	}
	p := scoring.Numeric(100 * row[0].Float())
	p.Label, p.Reasons = "high", []string{"R1", "R2"}
	p.Probabilities = []scoring.Probability{{Class: "high", P: row[0].Float()}}
	return p
}

func cases(list string) string {
	return `{"format":1,"tolerance":{"score_abs":0.5},"cases":[` + list + `]}`
}

func TestRefusedCases(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"other format":    {`{"format":2,"cases":[]}`, "format 1"},
		"no cases":        {`{"format":1}`, "format 1"},
		"unknown outcome": {cases("{\"input\":{},\n\"outcome\":\"explode\"}"), "line 1, outcome"},
		"odd input":       {cases(`{"input":{"x":[1]},"outcome":"invalid"}`), "neither a number"},
		"odd score":       {cases(`{"input":{},"outcome":"score","score":"many"}`), "not a number"},
		"odd reasons":     {cases(`{"input":{},"outcome":"score","reasons":[1]}`), "list of texts"},
		"not JSON":        {`{`, "line 1"},
	} {
		if _, err := ReadCases([]byte(c.text), "cases.json"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCasesThatDiffer(t *testing.T) {
	for why, c := range map[string]string{
		"score":                         `{"input":{"x":0.1},"outcome":"score","score":11}`,
		"label":                         `{"input":{"x":0.1},"outcome":"score","label":"low"}`,
		"probability(high)":             `{"input":{"x":0.1},"outcome":"score","probabilities":{"high":0.2}}`,
		"probability(none)":             `{"input":{"x":0.1},"outcome":"score","probabilities":{"none":0.1}}`,
		"reason codes":                  `{"input":{"x":0.1},"outcome":"score","reasons":["R1"]}`,
		"outcome score, expected":       `{"input":{"x":0.1},"outcome":"invalid"}`,
		"outcome invalid, expected rej": `{"input":{"x":null},"outcome":"reject"}`,
		"outcome reject (input":         `{"input":{"x":true},"outcome":"score","score":1}`,
		"outcome reject, expected":      `{"input":{"x":"a"},"outcome":"invalid"}`,
	} {
		list, err := ReadCases([]byte(cases(c)), "cases.json")
		if err != nil {
			t.Fatal(err)
		}
		r := list.Run(scaled())
		if r.Equal() || len(r.Differing) != 1 || !strings.HasPrefix(r.Differing[0].Why, why) {
			t.Errorf("%s: %+v", c, r)
		}
	}
	if (&Report{}).Equal() {
		t.Error("a comparison of no rows counts as equal")
	}
}

func TestCasesThatAgree(t *testing.T) {
	list, err := ReadCases([]byte(cases(`{"input":{"x":0.5,"other":1},"outcome":"score","score":50.5,"label":"high","reasons":["R1","R2"],"probabilities":{"high":0.5}},
	 {"input":{},"outcome":"invalid"},{"input":{"x":null},"outcome":"nonfinite"},{"input":{"x":"word"},"outcome":"reject"}`)), "cases.json")
	if err != nil {
		t.Fatal(err)
	}
	if r := list.Run(scaled()); !r.Equal() || r.Rows != 4 || r.Exact != 3 || r.Largest != 0.5 {
		t.Errorf("%+v", r)
	}
}

const vector = `{"format":1,"model":"m","inputs":"in.csv","expected":"out.csv","rows":ROWS,"missing_tokens":["NA"],
"compare":[{"column":"s","output":"score","abs":0.5},{"column":"l","output":"label"}]}`

func run(t *testing.T, text string, inputs, expected *Table) (Report, error) {
	t.Helper()
	v, err := ReadVector([]byte(text), "vector.json")
	if err != nil {
		t.Fatal(err)
	}
	return v.Run(scaled(), inputs, expected)
}

func TestVector(t *testing.T) {
	inputs := &Table{Header: []string{"y", "x"}, Rows: [][]string{{"9", "1"}, {"9", "NA"}, {"9", "2"}, {"9", ""}, {"9", "3"}}}
	expected := &Table{Header: []string{"s", "l"}, Rows: [][]string{{"100.25", "high"}, {"", ""}, {"200", "low"}, {"7", ""}, {"301", "high"}}}
	r, err := run(t, strings.Replace(vector, "ROWS", "5", 1), inputs, expected)
	if err != nil {
		t.Fatal(err)
	}
	if r.Within != 2 || r.Exact != 1 || len(r.Differing) != 3 || r.Largest != 1 {
		t.Errorf("%+v", r)
	}
	for i, want := range []Row{{3, "label", 0}, {4, "score", 0}, {5, "score", 1}} {
		if r.Differing[i] != want {
			t.Errorf("row %+v, want %+v", r.Differing[i], want)
		}
	}
}

func TestTablesThatDoNotFit(t *testing.T) {
	inputs := &Table{Header: []string{"x"}, Rows: [][]string{{"1"}}}
	expected := &Table{Header: []string{"s", "l"}, Rows: [][]string{{"100", "high"}}}
	five, one := strings.Replace(vector, "ROWS", "5", 1), strings.Replace(vector, "ROWS", "1", 1)
	for name, c := range map[string]struct {
		text             string
		inputs, expected *Table
		want             string
	}{
		"rows":     {five, inputs, expected, "1 rows of inputs"},
		"input":    {one, &Table{Header: []string{"z"}, Rows: inputs.Rows}, expected, "no column for input \"x\""},
		"expected": {one, inputs, &Table{Header: []string{"s"}, Rows: expected.Rows}, "no column \"l\""},
	} {
		if _, err := run(t, c.text, c.inputs, c.expected); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{`{"format":1,"compare":[]}`, `{"format":2,"compare":[{}]}`, `{"format":1,"compare":[{"abs":"x"}]}`, `[`} {
		if _, err := ReadVector([]byte(text), "f"); err == nil {
			t.Errorf("%s was accepted", text)
		}
	}
}

func TestTables(t *testing.T) {
	for text, want := range map[string]string{"a.csv": "a.csv , true", "a.tsv (no header, tabs, 30 columns)": "a.tsv \t false",
		"a.txt (no header, blanks)": "a.txt \x00 false", "a.txt (one probability a line)": "a.txt \x00 false"} {
		file, layout := Source(text)
		if got := fmt.Sprintf("%s %c %v", file, layout.Separator, layout.Header); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	table, err := ReadTable([]byte("\xef\xbb\xbfa,b\n1,\"x, y\"\n"), "f", Layout{',', true})
	if err != nil || len(table.Header) != 2 || table.Rows[0][1] != "x, y" {
		t.Errorf("%v, %v", table, err)
	}
	for text, layout := range map[string]Layout{"": {',', true}, "a,b\n1": {',', true}, "a\"b": {',', true}, "1 2\n3": {0, false}} {
		if _, err := ReadTable([]byte(text), "f", layout); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}

func TestFilesToBeRefused(t *testing.T) {
	list, err := ReadCases([]byte(cases(`{"file":"old.bin","outcome":"refuse"}`)), "f")
	if err != nil || len(list.Refused) != 1 || list.Refused[0] != "old.bin" || len(list.List) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestTablesWithoutHeader(t *testing.T) {
	text := strings.NewReplacer("ROWS", "0", `"s"`, `0`, `,{"column":"l","output":"label"}`, "").Replace(vector)
	r, err := run(t, text, &Table{Rows: [][]string{{"1"}, {"2"}}}, &Table{Rows: [][]string{{"100"}, {"200"}}})
	if err != nil || !r.Equal() {
		t.Errorf("%+v, %v", r, err)
	}
}

func FuzzRead(f *testing.F) {
	for _, text := range vectortest.Files(f, "pmml/*/expected*.json", "toad/V8-expected_card*.json", "*/*/vector.json") {
		f.Add(string(text))
	}
	f.Add(cases(`{"input":{"x":0.5},"outcome":"score","score":50}`))
	f.Add(vector)
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := ReadCases([]byte(text), "f"); err == nil {
			c.Run(scaled())
		}
		if v, err := ReadVector([]byte(text), "f"); err == nil {
			table := &Table{Rows: [][]string{{"1", "2"}}}
			_, _ = v.Run(scaled(), table, table)
		}
	})
}

func ExampleCases_Run() {
	list, err := ReadCases([]byte(`{"format":1,"cases":[{"input":{"x":3},"outcome":"score","score":300},{"input":{"x":4},"outcome":"score","score":401}]}`), "cases.json")
	if err != nil {
		panic(err)
	}
	r := list.Run(scaled())
	fmt.Println(r.Rows, r.Exact, r.Equal(), r.Differing)
	// Output: 2 1 false [{2 score 1}]
}
