package pmml_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	. "weir/engine/modelfile/pmml"
	"weir/engine/modelfile/pmml/xmltree"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
	"weir/engine/modelfile/vectortest"
)

// dictionary is that of all documents here: a, b numbers, n an integer, f a float, c a category of u, v, w, y a target.
const dictionary = `<DataDictionary>
<DataField name="a" optype="continuous" dataType="double"/>
<DataField name="b" optype="continuous" dataType="double"><Interval closure="closedOpen" leftMargin="0" rightMargin="100"/>
<Value value="-1" property="missing"/></DataField>
<DataField name="n" optype="continuous" dataType="integer"/>
<DataField name="f" optype="continuous" dataType="float"/>
<DataField name="c" optype="categorical" dataType="string"><Value value="u"/><Value value="v"/><Value value="w"/></DataField>
<DataField name="d" optype="continuous" dataType="date"/>
<DataField name="y" optype="categorical" dataType="string"><Value value="bad"/><Value value="good"/></DataField>
</DataDictionary>`

const schema = `<MiningSchema><MiningField name="a"/><MiningField name="b"/><MiningField name="n"/><MiningField name="f"/><MiningField name="c"/>
<MiningField name="y" usageType="target"/></MiningSchema>`

func document(model string) string {
	return `<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/>` + "\n" + dictionary + "\n" + model + "</PMML>"
}

func read(text string) (*scoring.Model, error) {
	root, err := xmltree.Parse([]byte(text), "model.pmml")
	if err != nil {
		return nil, err
	}
	return Read(root, "model.pmml")
}

