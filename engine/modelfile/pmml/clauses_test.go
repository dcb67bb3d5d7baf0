package pmml_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"weir/engine/modelfile/scoring"
)

// choice is a card with one characteristic that gives 1 where a predicate holds, 2 where it does not or is unknown.
func choice(predicate string) string {
	return `<Scorecard functionName="regression" useReasonCodes="false">` + schema + `<Characteristics><Characteristic name="A">
<Attribute partialScore="1">` + predicate + `</Attribute><Attribute partialScore="2"><True/></Attribute></Characteristic></Characteristics></Scorecard>`
}

func compound(operator string, parts ...string) string {
	return `<CompoundPredicate booleanOperator="` + operator + `">` + strings.Join(parts, "") + `</CompoundPredicate>`
}

func simple(field, operator, v string) string {
	return fmt.Sprintf(`<SimplePredicate field=%q operator=%q value=%q/>`, field, operator, v)
}

// Predicates in three-valued logic: an unknown one does not hold, whatever surrounds it.
func TestPredicates(t *testing.T) {
	a, b := simple("a", "lessThan", "5"), simple("b", "greaterOrEqual", "50")
	for name, c := range map[string]struct {
		predicate string
		want      map[string]float64
	}{
		"and":         {compound("and", a, b), map[string]float64{"a=1 b=60": 1, "a=1": 2, "a=9": 2, "": 2}},
		"or":          {compound("or", a, b), map[string]float64{"a=1": 1, "b=60": 1, "a=9": 2, "a=9 b=1": 2}},
		"xor":         {compound("xor", a, b), map[string]float64{"a=1 b=1": 1, "a=1 b=60": 2, "a=9 b=60": 1, "a=9 b=1": 2, "a=1": 2}},
		"xor of 3":    {compound("xor", a, b, simple("c", "equal", "u")), map[string]float64{"a=1 b=60 c=u": 1, "a=1 b=60 c=v": 2}},
		"surrogate":   {compound("surrogate", a, b), map[string]float64{"a=1": 1, "a=9 b=60": 2, "b=60": 1, "b=1": 2, "": 2}},
		"nested":      {compound("or", compound("and", a, simple("c", "notEqual", "u")), compound("surrogate", b, simple("c", "equal", "u"))), map[string]float64{"a=1 c=v": 1, "c=u": 1, "b=1 c=u": 2, "a=1 c=u b=60": 1}},
		"is missing":  {`<SimplePredicate field="a" operator="isMissing"/>`, map[string]float64{"": 1, "a=0": 2}},
		"not missing": {`<SimplePredicate field="a" operator="isNotMissing"/>`, map[string]float64{"": 2, "a=0": 1}},
		"in a set":    {`<SimpleSetPredicate field="n" booleanOperator="isIn"><Array type="int" n="2">3 7</Array></SimpleSetPredicate>`, map[string]float64{"n=7": 1, "n=7.0": 1, "n=4": 2, "": 2}},
		"not in":      {`<SimpleSetPredicate field="c" booleanOperator="isNotIn"><Array type="string">u v</Array></SimpleSetPredicate>`, map[string]float64{"c=w": 1, "c=v": 2, "": 2}},
		"between":     {simple("n", "lessOrEqual", "3.5"), map[string]float64{"n=3": 1, "n=4": 2}}, // an integer compared with a fraction
		"float":       {simple("f", "lessThan", "0.1"), map[string]float64{"f=0.1": 2, "f=0.1000000001": 2, "f=0.09": 1}},
		"false":       {`<False/>`, map[string]float64{"a=1": 2}},
	} {
		t.Run(name, func(t *testing.T) { expect(t, model(t, choice(c.predicate)), c.want) })
	}
}

// A characteristic none of whose attributes holds leaves no score.
func TestNoAttributeHolds(t *testing.T) {
	expect(t, model(t, strings.Replace(choice(simple("a", "lessThan", "5")), "<True/>", simple("a", "greaterThan", "5"), 1)), map[string]float64{"a=5": invalid, "": invalid, "a=6": 2})
}

