package points

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"weir/engine"
	"weir/engine/model"
	"weir/engine/pedersen"
	"weir/engine/schema/strictjson"
)

func publicSlice(s *Slice) *model.Slice {
	return &model.Slice{Party: engine.NewPartyID("holder", s.Source), Schema: s.Schema, Edges: s.Edges, Map: s.Map, Caps: s.Caps}
}

// inGroup are the rows' weights in one group.
func inGroup(s *Slice, g int) []uint16 {
	var column []uint16
	for _, w := range s.Points {
		column = append(column, w[g])
	}
	return column
}

func TestCompileRefuses(t *testing.T) {
	manyBins := func(n int) string {
		var bins []string
		for i := range n - 1 {
			bins = append(bins, fmt.Sprintf(`{"below": %d, "points": 8}`, i+1))
		}
		return `[` + strings.Join(bins, ",") + `,{"points": 37}]`
	}
	const sales = `[{"below": 500000, "points": 8}, {"below": 2000000, "points": 21}, {"points": 37}]`
	for name, c := range map[string]struct{ old, new, want string }{
		"unknown feature":       {`"sales"`, `"sale"`, `m:4:7: source "tax" has no feature "sale"`},
		"bins for categories":   {`"sales"`, `"rating2"`, `has no feature "rating2"`},
		"categories for number": {`{"feature": "sales", "missing": 4, "bins": ` + sales + `},`, `{"feature": "sales", "missing": 4, "categories": {"A": 1}},`, `"sales" is a number: want bins`},
		"category unknown":      {`"D": 0`, `"D": 0, "E": 1`, `feature "rating" has no category "E"`},
		"category missing":      {`, "D": 0`, ``, `m:5:7: feature "rating": category "D" of the schema has no points`},
		"too many digits":       {`500000`, `500000.125`, `too many digits`},
		"too many lines":        {sales, manyBins(193), `source "tax" needs 33 lines, a source has 32: feature "sales" takes most, 32 lines`},
		"source without schema": {`"social"`, `"utility"`, `no schema for source "utility"`},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(exampleModel, c.old, c.new, 1)
			if text == exampleModel {
				t.Fatal("nothing was replaced")
			}
			_, err := mustModel(t, text).Compile(exampleSchemas(t))
			var at *strictjson.Error
			if !errors.As(err, &at) || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
		})
	}
	swapped := strings.NewReplacer(`"sales"`, `"rating"`, `"rating"`, `"sales"`).Replace(exampleModel)
	if _, err := mustModel(t, swapped).Compile(exampleSchemas(t)); err == nil || !strings.Contains(err.Error(), "want categories") {
		t.Errorf("bins for a feature with categories: %v", err)
	}
}

func TestCompileTables(t *testing.T) {
	c, err := mustModel(t, exampleModel).Compile(exampleSchemas(t))
	if err != nil {
		t.Fatal(err)
	}
	tax := c.Slice("tax")
	const top = model.TopEdge
	// sales: encoded value·100 + 100000 + 2, minimum 4 at missing.
	if want := [7]uint64{2, 50100002, 200100002, top, top, top, top}; tax.Edges[0] != want || tax.Map[0] != 1 {
		t.Errorf("sales: edges %v of feature %d", tax.Edges[0], tax.Map[0])
	}
	if want := []uint16{0, 4, 17, 33, 0, 0, 0, 0}; !slices.Equal(inGroup(tax, 0)[:8], want) {
		t.Errorf("sales: points %v", inGroup(tax, 0)[:8])
	}
	// rating: absent −10, missing 0 and five categories, minimum −10.
	if want := [7]uint64{1, 2, 3, 4, 5, 6, top}; tax.Edges[1] != want || tax.Map[1] != 2 {
		t.Errorf("rating: edges %v of feature %d", tax.Edges[1], tax.Map[1])
	}
	if want := []uint16{0, 10, 70, 55, 40, 22, 10, 0}; !slices.Equal(inGroup(tax, 0)[8:16], want) {
		t.Errorf("rating: points %v", inGroup(tax, 0)[8:16])
	}
	if tax.Caps != [4]uint32{33 + 70} || c.Slice("social").Caps != [4]uint32{30} || tax.Lines != 2 || c.Base != 320+4-10+0 {
		t.Errorf("caps %v, %v, lines %d, base %d", tax.Caps, c.Slice("social").Caps, tax.Lines, c.Base)
	}
	// 1 + 33 + 70 + 30 = 134 different scores need 8 bits, and 70 points 8 bits; without a record in tax only −6.
	f := c.Figures
	if f.Needed != 8 || f.Resolution != 10 || f.Least != 320+4-10+0 || f.Most != 320+37+60+30 {
		t.Errorf("figures %+v", f)
	}
	if c.Slice("utility") != nil || len(c.Warnings) != 0 {
		t.Error("unexpected slice or warning")
	}
}

