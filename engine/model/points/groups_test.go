package points

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"weir/engine"
	"weir/engine/model"
	"weir/engine/model/reason"
	"weir/engine/schema"
	"weir/engine/schema/strictjson"
)

// grouped is the example with groups, and the resolution left to Compile.
func grouped(groups string, change ...string) string {
	text := strings.NewReplacer(change...).Replace(strings.Replace(exampleModel, `, "resolution": 10`, ``, 1))
	return strings.TrimSuffix(text, "}") + `, "groups": ` + groups + "}"
}

// Half way between least and most: sales 20.5, rating 25, staff 15.
const bySource = `[{"name": "tax", "characteristics": ["tax/sales", "tax/rating"]}, {"name": "social", "characteristics": ["social/staff"]},
  {"name": "both", "counts": "adverse", "side": "below", "characteristics": ["social/staff", "tax/rating"]}]`

func TestGroupValuesHandComputed(t *testing.T) {
	const asPoints = `[{"name": "tax", "counts": "points", "characteristics": ["tax/rating", "tax/sales"]}]`
	const above = `[{"name": "tax", "side": "above", "characteristics": ["tax/rating", "tax/sales"]}, {"name": "social", "side": "above", "characteristics": ["social/staff"]}]`
	schemas := exampleSchemas(t)
	for name, test := range map[string]struct {
		tax, social            []string // nil: no record
		flags, points, flipped []int64
	}{
		"highest":        {[]string{"1", "2000000", "A"}, []string{"20.5"}, []int64{0, 0, 0}, []int64{97}, []int64{2, 1}},
		"at the bounds":  {[]string{"1", "500000", "M"}, []string{"3"}, []int64{0, 0, 0}, []int64{51}, []int64{2, 1}},
		"below them":     {[]string{"1", "499999.99", "C"}, []string{"2.9"}, []int64{2, 1, 2}, []int64{20}, []int64{0, 0}},
		"rating alone":   {[]string{"", "2000000", "D"}, []string{"5"}, []int64{1, 0, 1}, []int64{37}, []int64{1, 1}},
		"missing values": {[]string{"", "", ""}, []string{""}, []int64{2, 1, 2}, []int64{4}, []int64{0, 0}},
		"no record":      {nil, nil, []int64{2, 1, 2}, []int64{-6}, []int64{0, 0}},
	} {
		records := map[engine.Name][schema.MaxFeatures]uint32{}
		if test.tax != nil {
			records["tax"], records["social"] = encode(t, schemas["tax"], test.tax...), encode(t, schemas["social"], test.social...)
		}
		for groups, want := range map[string][]int64{
			bySource: test.flags, asPoints: test.points, above: test.flipped,
		} {
			m := mustModel(t, grouped(groups))
			if got, err := m.GroupValues(schemas, records); err != nil || !slices.Equal(got, want) {
				t.Errorf("%s: reference %d (%v), want %d", name, got, err, want)
			}
			c, err := m.Compile(schemas)
			if err != nil {
				t.Fatal(err)
			}
			if got := compiledValues(c, records); !slices.Equal(got, want) {
				t.Errorf("%s: compiled %d, want %d", name, got, want)
			}
		}
	}
}

// The tables of the example: the flag stands in exactly the rows whose bins are adverse, and a cap counts characteristics.
func TestGroupTables(t *testing.T) {
	m := mustModel(t, grouped(bySource))
	c, err := m.Compile(exampleSchemas(t))
	if err != nil {
		t.Fatal(err)
	}
	tax, social := c.Slice("tax"), c.Slice("social")
	want := []uint16{1, 1, 0, 0, 0, 0, 0, 0 /* rating: absent, missing, A, B, M, C, D */, 1, 1, 0, 0, 0, 1, 1, 0}
	if got := inGroup(tax, 1)[:16]; !slices.Equal(got, want) {
		t.Errorf("tax: %v", got)
	}
	if got := inGroup(social, 2)[:8]; !slices.Equal(got, []uint16{1, 1, 0, 0, 0, 0, 0, 0}) {
		t.Errorf("social: %v", got)
	}
	if tax.Caps != [4]uint32{103, 2, 0, 1} || social.Caps != [4]uint32{30, 0, 1, 1} {
		t.Errorf("caps %d, %d", tax.Caps, social.Caps)
	}
	f := c.Figures // 134 scores · 3 · 2 · 3 = 2,412
	if f.Needed != 12 || f.Resolution != 12 || f.Groups[0].Reach != 2 || f.Groups[1].Reach != 1 || f.Groups[2].Reach != 2 {
		t.Errorf("figures %+v", f)
	}
	v, err := c.Version("chain", "bank", map[engine.Name]engine.Name{"tax": "h1", "social": "h2"}, [32]byte{})
	if err != nil || v.Groups != 0b1111 || v.Resolution != 12 {
		t.Errorf("version %+v, %v", v, err)
	}
	plain, err := mustModel(t, exampleModel).Compile(exampleSchemas(t))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(inGroup(tax, 0), inGroup(plain.Slice("tax"), 0)) || c.Base != plain.Base {
		t.Error("groups change the score")
	}
}

