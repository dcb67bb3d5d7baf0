package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// execute runs one command and gives what it prints and its exit status.
func execute(t *testing.T, command func(*console) *cobra.Command, asJSON bool, args ...string) (string, int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	c := &console{stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, json: asJSON, progress: "none"}
	root := command(c)
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetArgs(args)
	root.SetOut(&stdout)
	root.SetErr(&stderr)
	err := root.ExecuteContext(t.Context())
	if err == nil {
		return stdout.String(), 0
	}
	if status, ok := err.(*exitError); ok {
		if status.err == nil {
			return stdout.String(), status.code
		}
		return stdout.String() + err.Error(), status.code
	}
	return stdout.String() + err.Error(), exitUsage
}

// besideRepository finds a file in the folder "shared" beside the repository's root, or skips the test.
func besideRepository(t *testing.T, name string) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			break
		}
		folder = filepath.Dir(folder)
	}
	path := filepath.Join(filepath.Dir(folder), "shared", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skip("the data does not lie beside the repository")
	}
	return path
}

func verified(t *testing.T, args ...string) (parityResult, int) {
	t.Helper()
	text, code := execute(t, newModelVerifyCommand, true, args...)
	var r parityResult
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatalf("exit %d: %s", code, text)
	}
	return r, code
}

func write(t *testing.T, text string, name ...string) string {
	t.Helper()
	file := filepath.Join(name...)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// cardPoints adds up a toad card over a row of cells, by the texts of the card alone: nothing of the product is used.
func cardPoints(t *testing.T, card map[string]map[string]int64, cell func(feature string) string) int64 {
	total := int64(0)
	for feature, keys := range card {
		total += keyPoints(t, keys, cell(feature))
	}
	return total
}

func keyPoints(t *testing.T, keys map[string]int64, cell string) int64 {
	x, number := new(big.Rat).SetString(cell)
	for key, points := range keys {
		from, to, isBin := strings.Cut(strings.Trim(key, "[)"), " ~ ")
		switch {
		case cell == "" && key == "nan", !isBin && key == cell && cell != "":
			return points
		case isBin && number && above(t, x, from) && !above(t, x, to):
			return points
		}
	}
	points, ok := keys["else"]
	if !ok {
		t.Fatal("a cell in no bin")
	}
	return points
}

// above tells whether x is at or above an end of a bin.
func above(t *testing.T, x *big.Rat, end string) bool {
	switch end {
	case "-inf":
		return true
	case "inf":
		return false
	}
	bound, ok := new(big.Rat).SetString(end)
	if !ok {
		t.Fatalf("no number: %q", end)
	}
	return x.Cmp(bound) >= 0
}

// TestLoans takes a card that was made elsewhere over an outside data set from its file to opened scores: every scored row
// must have the points that the cells add up to, and the reasons by source that the card's points and baselines give. Every 40th
// row; all of them with WEIR_PARITY=all.
func TestLoans(t *testing.T) {
	data := besideRepository(t, "data/sba/sba_case_noname.csv")
	file, sources, dir := filepath.Join("testdata", "models", "sba", "card.json"), filepath.Join("testdata", "models", "sba", "sources"), t.TempDir()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var card map[string]map[string]int64
	if err := json.Unmarshal(text, &card); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	step := 40
	if os.Getenv("WEIR_PARITY") == "all" {
		step = 1
	}
	var inputs, expected bytes.Buffer
	in := csv.NewWriter(&inputs)
	in.Write(rows[0])
	fmt.Fprintln(&expected, "score")
	scored := 0
	for i := 1; i < len(rows); i += step {
		in.Write(rows[i])
		scored++
		fmt.Fprintln(&expected, cardPoints(t, card, func(feature string) string {
			for k, name := range rows[0] {
				if name == feature {
					return rows[i][k]
				}
			}
			t.Fatalf("no column %q", feature)
			return ""
		}))
	}
	in.Flush()
	mapping, policy := filepath.Join(dir, "map.json"), write(t, `{"max_resolution": 15}`, dir, "policy.json")
	if out, code := execute(t, newModelBindCommand, false, file, "--schemas", sources, "--out", mapping, "--reasons", "by-source", "--policy", policy); code != 0 {
		t.Fatal(out)
	}
	scores := filepath.Join(dir, "scored.csv")
	r, code := verified(t, file, "--input", write(t, inputs.String(), dir, "in.csv"), "--expected", write(t, expected.String(), dir, "out.csv"),
		"--sealed", "--map", mapping, "--schemas", sources, "--policy", policy, "--out", scores)
	if code != 0 || r.Exact != scored || r.Sealed.Exact != scored || r.Sealed.Largest != 0 || *r.Sealed.Reasons != (sealedReasons{Rows: scored, Exact: scored}) {
		t.Errorf("exit %d, %d of %d rows exact, %d sealed exact: %+v", code, r.Exact, r.Rows, r.Sealed.Exact, r.Sealed.Differing)
	}
	t.Logf("%d of %d rows sealed, selected and opened to the point, %.1f ms a row", r.Sealed.Exact, r.Rows, r.Sealed.MSPerRow)
	if out, err := os.ReadFile(scores); err != nil || bytes.Count(out, []byte("\n")) != scored+1 || !bytes.Contains(out, []byte(",score\n")) {
		t.Errorf("scores were not written beside the rows: %v", err)
	}
}

// TestVectorsUnderSeal takes open test vectors whose cards have whole points through sealing and opening.
func TestVectorsUnderSeal(t *testing.T) {
	for _, v := range []struct {
		name, file, cases string
		first, second     string // features of two sources
		edit              func(mapping string) string
		rows, unfit       int
		told              bool // with reasons
	}{
		{"V8", "toad/V8-card_config.json", "toad/V8-expected_card_config.json", `{"name": "A", "scale": 6, "min": -1000, "max": 1000}`,
			`{"name": "B", "categories": ["A", "B", "C", "D", "E", "F", "G", "Z"]}, {"name": "C", "categories": ["A", "B", "Z"]}`, nil, 71, 2, false},
		{"V7", "pmml/V7-pyscorecard/risk_example.xml", "pmml/V7-pyscorecard/expected.json", `{"name": "role", "categories": ["marketing", "engineering", "business"]}`,
			`{"name": "age", "scale": 0, "min": 0, "max": 120}, {"name": "wage", "scale": 2, "min": 0, "max": 100000}`, nil, 4, 0, true},
		{"V5", "pmml/V5-kie-simple-scorecard-categorical/Simple-Scorecard_Categorical.pmml", "pmml/V5-kie-simple-scorecard-categorical/expected.json",
			`{"name": "input1", "categories": ["classA", "classB", "classC"]}`, `{"name": "input2", "categories": ["classA", "classB", "classC"]}`, func(m string) string {
				m = strings.Replace(m, `"multiply": "1"`, `"multiply": "10"`, 1)
				return strings.ReplaceAll(m, `}}`, `}, "no_score": "0"}`)
			}, 0, 0, true},
	} {
		t.Run(v.name, func(t *testing.T) {
			file, cases, dir := besideRepository(t, "vectors/"+v.file), besideRepository(t, "vectors/"+v.cases), t.TempDir()
			write(t, `{"source": "a", "epoch": "2026-10", "features": [`+v.first+`]}`, dir, "sources", "a", "schema.json")
			write(t, `{"source": "b", "epoch": "2026-10", "features": [`+v.second+`]}`, dir, "sources", "b", "schema.json")
			policy, mapping := write(t, `{"min_features": 1, "max_resolution": 12}`, dir, "policy.json"), filepath.Join(dir, "map.json")
			if out, code := execute(t, newModelBindCommand, false, file, "--schemas", filepath.Join(dir, "sources"), "--out", mapping, "--policy", policy); code != 0 {
				t.Fatal(out)
			}
			if v.edit != nil {
				text, _ := os.ReadFile(mapping)
				write(t, v.edit(string(text)), mapping)
			}
			args := []string{file, "--cases", cases, "--sealed", "--map", mapping, "--schemas", filepath.Join(dir, "sources"), "--policy", policy}
			if v.told {
				args = append(args, "--reasons", "by-characteristic")
			}
			r, _ := verified(t, args...)
			if told := r.Sealed.Reasons; v.told && (told == nil || told.Exact != r.Sealed.Rows || told.NotCompared != 0) {
				t.Errorf("reasons %+v of %d rows", told, r.Sealed.Rows)
			}
			if s := r.Sealed; s.Rows == 0 || s.Exact != s.Rows || s.Unfit != v.unfit || v.rows != 0 && s.Rows != v.rows {
				t.Errorf("%d rows, %d to the point, %d without a record: %+v", s.Rows, s.Exact, s.Unfit, s.Differing)
			}
			t.Logf("%d cases, %d exact; sealed %d, to the point %d, without a score in the file %d, without a record %d", r.Rows, r.Exact, r.Sealed.Rows,
				r.Sealed.Exact, r.Sealed.NoScore, r.Sealed.Unfit)
		})
	}
}