// TestCompileLines holds the shape of characteristics that need several lines.
func TestCompileLines(t *testing.T) {
	for _, c := range []struct {
		bins          int
		absentDiffers bool
		lines         int
	}{{7, false, 1}, {8, false, 2}, {13, false, 2}, {14, false, 3}, {19, false, 3}, {20, false, 4}, {32, false, 6}, {193, false, 32},
		{6, true, 1}, {7, true, 2}, {12, true, 2}, {13, true, 3}, {1, true, 1}} {
		pieces := make([]piece, c.bins)
		for i := range pieces {
			pieces[i] = piece{start: uint64(2 + 10*i), points: i + 1}
		}
		characteristic := &Characteristic{Missing: 0}
		if c.absentDiffers {
			characteristic.Absent = 1
		}
		lines := characteristic.cut(pieces, func(points int) weights { return weights{uint16(points), 1} })
		if len(lines) != c.lines || linesFor(c.bins, c.absentDiffers) != c.lines {
			t.Errorf("%d bins: %d lines, counted %d, want %d", c.bins, len(lines), linesFor(c.bins, c.absentDiffers), c.lines)
		}
		for i := 1; i < len(lines); i++ {
			if lines[i].edges[0] != lines[i-1].edges[6] || lines[i].weights[0] != (weights{}) || lines[i-1].weights[7] != (weights{}) {
				t.Errorf("%d bins: line %d does not continue the one before it", c.bins, i)
			}
		}
	}
}

func TestUnreachableBins(t *testing.T) {
	text := strings.Replace(exampleModel, `[{"below": 3, "points": 0}, {"below": 20.5, "points": 18}, {"points": 30}]`,
		`[{"below": -5, "points": 900}, {"below": 0, "points": -900}, {"below": 20.5, "points": 18}, {"below": 1000.1, "points": 5}, {"points": 901}]`, 1)
	c, err := mustModel(t, text).Compile(exampleSchemas(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Warnings) != 3 || !strings.Contains(c.Warnings[0], "social/staff: bin 1 lies outside") {
		t.Errorf("warnings %q", c.Warnings)
	}
	social := c.Slice("social")
	if want := [7]uint64{2, 2, 2, 207, model.TopEdge, model.TopEdge, model.TopEdge}; social.Edges[0] != want {
		t.Errorf("edges %v", social.Edges[0])
	}
	if want := []uint16{0, 0, 0, 16, 3, 0, 0, 0}; !slices.Equal(inGroup(social, 0)[:8], want) || social.Caps[0] != 16 {
		t.Errorf("points %v, cap %d", inGroup(social, 0)[:8], social.Caps[0])
	}
}

func TestResolutionRefusal(t *testing.T) {
	text := strings.Replace(exampleModel, `"resolution": 10`, `"resolution": 7`, 1)
	_, err := mustModel(t, text).Compile(exampleSchemas(t))
	var refusal *model.Refusal
	if !errors.As(err, &refusal) || refusal.Rule != model.RuleResolution ||
		!strings.Contains(err.Error(), "8 bits needed for 134 different scores") ||
		!strings.Contains(err.Error(), "largest characteristics: tax/rating 70 points, tax/sales 33 points, social/staff 30 points") {
		t.Fatal(err)
	}
	// 1,874 different scores would fit 11 bits, but one characteristic of 1,773 points may tell no more than half of that.
	text = strings.NewReplacer(`"resolution": 10`, `"resolution": 11`, `"points": 37`, `"points": 1777`).Replace(exampleModel)
	_, err = mustModel(t, text).Compile(exampleSchemas(t))
	if !errors.As(err, &refusal) || refusal.Rule != model.RuleResolution || !strings.Contains(err.Error(), "12 bits needed for 1874 different scores, the widest characteristic spanning 1773 points") {
		t.Fatal(err)
	}
	c, err := mustModel(t, exampleModel).Compile(exampleSchemas(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Figures.Check(model.DefaultPolicy(), 2); !errors.As(err, &refusal) || refusal.Rule != model.RuleMinFeatures ||
		!strings.Contains(err.Error(), "3 characteristics") || !strings.Contains(err.Error(), "tax/rating") {
		t.Fatal(err)
	}
	if err := c.Figures.Check(model.Policy{MaxResolution: 10, MinFeatures: 3, MinHolders: 2}, 2); err != nil {
		t.Fatal(err)
	}
}

func TestVersion(t *testing.T) {
	schemas := exampleSchemas(t)
	c, err := mustModel(t, exampleModel).Compile(schemas)
	if err != nil {
		t.Fatal(err)
	}
	base := pedersen.Identity().Encode()
	if _, err := c.Version("chain", "bank", map[engine.Name]engine.Name{"tax": "a"}, base); err == nil {
		t.Error("a source without holder was accepted")
	}
	v, err := c.Version("chain", "bank", map[engine.Name]engine.Name{"tax": "a", "social": "z"}, base)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Check(model.Policy{MaxResolution: 10, MinFeatures: 3, MinHolders: 2}); err != nil {
		t.Fatal(err)
	}
	if got := v.Parties(); !slices.Equal(got, []engine.PartyID{"a/tax", "z/social"}) {
		t.Errorf("parties %v", got)
	}
	var refusal *model.Refusal
	if err := v.Slices[0].CheckSchema(schemas["tax"]); err != nil {
		t.Errorf("along its own schema: %v", err)
	}
	if err := v.Slices[0].CheckSchema(schemas["social"]); !errors.As(err, &refusal) || refusal.Rule != model.RuleSchema {
		t.Errorf("along another schema: %v", err)
	}
	v.Slices[0].Map[2], v.Slices[0].Edges[2] = 3, v.Slices[0].Edges[0] // the schema has features 0 to 2
	if err := v.Slices[0].CheckSchema(schemas["tax"]); !errors.As(err, &refusal) || refusal.Rule != model.RuleSchema {
		t.Errorf("a line on a feature that does not exist: %v", err)
	}
}
