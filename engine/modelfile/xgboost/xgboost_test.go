package xgboost_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"weir/engine/modelfile/jsontree"
	"weir/engine/modelfile/jsontree/ubjtest"
	"weir/engine/modelfile/refusal"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
	"weir/engine/modelfile/vectortest"
	. "weir/engine/modelfile/xgboost"
)

// stump is a tree with one split at 30 on feature 0: -1 below, 1 from there on, missing values left.
const stump = `{"base_weights":[0,0,0],"categories":[],"categories_nodes":[],"categories_segments":[],"categories_sizes":[],
 "default_left":[1,0,0],"id":0,"left_children":[1,-1,-1],"right_children":[2,-1,-1],"parents":[2147483647,0,0],"loss_changes":[1,0,0],
 "split_conditions":[3E1,-1E0,1E0],"split_indices":[0,0,0],"split_type":[0,0,0],"sum_hessian":[2,1,1],
 "tree_param":{"num_deleted":"0","num_feature":"2","num_nodes":"3","size_leaf_vector":"1"}}`

// byCategory sends the categories 0 and 2 of feature 1 to the right (10), the others left (-10), missing ones right.
const byCategory = `{"categories":[2,0],"categories_nodes":[0],"categories_segments":[0],"categories_sizes":[2],
 "default_left":[0,0,0],"left_children":[1,-1,-1],"right_children":[2,-1,-1],
 "split_conditions":[0,-1E1,1E1],"split_indices":[1,0,0],"split_type":[1,0,0],"tree_param":{"num_nodes":"3","size_leaf_vector":"1"}}`

// fixture is a model of two features, age and kind; kind has the categories x, yy and z.
const fixture = `{"learner":{"attributes":{},"feature_names":["age","kind"],"feature_types":["float","c"],
"gradient_booster":{"model":{"cats":{"enc":[{"offsets":[],"values":[]},{"offsets":[0,1,3,4],"values":[120,121,121,122]}]},
"gbtree_model_param":{"num_parallel_tree":"1","num_trees":"2"},"iteration_indptr":[0,1,2],"tree_info":[0,0],"trees":[STUMP,CATEGORY]},"name":"gbtree"},
"learner_model_param":{"base_score":"[2.5E-1]","num_class":"0","num_feature":"2","num_target":"1"},
"objective":{"name":"reg:squarederror"}},"version":[3,4,1]}`

func document() string {
	return strings.NewReplacer("STUMP", stump, "CATEGORY", byCategory).Replace(fixture)
}

// with is the fixture with pairs of replacements, each of which must change it.
func with(t testing.TB, pairs ...string) string {
	text := document()
	for i := 0; i < len(pairs); i += 2 {
		changed := strings.Replace(text, pairs[i], pairs[i+1], 1)
		if changed == text {
			t.Fatalf("%q is not in the fixture", pairs[i])
		}
		text = changed
	}
	return text
}

func read(text string) (*scoring.Model, error) {
	root, err := jsontree.ParseJSON([]byte(text), "model.json")
	if err != nil {
		return nil, err
	}
	return Read(root, "model.json")
}

