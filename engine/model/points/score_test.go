package points

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"weir/engine"
	"weir/engine/model"
	"weir/engine/model/reason"
	"weir/engine/schema"
)

const taxSchema = `{"source": "tax", "epoch": "2026-10", "features": [
  {"name": "unused", "scale": 0, "min": 0, "max": 9},
  {"name": "sales", "scale": 2, "min": -1000, "max": 40000000},
  {"name": "rating", "categories": ["A", "B", "M", "C", "D"]}]}`

const socialSchema = `{"source": "social", "epoch": "2026-10", "features": [{"name": "staff", "scale": 1, "min": 0, "max": 1000}]}`

func mustSchema(t interface{ Fatal(...any) }, text string) *schema.Schema {
	s, err := schema.Parse(strings.NewReader(text), "schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustModel(t interface{ Fatal(...any) }, text string) *Model {
	m, err := Parse(strings.NewReader(text), "m")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func exampleSchemas(t interface{ Fatal(...any) }) map[engine.Name]*schema.Schema {
	return map[engine.Name]*schema.Schema{"tax": mustSchema(t, taxSchema), "social": mustSchema(t, socialSchema)}
}

// encode puts cells, in the order of the schema's features, into encoded values.
func encode(t *testing.T, s *schema.Schema, cells ...string) (values [schema.MaxFeatures]uint32) {
	for i, cell := range cells {
		value, _, err := s.Features[i].Encode(cell)
		if err != nil {
			t.Fatal(err)
		}
		values[i] = value
	}
	return values
}

// compiledScore is what the selected rows add up to.
func compiledScore(c *Compiled, records map[engine.Name][schema.MaxFeatures]uint32) int64 {
	score := c.Base
	for i := range c.Slices {
		s := &c.Slices[i]
		tables := publicSlice(s)
		for _, row := range tables.Rows(records[s.Source]) {
			score += int64(s.Points[row][0])
		}
	}
	return score
}

// compiledValues are the groups' values that the selected rows add up to.
func compiledValues(c *Compiled, records map[engine.Name][schema.MaxFeatures]uint32) []int64 {
	var sums [model.Groups]int64
	for i := range c.Slices {
		s := &c.Slices[i]
		tables := publicSlice(s)
		for _, row := range tables.Rows(records[s.Source]) {
			for g, w := range s.Points[row] {
				sums[g] += int64(w)
			}
		}
	}
	return reason.Opened(c.Keys, sums)
}

func TestScoreHandComputed(t *testing.T) {
	schemas, m := exampleSchemas(t), mustModel(t, exampleModel)
	c, err := m.Compile(schemas)
	if err != nil {
		t.Fatal(err)
	}
	tax, social := schemas["tax"], schemas["social"]
	for name, test := range map[string]struct {
		tax, social []string // nil: no record
		want        int64
	}{
		"highest":                   {[]string{"1", "2000000", "A"}, []string{"20.5"}, 320 + 37 + 60 + 30},
		"just below each bound":     {[]string{"1", "499999.99", "B"}, []string{"2.9"}, 320 + 8 + 45 + 0},
		"at each bound":             {[]string{"1", "500000", "M"}, []string{"3"}, 320 + 21 + 30 + 18},
		"below the second bounds":   {[]string{"", "1999999.99", "C"}, []string{"20.4"}, 320 + 21 + 12 + 18},
		"least of the schema":       {[]string{"", "-1000", "D"}, []string{"0"}, 320 + 8 + 0 + 0},
		"greatest of the schema":    {[]string{"", "40000000.00", "D"}, []string{"1000"}, 320 + 37 + 0 + 30},
		"missing values":            {[]string{"", "", ""}, []string{""}, 320 + 4 + 0 + 2},
		"no tax record":             {nil, []string{"5"}, 320 + 4 - 10 + 18},
		"no social record":          {[]string{"1", "0", "A"}, nil, 320 + 8 + 60 + 2},
		"no record at all":          {nil, nil, 320 + 4 - 10 + 2},
		"missing differs by absent": {[]string{"", "1", ""}, []string{""}, 320 + 8 + 0 + 2},
	} {
		t.Run(name, func(t *testing.T) {
			records := map[engine.Name][schema.MaxFeatures]uint32{}
			if test.tax != nil {
				records["tax"] = encode(t, tax, test.tax...)
			}
			if test.social != nil {
				records["social"] = encode(t, social, test.social...)
			}
			got, err := m.Score(schemas, records)
			if err != nil || got != test.want {
				t.Errorf("reference %d (%v), want %d", got, err, test.want)
			}
			if got := compiledScore(c, records); got != test.want {
				t.Errorf("compiled %d, want %d", got, test.want)
			}
		})
	}
}

func TestScoreRefuses(t *testing.T) {
	schemas, m := exampleSchemas(t), mustModel(t, exampleModel)
	for name, record := range map[string][schema.MaxFeatures]uint32{
		"category beyond the last": {0, 5, 7}, "number beyond the greatest": {0, 1<<32 - 1, 3},
	} {
		_, err := m.Score(schemas, map[engine.Name][schema.MaxFeatures]uint32{"tax": record})
		if !errors.Is(err, ErrRecord) || strings.Contains(err.Error(), "4294967295") {
			t.Errorf("%s: %v", name, err)
		}
	}
	delete(schemas, "social")
	if _, err := m.Score(schemas, nil); !errors.Is(err, ErrRecord) {
		t.Errorf("without a schema: %v", err)
	}
	schemas["social"] = mustSchema(t, strings.ReplaceAll(socialSchema, "staff", "others"))
	if _, err := m.Score(schemas, nil); !errors.Is(err, ErrRecord) {
		t.Errorf("feature gone: %v", err)
	}
}

// TestPointsAreNotPrinted looks for a planted value under every verb that loggers use.
func TestPointsAreNotPrinted(t *testing.T) {
	m := mustModel(t, strings.Replace(exampleModel, `"points": 37`, `"points": 1777`, 1))
	c, err := mustModel(t, strings.Replace(strings.Replace(exampleModel, `"points": 37`, `"points": 1777`, 1), `"resolution": 10`, `"resolution": 12`, 1)).Compile(exampleSchemas(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
		for _, value := range []any{m, *m, c, *c, c.Slices, *c.Slice("tax"), c.Figures.Weights, m.Sources, m.Sources[1].Characteristics[0], m.Sources[1].Characteristics[0].Bins} {
			if text := fmt.Sprintf(verb, value); strings.Contains(text, "1777") || strings.Contains(text, "6ed") {
				t.Errorf("%s prints points of a %T", verb, value)
			}
		}
	}
}