// A baseline may be stated; where all or none of the points are adverse, the characteristic adds a constant and costs nothing.
func TestBaselines(t *testing.T) {
	const one = `[{"name": "g", "characteristics": ["tax/sales", "tax/rating", "social/staff"]}]`
	m := mustModel(t, grouped(one, `"sales", `, `"sales", "baseline": 37, `, `"rating", `, `"rating", "baseline": 61, `, `"staff", `, `"staff", "baseline": 0, `))
	c, err := m.Compile(exampleSchemas(t))
	if err != nil {
		t.Fatal(err)
	}
	if k := c.Keys[0]; k.Base != 1 || k.Most != 2 || k.Baseline != 98 || c.Figures.Groups[0].Reach != 1 || c.Figures.Needed != 9 {
		t.Errorf("base %d, most %d, baseline %d, figures %+v", k.Base, k.Most, k.Baseline, c.Figures)
	}
	if got, want := inGroup(c.Slice("tax"), 1)[:16], []uint16{1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}; !slices.Equal(got, want) {
		t.Errorf("tax: %v", got)
	}
	for side, want := range map[reason.Side][2]int{reason.Below: {3, -1}, reason.Above: {2, -2}} {
		if got := [2]int{side.Baseline(0, 5), side.Baseline(-5, 2)}; got != want {
			t.Errorf("%s: baselines %d, want %d", side, got, want)
		}
	}
}

func TestGroupsTooFine(t *testing.T) {
	schemas := exampleSchemas(t)
	_, err := mustModel(t, strings.TrimSuffix(exampleModel, "}")+`, "groups": `+bySource+"}").Compile(schemas)
	var refused *model.Refusal
	if !errors.As(err, &refused) || refused.Rule != model.RuleResolution ||
		refused.Figure != `12 bits needed for 134 different scores × 3 values of group "tax" × 2 values of group "social" × 3 values of group "both", the widest characteristic spanning 70 points` ||
		refused.Limit != "10 bits" {
		t.Errorf("10 bits stated: %v", err)
	}
	const points = `[{"name": "tax", "counts": "points", "characteristics": ["tax/sales", "tax/rating"]}, {"name": "staff", "counts": "points", "characteristics": ["social/staff"]}]`
	_, err = mustModel(t, grouped(points)).Compile(schemas) // 134·104·31 = 432,016
	if !errors.As(err, &refused) || !strings.HasPrefix(refused.Figure, "19 bits needed") || refused.Limit != "16 bits" {
		t.Errorf("more than there is: %v", err)
	}
	_, err = mustModel(t, grouped(`[{"name": "never", "characteristics": ["social/staff"]}]`, `"staff", `, `"staff", "baseline": 0, `)).Compile(schemas)
	if !errors.As(err, &refused) || refused.Rule != model.RuleGroups || !strings.Contains(refused.Figure, `"never" is always 0`) {
		t.Errorf("a group that tells nothing: %v", err)
	}
}

func TestParseRefusesGroups(t *testing.T) {
	const member = `"characteristics": ["tax/sales"]`
	for name, c := range map[string]struct{ groups, want string }{
		"no list":            {`{}`, `want a list`},
		"none":               {`[]`, `0 groups, want 1 to 3`},
		"four":               {`[{"name": "a", ` + member + `}, {"name": "b", ` + member + `}, {"name": "c", ` + member + `}, {}]`, `4 groups`},
		"unknown key":        {`[{"name": "a", "weight": 1, ` + member + `}]`, `unknown key "weight"`},
		"no name":            {`[{` + member + `}]`, `key "name" is missing`},
		"empty name":         {`[{"name": "", ` + member + `}]`, `name of 0 characters`},
		"name twice":         {`[{"name": "a", ` + member + `}, {"name": "a", ` + member + `}]`, `group "a" stands twice`},
		"counts":             {`[{"name": "a", "counts": "bits", ` + member + `}]`, `counts "bits", want adverse or points`},
		"side":               {`[{"name": "a", "side": "left", ` + member + `}]`, `side "left", want below or above`},
		"counts apart":       {`[{"name": "a", ` + member + `}, {"name": "b", "counts": "points", ` + member + `}]`, `no common order`},
		"sides apart":        {`[{"name": "a", ` + member + `}, {"name": "b", "side": "above", ` + member + `}]`, `no common order`},
		"no characteristics": {`[{"name": "a", "characteristics": []}]`, `0 characteristics`},
		"not in the model":   {`[{"name": "a", "characteristics": ["tax/staff"]}]`, `the model has no characteristic "tax/staff"`},
		"no source":          {`[{"name": "a", "characteristics": ["sales"]}]`, `write source/feature`},
		"member twice":       {`[{"name": "a", "characteristics": ["tax/sales", "tax/sales"]}]`, `"tax/sales" stands twice`},
		"member a number":    {`[{"name": "a", "characteristics": [1]}]`, `want text`},
	} {
		_, err := Parse(strings.NewReader(grouped(c.groups)), "m")
		var at *strictjson.Error
		if !errors.As(err, &at) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	for _, baseline := range []string{`2048`, `1.5`, `"1"`, `-0`} {
		if _, err := Parse(strings.NewReader(strings.Replace(exampleModel, `"missing": 4`, `"missing": 4, "baseline": `+baseline, 1)), "m"); err == nil {
			t.Errorf("baseline %s was read", baseline)
		}
	}
}
