package modelbind_test

import (
	"bytes"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/engine"
	. "weir/engine/modelbind"
	"weir/engine/modelfile"
	"weir/engine/modelfile/link"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
	"weir/engine/modelfile/vectortest"
	"weir/engine/schema"
)

// vector is a file of the open test vectors.
func vector(t testing.TB, name string) string {
	t.Helper()
	return filepath.Join(vectortest.Dir(t), filepath.FromSlash(name))
}

func read(t testing.TB, text, name string) *scoring.Model {
	t.Helper()
	m, err := modelfile.Read(strings.NewReader(text), name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func readVector(t testing.TB, name string) *scoring.Model {
	t.Helper()
	text, err := os.ReadFile(vector(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return read(t, string(text), filepath.Base(name))
}

// sources makes schemas of two sources out of lines "source: feature".
func sources(t testing.TB, lines ...string) map[engine.Name]*schema.Schema {
	t.Helper()
	bySource := map[string][]string{}
	for _, line := range lines {
		source, feature, _ := strings.Cut(line, ": ")
		bySource[source] = append(bySource[source], feature)
	}
	schemas := map[engine.Name]*schema.Schema{}
	for source, features := range bySource {
		s, err := schema.Parse(strings.NewReader(fmt.Sprintf(`{"source": %q, "epoch": "2026-10", "features": [%s]}`, source,
			strings.Join(features, ","))), source)
		if err != nil {
			t.Fatal(err)
		}
		schemas[engine.Name(source)] = s
	}
	return schemas
}

func drafted(t testing.TB, m *scoring.Model, schemas map[engine.Name]*schema.Schema) *Mapping {
	t.Helper()
	mapping, open := Draft(m, schemas)
	if len(open) > 0 {
		t.Fatalf("not bound: %q", open)
	}
	return mapping
}

func carry(t testing.TB, m *scoring.Model, mapping *Mapping, schemas map[engine.Name]*schema.Schema) *Carried {
	t.Helper()
	c, err := Carry(m, mapping, schemas)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// compare scores random records both ways: by the model's own engine, and by the tables that would be sealed.
func compare(t *testing.T, m *scoring.Model, mapping *Mapping, schemas map[engine.Name]*schema.Schema, c *Carried, rows int) {
	t.Helper()
	compiled, err := c.Model.Compile(schemas)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	largest, distinct, scored := new(big.Rat), map[int64]bool{}, 0
	for range rows {
		records := map[engine.Name][schema.MaxFeatures]uint32{}
		for name, s := range schemas {
			var values [schema.MaxFeatures]uint32
			for k := range s.Features {
				values[k] = randomValue(random, &s.Features[k], compiled.Slice(name).Edges[:])
			}
			records[name] = values
		}
		got, err := c.Model.Score(schemas, records)
		if err != nil {
			t.Fatal(err)
		}
		p := m.EvaluateNamed(inputsOf(t, mapping, schemas, records))
		if p.Outcome != scoring.Scored {
			if mapping.Inputs[0].NoScore == nil {
				t.Fatalf("the file gives no score: %s", p.Why)
			}
			continue
		}
		scored++
		plain := new(big.Rat)
		if p.IsExact {
			plain = p.Exact.Rat()
		} else if x := p.Score; c.Sum.Link != link.Identity {
			plain.SetFloat64(p.Margin)
		} else {
			plain.SetFloat64(x)
		}
		want, off := c.Want(plain)
		d := new(big.Rat).Sub(want, new(big.Rat).SetInt64(got))
		d.Abs(d)
		allowed := new(big.Rat).Add(off, big.NewRat(1, 1e6))
		if p.IsExact {
			allowed = off
		}
		if d.Cmp(allowed) > 0 {
			t.Fatalf("sealed tables give %d, the file %s, allowed is %s: %v", got, want.FloatString(6), off.FloatString(6), inputsOf(t, mapping, schemas, records))
		}
		if d.Cmp(largest) > 0 {
			largest.Set(d)
		}
		distinct[got] = true
	}
	if len(distinct) < 2 {
		t.Error("all rows have the same score")
	}
	t.Logf("%d of %d rows have a score, %d different scores, largest difference %s, stated %s", scored, rows, len(distinct), largest.FloatString(9), c.Error.FloatString(9))
}

// randomValue is missing, absent as missing, on either side of an edge, or anything.
func randomValue(random *rand.Rand, f *schema.Feature, edges [][7]uint64) uint32 {
	end := uint32(len(f.Categories)) + 2
	if f.Numeric() {
		_, greatest := f.Range()
		e, _ := f.Edge(greatest)
		end = uint32(e) + 1
	}
	switch random.IntN(8) {
	case 0:
		return schema.Missing
	case 1, 2, 3, 4:
		e := edges[random.IntN(len(edges))][random.IntN(7)]
		if near := int64(e) + random.Int64N(3) - 1; near >= 2 && near < int64(end) {
			return uint32(near)
		}
	}
	return 2 + random.Uint32N(end-2)
}

// inputsOf are the model's inputs for records.
func inputsOf(t *testing.T, mapping *Mapping, schemas map[engine.Name]*schema.Schema, records map[engine.Name][schema.MaxFeatures]uint32) map[string]value.Value {
	inputs := map[string]value.Value{}
	for i := range mapping.Inputs {
		in := &mapping.Inputs[i]
		if in.Unused {
			continue
		}
		k, _ := schemas[in.Source].Index(in.Feature)
		encoded := records[in.Source][k]
		if encoded < schema.First {
			continue
		}
		f := &schemas[in.Source].Features[k]
		text, err := f.Decode(encoded)
		if err != nil {
			t.Fatal(err)
		}
		if f.Numeric() {
			x := schema.Decimal(text).Rat()
			inputs[in.Name] = value.FromText(x.Mul(x, in.Factor.Rat()).FloatString(18))
			if in.Factor == "1" {
				inputs[in.Name] = value.FromText(text)
			}
			continue
		}
		for _, c := range in.Categories {
			if c.Name == text && !c.Missing {
				inputs[in.Name] = value.FromText(c.Text)
			}
		}
	}
	return inputs
}

const toadCard = `{"amount": {"[-inf ~ 0.3)": 10, "[0.3 ~ 1000)": 25, "[1000 ~ inf)": 44, "nan": -3},
  "grade": {"A,B": 60, "C": 12, "else": 5}, "staff": {"[-inf ~ 3)": 0, "[3 ~ inf)": 18}}`

func toadSources(t testing.TB) map[engine.Name]*schema.Schema {
	return sources(t, `tax: {"name": "amount", "scale": 2, "min": -5, "max": 40000000, "unit": "yuan"}`, `tax: {"name": "grade", "categories": ["A", "B", "C", "D"]}`,
		`social: {"name": "staff", "scale": 0, "min": 0, "max": 5000}`)
}

func TestCarryScorecard(t *testing.T) {
	m, schemas := read(t, toadCard, "card.json"), toadSources(t)
	mapping := drafted(t, m, schemas)
	c := carry(t, m, mapping, schemas)
	if !c.Exact {
		t.Errorf("not exact: off by %s", c.Error)
	}
	if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], `category "D": no rule of the file names "D"`) {
		t.Errorf("warnings %q", c.Warnings)
	}
	compare(t, m, mapping, schemas, c, 2000)
	var b bytes.Buffer
	if err := mapping.Write(&b); err != nil {
		t.Fatal(err)
	}
	again, err := Parse(bytes.NewReader(b.Bytes()), "map.json")
	if err != nil {
		t.Fatalf("%v\n%s", err, b.Bytes())
	}
	if second := carry(t, m, again, schemas); !bytes.Equal(second.Text, c.Text) {
		t.Errorf("a mapping that was written and read gives another model:\n%s\n%s", c.Text, second.Text)
	}
}

func TestCarryUnits(t *testing.T) {
	m, schemas := read(t, toadCard, "card.json"), toadSources(t)
	mapping := drafted(t, m, schemas)
	mapping.Input("amount").Factor = "0.0001"
	c := carry(t, m, mapping, schemas)
	if !strings.Contains(string(c.Text), `{"below": 3000.00, "points": 10}, {"below": 10000000.00, "points": 25}`) {
		t.Errorf("bounds are not in the feature's unit:\n%s", c.Text)
	}
	compare(t, m, mapping, schemas, c, 2000)
}

func TestCarryVectors(t *testing.T) {
	for _, v := range []struct {
		file     string
		multiply string
		round    bool
		noScore  bool
		features []string
	}{
		{"toad/V8-card_config.json", "1", false, false, []string{`a: {"name": "A", "scale": 2, "min": -100, "max": 100}`, `b: {"name": "B", "categories": ["A", "D", "E", "F", "G"]}`, `b: {"name": "C", "categories": ["A", "B", "Z"]}`}},
		{"pmml/V7-pyscorecard/risk_example.xml", "1", false, true, nil},
		{"pmml/V6-scorecardpipeline/scorecard.pmml", "1", true, true, nil},
		{"pmml/V5-kie-simple-scorecard-categorical/Simple-Scorecard_Categorical.pmml", "10", false, true, []string{`a: {"name": "input1", "categories": ["classA", "classB", "classC"]}`, `b: {"name": "input2", "categories": ["classA", "classB", "classC"]}`}},
		{"pmml/V14-kie-categorical-regression/CategoricalVariablesRegression.pmml", "1", true, true, nil},
	} {
		t.Run(v.file, func(t *testing.T) {
			m := readVector(t, v.file)
			features := v.features
			if features == nil {
				for i, in := range m.Inputs {
					text := fmt.Sprintf(`{"name": %q, "scale": 4, "min": 0, "max": 1000}`, in.Name)
					if !in.Type.Numeric() {
						text = fmt.Sprintf(`{"name": %q, "categories": ["x", "y", "red", "green", "classA", "classB", "Business"]}`, in.Name)
					} else if in.Type == value.Integer {
						text = fmt.Sprintf(`{"name": %q, "scale": 0, "min": 0, "max": 1000}`, in.Name)
					}
					features = append(features, fmt.Sprintf("s%d: %s", i%2, text))
				}
			}
			schemas := sources(t, features...)
			mapping, open := Draft(m, schemas)
			if len(open) > 0 {
				t.Fatal(open)
			}
			mapping.Multiply, mapping.Round = schema.Decimal(v.multiply), v.round
			if v.noScore {
				if _, err := Carry(m, mapping, schemas); err == nil || !strings.Contains(err.Error(), "the file gives no score for") {
					t.Errorf("values without a score are carried: %v", err)
				}
				zero := schema.Decimal("0")
				for i := range mapping.Inputs {
					mapping.Inputs[i].NoScore = &zero
				}
			}
			compare(t, m, mapping, schemas, carry(t, m, mapping, schemas), 3000)
		})
	}
}

// card is a PMML scorecard with two characteristics, or a regression, around what is given.
func pmml(fields, body string) string {
	return `<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>` + fields + `</DataDictionary>` + body + `</PMML>`
}

const twoFields = `<DataField name="x" optype="continuous" dataType="double"/><DataField name="y" optype="continuous" dataType="double"/>
  <DataField name="s" optype="continuous" dataType="double"/>`

func linear(terms string) string {
	return pmml(twoFields, `<RegressionModel functionName="regression"><MiningSchema><MiningField name="x" missingValueReplacement="1"/>
  <MiningField name="y" missingValueReplacement="2"/><MiningField name="s" usageType="target"/></MiningSchema>
  <RegressionTable intercept="7">`+terms+`</RegressionTable></RegressionModel>`)
}

func twoSources(t testing.TB, greatest string) map[engine.Name]*schema.Schema {
	return sources(t, `a: {"name": "x", "scale": 2, "min": -20, "max": `+greatest+`}`, `b: {"name": "y", "scale": 0, "min": 0, "max": 40}`)
}

func TestCarryContinuous(t *testing.T) {
	m := read(t, linear(`<NumericPredictor name="x" coefficient="0.25"/><NumericPredictor name="y" coefficient="3"/>`), "line.pmml")
	schemas := twoSources(t, "30000")
	mapping := drafted(t, m, schemas)
	_, err := Carry(m, mapping, schemas)
	if err == nil || !strings.Contains(err.Error(), `input "x": it is continuous (continuous, monotone in pieces) over 3002001 values of a/x: state bins`) {
		t.Fatalf("a continuous term is carried without bins: %v", err)
	}
	schemas = twoSources(t, "1000")
	for _, k := range []int{2, 7, 50} {
		mapping = drafted(t, m, schemas)
		mapping.Input("x").Bins = k
		c := carry(t, m, mapping, schemas)
		// 1020 wide, a quarter of a point each: k bins are off by 127.5/k at best, and rounding adds at most a half.
		if limit := big.NewRat(int64(1275+10), int64(10*k)); c.Error.Cmp(limit.Add(limit, big.NewRat(1, 2))) > 0 || c.Exact {
			t.Errorf("%d bins: off by %s", k, c.Error.FloatString(3))
		}
		if got := c.Bins[0].Bins; got > k || got < k-2 {
			t.Errorf("%d bins where %d were asked for", got, k)
		}
		compare(t, m, mapping, schemas, c, 2000)
	}
}

func TestCarryFree(t *testing.T) {
	m := read(t, linear(`<NumericPredictor name="x" coefficient="-10"/><NumericPredictor name="x" exponent="2" coefficient="0.5"/>
  <NumericPredictor name="y" coefficient="1"/>`), "curve.pmml")
	schemas := twoSources(t, "20")
	mapping := drafted(t, m, schemas)
	mapping.Input("x").Bins = 20
	compare(t, m, mapping, schemas, carry(t, m, mapping, schemas), 2000)
	schemas = twoSources(t, "30000")
	mapping = drafted(t, m, schemas)
	mapping.Input("x").Bins = 20
	if _, err := Carry(m, mapping, schemas); err == nil || !strings.Contains(err.Error(), "cannot be put into bins with a stated error") {
		t.Errorf("a curve over too many values: %v", err)
	}
}

func TestCarryRefuses(t *testing.T) {
	card := func() (*scoring.Model, map[engine.Name]*schema.Schema) {
		return read(t, toadCard, "card.json"), toadSources(t)
	}
	for name, c := range map[string]struct {
		change func(m *Mapping)
		want   string
	}{
		"not bound":     {func(m *Mapping) { m.Inputs = m.Inputs[1:] }, `input "amount": the mapping does not bind it`},
		"unknown input": {func(m *Mapping) { m.Inputs[0].Name = "income" }, `input "income": the model has no such input`},
		"bound twice": {func(m *Mapping) {
			m.Inputs[2].Source, m.Inputs[2].Feature, m.Inputs[2].Unit, m.Inputs[2].Scale = "tax", "amount", "yuan", 2
		}, `tax/amount is bound to input "amount" already`},
		"no schema":         {func(m *Mapping) { m.Inputs[0].Source = "bank" }, `there is no schema of source "bank"`},
		"no feature":        {func(m *Mapping) { m.Inputs[0].Feature = "size" }, `source "tax" has no feature "size"`},
		"unit":              {func(m *Mapping) { m.Inputs[0].Unit = "dollar" }, `unit "dollar", but the schema says "yuan"`},
		"scale":             {func(m *Mapping) { m.Inputs[0].Scale = 0 }, `scale 0, but the schema says 2 digits`},
		"kind":              {func(m *Mapping) { m.Inputs[0].Categories = m.Inputs[1].Categories }, `feature "amount" is a number and has no categories`},
		"category left out": {func(m *Mapping) { m.Inputs[1].Categories = m.Inputs[1].Categories[1:] }, `category "A" of the schema is not mapped`},
		"category unknown":  {func(m *Mapping) { m.Inputs[1].Categories[0].Name = "Q" }, `the schema has no category "Q"`},
		"unused but counts": {func(m *Mapping) { m.Inputs[2] = Input{Name: "staff", Unused: true} }, `input "staff": it is said to be unused, but 1 terms of the file read it`},
		"fractions":         {func(m *Mapping) { m.Multiply = "0.25" }, `times 0.25, are no whole numbers: with "multiply": "1"`},
		"beyond the points": {func(m *Mapping) { m.Multiply = "100" }, `input "amount": 2500 points for one bin, allowed: -2048 to 2047`},
		"categories binned": {func(m *Mapping) { m.Inputs[1].Bins = 5 }, "bins are for numbers"},
		"factor of a word":  {func(m *Mapping) { m.Inputs[1].Factor = "10" }, "unit and factor are for numbers"},
		"only one source":   {func(m *Mapping) { m.Inputs[2].Source, m.Inputs[2].Feature, m.Inputs[2].Scale = "tax", "staff", 0 }, `1 sources, want 2 to 8`},
	} {
		t.Run(name, func(t *testing.T) {
			m, schemas := card()
			if name == "only one source" {
				schemas = sources(t, `tax: {"name": "amount", "scale": 2, "min": -5, "max": 40000000, "unit": "yuan"}`, `tax: {"name": "grade", "categories": ["A", "B", "C", "D"]}`,
					`tax: {"name": "staff", "scale": 0, "min": 0, "max": 5000}`)
			}
			mapping := drafted(t, m, schemas)
			c.change(mapping)
			if _, err := Carry(m, mapping, schemas); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestDraftLeavesOpen(t *testing.T) {
	m := read(t, toadCard, "card.json")
	schemas := sources(t, `a: {"name": "Amount", "scale": 0, "min": 0, "max": 9}`, `a: {"name": "staff", "scale": 0, "min": 0, "max": 9}`,
		`b: {"name": "staff", "scale": 0, "min": 0, "max": 9}`)
	mapping, open := Draft(m, schemas)
	if len(open) != 2 || open[0] != `input "grade": no feature has its name` || open[1] != `input "staff": several features have its name: a/staff, b/staff` {
		t.Errorf("open: %q", open)
	}
	if in := mapping.Input("amount"); in.Source != "a" || in.Feature != "Amount" {
		t.Errorf("amount is bound to %s/%s", in.Source, in.Feature)
	}
	var b bytes.Buffer
	mapping.Write(&b)
	if _, err := Parse(&b, "map.json"); err == nil || !strings.Contains(err.Error(), `map.json:9:25: input "grade" is not bound`) {
		t.Errorf("an open mapping is read: %v", err)
	}
}

func BenchmarkCarry(b *testing.B) {
	m, schemas := read(b, toadCard, "card.json"), toadSources(b)
	mapping, _ := Draft(m, schemas)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Carry(m, mapping, schemas); err != nil {
			b.Fatal(err)
		}
	}
}

// An input that is in no characteristic and still required cannot be required under seal.
func TestCarryWarnsOfRequiredInputs(t *testing.T) {
	m := readVector(t, "pmml/V3-kie-simple-scorecard/SimpleScorecard.pmml")
	schemas := sources(t, `a: {"name": "input1", "scale": 0, "min": -100, "max": 100}`, `b: {"name": "input2", "scale": 0, "min": -100, "max": 100}`)
	mapping, open := Draft(m, schemas)
	if len(open) > 0 || !mapping.Input("input3").Unused {
		t.Fatalf("open %q", open)
	}
	zero := schema.Decimal("0")
	for i := range mapping.Inputs {
		mapping.Inputs[i].NoScore = &zero
	}
	mapping.Multiply = "10"
	c := carry(t, m, mapping, schemas)
	if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], `input "input3": it adds nothing, but the file gives no score where it is missing`) {
		t.Errorf("warnings %q", c.Warnings)
	}
}
