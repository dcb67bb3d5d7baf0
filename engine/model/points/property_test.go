package points

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"weir/engine"
	"weir/engine/model"
	"weir/engine/pedersen"
	"weir/engine/schema"
)

// drawn is a random source: its schema, the model's characteristics as JSON, and how many values each feature has.
type drawn struct {
	schema          *schema.Schema
	characteristics []string
	values          []uint64
}

// decimal writes n·10^-scale, sometimes without its trailing zeros.
func decimal(n int64, scale int, short bool) string {
	text := new(big.Rat).SetFrac(big.NewInt(n), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)).FloatString(scale)
	if short && strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	if strings.Trim(text, "-0.") == "" {
		return "0"
	}
	return text
}

func drawPoints(t *rapid.T) int { return rapid.IntRange(-40, 40).Draw(t, "points") }

func drawNumber(t *rapid.T, name string) (feature, characteristic string, values uint64) {
	scale := rapid.IntRange(0, 4).Draw(t, "scale")
	least := rapid.Int64Range(-30, 30).Draw(t, "min")
	width := rapid.OneOf(rapid.Int64Range(0, 60), rapid.Int64Range(0, 1<<32-3)).Draw(t, "width")
	near := rapid.OneOf(rapid.Int64Range(-5, 70), rapid.Int64Range(-5, width+5))
	bounds := rapid.SliceOfNDistinct(near, 0, rapid.SampledFrom([]int{3, 9, 40}).Draw(t, "most bounds"), rapid.ID[int64]).Draw(t, "bounds")
	slices.Sort(bounds)
	var bins []string
	for _, bound := range bounds {
		text := decimal(least+bound, scale, rapid.Bool().Draw(t, "short"))
		bins = append(bins, fmt.Sprintf(`{"below": %s, "points": %d}`, text, drawPoints(t)))
	}
	bins = append(bins, fmt.Sprintf(`{"points": %d}`, drawPoints(t)))
	feature = fmt.Sprintf(`{"name": %q, "scale": %d, "min": %s, "max": %s}`, name, scale, decimal(least, scale, false), decimal(least+width, scale, false))
	return feature, `"bins": [` + strings.Join(bins, ", ") + `]`, uint64(width) + 1
}

func drawCategories(t *rapid.T, name string) (feature, characteristic string, values uint64) {
	n := rapid.IntRange(1, 20).Draw(t, "categories")
	names, points := make([]string, n), map[string]int{}
	for i := range names {
		names[i] = fmt.Sprintf("k%d", i)
		points[names[i]] = drawPoints(t)
	}
	list, _ := json.Marshal(names)
	byName, _ := json.Marshal(points)
	return fmt.Sprintf(`{"name": %q, "categories": %s}`, name, list), `"categories": ` + string(byName), uint64(n)
}

func drawSource(t *rapid.T, name string) drawn {
	var d drawn
	var features []string
	for i := range rapid.IntRange(1, 4).Draw(t, "features") {
		draw := rapid.SampledFrom([]func(*rapid.T, string) (string, string, uint64){drawNumber, drawNumber, drawCategories}).Draw(t, "kind")
		feature, characteristic, values := draw(t, fmt.Sprintf("f%d", i))
		features, d.values = append(features, feature), append(d.values, values)
		if i > 0 && rapid.IntRange(0, 4).Draw(t, "unused") == 0 {
			continue
		}
		absent := ""
		if rapid.Bool().Draw(t, "absent differs") {
			absent = fmt.Sprintf(`"absent": %d, `, drawPoints(t))
		}
		if rapid.Bool().Draw(t, "baseline stated") {
			absent += fmt.Sprintf(`"baseline": %d, `, drawPoints(t))
		}
		d.characteristics = append(d.characteristics, fmt.Sprintf(`{"feature": "f%d", "missing": %d, %s%s}`, i, drawPoints(t), absent, characteristic))
	}
	slices.Reverse(d.characteristics)
	d.schema = mustSchema(t, fmt.Sprintf(`{"source": %q, "epoch": "2026-10", "features": [%s]}`, name, strings.Join(features, ", ")))
	return d
}

func (d *drawn) record(t *rapid.T) (values [schema.MaxFeatures]uint32) {
	if rapid.IntRange(0, 5).Draw(t, "absent") == 0 {
		return values
	}
	for i, n := range d.values {
		encoded := rapid.OneOf(rapid.Uint64Range(0, min(n, 80)), rapid.Uint64Range(0, n)).Draw(t, "value")
		values[i] = uint32(encoded) + schema.Missing
	}
	return values
}

func drawModel(t *rapid.T) (*Model, map[engine.Name]*schema.Schema, []drawn) {
	schemas := map[engine.Name]*schema.Schema{}
	var all []drawn
	var sources []string
	for i := range rapid.IntRange(2, 3).Draw(t, "sources") {
		name := fmt.Sprintf("s%d", i)
		d := drawSource(t, name)
		schemas[engine.Name(name)] = d.schema
		all = append(all, d)
		sources = append(sources, fmt.Sprintf(`%q: [%s]`, name, strings.Join(d.characteristics, ", ")))
	}
	base := rapid.IntRange(-1000, 1000).Draw(t, "base")
	text := fmt.Sprintf(`{"name": "m", "version": "1", "base": %d, "range": [0, 100], "sources": {%s}`, base, strings.Join(sources, ", "))
	return mustModel(t, text+drawGroups(t, mustModel(t, text+"}"))+"}"), schemas, all
}

