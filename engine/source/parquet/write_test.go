package parquet

import (
	"bytes"
	"context"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/parquet-go/parquet-go"

	"weir/engine/record"
	"weir/engine/schema"
)

const testSchema = `{"source": "tax", "epoch": "2026-10", "subjects": "opaque", "features": [
	{"name": "sales", "scale": 0, "min": 0, "max": 4000000000},
	{"name": "growth", "scale": 4, "min": -1, "max": 50, "outside": "clamp"},
	{"name": "late", "scale": 0, "min": 0, "max": 12, "outside": "missing"},
	{"name": "rating", "categories": ["A", "B", "优", "true"]}]}`

// asCSV are the rows of most files in these tests.
const asCSV = "subject,sales,growth,late,rating\na,0,-1,0,A\nb,4000000000,0.1234,12,B\nc,,,,\nd,5,50.5,13,优\ne,7,-0.5,3,A\n"

func parseSchema(t testing.TB) *schema.Schema {
	t.Helper()
	s, err := schema.Parse(strings.NewReader(testSchema), "schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// table is what a file is written from: by column its type, and its values, nil for a missing one.
type table struct {
	columns parquet.Group
	values  map[string][]any
}

// write makes a file with an encoder of another hand.
func (w *table) write(t testing.TB, options ...parquet.WriterOption) []byte {
	t.Helper()
	names := make([]string, 0, len(w.columns))
	for name := range w.columns {
		names = append(names, name)
	}
	slices.Sort(names) // as the library orders a group
	var out bytes.Buffer
	writer := parquet.NewWriter(&out, append([]parquet.WriterOption{parquet.NewSchema("records", w.columns)}, options...)...)
	for i := range w.values[names[0]] {
		var row parquet.Row
		for c, name := range names {
			value, level := parquet.ValueOf(w.values[name][i]), 0
			if w.columns[name].Optional() && !value.IsNull() {
				level = 1
			}
			row = append(row, value.Level(0, level, c))
		}
		if _, err := writer.WriteRows([]parquet.Row{row}); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// rows is asCSV in the widest types.
func rows() *table {
	opt := parquet.Optional
	return &table{
		columns: parquet.Group{"subject": parquet.String(), "sales": opt(parquet.Uint(32)), "growth": opt(parquet.Decimal(4, 9, parquet.Int32Type)),
			"late": opt(parquet.Int(8)), "rating": opt(parquet.String())},
		values: map[string][]any{"subject": {"a", "b", "c", "d", "e"}, "sales": {uint32(0), uint32(4000000000), nil, uint32(5), uint32(7)},
			"growth": {int32(-10000), int32(1234), nil, int32(505000), int32(-5000)}, "late": {int32(0), int32(12), nil, int32(13), int32(3)},
			"rating": {"A", "B", nil, "优", "A"}},
	}
}

// full are the rows of rows() without missing values, in columns that allow none: the library writes pages of version 1 of
// optional columns with a length too many. Those of other writers lie in testdata.
func full() *table {
	w := rows()
	for name, node := range w.columns {
		if node.Optional() {
			w.columns[name] = map[string]parquet.Node{"sales": parquet.Uint(32), "growth": parquet.Decimal(4, 9, parquet.Int32Type), "late": parquet.Int(8), "rating": parquet.String()}[name]
		}
		w.values[name] = slices.Delete(slices.Clone(w.values[name]), 2, 3)
	}
	return w
}

// asFullCSV are the rows of full().
var asFullCSV = strings.Replace(asCSV, "c,,,,\n", "", 1)

// open puts bytes behind what package record hands a format.
func open(t testing.TB, b []byte) fs.File {
	t.Helper()
	f, err := fstest.MapFS{File: {Data: b}}.Open(File)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func read(t testing.TB, b []byte) (*record.Records, *record.Report, error) {
	t.Helper()
	return Format.Read(context.Background(), open(t, b), parseSchema(t), File)
}

// checkSame holds that a file gives the records, counts and root of a CSV file.
func checkSame(t *testing.T, name string, b []byte, csv string) {
	t.Helper()
	want, counted, err := record.Read(t.Context(), strings.NewReader(csv), parseSchema(t), "records.csv")
	if err != nil {
		t.Fatal(err)
	}
	got, report, err := read(t, b)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	for i := range want.Len() {
		if got.Len() != want.Len() || got.Row(i) != want.Row(i) {
			t.Errorf("%s: other records than the CSV file's", name)
			break
		}
	}
	if report.Rows != counted.Rows || !slices.Equal(report.Features, counted.Features) {
		t.Errorf("%s: counts %v, want %v", name, report.Features, counted.Features)
	}
}

func root(t *testing.T, records *record.Records) [32]byte {
	t.Helper()
	tree, err := record.Build(t.Context(), record.Key{1}, "bureau/tax", records, nil)
	if err != nil {
		t.Fatal(err)
	}
	return tree.Root()
}

func list(report *record.Report) string {
	var lines []string
	for _, d := range report.Defects {
		lines = append(lines, d.String())
	}
	return strings.Join(lines, "\n")
}
