package terms_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	. "weir/engine/modelbind/terms"
	"weir/engine/modelfile"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
)

func read(t testing.TB, text string) *scoring.Model {
	t.Helper()
	m, err := modelfile.Read(strings.NewReader(text), "model")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// regression is a PMML regression of x, y and the category c with derived fields and terms.
func regression(attributes, derived, terms string) string {
	return `<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>
  <DataField name="x" optype="continuous" dataType="double"/><DataField name="y" optype="continuous" dataType="double"/>
  <DataField name="c" optype="categorical" dataType="string"/><DataField name="t" optype="continuous" dataType="double"/></DataDictionary>
  <TransformationDictionary>` + derived + `</TransformationDictionary>
  <RegressionModel functionName="regression" ` + attributes + `><MiningSchema><MiningField name="x" missingValueReplacement="0"/><MiningField name="y" missingValueReplacement="0"/>
  <MiningField name="c"/><MiningField name="t" usageType="target"/></MiningSchema><RegressionTable intercept="1.5">` + terms + `</RegressionTable></RegressionModel></PMML>`
}

func derived(name, body string) string {
	return `<DerivedField name="` + name + `" optype="continuous" dataType="double">` + body + `</DerivedField>`
}

func numeric(name string, more ...string) string {
	return `<NumericPredictor name="` + name + `" coefficient="2" ` + strings.Join(more, " ") + `/>`
}

func part(t *testing.T, m *scoring.Model, name string) Part {
	t.Helper()
	sum, obstacles := Split(m)
	if len(obstacles) > 0 {
		t.Fatalf("obstacles: %v", obstacles)
	}
	for _, p := range sum.Parts {
		if p.Name == name {
			return p
		}
	}
	t.Fatalf("%q has no part", name)
	return Part{}
}

func TestForms(t *testing.T) {
	const ifx = `<Apply function="if"><Apply function="lessThan"><FieldRef field="x"/><Constant dataType="double">3</Constant></Apply>`
	for _, c := range []struct {
		name, derived, terms string
		form                 Form
		breaks               []float64
	}{
		{"the input itself", "", numeric("x"), Monotone, nil},
		{"a power", "", numeric("x", `exponent="2"`), Monotone, []float64{0}},
		{"two powers", "", numeric("x") + numeric("x", `exponent="2"`), Free, []float64{0}},
		{"if with constants", derived("d", ifx+`<Constant dataType="double">1</Constant><Constant dataType="double">2</Constant></Apply>`), numeric("d"), Steps, []float64{3}},
		{"if with the input", derived("d", ifx+`<FieldRef field="x"/><Constant dataType="double">2</Constant></Apply>`), numeric("d"), Monotone, []float64{3}},
		{"discretized", derived("d", `<Discretize field="x"><DiscretizeBin binValue="1"><Interval closure="openClosed" leftMargin="2" rightMargin="5"/></DiscretizeBin></Discretize>`),
			numeric("d"), Steps, []float64{2, 5}},
		{"steps and the input", derived("d", ifx+`<Constant dataType="double">1</Constant><Constant dataType="double">2</Constant></Apply>`), numeric("d") + numeric("x"), Monotone, []float64{3}},
		{"logarithm", derived("d", `<Apply function="ln"><FieldRef field="x"/></Apply>`), numeric("d"), Monotone, []float64{0}},
		{"sine", derived("d", `<Apply function="sin"><FieldRef field="x"/></Apply>`), numeric("d"), Free, nil},
		{"a comparison of a curve", derived("d", `<Apply function="if"><Apply function="lessThan"><Apply function="sin"><FieldRef field="x"/></Apply><Constant dataType="double">0</Constant></Apply>
      <Constant dataType="double">1</Constant><Constant dataType="double">2</Constant></Apply>`), numeric("d"), Free, nil},
		{"table", derived("d", `<MapValues outputColumn="o" defaultValue="0"><FieldColumnPair field="x" column="i"/><InlineTable><row><i>4</i><o>9</o></row><row><i>7</i><o>1</o></row></InlineTable></MapValues>`),
			numeric("d"), Steps, []float64{4, 7}},
		{"indicator", derived("d", `<NormDiscrete field="x" value="4"/>`), numeric("d"), Steps, []float64{4}},
		{"a membership", derived("d", `<Apply function="if"><Apply function="isIn"><FieldRef field="x"/><Constant dataType="double">1</Constant><Constant dataType="double">5</Constant></Apply>
      <Constant dataType="double">1</Constant><Constant dataType="double">2</Constant></Apply>`), numeric("d"), Steps, []float64{1, 5}},
		{"polyline", derived("d", `<NormContinuous field="x"><LinearNorm orig="0" norm="0"/><LinearNorm orig="4" norm="9"/><LinearNorm orig="6" norm="1"/></NormContinuous>`),
			numeric("d"), Monotone, []float64{0, 4, 6}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := part(t, read(t, regression("", c.derived, c.terms)), "x")
			if p.Form != c.form || !slices.Equal(p.Breaks, c.breaks) && len(p.Breaks)+len(c.breaks) > 0 {
				t.Errorf("%s, breaks %v; want %s, %v", p.Form, p.Breaks, c.form, c.breaks)
			}
		})
	}
}