// reasoned is a card of three characteristics with a formula in one; b has reason codes of its own at its attributes.
func reasoned(attributes, outputs string) string {
	return `<Scorecard functionName="regression" initialScore="100" ` + attributes + `>` + schema + `<Output>` + outputs + `</Output><Characteristics>
<Characteristic name="A" reasonCode="RA" baselineScore="10"><Attribute partialScore="4"><SimplePredicate field="a" operator="lessThan" value="0"/></Attribute>
<Attribute><True/><ComplexPartialScore><Apply function="if"><Apply function="isMissing"><FieldRef field="a"/></Apply><Constant>10</Constant><Apply function="*"><FieldRef field="a"/><Constant>0.5</Constant></Apply></Apply></ComplexPartialScore></Attribute></Characteristic>
<Characteristic name="B" reasonCode="RB" baselineScore="8"><Attribute partialScore="2" reasonCode="RA"><SimplePredicate field="b" operator="lessThan" value="10"/></Attribute>
<Attribute partialScore="5"><True/></Attribute></Characteristic>
<Characteristic name="C" reasonCode="RC" baselineScore="3"><Attribute partialScore="0"><SimplePredicate field="c" operator="equal" value="u"/></Attribute>
<Attribute partialScore="3"><SimplePredicate field="c" operator="equal" value="v"/></Attribute><Attribute partialScore="9"><True/></Attribute></Characteristic></Characteristics></Scorecard>`
}

const threeRanks = `<OutputField name="R1" feature="reasonCode" rank="1" dataType="string"/><OutputField name="R2" feature="reasonCode" rank="2" dataType="string"/>
<OutputField name="R3" feature="reasonCode" rank="3" dataType="string"/>`

// The rule for reason codes: differences are summed per code, a code below 0 is dropped, 0 is kept, ties stand in the
// order of the file, ranks without a code are empty.
func TestReasonCodes(t *testing.T) {
	for name, c := range map[string]struct {
		attributes, row string
		score           float64
		want            []string
	}{
		"by sum":               {`reasonCodeAlgorithm="pointsBelow"`, "a=-1 b=20 c=u", 109, []string{"RA", "RB", "RC"}},
		"summed per code":      {`reasonCodeAlgorithm="pointsBelow"`, "a=18 b=5 c=u", 111, []string{"RA", "RC"}},
		"below 0 is dropped":   {`reasonCodeAlgorithm="pointsBelow"`, "a=30 b=20 c=w", 129, []string{"RB"}},
		"0 is kept":            {`reasonCodeAlgorithm="pointsBelow"`, "a=20 b=20 c=v", 118, []string{"RB", "RA", "RC"}},
		"ties":                 {`reasonCodeAlgorithm="pointsBelow"`, "a=14 b=20 c=u", 112, []string{"RA", "RB", "RC"}},
		"above":                {`reasonCodeAlgorithm="pointsAbove"`, "a=30 b=20 c=w", 129, []string{"RC", "RA"}},
		"below is the default": {``, "a=30 b=20 c=w", 129, []string{"RB"}},
		"a missing input":      {``, "b=20 c=u", 115, []string{"RB", "RC", "RA"}},
		"not used":             {`useReasonCodes="false"`, "a=-1 b=20 c=u", 109, nil},
	} {
		m := model(t, reasoned(c.attributes, threeRanks))
		p := m.EvaluateNamed(inputs(c.row))
		if p.Score != c.score || !slices.Equal(p.Reasons, c.want) {
			t.Errorf("%s: %v, %q, want %v, %q", name, p.Score, p.Reasons, c.score, c.want)
		}
		for i, output := range []string{"R1", "R2", "R3"} {
			if v, ok := p.Named(output); !ok || i < len(c.want) && v.Literal() != c.want[i] || i >= len(c.want) && !v.IsMissing() {
				t.Errorf("%s: output %s is %q", name, output, v.Literal())
			}
		}
	}
}

func TestBaselineOfTheCard(t *testing.T) {
	text := reasoned(`baselineScore="7"`, threeRanks)
	text = strings.Replace(text, `name="C" reasonCode="RC" baselineScore="3"`, `name="C" reasonCode="RC"`, 1)
	if p := model(t, text).EvaluateNamed(inputs("a=30 b=20 c=u")); !slices.Equal(p.Reasons, []string{"RC", "RB"}) { // 7-0, 8-5
		t.Errorf("reasons %q", p.Reasons)
	}
}

// An output may ask for a lower rank alone.
func TestOnlyTheSecondReason(t *testing.T) {
	m := model(t, reasoned("", `<OutputField name="second" feature="reasonCode" rank="2" dataType="string"/>`))
	if v, ok := m.EvaluateNamed(inputs("a=-1 b=20 c=u")).Named("second"); !ok || v.Literal() != "RB" {
		t.Errorf("the second reason is %q", v.Literal())
	}
}