func score(t testing.TB, m *scoring.Model, age, kind value.Value) float64 {
	t.Helper()
	p := m.EvaluateNamed(map[string]value.Value{"age": age, "kind": kind})
	if p.Outcome != scoring.Scored {
		t.Fatalf("%s: %s", p.Outcome, p.Why)
	}
	return p.Score
}

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		pairs []string
		want  string
	}{
		"classes":          {[]string{`"num_class":"0"`, `"num_class":"3"`}, "one model per class"},
		"softprob":         {[]string{"reg:squarederror", "multi:softprob"}, "not supported"},
		"targets":          {[]string{`"num_target":"1"`, `"num_target":"2"`}, "several targets"},
		"linear":           {[]string{`"name":"gbtree"`, `"name":"gblinear"`}, "linear booster"},
		"vector leaves":    {[]string{`"size_leaf_vector":"1"`, `"size_leaf_vector":"3"`}, "vector leaves"},
		"several groups":   {[]string{`"tree_info":[0,0]`, `"tree_info":[0,1]`}, "several outputs"},
		"no trees":         {[]string{`"trees":[`, `"forest":[`}, "no array of at most"},
		"tree count":       {[]string{`"num_trees":"2"`, `"num_trees":"3"`}, "num_trees"},
		"base score":       {[]string{`"[2.5E-1]"`, `"[1E-1,2E-1]"`}, "base_score"},
		"base score NaN":   {[]string{`"[2.5E-1]"`, `"NaN"`}, "base_score"},
		"base of logistic": {[]string{`"[2.5E-1]"`, `"1"`, "reg:squarederror", "binary:logistic"}, "outside of what"},
		"name twice":       {[]string{`"kind"]`, `"age"]`}, "named twice"},
		"names":            {[]string{`"age",`, ``}, "another number of features"},
		"feature type":     {[]string{`"float",`, `"vector",`}, "not known"},
		"feature count":    {[]string{`"num_feature":"2","num_target"`, `"num_feature":"1000000000","num_target"`}, "num_feature"},
		"offsets":          {[]string{`[0,1,3,4]`, `[0,3,1,4]`}, "neither texts"},
		"offsets too far":  {[]string{`[0,1,3,4]`, `[0,1,9,4]`}, "neither texts"},
		"category twice":   {[]string{`[120,121,121,122]`, `[120,121,121,120]`}, "neither texts"},
		"circle":           {[]string{`"left_children":[1,-1,-1]`, `"left_children":[0,-1,-1]`}, "no tree"},
		"child outside":    {[]string{`"left_children":[1,-1,-1]`, `"left_children":[9,-1,-1]`}, "no tree"},
		"length":           {[]string{`"left_children":[1,-1,-1]`, `"left_children":[1,-1]`}, "different lengths"},
		"threshold":        {[]string{`[3E1,-1E0,1E0]`, `[NaN,-1E0,1E0]`}, "not numbers"},
		"leaf":             {[]string{`[3E1,-1E0,1E0]`, `[3E1,NaN,1E0]`}, "not numbers"},
		"leaf by category": {[]string{`[0,-1E1,1E1]`, `[NaN,-1E1,NaN]`}, "not numbers"},
		"infinite":         {[]string{`[3E1,-1E0,1E0]`, `[Infinity,-1E0,1E0]`}, "not numbers"},
		"base score array": {[]string{`"[2.5E-1]"`, `[NaN]`}, "base_score"},
		"weight":           {[]string{`"name":"gbtree"`, `"name":"dart","weight_drop":[1,NaN]`}, "one weight for each tree"},
		"unknown feature":  {[]string{`"split_indices":[0,0,0]`, `"split_indices":[2,0,0]`}, "feature that there is not"},
		"sets outside":     {[]string{`"categories_sizes":[2]`, `"categories_sizes":[1000000000]`}, "different lengths"},
		"sets negative":    {[]string{`"categories_segments":[0]`, `"categories_segments":[-1]`}, "different lengths"},
		"weights":          {[]string{`"name":"gbtree"`, `"name":"dart","weight_drop":[1]`}, "one weight for each tree"},
		"best iteration":   {[]string{`"attributes":{}`, `"attributes":{"best_iteration":"x"}`}, "best_iteration"},
	} {
		_, err := read(with(t, c.pairs...))
		var e *refusal.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "line ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSetsThatOverlapAreBounded(t *testing.T) {
	bomb := with(t, `"categories_nodes":[0],"categories_segments":[0],"categories_sizes":[2]`,
		`"categories_nodes":[0,1,2],"categories_segments":[0,0,0],"categories_sizes":[2,2,2]`)
	if _, err := read(bomb); err == nil {
		t.Error("sets that share their codes were accepted: a file could make them as large as it likes")
	}
}