func TestCategories(t *testing.T) {
	p := part(t, read(t, regression("", "", `<CategoricalPredictor name="c" value="a" coefficient="3"/><CategoricalPredictor name="c" value="b" coefficient="-1"/>`)), "c")
	if p.Form != Steps || p.Terms != 2 {
		t.Errorf("%s with %d terms", p.Form, p.Terms)
	}
	for text, want := range map[string]string{"a": "3", "b": "-1", "z": "0"} {
		if x, why := p.At(value.FromText(text)); x == nil || x.RatString() != want {
			t.Errorf("category %s adds %v (%s), want %s", text, x, why, want)
		}
	}
}

// A logistic model is the link of its sum, for the class that the sum is about.
func TestLink(t *testing.T) {
	m := read(t, `<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary><DataField name="c" optype="categorical" dataType="string"/>
  <DataField name="t" optype="categorical" dataType="string"><Value value="bad"/><Value value="good"/></DataField></DataDictionary>
  <RegressionModel functionName="classification" normalizationMethod="logit"><MiningSchema><MiningField name="c"/><MiningField name="t" usageType="target"/></MiningSchema>
  <RegressionTable intercept="0.5" targetCategory="bad"><CategoricalPredictor name="c" value="a" coefficient="-2"/></RegressionTable>
  <RegressionTable intercept="0" targetCategory="good"/></RegressionModel></PMML>`)
	sum, obstacles := Split(m)
	if obstacles != nil || sum.Class != "bad" {
		t.Fatalf("class %q, %v", sum.Class, obstacles)
	}
	for _, text := range []string{"a", "b"} {
		row := []value.Value{value.FromText(text)}
		x, why := sum.Of(row)
		if x == nil {
			t.Fatal(why)
		}
		margin, _ := x.Float64()
		if want, ok := m.Evaluate(row).Probability("bad"); !ok || math.Abs(sum.Link.Of(margin)-want) > 1e-15 {
			t.Errorf("category %s: the link of the sum is %v, the model says %v", text, sum.Link.Of(margin), want)
		}
	}
}

func TestObstacles(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"two inputs in a term": {regression("", "", `<PredictorTerm coefficient="2"><FieldRef field="x"/><FieldRef field="y"/></PredictorTerm>`), `reads 2 inputs at once (["x" "y"])`},
		"two inputs derived":   {regression("", derived("d", `<Apply function="+"><FieldRef field="x"/><FieldRef field="y"/></Apply>`), numeric("d")), `reads 2 inputs at once`},
		"a tree": {`<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary><DataField name="x" optype="continuous" dataType="double"/></DataDictionary>
  <TreeModel functionName="regression" splitCharacteristic="multiSplit"><MiningSchema><MiningField name="x"/></MiningSchema><Node score="1"><True/>
  <Node score="2"><SimplePredicate field="x" operator="lessThan" value="3"/></Node><Node score="5"><True/></Node></Node></TreeModel></PMML>`, "trees and ensembles run in the plaintext engine only"},
	} {
		t.Run(name, func(t *testing.T) {
			sum, obstacles := Split(read(t, c.text))
			if sum != nil || len(obstacles) != 1 || !strings.Contains(obstacles[0].String(), c.want) {
				t.Errorf("got %v", obstacles)
			}
		})
	}
}