// drawGroups are up to three groups of a model's characteristics, those left out that would always have one value.
func drawGroups(t *rapid.T, m *Model) string {
	var all []string
	for i := range m.Sources {
		for _, c := range m.Sources[i].Characteristics {
			all = append(all, string(m.Sources[i].Name)+"/"+c.Feature)
		}
	}
	counts := rapid.SampledFrom([]string{"adverse", "points"}).Draw(t, "counts")
	side := rapid.SampledFrom([]string{"below", "above"}).Draw(t, "side")
	var groups []string
	for i := range rapid.IntRange(0, 3).Draw(t, "groups") {
		members := rapid.SliceOfNDistinct(rapid.SampledFrom(all), 1, len(all), rapid.ID[string]).Draw(t, "members")
		list, _ := json.Marshal(members)
		groups = append(groups, fmt.Sprintf(`{"name": "g%d", "counts": %q, "side": %q, "characteristics": %s}`, i, counts, side, list))
	}
	if len(groups) == 0 {
		return ""
	}
	return `, "groups": [` + strings.Join(groups, ", ") + `]`
}

// compiled compiles a drawn model, without its last groups where one is always the same, or all of them tell too much.
func compiled(t *rapid.T, m *Model, schemas map[engine.Name]*schema.Schema) *Compiled {
	for {
		c, err := m.Compile(schemas)
		var refused *model.Refusal
		if errors.As(err, &refused) && len(m.Groups) > 0 {
			m.Groups = m.Groups[:len(m.Groups)-1]
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
}

// TestTablesGiveTheReferenceScore is the point of the package: the selected rows add up to what the file says.
func TestTablesGiveTheReferenceScore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, schemas, sources := drawModel(t)
		c := compiled(t, m, schemas)
		for range 8 {
			records := map[engine.Name][schema.MaxFeatures]uint32{}
			for i := range sources {
				records[sources[i].schema.Source] = sources[i].record(t)
			}
			want, err := m.Score(schemas, records)
			if err != nil {
				t.Fatal(err)
			}
			if got := compiledScore(c, records); got != want {
				t.Fatalf("compiled %d, reference %d", got, want)
			}
			values, err := m.GroupValues(schemas, records)
			if got := compiledValues(c, records); err != nil || !slices.Equal(got, values) {
				t.Fatalf("groups: compiled %d, reference %d, %v", got, values, err)
			}
			for i, value := range values {
				if k := &c.Keys[i]; value < k.Base || value > k.Most {
					t.Fatalf("group %q has value %d, its key says %d to %d", k.Name, value, k.Base, k.Most)
				}
			}
			if want < c.Figures.Least || want > c.Figures.Most {
				t.Fatalf("score %d outside %d to %d", want, c.Figures.Least, c.Figures.Most)
			}
		}
	})
}

// TestTablesMeetTheRulesOfResolution states the rules of protocol section 4 over the tables, as the model circuit does.
func TestTablesMeetTheRulesOfResolution(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, schemas, _ := drawModel(t)
		c := compiled(t, m, schemas)
		holders := map[engine.Name]engine.Name{}
		for i := range c.Slices {
			holders[c.Slices[i].Source] = engine.Name(fmt.Sprintf("h%d", i))
			checkRules(t, &c.Slices[i], c.Figures.Resolution)
		}
		v, err := c.Version("chain", "bank", holders, pedersen.Identity().Encode())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := model.DecodeVersion(v.Encode()); err != nil {
			t.Fatal(err)
		}
		for i := range v.Slices {
			if err := v.Slices[i].CheckSchema(schemas[v.Slices[i].Party.Source()]); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func checkRules(t *rapid.T, s *Slice, resolution int) {
	for g := range model.Groups {
		checkGroup(t, s, g, resolution)
	}
}

func checkGroup(t *rapid.T, s *Slice, g, resolution int) {
	tables, points := publicSlice(s), inGroup(s, g)
	var most [model.Lines]uint64 // M_l
	for l := range model.Lines {
		for _, w := range points[8*l : 8*l+8] {
			if w >= 1<<12 {
				t.Fatalf("points %d", w)
			}
			most[l] = max(most[l], uint64(w))
		}
		edges := append([]uint64{0}, s.Edges[l][:]...)
		for b := range 8 {
			if top := append(edges, model.TopEdge)[b+1]; edges[b] == top && points[8*l+b] != 0 {
				t.Fatalf("line %d bin %d weighs %d and cannot be reached", l, b, points[8*l+b])
			}
		}
	}
	var sum, feature uint64
	for l := range model.Lines {
		if !tables.Continues(l) {
			feature = 0
		} else if points[8*l] != 0 || points[8*l-1] != 0 {
			t.Fatalf("line %d continues a line and its own first row or that one's last weighs something", l)
		}
		if most[l] > feature { // all lines of a characteristic share the largest of their bounds
			sum, feature = sum-feature+most[l], most[l]
		}
		if feature > model.CharacteristicCap(resolution) {
			t.Fatalf("line %d weighs %d at %d bits", l, feature, resolution)
		}
	}
	if sum != uint64(s.Caps[g]) {
		t.Fatalf("group %d: cap %d, largest rows add up to %d", g, s.Caps[g], sum)
	}
}
