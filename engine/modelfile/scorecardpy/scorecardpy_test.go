package scorecardpy_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"weir/engine/modelfile/jsontree"
	"weir/engine/modelfile/refusal"
	. "weir/engine/modelfile/scorecardpy"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
)

const table = `,variable,bin,points
0,basepoints,,449
1,age,"[-inf,26.0)",-30
2,age,"[26.0,35.0)",5
3,age,"missing%,%[35.0,inf)",17.0
4,purpose,"retraining%,%car (used)",60
5,purpose,"radio/television",20
6,purpose,missing,-7
7,months,-1,9
8,months,"[0.0,12.0)",3
9,months,"[12.0,inf)",1
`

var rows = []struct {
	age, purpose, months value.Value
	want                 float64
}{
	{value.FromNumber(25.99), value.FromText("car (used)"), value.FromNumber(-1), 449 - 30 + 60 + 9},
	{value.FromNumber(26), value.FromText("radio/television"), value.FromNumber(0), 449 + 5 + 20 + 3},
	{value.Value{}, value.Value{}, value.Value{}, 449 + 17 - 7}, // no bin for a missing number of months
	{value.FromNumber(99), value.FromText("boat"), value.FromNumber(-5), 449 + 17},
	{value.FromText("35"), value.FromText("retraining"), value.FromText("12"), 449 + 17 + 60 + 1},
	{value.FromText(""), value.FromText(""), value.FromText(""), 449 + 17 - 7}, // the library takes blanks for missing values
}

func check(t *testing.T, m *scoring.Model, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rows {
		p := m.EvaluateNamed(map[string]value.Value{"age": r.age, "purpose": r.purpose, "months": r.months})
		if p.Outcome != scoring.Scored || p.Score != r.want || !p.IsExact {
			t.Errorf("row %d: %s %v, want %v", i, p.Outcome, p.Score, r.want)
		}
	}
	if len(m.Notes) == 0 || !strings.Contains(m.Notes[0].Text, "adds 0 points") {
		t.Errorf("the notes are %v", m.Notes)
	}
}

func TestCSV(t *testing.T) {
	m, err := ReadCSV([]byte(table), "card.csv")
	check(t, m, err)
}

// R writes infinity with a capital and a blank behind the comma, and NA for no bin.
func TestTableOfR(t *testing.T) {
	text := strings.NewReplacer("-inf", "-Inf", "inf)", "Inf)", ",12.0", ", 12", ",35.0", ", 35", "basepoints,,", "basepoints,NA,").Replace(table)
	m, err := ReadCSV([]byte(text), "card.csv")
	check(t, m, err)
}

// The forms in which pandas and the library's dictionary come out as JSON.
func TestJSON(t *testing.T) {
	age := `{"variable":"age","bin":"[-inf,26.0)","points":-30},{"variable":"age","bin":"[26.0,35.0)","points":5},
	 {"variable":"age","bin":"missing%,%[35.0,inf)","points":17}`
	rest := `{"variable":"purpose","bin":"retraining%,%car (used)","points":60},{"variable":"purpose","bin":"radio/television","points":20},
	 {"variable":"purpose","bin":"missing","points":-7},{"variable":"months","bin":"-1","points":9},
	 {"variable":"months","bin":"[0.0,12.0)","points":3},{"variable":"months","bin":"[12.0,inf)","points":1}`
	base := `{"variable":"basepoints","bin":null,"points":449}`
	columns := `{"variable":{"0":"basepoints","1":"age","2":"age","3":"age","4":"purpose","5":"purpose","6":"purpose","7":"months","8":"months","9":"months"},
	 "bin":{"0":null,"1":"[-inf,26.0)","2":"[26.0,35.0)","3":"missing%,%[35.0,inf)","4":"retraining%,%car (used)","5":"radio/television","6":"missing",
	 "7":"-1","8":"[0.0,12.0)","9":"[12.0,inf)"},"points":{"0":449,"1":-30,"2":5,"3":17,"4":60,"5":20,"6":-7,"7":9,"8":3,"9":1}}`
	for name, text := range map[string]string{"records": "[" + base + "," + age + "," + rest + "]",
		"by variable": `{"basepoints":[` + base + `],"age":[` + age + `],"rest":[` + rest + `]}`, "columns": columns} {
		t.Run(name, func(t *testing.T) {
			root, err := jsontree.ParseJSON([]byte(text), "card.json")
			if err != nil {
				t.Fatal(err)
			}
			if !Is(root) {
				t.Fatal("not recognised")
			}
			m, err := Read(root, "card.json")
			check(t, m, err)
		})
	}
}

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"right-closed": {"variable,bin,points\na,\"(1,2]\",5\na,\"[2,inf)\",5\n", "line 2: \"(1,2]\" of \"a\" is neither"},
		"word":         {"variable,bin,points\na,\"[-inf,inf)\",5\na,many,5\n", "line 3"},
		"gap":          {"variable,bin,points\na,\"[-inf,1)\",5\na,\"[2,inf)\",5\n", "line 3: the bins of \"a\" overlap or leave a gap"},
		"points":       {"variable,bin,points\na,b,NaN\n", "line 2: the points"},
		"only base":    {"variable,bin,points\nbasepoints,,5\n", "no feature"},
	} {
		_, err := ReadCSV([]byte(c.text), "card.csv")
		var e *refusal.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{`{"variable":{"0":"a"},"bin":{"0":"b"},"points":{"1":1}}`, `{"variable":{},"bin":{},"points":{}}`} {
		root, _ := jsontree.ParseJSON([]byte(text), "card.json")
		if _, err := Read(root, "card.json"); err == nil {
			t.Errorf("%s was accepted", text)
		}
	}
}

func FuzzReadCSV(f *testing.F) {
	f.Add(table)
	f.Add("variable,bin,points\na,%,%,1\n")
	f.Fuzz(func(t *testing.T, text string) {
		if m, err := ReadCSV([]byte(text), "f"); err == nil {
			m.Evaluate(nil)
			m.Evaluate([]value.Value{value.FromNumber(1), value.FromText("x")})
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add(`[{"variable":"a","bin":"[-inf,inf)","points":1}]`)
	f.Add(`{"a":[{"variable":"a","bin":"b","points":1}]}`)
	f.Add(`{"variable":{"0":"a"},"bin":{"0":"b"},"points":{"0":1}}`)
	f.Fuzz(func(t *testing.T, text string) {
		root, err := jsontree.ParseJSON([]byte(text), "f")
		if err != nil || !Is(root) {
			return
		}
		if m, err := Read(root, "f"); err == nil {
			m.Evaluate(nil)
		}
	})
}

func ExampleReadCSV() {
	m, err := ReadCSV([]byte(table), "card.csv")
	if err != nil {
		panic(err)
	}
	fmt.Println(m.EvaluateNamed(map[string]value.Value{"age": value.FromNumber(30), "purpose": value.FromText("retraining")}).Score)
	// Output: 514
}
