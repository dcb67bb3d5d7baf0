package modelbind_test

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"weir/engine"
	"weir/engine/model/reason"
	. "weir/engine/modelbind"
	"weir/engine/modelbind/reasons"
	"weir/engine/modelfile/scorecard"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
	"weir/engine/schema"
)

// Reasons of open vectors, row by row: what the model tells by its tables is what the file's own engine adds per input, beside
// the file's baselines; and of a file whose characteristics have one code each, the adverse ones have their code among the file's.
func TestCarryReasons(t *testing.T) {
	numbers := []string{`a: {"name": "input1", "scale": 0, "min": -100, "max": 100}`, `b: {"name": "input2", "scale": 0, "min": -100, "max": 100}`}
	classes := []string{`a: {"name": "input1", "categories": ["classA", "classB"]}`, `b: {"name": "input2", "categories": ["classA", "classB"]}`}
	risk := []string{`a: {"name": "role", "categories": ["marketing", "engineering", "business"]}`, `b: {"name": "age", "scale": 0, "min": 0, "max": 120}`, `b: {"name": "wage", "scale": 2, "min": 0, "max": 100000}`}
	for _, v := range []struct {
		file     string
		choice   reasons.Choice
		features []string
		bits     int
	}{
		{"pmml/V3-kie-simple-scorecard/SimpleScorecard.pmml", reasons.Choice{Level: reasons.ByCharacteristic, Counts: reason.Adverse}, numbers, 9},
		{"pmml/V5-kie-simple-scorecard-categorical/Simple-Scorecard_Categorical.pmml", reasons.Choice{Level: reasons.BySource, Counts: reason.Adverse}, classes, 9},
		{"pmml/V7-pyscorecard/risk_example.xml", reasons.Choice{Level: reasons.ByCharacteristic, Counts: reason.Adverse}, risk, 9},
		{"pmml/V7-pyscorecard/risk_example.xml", reasons.Choice{Level: reasons.ByCharacteristic, Counts: reason.Points, Characteristics: []string{"a/role", "b/age"}}, risk, 15},
	} {
		t.Run(v.file+" "+string(v.choice.Level)+" "+string(v.choice.Counts), func(t *testing.T) {
			m, schemas := readVector(t, v.file), sources(t, v.features...)
			mapping, open := Draft(m, schemas)
			if len(open) > 0 {
				t.Fatal(open)
			}
			zero := schema.Decimal("0")
			for i := range mapping.Inputs {
				if !mapping.Inputs[i].Unused {
					mapping.Inputs[i].NoScore = &zero
				}
			}
			mapping.Reasons = v.choice
			c := carry(t, m, mapping, schemas)
			if f := c.Model.Figures(); f.Needed != v.bits {
				t.Errorf("%d bits, want %d: %+v", f.Needed, v.bits, f.Groups)
			}
			compareReasons(t, m, mapping, schemas, c)
		})
	}
}

func compareReasons(t *testing.T, m *scoring.Model, mapping *Mapping, schemas map[engine.Name]*schema.Schema, c *Carried) {
	t.Helper()
	compiled, err := c.Model.Compile(schemas)
	if err != nil {
		t.Fatal(err)
	}
	random, seen, coded := rand.New(rand.NewPCG(3, 4)), map[string]bool{}, 0
	for range 2000 {
		records := map[engine.Name][schema.MaxFeatures]uint32{}
		for name, s := range schemas {
			var values [schema.MaxFeatures]uint32
			for k := range s.Features {
				values[k] = randomValue(random, &s.Features[k], compiled.Slice(name).Edges[:])
			}
			records[name] = values
		}
		row := inputsOf(t, mapping, schemas, records)
		for _, in := range mapping.Inputs {
			if in.Unused { // the file may ask for it all the same
				row[in.Name] = value.FromText("12.5")
			}
		}
		p := m.EvaluateNamed(row)
		if p.Outcome != scoring.Scored {
			continue
		}
		got, err := c.Model.GroupValues(schemas, records)
		if err != nil {
			t.Fatal(err)
		}
		added := map[reason.Member]*big.Rat{}
		for i := range c.Sum.Parts {
			part := &c.Sum.Parts[i]
			in := mapping.Input(part.Name)
			x, why := part.At(row[part.Name])
			if x == nil {
				t.Fatal(why)
			}
			added[reason.Member{Source: in.Source, Feature: in.Feature}] = x.Mul(x, c.Multiply)
		}
		for i := range c.Model.Groups {
			want := c.WantGroup(&c.Model.Groups[i], added)
			if want == nil || want.Int64() != got[i] {
				t.Fatalf("group %q has value %d, by the file %v", c.Model.Groups[i].Name, got[i], want)
			}
			seen[c.Model.Groups[i].Name+want.String()] = true
			if code := codeOf(m, c.Model.Groups[i].Members); code != "" && c.Model.Groups[i].Counts == reason.Adverse {
				coded++
				if got[i] > 0 && !slices.Contains(p.Reasons, code) {
					t.Fatalf("group %q is adverse, and its code is not among the file's %q", c.Model.Groups[i].Name, p.Reasons)
				}
				if got[i] == 0 && slices.Contains(p.Reasons, code) && strings.Contains(m.Name, "Simple") { // its baselines are no points
					t.Fatalf("group %q is not adverse, and its code is among the file's %q", c.Model.Groups[i].Name, p.Reasons)
				}
			}
		}
	}
	if len(seen) < 2*len(c.Model.Groups) {
		t.Errorf("values seen: %v", seen)
	}
	t.Logf("%d codes compared", coded)
}

