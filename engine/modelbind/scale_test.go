package modelbind_test

import (
	"bytes"
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"

	. "weir/engine/modelbind"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
)

// scaled is the drafted mapping of a model with a scale, as a person writes it into the file.
func scaled(t *testing.T, mapping *Mapping, scale string) *Mapping {
	t.Helper()
	var b bytes.Buffer
	if err := mapping.Write(&b); err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(b.String(), `"inputs": {`, `"scale": `+scale+`, "inputs": {`, 1)
	again, err := Parse(strings.NewReader(text), "map.json")
	if err != nil {
		t.Fatal(err)
	}
	return again
}

func TestCarryScale(t *testing.T) {
	m, schemas := read(t, toadCard, "card.json"), toadSources(t)
	mapping := scaled(t, drafted(t, m, schemas), `{"pdo": 20, "base_score": 30, "base_odds": "1/19", "odds_direction": "bad-to-good",
    "bands": [{"below": 20, "name": "low & <slow>"}, {"name": "high"}]}`)
	c := carry(t, m, mapping, schemas)
	if p, ok := c.Model.Probability(30); !ok || p.String() != "0.050000" {
		t.Errorf("at the base score the probability is %s", p)
	}
	if band, ok := c.Model.Band(19); !ok || band != "low & <slow>" {
		t.Errorf("the band is %q", band)
	}
	compare(t, m, mapping, schemas, c, 100)
	for scale, want := range map[string]string{
		`{"pdo": 20, "base_score": 30, "base_odds": "19"}`: "odds_direction",
		`{"pdo": 20, "base_score": 30, "base_odds": "19", "odds_direction": "good-to-bad", "bands": [{"below": 99999, "name": "a"}, {"name": "b"}]}`: "map.json:",
	} {
		_, err := Carry(m, scaled(t, drafted(t, m, schemas), scale), schemas)
		var no *Refusal
		if !errors.As(err, &no) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", scale, err)
		}
	}
	if _, err := Parse(strings.NewReader(`{"name": "m", "version": "1", "scale": 20, "inputs": {}}`), "map.json"); err == nil {
		t.Error("a scale that is no object was read")
	}
}

// binary is a logistic regression over x and y, in bins, as two tables of a softmax or as one of a logit.
func binary(method, second string) string {
	return pmml(`<DataField name="x" optype="continuous" dataType="double"/><DataField name="y" optype="continuous" dataType="double"/>
  <DataField name="s" optype="categorical" dataType="string"><Value value="bad"/><Value value="good"/></DataField>`,
		`<RegressionModel functionName="classification" normalizationMethod="`+method+`"><MiningSchema><MiningField name="x" missingValueReplacement="1"/>
  <MiningField name="y" missingValueReplacement="2"/><MiningField name="s" usageType="target"/></MiningSchema>
  <LocalTransformations><DerivedField name="dx" optype="continuous" dataType="double"><Discretize field="x" defaultValue="-1"><DiscretizeBin binValue="2">
  <Interval closure="closedOpen" leftMargin="-3" rightMargin="5"/></DiscretizeBin></Discretize></DerivedField><DerivedField name="dy" optype="continuous" dataType="double">
  <Discretize field="y" defaultValue="3"><DiscretizeBin binValue="1"><Interval closure="openOpen" rightMargin="10"/></DiscretizeBin></Discretize></DerivedField></LocalTransformations>
  <RegressionTable intercept="0.5" targetCategory="bad"><NumericPredictor name="dx" coefficient="-1"/><NumericPredictor name="dy" coefficient="0.25"/></RegressionTable>
  <RegressionTable intercept="0" targetCategory="good">`+second+`</RegressionTable></RegressionModel>`)
}

// A softmax of two tables is a logit of their difference. With a scale whose PDO is ln 2 for one of the sum, the bank has
// the file's probability from the opened score alone.
func TestCarryTwoTables(t *testing.T) {
	schemas := twoSources(t, "20")
	for name, c := range map[string]struct{ text, constant string }{
		"logit":           {binary("logit", ""), "1/2"},
		"softmax":         {binary("softmax", `<NumericPredictor name="dx" coefficient="-0.5"/><NumericPredictor name="dy" coefficient="1"/>`), "1/2"},
		"both intercepts": {strings.Replace(binary("softmax", ""), `intercept="0"`, `intercept="2"`, 1), "-3/2"},
	} {
		m := read(t, c.text, "model.pmml")
		mapping := drafted(t, m, schemas)
		mapping.Multiply = "100"
		mapping = scaled(t, mapping, `{"pdo": -69.3147180559945309, "base_score": 0, "base_odds": "1", "odds_direction": "good-to-bad"}`)
		carried := carry(t, m, mapping, schemas)
		if carried.Sum.Class != "bad" || carried.Sum.Constant.RatString() != c.constant {
			t.Errorf("%s: class %q, constant %s", name, carried.Sum.Class, carried.Sum.Constant.RatString())
		}
		for _, row := range [][]value.Value{{value.FromNumber(-4), value.FromNumber(3)}, {value.FromNumber(0), value.FromNumber(30)}, {{}, {}}} {
			p := m.Evaluate(row)
			want, _ := p.Probability("bad")
			sum, why := carried.Sum.Of(row)
			if p.Outcome != scoring.Scored || sum == nil {
				t.Fatalf("%s: %s %s", name, p.Why, why)
			}
			sealed, _ := carried.Want(sum)
			if !sealed.IsInt() {
				t.Fatalf("%s: %s is no whole score", name, sealed.RatString())
			}
			probability, ok := carried.Model.Probability(sealed.Num().Int64())
			millionths := new(big.Rat).SetFrac64(int64(probability), 1_000_000)
			if got, _ := millionths.Float64(); !ok || math.Abs(got-want) > 0.5000001e-6 {
				t.Errorf("%s: the bank has %s, the file %v", name, probability, want)
			}
		}
	}
}
