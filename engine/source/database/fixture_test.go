package database

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/engine/record"
	"weir/engine/schema"
)

const testSchema = `{"source": "tax", "epoch": "2026-10", "subjects": "opaque", "features": [
	{"name": "sales", "scale": 0, "min": 0, "max": 4000000000},
	{"name": "growth", "scale": 4, "min": -1, "max": 50, "outside": "clamp"},
	{"name": "late", "scale": 0, "min": 0, "max": 12, "outside": "missing"},
	{"name": "rating", "categories": ["A", "B", "优"]}]}`

// asCSV are the rows that every database of the tests holds in its table `records`.
const asCSV = "subject,sales,growth,late,rating\na,0,-1,0,A\nb,4000000000,0.1234,12,B\nc,,,,\nd,5,50.5,13,优\ne,7,-0.5,3,A\n"

// canary stands in passwords, names and values, and must be in no error.
const canary = "CANARY"

func parseSchema(t testing.TB) *schema.Schema {
	t.Helper()
	s, err := schema.Parse(strings.NewReader(testSchema), "schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func root(t *testing.T, records *record.Records) [32]byte {
	t.Helper()
	tree, err := record.Build(t.Context(), record.Key{1}, "bureau/tax", records, nil)
	if err != nil {
		t.Fatal(err)
	}
	return tree.Root()
}

// checkSame holds that a query gives the records, counts and root of asCSV.
func checkSame(t *testing.T, c Config) {
	t.Helper()
	c.Timeout = time.Minute
	s := parseSchema(t)
	want, counted, err := record.Read(t.Context(), strings.NewReader(asCSV), s, "records.csv")
	if err != nil {
		t.Fatal(err)
	}
	got, report, err := Read(t.Context(), c, s)
	if err != nil {
		t.Errorf("%s: %v", c.Query, err)
		return
	}
	if root(t, got) != root(t, want) {
		t.Errorf("%s: another root than the CSV file's", c.Query)
	}
	if report.Rows != counted.Rows || !slices.Equal(report.Features, counted.Features) {
		t.Errorf("%s: counts %v, want %v", c.Query, report.Features, counted.Features)
	}
}

// checkRefused holds that a query is refused with these words, for its data or for itself, and that no canary comes out.
func checkRefused(t *testing.T, c Config, want string) {
	t.Helper()
	if c.Timeout == 0 {
		c.Timeout = time.Minute
	}
	records, report, err := Read(context.Background(), c, parseSchema(t))
	if err == nil || records != nil {
		t.Errorf("%s: accepted, want %q", c.Query, want)
		return
	}
	text := err.Error()
	if errors.Is(err, record.ErrDefects) {
		text = ""
		for _, d := range report.Defects {
			text += d.String() + "\n"
		}
	}
	if strings.TrimSpace(text) != want {
		t.Errorf("%s:\n%s\nwant:\n%s", c.Query, text, want)
	}
	if strings.Contains(err.Error()+text, canary) {
		t.Errorf("%s: the error repeats a secret: %v", c.Query, err)
	}
}