// codeOf is the reason code of a group of one characteristic that has one, whatever its attribute.
func codeOf(m *scoring.Model, members []reason.Member) string {
	card := m.Root.Predictor.(*scorecard.Card)
	code := ""
	for _, c := range card.Characteristics {
		if !strings.HasPrefix(c.Name, members[0].Feature) {
			continue
		}
		code = c.Reason
		for _, a := range c.Attributes {
			if a.Reason != "" && a.Reason != code {
				return ""
			}
		}
	}
	if len(members) > 1 {
		return ""
	}
	return code
}

// What a mapping asks for is written and read back; a choice that cannot be is refused with its figure, before anything is written.
func TestReasonsOfAMapping(t *testing.T) {
	m, schemas := read(t, toadCard, "card.json"), toadSources(t)
	mapping := drafted(t, m, schemas)
	mapping.Reasons = reasons.Choice{Level: reasons.BySource, Counts: reason.Adverse, Side: reason.Above}
	var b strings.Builder
	if err := mapping.Write(&b); err != nil {
		t.Fatal(err)
	}
	again, err := Parse(strings.NewReader(b.String()), "map.json")
	if err != nil || again.Reasons.Level != reasons.BySource || again.Reasons.Side != reason.Above {
		t.Fatalf("%+v, %v:\n%s", again, err, b.String())
	}
	plain := *mapping
	plain.Reasons = reasons.Choice{}
	with, without := carry(t, m, mapping, schemas), carry(t, m, &plain, schemas)
	if len(without.Model.Groups) != 0 || len(with.Model.Groups) != len(schemas) || with.Model.Groups[0].Side != reason.Above {
		t.Errorf("groups %+v and %+v", with.Model.Groups, without.Model.Groups)
	}
	compareReasonsOfToad(t, m, mapping, schemas, with)
	mapping.Reasons = reasons.Choice{Level: reasons.ByCharacteristic, Counts: reason.Adverse, Characteristics: []string{"nobody/nothing"}}
	if _, err := Carry(m, mapping, schemas); err == nil || !strings.Contains(err.Error(), "reasons by-characteristic: not all of nobody/nothing are characteristics") {
		t.Errorf("got %v", err)
	}
	if _, err := Parse(strings.NewReader(strings.Replace(b.String(), `"by-source"`, `"by-bin"`, 1)), "map.json"); err == nil || !strings.Contains(err.Error(), "one of [none by-source by-characteristic]") {
		t.Errorf("got %v", err)
	}
}

// compareReasonsOfToad compares reasons of a card that has no codes, nor baselines of its own.
func compareReasonsOfToad(t *testing.T, m *scoring.Model, mapping *Mapping, schemas map[engine.Name]*schema.Schema, c *Carried) {
	t.Helper()
	for i := range c.Sum.Parts {
		if c.Sum.Parts[i].Baseline != nil {
			t.Error("a card without reason codes has a baseline")
		}
	}
	compareReasons(t, m, mapping, schemas, c)
}
