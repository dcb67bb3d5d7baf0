package points_test

import (
	"bytes"
	"encoding/csv"
	"io/fs"
	"slices"
	"testing"

	"weir/engine"
	"weir/engine/model"
	"weir/engine/model/points"
	"weir/engine/schema"
	"weir/testdata/sample"
	"weir/testdata/sample/synthetic"
)

// The sample lives under testdata, where `go test ./...` does not look; its tests are here.

// TestSampleIsGenerated holds that the committed records are what the generator makes.
func TestSampleIsGenerated(t *testing.T) {
	made := synthetic.Files()
	if len(made) != 6 {
		t.Errorf("%d files generated", len(made))
	}
	for name, want := range made {
		got, err := fs.ReadFile(sample.Records(), name)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what the generator makes (%v): go run ./testdata/sample/generate", name, err)
		}
	}
}

type cells = map[string]string // a row by column

type sampleData struct {
	schemas map[engine.Name]*schema.Schema
	values  map[engine.Name]map[string][schema.MaxFeatures]uint32 // source, subject
	cells   map[engine.Name]map[string]cells
}

func readSample(t *testing.T) sampleData {
	d := sampleData{map[engine.Name]*schema.Schema{}, map[engine.Name]map[string][schema.MaxFeatures]uint32{}, map[engine.Name]map[string]cells{}}
	for _, source := range []engine.Name{"social", "tax", "utility"} {
		file, err := sample.Records().Open(string(source) + "/schema.json")
		if err != nil {
			t.Fatal(err)
		}
		s, err := schema.Parse(file, "schema.json")
		if err != nil {
			t.Fatal(err)
		}
		d.schemas[source], d.values[source], d.cells[source] = s, map[string][schema.MaxFeatures]uint32{}, map[string]cells{}
		text, err := fs.ReadFile(sample.Records(), string(source)+"/records.csv")
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			d.add(t, s, rows[0], row)
		}
	}
	return d
}

func (d *sampleData) add(t *testing.T, s *schema.Schema, header, row []string) {
	if _, err := engine.ParseIdentifier(s.Subjects, row[0]); err != nil {
		t.Fatal(err)
	}
	var values [schema.MaxFeatures]uint32
	byName := cells{}
	for i, cell := range row[1:] {
		index, found := s.Index(header[i+1])
		if !found {
			t.Fatalf("%s has no feature %s", s.Source, header[i+1])
		}
		value, outcome, err := s.Features[index].Encode(cell)
		if err != nil || outcome != schema.Exact && outcome != schema.Empty {
			t.Fatalf("%s.%s: %v, %v", s.Source, header[i+1], outcome, err)
		}
		values[index], byName[header[i+1]] = value, cell
	}
	if d.cells[s.Source][row[0]] != nil {
		t.Fatalf("%s has a subject twice", s.Source)
	}
	d.values[s.Source][row[0]], d.cells[s.Source][row[0]] = values, byName
}

func (d *sampleData) subjects() map[string]int {
	all := map[string]int{}
	for _, source := range d.values {
		for subject := range source {
			all[subject]++
		}
	}
	return all
}

func sampleModel(t *testing.T) *points.Model {
	m, err := points.Parse(sample.Model(), sample.ModelFile)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestSampleModelPassesTheDefaultPolicy(t *testing.T) {
	d := readSample(t)
	c, err := sampleModel(t).Compile(d.schemas)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Figures.Check(model.DefaultPolicy(), 3); err != nil {
		t.Error(err)
	}
	var several, absent int
	for _, w := range c.Figures.Weights {
		if w.Lines > 1 {
			several++
		}
		if w.AbsentDiffers {
			absent++
		}
	}
	if len(c.Figures.Weights) < 12 || several < 1 || absent < 1 || len(c.Warnings) != 0 || c.Figures.Needed != 10 {
		t.Errorf("%d characteristics, %d over several lines, %d with absent, %d bits, warnings %q",
			len(c.Figures.Weights), several, absent, c.Figures.Needed, c.Warnings)
	}
}

// TestSampleScores compares tables and reference over the whole sample, and looks at how the scores spread.
func TestSampleScores(t *testing.T) {
	d, m := readSample(t), sampleModel(t)
	c, err := m.Compile(d.schemas)
	if err != nil {
		t.Fatal(err)
	}
	var scores []int64
	for subject := range d.subjects() {
		records := map[engine.Name][schema.MaxFeatures]uint32{}
		for source := range d.values {
			records[source] = d.values[source][subject]
		}
		want, err := m.Score(d.schemas, records)
		if err != nil {
			t.Fatal(err)
		}
		got := c.Base
		for i := range c.Slices {
			s := &c.Slices[i]
			public := model.Slice{Edges: s.Edges, Map: s.Map}
			for _, row := range public.Rows(records[s.Source]) {
				got += int64(s.Points[row][0])
			}
		}
		if got != want {
			t.Fatalf("tables give %d, reference %d", got, want)
		}
		scores = append(scores, want)
	}
	slices.Sort(scores)
	t.Logf("%d scores: least %d, 5%% %d, median %d, 95%% %d, most %d", len(scores), scores[0], scores[len(scores)/20], scores[len(scores)/2], scores[len(scores)*19/20], scores[len(scores)-1])
	if len(scores) < 400 || scores[len(scores)/20] < m.Range[0] || scores[len(scores)*19/20] > m.Range[1] || scores[len(scores)*19/20]-scores[len(scores)/20] < 150 {
		t.Error("the sample's scores do not spread over the range")
	}
}

func TestSampleShowcase(t *testing.T) {
	d := readSample(t)
	if n := d.subjects()[sample.UnknownToUtility]; n != 2 || d.cells["utility"][sample.UnknownToUtility] != nil {
		t.Errorf("%d records of the enterprise unknown to utility", n)
	}
	for source := range d.cells {
		empty := func(subject string) (n int) {
			for _, cell := range d.cells[source][subject] {
				if cell == "" {
					n++
				}
			}
			return n
		}
		if empty(sample.MissingValues) == 0 {
			t.Errorf("no missing value in %s", source)
		}
		if d.cells[source][sample.WithoutConsent] == nil || empty(sample.WithoutConsent) > 0 {
			t.Errorf("enterprise without consent is incomplete in %s", source)
		}
	}
	partly := 0
	for _, n := range d.subjects() {
		if n < 3 {
			partly++
		}
	}
	if partly < 3 || partly > 40 {
		t.Errorf("%d enterprises are unknown to a source", partly)
	}
}
