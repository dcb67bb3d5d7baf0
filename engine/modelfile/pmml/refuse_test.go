package pmml_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"weir/engine/modelfile/refusal"
	"weir/engine/modelfile/scoring"
)

const card = `<Scorecard functionName="regression" modelName="card" initialScore="500" useReasonCodes="true" reasonCodeAlgorithm="pointsBelow">` + schema + `
<Output><OutputField name="R" rank="1" feature="reasonCode" dataType="string"/></Output>
<Characteristics><Characteristic name="A" reasonCode="R1" baselineScore="10"><Attribute partialScore="4.25"><SimplePredicate field="a" operator="lessThan" value="10"/></Attribute>
<Attribute partialScore="10"><CompoundPredicate booleanOperator="or"><SimplePredicate field="a" operator="isMissing"/><CompoundPredicate booleanOperator="and"><SimplePredicate field="a" operator="greaterOrEqual" value="10"/><SimplePredicate field="n" operator="lessThan" value="3"/></CompoundPredicate></CompoundPredicate></Attribute>
<Attribute><True/><ComplexPartialScore><Apply function="*"><FieldRef field="a"/><Constant>0.5</Constant></Apply></ComplexPartialScore></Attribute></Characteristic>
<Characteristic name="C" reasonCode="R2" baselineScore="0"><Attribute partialScore="7"><SimpleSetPredicate field="c" booleanOperator="isIn"><Array n="2" type="string">u "w"</Array></SimpleSetPredicate></Attribute>
<Attribute partialScore="0"><True/></Attribute></Characteristic></Characteristics></Scorecard>`

func TestScorecard(t *testing.T) {
	m := model(t, card)
	expect(t, m, map[string]float64{"a=5 c=u": 511.25, "c=w": 517, "a=20 n=2 c=v": 510, "a=20 n=3 c=v": 510, "a=40": 520, "c=x": rejected})
	if p := m.EvaluateNamed(inputs("a=5 c=u")); !p.IsExact || p.Exact.String() != "511.25" || !slices.Equal(p.Reasons, []string{"R1"}) {
		t.Errorf("exact %v %s, reasons %v", p.IsExact, p.Exact, p.Reasons)
	}
	if p := m.EvaluateNamed(inputs("a=40")); p.IsExact {
		t.Error("a score with a formula counts as exact")
	}
}

func replace(t *testing.T, text, old, now string) string {
	t.Helper()
	changed := strings.Replace(text, old, now, 1)
	if changed == text {
		t.Fatalf("%q is not in the document", old)
	}
	return changed
}

