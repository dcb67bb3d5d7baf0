package modelfile_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/engine/modelfile"
	"weir/engine/modelfile/jsontree"
	"weir/engine/modelfile/jsontree/ubjtest"
	"weir/engine/modelfile/parity"
	"weir/engine/modelfile/scorecard"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
	"weir/engine/modelfile/vectortest"
)

func contents(t testing.TB, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func open(t testing.TB, path string) *scoring.Model {
	t.Helper()
	m, err := modelfile.Read(bytes.NewReader(contents(t, path)), filepath.Base(path))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func check(t *testing.T, r parity.Report) {
	t.Helper()
	t.Logf("%d rows, %d exact, %d within tolerance, largest difference %.3g", r.Rows, r.Exact, r.Within, r.Largest)
	if !r.Equal() {
		t.Errorf("differing: %+v", r.Differing)
	}
}

func TestCaseVectors(t *testing.T) {
	root := vectortest.Dir(t)
	files, err := filepath.Glob(filepath.Join(root, "*", "*", "expected*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal("no lists of cases", err)
	}
	more, _ := filepath.Glob(filepath.Join(root, "toad", "V8-expected_card_config.json"))
	for _, file := range append(files, more...) {
		name, _ := filepath.Rel(root, file)
		t.Run(name, func(t *testing.T) {
			cases, err := parity.ReadCases(contents(t, file), name)
			if err != nil {
				t.Fatal(err)
			}
			for _, refused := range cases.Refused {
				_, err := modelfile.Read(bytes.NewReader(contents(t, filepath.Join(filepath.Dir(file), refused))), refused)
				if err == nil || !strings.Contains(err.Error(), "old binary format of XGBoost") || !strings.Contains(err.Error(), "JSON or UBJ") {
					t.Errorf("refused with %v", err)
				}
			}
			if len(cases.List) > 0 {
				check(t, cases.Run(open(t, filepath.Join(filepath.Dir(file), cases.Model))))
			}
		})
	}
}

// readTable reads a table of the folder, by what a vector says about it.
func readTable(t testing.TB, dir, source string) *parity.Table {
	t.Helper()
	file, layout := parity.Source(source)
	table, err := parity.ReadTable(contents(t, filepath.Join(dir, file)), file, layout)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestRowVectors(t *testing.T) {
	root := vectortest.Dir(t)
	files, err := filepath.Glob(filepath.Join(root, "*", "*", "vector.json"))
	if err != nil || len(files) == 0 {
		t.Fatal("no vectors", err)
	}
	for _, file := range files {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			vector, err := parity.ReadVector(contents(t, file), "vector.json")
			if err != nil {
				t.Fatal(err)
			}
			report, err := vector.Run(open(t, filepath.Join(dir, vector.Model)), readTable(t, dir, vector.Inputs), readTable(t, dir, vector.Expected))
			if err != nil {
				t.Fatal(err)
			}
			check(t, report)
		})
	}
}

// The file of XGBoost, written as UBJSON, answers what it answers as JSON, to the bit.
func TestTheSameModelAsUBJSON(t *testing.T) {
	dir := filepath.Join(vectortest.Dir(t), "xgboost", "V17-LogisticRegressionAuditNA")
	text := contents(t, filepath.Join(dir, "LogisticRegressionAuditNA.json"))
	tree, err := jsontree.ParseJSON(text, "f")
	if err != nil {
		t.Fatal(err)
	}
	binary, err := modelfile.Read(bytes.NewReader(ubjtest.Encode(tree)), "model.ubj")
	if err != nil {
		t.Fatal(err)
	}
	m := open(t, filepath.Join(dir, "LogisticRegressionAuditNA.json"))
	inputs := readTable(t, dir, "AuditNA.csv")
	for i, cells := range inputs.Rows {
		row := map[string]value.Value{}
		for k, name := range inputs.Header {
			if cells[k] != "NA" {
				row[name] = value.FromText(cells[k])
			}
		}
		p, q := m.EvaluateNamed(row), binary.EvaluateNamed(row)
		if p.Outcome != scoring.Scored || p.Margin != q.Margin || p.Score != q.Score {
			t.Fatalf("row %d: %v (%s) and %v (%s)", i+1, p.Margin, p.Why, q.Margin, q.Why)
		}
	}
}

func TestMissingValuesOfTheTree(t *testing.T) {
	dir := filepath.Join(vectortest.Dir(t), "pmml", "V9-rattle-decision-tree")
	vector := &parity.Vector{MissingTokens: []string{""}, Compare: []parity.Comparison{{Column: "label", Output: "label"},
		{Column: "probability(1)", Output: "probability(1)", Absolute: 1e-15}}}
	report, err := vector.Run(open(t, filepath.Join(dir, "DecisionTreeAudit.pmml")), readTable(t, dir, "inputs_missing.csv"),
		readTable(t, dir, "expected_missing.csv"))
	if err != nil {
		t.Fatal(err)
	}
	check(t, report)
}

func TestToadFrameGivesTheSameScores(t *testing.T) {
	dir := filepath.Join(vectortest.Dir(t), "toad")
	cases, err := parity.ReadCases(contents(t, filepath.Join(dir, "V8-expected_card_config.json")), "cases")
	if err != nil {
		t.Fatal(err)
	}
	check(t, cases.Run(open(t, filepath.Join(dir, "V8-card_config_frame.csv"))))
}

// The card of scorecardpipeline reaches us as PMML of nested ifs and as toad JSON: both must give the same points.
func TestTwoRoutesToOneCard(t *testing.T) {
	root := vectortest.Dir(t)
	a := open(t, filepath.Join(root, "pmml", "V6-scorecardpipeline", "scorecard.pmml"))
	b := open(t, filepath.Join(root, "toad", "V6-scorecardpipeline_card.json"))
	for i := range 512 {
		row := map[string]value.Value{}
		for k, in := range a.Inputs {
			row[in.Name] = value.FromNumber([]float64{-0.5, 0, 0.2568, 0.381, 0.39, 0.4, 0.8333, 1, 1.5, 2}[(i>>k+3*k+i)%10])
		}
		p, q := a.EvaluateNamed(row), b.EvaluateNamed(row)
		if p.Outcome != scoring.Scored || q.Outcome != scoring.Scored || math.Abs(p.Score-q.Score) > 1e-12*p.Score {
			t.Fatalf("row %d: %s %v and %s %v", i, p.Outcome, p.Score, q.Outcome, q.Score)
		}
	}
	if p := a.EvaluateNamed(nil); p.Outcome != scoring.Invalid {
		t.Errorf("missing inputs give %s", p.Outcome)
	}
}

// The wide card's points are known for each feature alone.
func TestWideCard(t *testing.T) {
	dir := filepath.Join(vectortest.Dir(t), "toad")
	m := open(t, filepath.Join(dir, "V8-card_wide_config.json"))
	var expected struct {
		Points map[string]float64 `json:"points"`
		Rules  map[string]struct {
			Candidates []float64 `json:"candidates"`
		} `json:"needs_a_documented_rule"`
		Twice map[string][]string `json:"categories_listed_in_two_groups_of_one_feature"`
	}
	var sample []map[string]any
	if json.Unmarshal(contents(t, filepath.Join(dir, "V8-expected_wide.json")), &expected) != nil ||
		json.Unmarshal(contents(t, filepath.Join(dir, "V8-wide_sample.json")), &sample) != nil {
		t.Fatal("the expectation cannot be read")
	}
	row := map[string]value.Value{}
	for name, v := range sample[0] {
		switch v := v.(type) {
		case float64:
			row[name] = value.FromNumber(v)
		case string:
			row[name] = value.FromText(v)
		}
	}
	for name, rule := range expected.Rules {
		if len(rule.Candidates) == 1 {
			expected.Points[name] = rule.Candidates[0]
		}
	}
	card := m.Root.Predictor.(*scorecard.Card)
	for i, ch := range card.Characteristics {
		alone := &scorecard.Card{Characteristics: card.Characteristics[i : i+1]}
		if err := alone.Prepare(); err != nil {
			t.Fatal(err)
		}
		values := make([]value.Value, len(m.Inputs))
		values[i] = m.Inputs[i].Prepare(row[ch.Name])
		if got := alone.Predict(values).Score; got != expected.Points[ch.Name] {
			t.Errorf("%s gets %v points, want %v", ch.Name, got, expected.Points[ch.Name])
		}
	}
	var notes strings.Builder
	for _, n := range m.Notes {
		fmt.Fprintln(&notes, n)
	}
	for feature, categories := range expected.Twice {
		for _, c := range categories {
			if want := fmt.Sprintf("category %q of %q is in two groups", c, feature); !strings.Contains(notes.String(), want) {
				t.Errorf("no note that %s", want)
			}
		}
	}
}