// Formulas as points: what they give, and no score where they give nothing.
func TestComplexPartialScores(t *testing.T) {
	for _, c := range []struct {
		formula string
		want    map[string]float64
	}{
		{`<NormContinuous field="a" outliers="asExtremeValues"><LinearNorm orig="0" norm="10"/><LinearNorm orig="4" norm="20"/><LinearNorm orig="5" norm="0"/></NormContinuous>`,
			map[string]float64{"a=-3": 10, "a=2": 15, "a=4.5": 10, "a=99": 0, "": invalid}},
		{`<NormContinuous field="a" outliers="asMissingValues"><LinearNorm orig="0" norm="10"/><LinearNorm orig="4" norm="20"/></NormContinuous>`,
			map[string]float64{"a=-3": invalid, "a=4": 20}},
		{`<NormContinuous field="a" mapMissingTo="7"><LinearNorm orig="0" norm="10"/><LinearNorm orig="4" norm="20"/></NormContinuous>`,
			map[string]float64{"": 7, "a=8": 30, "a=-4": 0}},
		{`<MapValues outputColumn="p" defaultValue="1" mapMissingTo="2"><FieldColumnPair field="c" column="k"/><InlineTable><row><k>u</k><p>12.5</p></row></InlineTable></MapValues>`,
			map[string]float64{"c=u": 12.5, "c=v": 1, "": 2}},
		{`<Apply function="max"><FieldRef field="a"/><FieldRef field="n"/></Apply>`,
			map[string]float64{"a=1 n=3": 3, "a=4": 4, "": invalid}},
		{`<Apply function="if"><Apply function="and"><Apply function="greaterThan"><FieldRef field="a"/><Constant>1</Constant></Apply><Apply function="notEqual"><FieldRef field="c"/><Constant dataType="string">u</Constant></Apply></Apply><Constant>3</Constant><Constant>4</Constant></Apply>`,
			map[string]float64{"a=2 c=v": 3, "a=2 c=u": 4, "a=0": 4, "a=2": invalid}},
		{`<Apply function="if"><Apply function="isIn"><FieldRef field="n"/><Constant>1</Constant><Constant>2</Constant></Apply><Constant>5</Constant></Apply>`,
			map[string]float64{"n=2": 5, "n=3": invalid}},
		{`<Apply function="ln"><FieldRef field="a"/></Apply>`,
			map[string]float64{"a=1": 0, "a=-1": invalid, "a=0": invalid}},
		{`<Discretize field="n" defaultValue="9"><DiscretizeBin binValue="1"><Interval closure="closedOpen" leftMargin="0" rightMargin="3"/></DiscretizeBin></Discretize>`,
			map[string]float64{"n=0": 1, "n=3": 9, "": invalid}},
		{`<NormDiscrete field="c" value="u"/>`,
			map[string]float64{"c=u": 1, "c=v": 0, "": invalid}},
	} {
		text := strings.Replace(choice("<False/>"), `<Attribute partialScore="2"><True/></Attribute>`, `<Attribute><True/><ComplexPartialScore>`+c.formula+`</ComplexPartialScore></Attribute>`, 1)
		expect(t, model(t, text), c.want)
	}
}

func golf(strategy string) string {
	return `<TreeModel functionName="classification" missingValueStrategy="` + strategy + `">` + schema + `<Node score="bad" recordCount="100"><True/>` + shares(60, 40) +
		`<Node score="bad" recordCount="60">` + simple("c", "equal", "u") + shares(40, 20) +
		`<Node score="bad" recordCount="40">` + simple("a", "lessThan", "5") + shares(36, 4) + `</Node>
<Node score="good" recordCount="20">` + simple("a", "greaterOrEqual", "5") + shares(4, 16) + `</Node></Node>
<Node score="good" recordCount="40">` + simple("c", "notEqual", "u") + shares(20, 20) + `</Node></Node></TreeModel>`
}

func shares(bad, good float64) string {
	return fmt.Sprintf(`<ScoreDistribution value="bad" recordCount="%g"/><ScoreDistribution value="good" recordCount="%g"/>`, bad, good)
}

