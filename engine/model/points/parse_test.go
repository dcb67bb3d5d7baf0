package points

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"weir/engine/schema/strictjson"
)

// exampleModel has the shape of the formats page.
const exampleModel = `{ "name": "sme-working-capital", "version": "2026.1", "base": 320, "range": [300, 850], "resolution": 10,
  "sources": {
    "tax": [
      {"feature": "sales", "missing": 4, "bins": [{"below": 500000, "points": 8}, {"below": 2000000, "points": 21}, {"points": 37}]},
      {"feature": "rating", "missing": 0, "absent": -10, "categories": {"A": 60, "B": 45, "M": 30, "C": 12, "D": 0}} ],
    "social": [ {"feature": "staff", "missing": 2, "bins": [{"below": 3, "points": 0}, {"below": 20.5, "points": 18}, {"points": 30}]} ] } }`

func TestParse(t *testing.T) {
	m, err := Parse(strings.NewReader(exampleModel), "m.weir.json")
	if err != nil {
		t.Fatal(err)
	}
	if m.Name != "sme-working-capital" || m.Version != "2026.1" || m.Base != 320 || m.Range != [2]int64{300, 850} || m.Resolution != 10 {
		t.Errorf("head %+v", m)
	}
	if len(m.Sources) != 2 || m.Sources[0].Name != "social" || m.Sources[1].Name != "tax" {
		t.Fatalf("sources not by name")
	}
	sales, rating := m.Sources[1].Characteristics[0], m.Sources[1].Characteristics[1]
	if sales.Absent != 4 || len(sales.Bins) != 3 || sales.Bins[1].Below != "2000000" || sales.Bins[2].Below != "" {
		t.Errorf("sales %+v", sales)
	}
	if rating.Absent != -10 || len(rating.Categories) != 5 || rating.Categories[2].Name != "M" || rating.Categories[2].Points != 30 {
		t.Errorf("rating %+v", rating)
	}
	if m.Shown(299) != 300 || m.Shown(300) != 300 || m.Shown(851) != 850 || m.Shown(612) != 612 {
		t.Error("shown is not clamped to the range")
	}
}