func TestRefused(t *testing.T) {
	chained := document(mining("classification", "modelChain", chain, ""))
	linear := document(regressionOf("", "", `<RegressionTable intercept="1"><NumericPredictor name="a" coefficient="2"/></RegressionTable>`))
	trees := document(mining("regression", "sum", twoTrees, ""))
	glm := document(general(`functionName="regression" modelType="generalLinear"`, `<PCell parameterName="p0" beta="1"/>`))
	cards := document(card)
	for name, c := range map[string]struct{ text, old, now, want string }{
		"other root":            {"<HTML> </HTML>", " ", "", "not <PMML>"},
		"version":               {linear, `version="4.4"`, `version="2.1"`, "between 3.1 and 4.4"},
		"no model":              {linear, linear[strings.Index(linear, "<RegressionModel"):strings.Index(linear, "</PMML>")], "", "no model"},
		"other model":           {linear, "</PMML>", "<NeuralNetwork/></PMML>", "<NeuralNetwork>: element is not supported"},
		"second model":          {cards, "</Scorecard>", "</Scorecard><RegressionModel functionName=\"regression\"/>", "second model"},
		"own functions":         {linear, "<RegressionModel", "<TransformationDictionary><DefineFunction name=\"f\"/></TransformationDictionary><RegressionModel", "<DefineFunction>"},
		"date":                  {linear, `<MiningField name="a"/>`, `<MiningField name="a"/><MiningField name="d"/>`, `data type of "d"`},
		"field not declared":    {linear, `<MiningField name="a"/>`, `<MiningField name="zz"/>`, `"zz" is not in the data dictionary`},
		"field not in schema":   {linear, `<MiningField name="a"/>`, ``, `"a" is neither in the mining schema`},
		"field twice":           {linear, `<MiningField name="a"/>`, `<MiningField name="a"/><MiningField name="a"/>`, "name of its own"},
		"predictor is a text":   {linear, `name="a" coefficient`, `name="c" coefficient`, "no number"},
		"coefficient":           {linear, `coefficient="2"`, `coefficient="2,5"`, "not a number"},
		"no coefficient":        {linear, `coefficient="2"`, ``, "coefficient is missing"},
		"huge coefficient":      {linear, `coefficient="2"`, `coefficient="1e999"`, "not a number"},
		"normalisation":         {linear, `functionName="regression"`, `functionName="regression" normalizationMethod="simplemax"`, "simplemax"},
		"clustering":            {linear, `functionName="regression"`, `functionName="clustering"`, "clustering"},
		"not scorable":          {linear, `functionName="regression"`, `functionName="regression" isScorable="false"`, "not to be scored"},
		"text in between":       {linear, `coefficient="2"/>`, `coefficient="2">7</NumericPredictor>`, "text where none is expected"},
		"points":                {cards, `partialScore="4.25"`, `partialScore="4,25"`, "partialScore"},
		"points twice":          {cards, `<Attribute><True/>`, `<Attribute partialScore="1"><True/>`, "exactly one"},
		"unknown function":      {cards, `function="*"`, `function="formatDatetime"`, "formatDatetime"},
		"order of texts":        {cards, `field="a" operator="lessThan"`, `field="c" operator="lessThan"`, "order relation"},
		"array":                 {cards, `n="2"`, `n="1000000000"`, "does not hold n values"},
		"open quotation":        {cards, `u "w"`, `u "w`, "does not hold n values"},
		"operator":              {cards, `operator="isMissing"`, `operator="isOdd"`, "isOdd"},
		"connective":            {cards, `booleanOperator="or"`, `booleanOperator="nand"`, "nand"},
		"no attributes":         {cards, `<Characteristics>`, `<Characteristics><Characteristic name="E"/>`, "without attributes"},
		"threshold":             {cards, `operator="lessThan" value="10"`, `operator="lessThan" value="ten"`, "no double"},
		"default child":         {trees, `defaultChild="x"`, `defaultChild="q"`, "none of the children"},
		"confidence":            {trees, `missingValueStrategy="defaultChild"`, `missingValueStrategy="weightedConfidence"`, "a regression has none"},
		"embedded":              {trees, `<Node id="l" score="10">`, `<Node id="l" score="10"><Regression/>`, "<Regression>"},
		"score of a node":       {trees, `score="100"`, `score="high"`, "not a number"},
		"method":                {trees, `"sum"`, `"selectAll"`, "selectAll"},
		"vote of numbers":       {trees, `"sum"`, `"majorityVote"`, "majorityVote"},
		"later output":          {chained, `field="lp" operator`, `field="risk" operator`, `"risk" is neither`},
		"table elsewhere":       {chained, `<Apply function="round">`, `<MapValues outputColumn="o"><TableLocator/></MapValues><Apply function="round">`, "<TableLocator>"},
		"contrasts":             {glm, `<Predictor name="c"/>`, `<Predictor name="c" contrastMatrixType="helmert"/>`, "helmert"},
		"survival":              {glm, `modelType="generalLinear"`, `modelType="CoxRegression"`, "CoxRegression"},
		"cumulative":            {glm, `modelType="generalLinear"`, `modelType="ordinalMultinomial" cumulativeLink="logit"`, "cumulativeLink"},
		"trials":                {glm, `modelType="generalLinear"`, `modelType="generalLinear" trialsValue="5"`, "trialsValue"},
		"parameter":             {glm, `parameterName="p0"`, `parameterName="p9"`, "not in the list"},
		"no name of derivation": {linear, "<RegressionTable", `<LocalTransformations><DerivedField optype="continuous" dataType="double"><Constant>1</Constant></DerivedField></LocalTransformations><RegressionTable`, "name of its own"},
		"derived by itself":     {linear, "<RegressionTable", `<LocalTransformations><DerivedField name="b2" optype="continuous" dataType="double"><FieldRef field="b2"/></DerivedField></LocalTransformations><RegressionTable intercept="0"><NumericPredictor name="b2" coefficient="1"/></RegressionTable><RegressionTable`, "defined by itself"},
	} {
		_, err := read(replace(t, c.text, c.old, c.now))
		var e *refusal.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "line ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// All the faults of a file are told at once, each with its line.
func TestAllFaults(t *testing.T) {
	_, err := read(document("<Scorecard functionName=\"regression\">" + schema + "\n<Characteristics>\n<Characteristic name=\"A\">\n<Attribute partialScore=\"x\">\n<True/></Attribute>\n" +
		"<Attribute partialScore=\"1\">\n<SimplePredicate field=\"nowhere\" operator=\"equal\" value=\"1\"/></Attribute></Characteristic></Characteristics></Scorecard>"))
	var e *refusal.Error
	if !errors.As(err, &e) || len(e.Faults) != 2 {
		t.Fatalf("the faults are %v", err)
	}
	if a, b := e.Faults[0], e.Faults[1]; a.Line != 16 || a.Element != "<Attribute>" || b.Line != 19 || b.Element != "<SimplePredicate>" {
		t.Errorf("the faults are %v and %v", a, b)
	}
}

// Derived fields that double each other's cost, or form a long chain, are harmless.
func TestBombsOfDerivedFields(t *testing.T) {
	var b strings.Builder
	for i := range 200 {
		fmt.Fprintf(&b, `<DerivedField name="x%d" optype="continuous" dataType="double"><Apply function="+"><FieldRef field="x%d"/><FieldRef field="x%d"/></Apply></DerivedField>`, i+1, i, i)
	}
	text := func(chain string, last int) string {
		return regressionOf("", `<LocalTransformations><DerivedField name="x0" optype="continuous" dataType="double"><FieldRef field="a"/></DerivedField>`+chain+`</LocalTransformations>`,
			fmt.Sprintf(`<RegressionTable intercept="0"><NumericPredictor name="x%d" coefficient="1"/></RegressionTable>`, last))
	}
	expect(t, model(t, text(b.String(), 200)), map[string]float64{"a=0": 0})
	for i := 200; i < 3000; i++ {
		fmt.Fprintf(&b, `<DerivedField name="x%d" optype="continuous" dataType="double"><FieldRef field="x%d"/></DerivedField>`, i+1, i)
	}
	if _, err := read(document(text(b.String(), 3000))); err == nil || !strings.Contains(err.Error(), "chain longer than") {
		t.Errorf("a chain of 3000 derived fields: %v", err)
	}
}

func TestVersions(t *testing.T) {
	for _, version := range []string{"3.1", "3.2", "4.0", "4.1", "4.2", "4.2.1", "4.3", "4.4", "4.4.1"} {
		m, err := read(strings.Replace(document(card), `version="4.4"`, `version="`+version+`"`, 1))
		if err != nil || m.Format != "PMML "+version+" Scorecard" {
			t.Errorf("version %s: %v", version, err)
		}
	}
}

func TestPrefix(t *testing.T) {
	text := document(card)
	for _, name := range []string{"PMML", "Scorecard", "MiningSchema"} {
		text = strings.ReplaceAll(strings.ReplaceAll(text, "<"+name, "<p:"+name), "</"+name, "</p:"+name)
	}
	if m, err := read(text); err != nil || m.EvaluateNamed(nil).Outcome != scoring.Scored {
		t.Errorf("a document with a namespace prefix: %v", err)
	}
}