// The two ways with missing values that put several leaves together, by hand.
func TestMergedNodes(t *testing.T) {
	for _, c := range []struct {
		strategy, row string
		bad           float64
		label         string
	}{
		{"weightedConfidence", "c=u", 0.9*40/60 + 0.2*20/60, "bad"}, {"weightedConfidence", "", (0.9*40/60+0.2*20/60)*0.6 + 0.5*0.4, "bad"},
		{"weightedConfidence", "a=1", 0.9*0.6 + 0.5*0.4, "bad"}, {"weightedConfidence", "a=9 c=u", 0.2, "good"}, {"weightedConfidence", "c=v", 0.5, "good"},
		{"aggregateNodes", "", 0.6, "bad"}, {"aggregateNodes", "a=6", 24.0 / 60, "good"}, {"aggregateNodes", "c=u", 40.0 / 60, "bad"}, {"aggregateNodes", "c=v", 0.5, "good"},
	} {
		p := model(t, golf(c.strategy)).EvaluateNamed(inputs(c.row))
		if got, _ := p.Probability("bad"); math.Abs(got-c.bad) > 1e-15 || p.Label != c.label {
			t.Errorf("%s, %q: %v %s, want %v %s", c.strategy, c.row, got, p.Label, c.bad, c.label)
		}
	}
	stated := strings.Replace(golf("weightedConfidence"), `recordCount="36"/>`, `recordCount="36" confidence="0.5"/>`, 1)
	if got, _ := model(t, stated).EvaluateNamed(inputs("c=u")).Probability("bad"); math.Abs(got-(0.5*2/3+0.2/3)/(0.6*2/3+1.0/3)) > 1e-15 {
		t.Errorf("with a stated confidence: %v", got)
	}
	if _, err := read(document(strings.Replace(golf("weightedConfidence"), `score="bad" recordCount="40"`, `score="bad"`, 1))); err == nil || !strings.Contains(err.Error(), "recordCount is missing") {
		t.Errorf("without the records of a node: %v", err)
	}
}

// A chain may list what each of its models predicts; its own target is that of the last.
func TestChainOfTwoTargets(t *testing.T) {
	text := mining("regression", "modelChain", `<Segment><True/>`+golf("none")+`</Segment><Segment><True/>`+regressionOf("", "", `<RegressionTable intercept="5"/>`)+`</Segment>`, "")
	text = strings.ReplaceAll(text, `<MiningModel functionName="regression">`+schema, `<MiningModel functionName="regression"><MiningSchema><MiningField name="a"/><MiningField name="c"/><MiningField name="y" usageType="target"/><MiningField name="n" usageType="target"/></MiningSchema>`)
	text = strings.ReplaceAll(text, schema, `<MiningSchema><MiningField name="a"/><MiningField name="c"/><MiningField name="y" usageType="target"/></MiningSchema>`)
	last := strings.LastIndex(text, `name="y"`)
	text = text[:last] + `name="n"` + text[last+len(`name="y"`):]
	p := model(t, text).EvaluateNamed(inputs("a=1 c=u"))
	if v, ok := p.Named("n"); !ok || v.Float() != 5 || p.Outcome != scoring.Scored {
		t.Errorf("the target of the chain is %q (%s)", v.Literal(), p.Why)
	}
	if _, err := read(document(strings.Replace(text, "modelChain", "sum", 1))); err == nil || !strings.Contains(err.Error(), "a second target") {
		t.Errorf("two targets of a sum: %v", err)
	}
}

func TestLinksWithAParameter(t *testing.T) {
	cells := `<PCell parameterName="p0" beta="0.5"/>`
	for attributes, want := range map[string]float64{`linkFunction="power" linkParameter="-1"`: 2, `linkFunction="power" linkParameter="0"`: math.Exp(0.5),
		`linkFunction="oddspower" linkParameter="2"`: 0.585786437626905,
		`linkFunction="negbin" distParameter="-2"`:   1.270747041268399} {
		expect(t, model(t, general(`functionName="regression" modelType="generalizedLinear" `+attributes, cells)), map[string]float64{"a=1 c=u": want})
	}
	if _, err := read(document(general(`functionName="regression" modelType="generalizedLinear" linkFunction="power"`, cells))); err == nil || !strings.Contains(err.Error(), "linkParameter is missing") {
		t.Errorf("a power without its parameter: %v", err)
	}
	roots := model(t, general(`functionName="regression" modelType="generalizedLinear" linkFunction="power" linkParameter="2"`, strings.Replace(cells, "0.5", "-4", 1)))
	if p := roots.EvaluateNamed(inputs("a=1 c=u")); p.Outcome != scoring.NonFinite {
		t.Errorf("the root of a negative number is %s", p.Outcome)
	}
}