func TestParseRefuses(t *testing.T) {
	many := func(n int, f string) string {
		var s []string
		for i := range n {
			s = append(s, fmt.Sprintf(f, i))
		}
		return strings.Join(s, ",")
	}
	for name, c := range map[string]struct{ old, new, want string }{
		"unknown key":             {`"base": 320`, `"base": 320, "card": 1`, `unknown key "card"`},
		"duplicate key":           {`"base": 320`, `"base": 320, "base": 321`, `key "base" is given twice`},
		"no name":                 {`"name": "sme-working-capital", `, ``, `key "name" is missing`},
		"name with space":         {`sme-working`, `sme working`, `m:1:11: name: `},
		"version a number":        {`"2026.1"`, `2026.1`, `want text`},
		"no base":                 {`"base": 320, `, ``, `key "base" is missing`},
		"base a fraction":         {`320`, `320.0`, `m:1:63: want a whole number`},
		"base -0":                 {`320`, `-0`, `negative zero`},
		"base too large":          {`320`, `1000000001`, `want a whole number from -1000000000 to 1000000000`},
		"base huge":               {`320`, strings.Repeat("9", 5000), `want a whole number`},
		"base exponent":           {`320`, `3e2`, `exponent: write it out`},
		"base NaN":                {`320`, `NaN`, `m:1:63: not JSON`},
		"range of one":            {`[300, 850]`, `[300]`, `range of 1 numbers`},
		"range empty":             {`[300, 850]`, `[850, 850]`, `low must be below high`},
		"range an object":         {`[300, 850]`, `{}`, `want a list`},
		"resolution 0":            {`"resolution": 10`, `"resolution": 0`, `from 1 to 16`},
		"resolution 17":           {`"resolution": 10`, `"resolution": 17`, `from 1 to 16`},
		"one source":              {`"social"`, `"social": [], "tax2": [], "a": [], "b": [], "c": [], "d": [], "e": [], "f"`, `9 sources, want 2 to 8`},
		"source twice":            {`"social"`, `"tax"`, `key "tax" is given twice`},
		"source name":             {`"social"`, `"so/cial"`, `source: name`},
		"source empty":            {`[ {"feature": "staff", "missing": 2, "bins": [{"below": 3, "points": 0}, {"below": 20.5, "points": 18}, {"points": 30}]} ]`, `[]`, `0 characteristics, want 1 to 32`},
		"33 characteristics":      {`"social": [ `, `"social": [ ` + many(32, `{"feature": "f%d", "missing": 0, "bins": [{"points": 1}]}`) + `,`, `33 characteristics, want 1 to 32`},
		"feature twice":           {`"rating"`, `"sales"`, `m:5:7: feature "sales" stands twice in source "tax"`},
		"feature without name":    {`"rating"`, `""`, `feature of 0 characters`},
		"feature name too long":   {`"rating"`, `"` + strings.Repeat("é", 65) + `"`, `feature of 65 characters`},
		"no missing":              {`"missing": 4, `, ``, `key "missing" is missing`},
		"missing null":            {`"missing": 4`, `"missing": null`, `want a number`},
		"points above":            {`"points": 37`, `"points": 2048`, `from -2048 to 2047`},
		"points below":            {`"points": 37`, `"points": -2049`, `from -2048 to 2047`},
		"points text":             {`"points": 37`, `"points": "37"`, `want a number`},
		"absent a fraction":       {`-10`, `-10.5`, `want a whole number`},
		"bins and categories":     {`"categories"`, `"bins": [{"points": 1}], "categories"`, `want either bins or categories`},
		"neither":                 {`, "categories": {"A": 60, "B": 45, "M": 30, "C": 12, "D": 0}`, ``, `want either bins or categories`},
		"no bins":                 {`[{"below": 500000, "points": 8}, {"below": 2000000, "points": 21}, {"points": 37}]`, `[]`, `0 bins, want 1 to 193`},
		"194 bins":                {`[{"below": 500000, "points": 8},`, `[` + many(192, `{"below": %d, "points": 8}`) + `,`, `194 bins`},
		"no categories":           {`{"A": 60, "B": 45, "M": 30, "C": 12, "D": 0}`, `{}`, `0 categories`},
		"category twice":          {`"B": 45`, `"A": 45`, `key "A" is given twice`},
		"category without name":   {`"B": 45`, `"": 45`, `category of 0 characters`},
		"bins not increasing":     {`2000000`, `500000.0`, `m:4:93: feature "sales": bound 500000.0 is not above the one before it`},
		"bound text":              {`2000000`, `"2000000"`, `want a number`},
		"bound exponent":          {`2000000`, `2e6`, `exponent: write it out`},
		"bound negative zero":     {`500000`, `-0.0`, `negative zero`},
		"bound huge":              {`2000000`, strings.Repeat("9", 65), `bound of 65 characters`},
		"last bin with bound":     {`{"points": 37}`, `{"below": 3000000, "points": 37}`, `the last bin has no "below"`},
		"inner bin without":       {`{"below": 2000000, "points": 21}`, `{"points": 21}`, `without "below" must be the last`},
		"bin with unknown key":    {`{"points": 37}`, `{"points": 37, "above": 3}`, `unknown key "above"`},
		"trailing garbage":        {`{ "name"`, `{} { "name"`, `not JSON`},
		"nesting":                 {`"base": 320`, `"base": ` + strings.Repeat("[", 40) + strings.Repeat("]", 40), `nested deeper`},
		"too long":                {`{ "name"`, strings.Repeat(" ", MaxFile) + `{ "name"`, `longer than`},
		"invalid UTF-8":           {`"A"`, "\"\xff\"", `not UTF-8`},
		"NUL":                     {`"A"`, `"\u0000"`, `control character`},
		"sources a list":          {`"sources": {`, `"sources": [], "x": {`, `unknown key "x"`},
		"characteristics no list": {`"social": [`, `"social": 3, "x": [`, `want a list`},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(exampleModel, c.old, c.new, 1)
			if text == exampleModel {
				t.Fatal("nothing was replaced")
			}
			_, err := Parse(strings.NewReader(text), "m")
			var at *strictjson.Error
			if !errors.As(err, &at) || !strings.HasPrefix(err.Error(), "m:") || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
		})
	}
}

// FuzzParse holds that an accepted model is within all limits and can be weighed.
func FuzzParse(f *testing.F) {
	f.Add(exampleModel)
	f.Add(grouped(bySource))
	f.Add(grouped(`[{"name": "g", "counts": "points", "side": "above", "characteristics": ["tax/rating"]}]`, `"rating", `, `"rating", "baseline": -2048, `))
	f.Add(`{"name":"m","version":"1","base":-1,"range":[0,1],"sources":{"a":[{"feature":"f","missing":0,"bins":[{"points":1}]}],"b":[]}}`)
	f.Fuzz(func(t *testing.T, text string) {
		m, err := Parse(strings.NewReader(text), "m")
		if err != nil {
			return
		}
		figures := m.Figures()
		if figures.Least > figures.Most || figures.Needed < 1 || len(m.Sources) < 2 || len(m.Sources) > 8 {
			t.Fatalf("figures %+v", figures)
		}
		for _, g := range figures.Groups {
			if g.Most-g.Least != int64(g.Reach) || g.Reach > 256*(MaxPoints-MinPoints) || len(g.Members) > 256 {
				t.Fatalf("group %+v", g)
			}
		}
		for _, w := range figures.Weights {
			if w.Span() < 0 || w.Span() > MaxPoints-MinPoints || w.Lines < 1 || w.Lines > 32 {
				t.Fatalf("weight %+v", w)
			}
		}
	})
}
