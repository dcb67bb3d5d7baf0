package lightgbm_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	. "weir/engine/modelfile/lightgbm"
	"weir/engine/modelfile/refusal"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
	"weir/engine/modelfile/vectortest"
)

// fixture has three trees: a leaf of 0.5; a split of age at 30 (decision type filled in by tests); a split of kind by the
// codes 1 and 33, which go left.
const fixture = `tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=1
objective=regression
feature_names=age kind
feature_infos=[18:99] 0:1:33
tree_sizes=10 20 30

Tree=0
num_leaves=1
num_cat=0
leaf_value=0.5
shrinkage=1


Tree=1
num_leaves=2
num_cat=0
split_feature=0
split_gain=1
threshold=30
decision_type=2
left_child=-1
right_child=-2
leaf_value=1 2
is_linear=0
shrinkage=0.1


Tree=2
num_leaves=2
num_cat=1
split_feature=1
split_gain=1
threshold=0
decision_type=1
left_child=-1
right_child=-2
leaf_value=10 20
cat_boundaries=0 2
cat_threshold=2 2
is_linear=0
shrinkage=0.1


end of trees

feature_importances:
age=1

parameters:
[boosting: gbdt]
end of parameters

pandas_categorical:null
`

func with(t testing.TB, pairs ...string) []byte {
	text := fixture
	for i := 0; i < len(pairs); i += 2 {
		changed := strings.Replace(text, pairs[i], pairs[i+1], 1)
		if changed == text {
			t.Fatalf("%q is not in the fixture", pairs[i])
		}
		text = changed
	}
	return []byte(text)
}

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		pairs []string
		want  string
	}{
		"version":         {[]string{"version=v4", "version=v9"}, "line 2, version"},
		"classes":         {[]string{"num_class=1", "num_class=3"}, "line 3, num_class"},
		"multiclass":      {[]string{"objective=regression", "objective=multiclass num_class:3"}, "one model per class"},
		"linear tree":     {[]string{"is_linear=0", "is_linear=1"}, "line 29, is_linear"},
		"names":           {[]string{"=age kind", "=age"}, "line 8, feature_names"},
		"name twice":      {[]string{"=age kind", "=age age"}, "named twice"},
		"billion leaves":  {[]string{"num_leaves=2", "num_leaves=1000000000"}, "leaf_value"},
		"no leaves":       {[]string{"num_leaves=1", "num_leaves=0"}, "leaf_value"},
		"leaf":            {[]string{"leaf_value=1 2", "leaf_value=1 nan"}, "finite"},
		"circle":          {[]string{"left_child=-1", "left_child=0"}, "no tree"},
		"leaf outside":    {[]string{"left_child=-1", "left_child=-9"}, "no tree"},
		"feature":         {[]string{"split_feature=0", "split_feature=7"}, "feature that there is not"},
		"missing column":  {[]string{"threshold=30\n", ""}, "num_leaves-1"},
		"decision":        {[]string{"decision_type=2", "decision_type=64"}, "decision type"},
		"sets":            {[]string{"cat_boundaries=0 2", "cat_boundaries=0 1000000000"}, "cat_threshold"},
		"set index":       {[]string{"threshold=0", "threshold=1"}, "without its set"},
		"cut off":         {[]string{"end of trees", ""}, "cut off"},
		"tree left out":   {[]string{"tree_sizes=10 20 30", "tree_sizes=10 20 30 40"}, "4 sizes for 3 trees"},
		"key twice":       {[]string{"num_cat=0\n", "num_cat=0\nnum_cat=0\n"}, "given twice"},
		"pandas":          {[]string{"pandas_categorical:null", "pandas_categorical:[[\"a\"],[\"b\"]]"}, "2 lists of categories for 1"},
		"pandas twice":    {[]string{"pandas_categorical:null", "pandas_categorical:[[\"a\",\"a\"]]"}, "neither distinct"},
		"pandas not JSON": {[]string{"pandas_categorical:null", "pandas_categorical:[["}, "JSON"},
		"sigmoid":         {[]string{"objective=regression", "objective=binary sigmoid:0"}, "sigmoid"},
	} {
		_, err := Read(with(t, c.pairs...), "model.txt")
		var e *refusal.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func score(t *testing.T, m *scoring.Model, age, kind value.Value) float64 {
	t.Helper()
	p := m.EvaluateNamed(map[string]value.Value{"age": age, "kind": kind})
	if p.Outcome != scoring.Scored {
		t.Fatalf("%s: %s", p.Outcome, p.Why)
	}
	return p.Score
}

// The three ways with missing values, and their two directions: what goes where at the split of age (left gives 1).
func TestMissingTypes(t *testing.T) {
	nan, zero := value.Value{}, value.FromNumber(0)
	for decision, want := range map[int][4]float64{ // of NaN, 0, 30, 31
		0: {1, 1, 1, 2}, 2: {1, 1, 1, 2}, // none: NaN is compared as 0
		4: {2, 2, 1, 2}, 6: {1, 1, 1, 2}, // zero: both go by default
		8: {2, 1, 1, 2}, 10: {1, 1, 1, 2}, // NaN
	} {
		m, err := Read(with(t, "decision_type=2\n", fmt.Sprint("decision_type=", decision, " \n")), "f")
		if err != nil {
			t.Fatal(err)
		}
		for i, age := range []value.Value{nan, zero, value.FromNumber(30), value.FromNumber(31)} {
			if got := score(t, m, age, value.FromNumber(1)); got != 0.5+want[i]+10 {
				t.Errorf("decision type %d, age %q: %v, want %v", decision, age.Literal(), got, 10.5+want[i])
			}
		}
	}
}

func TestCategories(t *testing.T) {
	m, err := Read(with(t), "f")
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[float64]float64{1: 10, 33: 10, 0: 20, 2: 20, -1: 20, 1e9: 20, 1e300: 20, math.NaN(): 20} {
		if got := score(t, m, value.FromNumber(1), value.FromNumber(code)); got != 1.5+want {
			t.Errorf("code %v: %v", code, got)
		}
	}
}

func TestPandasCategories(t *testing.T) {
	m, err := Read(with(t, "pandas_categorical:null", `pandas_categorical:[["a","b"]]`), "f")
	if err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[string]float64{"a": 20, "b": 10, "unseen": 20} {
		if got := score(t, m, value.FromNumber(1), value.FromText(kind)); got != 1.5+want {
			t.Errorf("category %s: %v", kind, got)
		}
	}
	numbers, err := Read(with(t, "pandas_categorical:null", `pandas_categorical:[[10,20.0]]`), "f")
	if err != nil {
		t.Fatal(err)
	}
	if got := score(t, numbers, value.FromNumber(1), value.FromText("20")); got != 11.5 {
		t.Errorf("category 20 of numbers: %v", got)
	}
}

func TestObjectives(t *testing.T) {
	for objective, want := range map[string]float64{"binary sigmoid:2": 1 / (1 + math.Exp(-23)), "regression sqrt": 132.25,
		"poisson": math.Exp(11.5), "lambdarank": 11.5, "cross_entropy": 1 / (1 + math.Exp(-11.5))} {
		m, err := Read(with(t, "objective=regression", "objective="+objective), "f")
		if err != nil {
			t.Fatal(err)
		}
		if got := score(t, m, value.FromNumber(1), value.FromNumber(1)); math.Abs(got-want) > 1e-12*want {
			t.Errorf("%s: %v, want %v", objective, got, want)
		}
	}
	averaged, err := Read(with(t, "objective=regression", "objective=regression\naverage_output"), "f")
	if err != nil {
		t.Fatal(err)
	}
	if got := score(t, averaged, value.FromNumber(1), value.FromNumber(1)); got != 11.5/3 {
		t.Errorf("an averaged forest: %v", got)
	}
	none, err := Read(with(t, "objective=regression\n", "novelty=1\n"), "f")
	if err != nil || len(none.Notes) != 2 {
		t.Errorf("no objective and an unknown key: %v", err)
	}
}

func TestWindowsLines(t *testing.T) {
	text := []byte(strings.ReplaceAll(fixture, "\n", "\r\n"))
	if !Is(text) {
		t.Error("a file with CRLF is not recognised")
	}
	if _, err := Read(text, "f"); err != nil {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(with(f))
	f.Add(with(f, "pandas_categorical:null", `pandas_categorical:[["a","b"]]`))
	f.Add(with(f, "objective=regression", "objective=binary sigmoid:1"))
	f.Add([]byte("tree\nend of trees\n"))
	for _, text := range vectortest.Files(f, "lightgbm/*/lg_breast_cancer.txt", "lightgbm/*/*.model") {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if m, err := Read(text, "f"); err == nil {
			m.Evaluate(nil)
			m.Evaluate([]value.Value{value.FromNumber(31), value.FromNumber(33)})
		}
	})
}

func ExampleRead() {
	m, err := Read([]byte(fixture), "model.txt")
	if err != nil {
		panic(err)
	}
	fmt.Println(m.Format, m.EvaluateNamed(map[string]value.Value{"age": value.FromNumber(45), "kind": value.FromNumber(1)}).Score)
	_, err = Read([]byte(strings.Replace(fixture, "is_linear=0", "is_linear=1", 1)), "model.txt")
	fmt.Println(err)
	// Output:
	// LightGBM text v4 12.5
	// model.txt: line 29, is_linear: a linear tree: train with linear_tree=false
}