func TestScores(t *testing.T) {
	m, err := read(document())
	if err != nil {
		t.Fatal(err)
	}
	n, s, none := value.FromNumber, value.FromText, value.Value{}
	for _, c := range []struct {
		age, kind value.Value
		want      float64
	}{
		{n(29.9), s("x"), 0.25 - 1 + 10}, {n(30), s("yy"), 0.25 + 1 - 10}, {none, s("z"), 0.25 - 1 + 10}, {n(29.9999999), none, 0.25 + 1 + 10},
	} {
		if got := score(t, m, c.age, c.kind); got != c.want {
			t.Errorf("age %q, kind %q: %v, want %v", c.age.Literal(), c.kind.Literal(), got, c.want)
		}
	}
	if p := m.EvaluateNamed(map[string]value.Value{"kind": s("unseen")}); p.Outcome != scoring.Rejected {
		t.Errorf("a category that was not in training: %s", p.Outcome)
	}
}

// Versions up to 2 write NaN for the threshold of a split by category.
func TestCategoryWithoutThreshold(t *testing.T) {
	root, err := jsontree.ParseJSON([]byte(with(t, `[0,-1E1,1E1]`, `[NaN,-1E1,1E1]`)), "model.json")
	if err != nil {
		t.Fatal(err)
	}
	binary, err := jsontree.ParseUBJ(ubjtest.Encode(root), "model.ubj")
	if err != nil {
		t.Fatal(err)
	}
	for _, tree := range []*jsontree.Value{root, binary} {
		m, err := Read(tree, "model")
		if err != nil {
			t.Fatal(err)
		}
		if got := score(t, m, value.FromNumber(10), value.FromText("z")); got != 0.25-1+10 {
			t.Errorf("the score is %v", got)
		}
	}
}

func TestUBJ(t *testing.T) {
	root, err := jsontree.ParseJSON([]byte(document()), "model.json")
	if err != nil {
		t.Fatal(err)
	}
	data := ubjtest.Encode(root)
	tree, err := jsontree.ParseUBJ(data, "model.ubj")
	if err != nil {
		t.Fatal(err)
	}
	m, err := Read(tree, "model.ubj")
	if err != nil {
		t.Fatal(err)
	}
	if got := score(t, m, value.FromNumber(10), value.FromText("yy")); got != 0.25-1-10 {
		t.Errorf("the score from UBJSON is %v", got)
	}
	bad, _ := jsontree.ParseUBJ([]byte(strings.Replace(string(data), "reg:squarederror", "multi:softmax_x_", 1)), "model.ubj")
	if _, err := Read(bad, "model.ubj"); err == nil || !strings.Contains(err.Error(), "byte ") {
		t.Errorf("a refused UBJSON file: %v", err)
	}
}

func TestObjectives(t *testing.T) {
	for objective, want := range map[string]float64{
		"binary:logistic": 1 / (1 + math.Exp(-(-1 - 10 + math.Log(0.25/0.75)))), "binary:logitraw": -10.75,
		"count:poisson": math.Exp(-11 + math.Log(0.25)), "binary:hinge": 0, "rank:pairwise": -10.75,
	} {
		m, err := read(with(t, "reg:squarederror", objective))
		if err != nil {
			t.Fatal(err)
		}
		if got := score(t, m, value.FromNumber(10), value.FromText("yy")); math.Abs(got-want) > 1e-6*max(1, math.Abs(want)) {
			t.Errorf("%s: %v, want %v", objective, got, want)
		}
	}
}

func TestBaseScores(t *testing.T) {
	for text, want := range map[string]float64{`"5E-1"`: 0.5, `0.125`: 0.125, `"[5E-1]"`: 0.5, `[0.5]`: 0.5} {
		m, err := read(with(t, `"[2.5E-1]"`, text))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if got := score(t, m, value.FromNumber(10), value.FromText("yy")); got != want-11 {
			t.Errorf("base score %s: %v", text, got)
		}
	}
}