func TestTrees(t *testing.T) {
	m := read(t, `<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary><DataField name="x" optype="continuous" dataType="double"/>
  <DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
  <TreeModel functionName="regression" splitCharacteristic="multiSplit"><MiningSchema><MiningField name="x"/><MiningField name="y"/></MiningSchema><Node score="1"><True/>
  <Node score="2"><SimplePredicate field="y" operator="lessThan" value="3"/></Node><Node score="5"><True/></Node></Node></TreeModel></PMML>`)
	trees := Trees(m)
	if len(trees) != 1 || !slices.Equal(trees[0].Inputs, []int{1}) || trees[0].Leaves != 2 {
		t.Errorf("trees %+v", trees)
	}
}

// The sum of the parts is what the model answers, whatever the row.
func TestSumIsTheModel(t *testing.T) {
	m := read(t, regression("", derived("d", `<NormContinuous field="x"><LinearNorm orig="0" norm="0"/><LinearNorm orig="4" norm="9"/><LinearNorm orig="6" norm="1"/></NormContinuous>`),
		numeric("d")+numeric("y", `exponent="3"`)+`<CategoricalPredictor name="c" value="a" coefficient="3"/>`))
	sum, obstacles := Split(m)
	if obstacles != nil {
		t.Fatal(obstacles)
	}
	rapid.Check(t, func(t *rapid.T) {
		row := []value.Value{value.FromNumber(rapid.Float64Range(-20, 20).Draw(t, "x")), value.FromNumber(rapid.Float64Range(-20, 20).Draw(t, "y")),
			value.FromText(rapid.SampledFrom([]string{"a", "b"}).Draw(t, "c"))}
		want := m.Evaluate(row)
		got, why := sum.Of(row)
		if got == nil {
			t.Fatal(why)
		}
		if x, _ := got.Float64(); math.Abs(x-want.Score) > 1e-9*math.Max(1, math.Abs(x)) {
			t.Fatalf("parts add up to another score than the model's")
		}
	})
}

// Between two breaks a part in steps is constant: that is what everything under seal rests on.
func TestStepsAreConstant(t *testing.T) {
	m := read(t, `{"x": {"[-inf ~ 0.3)": 10, "[0.3 ~ 7)": 25, "[7 ~ inf)": 44, "nan": -3}, "y": {"[-inf ~ 3)": 0, "[3 ~ inf)": 18}}`)
	p := part(t, m, "x")
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Float64Range(-10, 20).Draw(t, "a"), rapid.Float64Range(-10, 20).Draw(t, "b")
		for _, edge := range p.Breaks {
			if (a < edge) != (b < edge) || a == edge || b == edge {
				t.Skip()
			}
		}
		x, _ := p.At(value.FromNumber(a))
		y, _ := p.At(value.FromNumber(b))
		if x.Cmp(y) != 0 {
			t.Fatalf("%v and %v lie between the same breaks and add different points", a, b)
		}
	})
}

func ExampleSplit() {
	m, err := modelfile.Read(strings.NewReader(`{"staff": {"[-inf ~ 3)": 0, "[3 ~ inf)": 18}, "grade": {"A,B": 60, "else": 5}}`), "card.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	sum, _ := Split(m)
	for _, p := range sum.Parts {
		fmt.Println(p.Name, p.Form, p.Breaks)
	}
	x, _ := sum.Parts[1].At(value.FromText("A"))
	fmt.Println(x.RatString())
	// Output:
	// staff bins [3]
	// grade bins []
	// 60
}