func model(t testing.TB, text string) *scoring.Model {
	t.Helper()
	m, err := read(document(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// inputs reads "a=1 c=u" as a row; what is not given is missing.
func inputs(text string) map[string]value.Value {
	row := map[string]value.Value{}
	for word := range strings.FieldsSeq(text) {
		name, v, _ := strings.Cut(word, "=")
		row[name] = value.FromText(v)
	}
	return row
}

// expect scores rows; a wanted NaN stands for invalid, an infinity for a rejected input.
func expect(t *testing.T, m *scoring.Model, want map[string]float64) {
	t.Helper()
	for row, w := range want {
		p := m.EvaluateNamed(inputs(row))
		switch {
		case math.IsNaN(w) && p.Outcome != scoring.Invalid, math.IsInf(w, 0) && p.Outcome != scoring.Rejected:
			t.Errorf("%q: %s (%s), score %v", row, p.Outcome, p.Why, p.Score)
		case !math.IsNaN(w) && !math.IsInf(w, 0) && (p.Outcome != scoring.Scored || math.Abs(p.Score-w) > 1e-12*max(1, math.Abs(w))):
			t.Errorf("%q: %s (%s), score %v, want %v", row, p.Outcome, p.Why, p.Score, w)
		}
	}
}

var (
	invalid  = math.NaN()
	rejected = math.Inf(1)
)

func regressionOf(attributes, transformations, table string) string {
	return `<RegressionModel functionName="regression" ` + attributes + `>` + schema + transformations + table + `</RegressionModel>`
}

// derived is a regression that is just one derived field.
func derived(dataType, expression string) string {
	return regressionOf("", `<LocalTransformations><DerivedField name="x" optype="continuous" dataType="`+dataType+`">`+expression+
		`</DerivedField></LocalTransformations>`, `<RegressionTable intercept="0"><NumericPredictor name="x" coefficient="1"/></RegressionTable>`)
}

func TestTransformations(t *testing.T) {
	for name, c := range map[string]struct {
		model string
		want  map[string]float64
	}{
		"nested ifs": {derived("double", `<Apply function="if"><Apply function="lessThan"><FieldRef field="a"/><Constant dataType="double">10</Constant></Apply>
<Constant>1</Constant><Apply function="if"><Apply function="isMissing"><FieldRef field="b"/></Apply><Constant>2</Constant><Constant>3</Constant></Apply></Apply>`),
			map[string]float64{"a=9.9": 1, "a=10": 2, "a=10 b=5": 3, "": invalid}},
		"discretize": {derived("integer", `<Discretize field="a" mapMissingTo="7" defaultValue="9" dataType="integer"><DiscretizeBin binValue="1"><Interval closure="openOpen" rightMargin="0"/></DiscretizeBin>
<DiscretizeBin binValue="2"><Interval closure="closedClosed" leftMargin="0" rightMargin="5"/></DiscretizeBin></Discretize>`),
			map[string]float64{"a=-1": 1, "a=0": 2, "a=5": 2, "a=5.1": 9, "": 7}},
		"map values": {derived("double", `<MapValues outputColumn="data:out" defaultValue="-1" mapMissingTo="-2"><FieldColumnPair field="c" column="data:in"/><FieldColumnPair field="n" column="k"/>
<InlineTable><row><data:in>u</data:in><k>1</k><data:out>10.5</data:out></row><row><data:in>v</data:in><k>2.0</k><data:out>20</data:out></row></InlineTable></MapValues>`),
			map[string]float64{"c=u n=1": 10.5, "c=v n=2": 20, "c=u n=2": -1, "c=u": -2}},
		"norm discrete":            {derived("double", `<NormDiscrete field="c" value="u" mapMissingTo="0.5"/>`), map[string]float64{"c=u": 1, "c=v": 0, "": 0.5}},
		"norm continuous":          {derived("double", `<NormContinuous field="a"><LinearNorm orig="0" norm="0"/><LinearNorm orig="2" norm="1"/></NormContinuous>`), map[string]float64{"a=1": 0.5, "a=4": 2, "": invalid}},
		"field reference":          {derived("double", `<FieldRef field="a" mapMissingTo="3"/>`), map[string]float64{"a=1": 1, "": 3}},
		"float":                    {derived("float", `<FieldRef field="a"/>`), map[string]float64{"a=0.1": float64(float32(0.1))}},
		"a fraction is no integer": {derived("integer", `<FieldRef field="a"/>`), map[string]float64{"a=0.1": invalid, "a=2": 2}},
		"division by zero":         {derived("double", `<Apply function="/"><Constant>1</Constant><FieldRef field="a"/></Apply>`), map[string]float64{"a=0": invalid, "a=4": 0.25}},
		"default of a function":    {derived("double", `<Apply function="+" defaultValue="5"><FieldRef field="a"/><Constant>1</Constant></Apply>`), map[string]float64{"a=1": 2, "": 5}},
		"missing in a function":    {derived("double", `<Apply function="+" mapMissingTo="6"><FieldRef field="a"/><Constant>1</Constant></Apply>`), map[string]float64{"a=1": 2, "": 6}},
		"is in":                    {derived("double", `<Apply function="if"><Apply function="isIn"><FieldRef field="c"/><Constant dataType="string">u</Constant><Constant dataType="string">v</Constant></Apply><Constant>1</Constant><Constant>0</Constant></Apply>`), map[string]float64{"c=v": 1, "c=w": 0}},
	} {
		t.Run(name, func(t *testing.T) { expect(t, model(t, c.model), c.want) })
	}
}

func TestDerivedFieldsInAnyOrder(t *testing.T) {
	m := model(t, regressionOf("", `<LocalTransformations><DerivedField name="x" optype="continuous" dataType="double"><Apply function="*"><FieldRef field="z"/><FieldRef field="z"/></Apply></DerivedField>
<DerivedField name="z" optype="continuous" dataType="double"><Apply function="+"><FieldRef field="a"/><Constant>1</Constant></Apply></DerivedField>
<DerivedField name="unused" optype="continuous" dataType="double"><Apply function="/"><Constant>1</Constant><Constant>0</Constant></Apply></DerivedField></LocalTransformations>`,
		`<RegressionTable intercept="0"><NumericPredictor name="x" coefficient="1"/></RegressionTable>`))
	expect(t, m, map[string]float64{"a=2": 9})
}

func withSchema(fields string) string {
	return `<RegressionModel functionName="regression"><MiningSchema>` + fields + `</MiningSchema>
<RegressionTable intercept="0"><NumericPredictor name="b" coefficient="1"/></RegressionTable></RegressionModel>`
}

func TestTreatments(t *testing.T) {
	for field, want := range map[string]map[string]float64{
		`<MiningField name="b"/>`: {"b=100": rejected, "b=x": rejected, "b=-1": invalid, "": invalid, "b=0": 0},
		`<MiningField name="b" missingValueTreatment="returnInvalid"/>`:                                {"": rejected, "b=-1": rejected, "b=1": 1},
		`<MiningField name="b" missingValueReplacement="7"/>`:                                          {"": 7, "b=-1": 7, "b=100": rejected},
		`<MiningField name="b" invalidValueTreatment="asMissing" missingValueReplacement="7"/>`:        {"b=100": 7, "b=x": 7},
		`<MiningField name="b" invalidValueTreatment="asIs"/>`:                                         {"b=100": 100, "b=x": rejected},
		`<MiningField name="b" invalidValueTreatment="asValue" invalidValueReplacement="3"/>`:          {"b=100": 3, "b=x": 3, "": invalid},
		`<MiningField name="b" outliers="asExtremeValues" lowValue="10" highValue="20"/>`:              {"b=5": 10, "b=99": 20, "b=15": 15},
		`<MiningField name="b" outliers="asMissingValues" lowValue="10" missingValueReplacement="1"/>`: {"b=5": 1, "b=99": 99},
	} {
		expect(t, model(t, withSchema(field)), want)
	}
}

func TestRegressionLinks(t *testing.T) {
	table := `<RegressionTable intercept="0.5"/>`
	for method, want := range map[string]float64{"none": 0.5, "logit": 1 / (1 + math.Exp(-0.5)), "softmax": 1 / (1 + math.Exp(-0.5)), "exp": math.Exp(0.5),
		"probit": 0.6914624612740131, "cloglog": 1 - math.Exp(-math.Exp(0.5)), "loglog": math.Exp(-math.Exp(-0.5)), "cauchit": 0.5 + math.Atan(0.5)/math.Pi} {
		expect(t, model(t, regressionOf(`normalizationMethod="`+method+`"`, "", table)), map[string]float64{"": want})
	}
	interaction := `<RegressionTable intercept="1"><NumericPredictor name="a" exponent="2" coefficient="3"/><CategoricalPredictor name="c" value="u" coefficient="10"/>
<PredictorTerm coefficient="2"><FieldRef field="a"/><FieldRef field="n"/></PredictorTerm></RegressionTable>`
	expect(t, model(t, regressionOf("", "", interaction)), map[string]float64{"a=2 n=5 c=u": 43, "a=2 n=5 c=v": 33, "a=2 n=5": 33, "a=2": invalid, "a=2 n=1.5": rejected})
	overflow := model(t, regressionOf(`normalizationMethod="exp"`, "", `<RegressionTable intercept="1000"/>`))
	if p := overflow.EvaluateNamed(nil); p.Outcome != scoring.NonFinite {
		t.Errorf("an overflow is %s", p.Outcome)
	}
}

func TestClassifications(t *testing.T) {
	for method, want := range map[string]float64{"logit": 1 / (1 + math.Exp(-2)), "none": 2, "softmax": math.Exp(2) / (math.Exp(2) + math.Exp(3)), "simplemax": 0.4} {
		m := model(t, `<RegressionModel functionName="classification" normalizationMethod="`+method+`">`+schema+
			`<RegressionTable intercept="2" targetCategory="bad"/><RegressionTable intercept="3" targetCategory="good"/></RegressionModel>`)
		p := m.EvaluateNamed(nil)
		if got, ok := p.Probability("bad"); !ok || math.Abs(got-want) > 1e-15 || !math.IsNaN(p.Score) {
			t.Errorf("%s: probability %v, want %v", method, got, want)
		}
		if v, ok := p.Named("y"); !ok || v.Literal() != p.Label {
			t.Errorf("%s: the target is %q, the label %q", method, v.Literal(), p.Label)
		}
	}
}

const parameters = `<ParameterList><Parameter name="p0"/><Parameter name="p1"/><Parameter name="p2"/></ParameterList>
<FactorList><Predictor name="c"/></FactorList><CovariateList><Predictor name="a"/></CovariateList>
<PPMatrix><PPCell value="2" predictorName="a" parameterName="p1"/><PPCell value="u" predictorName="c" parameterName="p2"/><PPCell value="1" predictorName="a" parameterName="p2"/></PPMatrix>`

func general(attributes, cells string) string {
	return `<GeneralRegressionModel ` + attributes + `>` + schema + parameters + `<ParamMatrix>` + cells + `</ParamMatrix></GeneralRegressionModel>`
}

func TestGeneralRegressions(t *testing.T) {
	cells := `<PCell parameterName="p0" beta="0.5"/><PCell parameterName="p1" beta="1"/><PCell parameterName="p2" beta="-2" df="1"/>`
	linear := model(t, general(`functionName="regression" modelType="generalLinear"`, cells))
	expect(t, linear, map[string]float64{"a=3 c=u": 0.5 + 9 - 6, "a=3 c=v": 9.5, "a=3": invalid, "c=u": invalid})
	logit := model(t, general(`functionName="regression" modelType="generalizedLinear" linkFunction="logit" offsetValue="1" offsetVariable="n"`, cells))
	expect(t, logit, map[string]float64{"a=1 c=v n=-3": 1 / (1 + math.Exp(0.5)), "a=1 c=v": invalid})
	binary := model(t, general(`functionName="classification" modelType="generalizedLinear" linkFunction="logit" targetReferenceCategory="good"`, cells))
	if p, _ := binary.EvaluateNamed(inputs("a=1 c=v")).Probability("bad"); math.Abs(p-1/(1+math.Exp(-1.5))) > 1e-15 {
		t.Errorf("the event has probability %v", p)
	}
	named := model(t, general(`functionName="classification" modelType="multinomialLogistic"`, strings.ReplaceAll(cells, `<PCell`, `<PCell targetCategory="good"`)))
	if p, _ := named.EvaluateNamed(inputs("a=1 c=v")).Probability("bad"); math.Abs(p-1/(1+math.Exp(1.5))) > 1e-15 {
		t.Errorf("the reference has probability %v", p)
	}
}

const twoTrees = `<Segment id="1" weight="2"><True/><TreeModel functionName="regression" noTrueChildStrategy="returnLastPrediction">` + schema + `<Node id="r" score="1"><True/>
<Node id="l" score="10"><SimplePredicate field="a" operator="lessThan" value="5"/></Node></Node></TreeModel></Segment>
<Segment id="2" weight="1"><SimplePredicate field="c" operator="notEqual" value="w"/><TreeModel functionName="regression" missingValueStrategy="defaultChild">` + schema + `<Node id="r" defaultChild="x"><True/>
<Node id="x" score="100"><SimplePredicate field="b" operator="lessOrEqual" value="50"/></Node><Node id="z" score="200"><SimplePredicate field="b" operator="greaterThan" value="50"/></Node></Node></TreeModel></Segment>`

func mining(function, method, segments, rest string) string {
	return `<MiningModel functionName="` + function + `">` + schema + rest + `<Segmentation multipleModelMethod="` + method + `">` + segments + `</Segmentation></MiningModel>`
}

func TestEnsembles(t *testing.T) {
	for method, want := range map[string][2]float64{"sum": {110, 10}, "weightedSum": {120, 20}, "average": {55, 10}, "weightedAverage": {40, 10}, "median": {55, 10}, "max": {100, 10}, "selectFirst": {10, 10}} {
		expect(t, model(t, mining("regression", method, twoTrees, "")), map[string]float64{"a=1 c=u": want[0], "a=1 c=w": want[1]})
	}
	target := `<Targets><Target field="y" rescaleFactor="2" rescaleConstant="-5" castInteger="floor"/></Targets>`
	expect(t, model(t, mining("regression", "sum", twoTrees, target)), map[string]float64{"a=1 c=u b=51": 415, "a=5 c=u": 197})
}

const voters = `<Segment><True/><TreeModel functionName="classification">` + schema + `<Node score="bad"><True/><ScoreDistribution value="bad" recordCount="3"/><ScoreDistribution value="good" recordCount="1"/></Node></TreeModel></Segment>
<Segment weight="3"><True/><TreeModel functionName="classification">` + schema + `<Node><True/><ScoreDistribution value="bad" recordCount="1" probability="0.1"/><ScoreDistribution value="good" recordCount="4" probability="0.9"/></Node></TreeModel></Segment>
<Segment><True/><TreeModel functionName="classification">` + schema + `<Node score="good"><True/><ScoreDistribution value="bad" recordCount="1"/><ScoreDistribution value="good" recordCount="1"/></Node></TreeModel></Segment>`

func TestVotes(t *testing.T) {
	for method, want := range map[string]float64{"majorityVote": 1.0 / 3, "average": (0.75 + 0.1 + 0.5) / 3} {
		p := model(t, mining("classification", method, voters, "")).EvaluateNamed(nil)
		if got, _ := p.Probability("bad"); math.Abs(got-want) > 1e-15 || p.Label != "good" {
			t.Errorf("%s: %v, %s", method, got, p.Label)
		}
	}
}

const chain = `<Segment><True/><MiningModel functionName="regression">` + schema + `<Output><OutputField name="lp" feature="predictedValue" dataType="float" isFinalResult="false"/></Output>
<Segmentation multipleModelMethod="sum">` + twoTrees + `</Segmentation></MiningModel></Segment>
<Segment><SimplePredicate field="lp" operator="greaterThan" value="0"/><RegressionModel functionName="classification" normalizationMethod="logit"><MiningSchema><MiningField name="lp"/><MiningField name="y" usageType="target"/></MiningSchema>
<Output><OutputField name="risk" feature="probability" value="bad" dataType="double"/><OutputField name="points" feature="transformedValue" dataType="integer"><Apply function="round"><Apply function="*"><FieldRef field="risk"/><Constant>1000</Constant></Apply></Apply></OutputField></Output>
<RegressionTable intercept="-111" targetCategory="bad"><NumericPredictor name="lp" coefficient="1"/></RegressionTable><RegressionTable intercept="0" targetCategory="good"/></RegressionModel></Segment>`

func TestChain(t *testing.T) {
	p := model(t, mining("classification", "modelChain", chain, "")).EvaluateNamed(inputs("a=1 c=u"))
	if points, ok := p.Named("points"); !ok || points.Float() != 269 || p.Label != "good" {
		t.Errorf("points %q, label %q (%s)", points.Literal(), p.Label, p.Why)
	}
	if _, ok := p.Named("lp"); ok {
		t.Error("an output that is not final is published")
	}
}

func TestVerificationRecords(t *testing.T) {
	records := `<ModelVerification recordCount="2"><VerificationFields><VerificationField field="a" column="in"/><VerificationField field="y" column="out"/></VerificationFields>
<InlineTable><row><in>2</in><out>5</out></row><row><in>3</in><out>7.000001</out></row></InlineTable></ModelVerification>`
	table := `<RegressionTable intercept="1"><NumericPredictor name="a" coefficient="2"/></RegressionTable>`
	if m := model(t, regressionOf("", "", table+records)); m.Verify() != nil || len(m.Verification) != 2 {
		t.Errorf("records that are met: %v", m.Verify())
	}
	if m := model(t, regressionOf("", "", table+strings.Replace(records, ">5<", ">6<", 1))); !errors.Is(m.Verify(), scoring.ErrVerification) {
		t.Errorf("a record that is not met: %v", m.Verify())
	}
}

func TestNotes(t *testing.T) {
	m := model(t, `<RegressionModel functionName="regression" novelty="1"><Extension name="anything"><any/></Extension>`+schema+
		`<Output><OutputField name="id" feature="entityId"/></Output><ModelStats><UnivariateStats/></ModelStats><RegressionTable intercept="0"/></RegressionModel>`)
	if len(m.Notes) != 2 || !strings.Contains(m.Notes[0].String(), "novelty") || !strings.Contains(m.Notes[1].String(), "entityId") {
		t.Errorf("the notes are %v", m.Notes)
	}
}

func FuzzRead(f *testing.F) {
	for _, m := range []string{derived("double", `<NormDiscrete field="c" value="u"/>`), mining("classification", "modelChain", chain, ""),
		mining("classification", "majorityVote", voters, ""), general(`functionName="regression" modelType="generalLinear"`, `<PCell parameterName="p0" beta="1"/>`),
		card, withSchema(`<MiningField name="b" outliers="asExtremeValues" lowValue="10"/>`)} {
		f.Add(document(m))
	}
	for _, text := range vectortest.Files(f, "pmml/*/*.pmml", "pmml/*/*.xml") {
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		if m, err := read(text); err == nil {
			m.EvaluateNamed(nil)
			m.EvaluateNamed(inputs("a=1 b=2 n=3 f=4 c=u"))
		}
	})
}

func ExampleRead() {
	root, _ := xmltree.Parse([]byte(document(card)), "card.pmml")
	m, err := Read(root, "card.pmml")
	if err != nil {
		panic(err)
	}
	p := m.EvaluateNamed(inputs("a=5 c=v"))
	fmt.Println(m.Format, p.Exact, p.Reasons)
	// Output: PMML 4.4 Scorecard 504.25 [R1]
}