// The weights of DART stand in different places in different versions.
func TestDart(t *testing.T) {
	model := document()
	start := strings.Index(model, `{"model":`)
	end := strings.Index(model, `,"name":"gbtree"}`)
	inner := model[start:end]
	for name, text := range map[string]string{
		"own booster":     strings.Replace(model, inner+`,"name":"gbtree"}`, `{"gbtree":`+inner+`,"name":"gbtree"},"name":"dart","weight_drop":[0.5,2]}`, 1),
		"named gbtree":    with(t, `"name":"gbtree"`, `"name":"gbtree","weight_drop":[0.5,2]`),
		"inside of model": with(t, `"tree_info":[0,0]`, `"tree_info":[0,0],"weight_drop":[0.5,2]`),
	} {
		m, err := read(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := score(t, m, value.FromNumber(10), value.FromText("yy")); got != 0.25-0.5-20 {
			t.Errorf("%s: %v, want the weighted sum", name, got)
		}
	}
}

func TestBestIteration(t *testing.T) {
	for best, want := range map[string]float64{"0": 0.25 - 1, "1": 0.25 - 11, "7": 0.25 - 11} {
		m, err := read(with(t, `"attributes":{}`, `"attributes":{"best_iteration":"`+best+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		if got := score(t, m, value.FromNumber(10), value.FromText("yy")); got != want {
			t.Errorf("best iteration %s: %v, want %v", best, got, want)
		}
		if best != "1" && len(m.Notes) == 0 {
			t.Errorf("best iteration %s: no note", best)
		}
	}
	old, err := read(with(t, `"attributes":{}`, `"attributes":{"best_iteration":"0"}`, `"iteration_indptr":[0,1,2],`, ``))
	if err != nil {
		t.Fatal(err)
	}
	if got := score(t, old, value.FromNumber(10), value.FromText("yy")); got != 0.25-1 {
		t.Errorf("best iteration without iteration_indptr: %v", got)
	}
}

// Files of versions 1.0 to 1.2 have booleans for directions and know no categories.
func TestFirstVersions(t *testing.T) {
	old := with(t, `"default_left":[1,0,0]`, `"default_left":[true,false,false]`, `"split_type":[0,0,0],`, ``,
		`"feature_names":["age","kind"],"feature_types":["float","c"],`, ``)
	old = strings.Replace(old, byCategory, stump, 1)
	old = strings.Replace(old, `"cats":{"enc":[{"offsets":[],"values":[]},{"offsets":[0,1,3,4],"values":[120,121,121,122]}]},`, ``, 1)
	m, err := read(old)
	if err != nil {
		t.Fatal(err)
	}
	if p := m.EvaluateNamed(map[string]value.Value{"f0": value.FromNumber(31)}); p.Score != 2.25 {
		t.Errorf("the score is %v", p.Score)
	}
	if len(m.Notes) != 1 || !strings.Contains(m.Notes[0].Text, "f0, f1") {
		t.Errorf("the notes are %v", m.Notes)
	}
}

func TestUnknownKeysAreNoted(t *testing.T) {
	m, err := read(with(t, `"attributes":{}`, `"attributes":{},"novelty":1`))
	if err != nil || len(m.Notes) != 1 || !strings.Contains(m.Notes[0].String(), "novelty") {
		t.Errorf("%v, %v", m, err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(document()))
	f.Add([]byte(with(f, "reg:squarederror", "binary:logistic")))
	f.Add([]byte(with(f, `"attributes":{}`, `"attributes":{"best_iteration":"0"}`)))
	f.Add([]byte(`{"learner":{}}`))
	for _, text := range vectortest.Files(f, "xgboost/*/Log*.json") {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		root, err := jsontree.ParseJSON(text, "f")
		if err != nil {
			return
		}
		if m, err := Read(root, "f"); err == nil {
			m.Evaluate(nil)
			m.Evaluate([]value.Value{value.FromNumber(1), value.FromText("x")})
		}
	})
}

func ExampleRead() {
	root, _ := jsontree.ParseJSON([]byte(document()), "model.json")
	m, err := Read(root, "model.json")
	if err != nil {
		panic(err)
	}
	p := m.EvaluateNamed(map[string]value.Value{"age": value.FromNumber(45), "kind": value.FromText("x")})
	fmt.Println(m.Format, p.Score)
	// Output: XGBoost 3.4 11.25
}
