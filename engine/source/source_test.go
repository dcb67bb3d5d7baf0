package source

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"weir/engine/record"
	"weir/engine/source/parquet"
)

const schemaText = `{"source": "tax", "epoch": "2026-10", "subjects": "opaque", "features": [
	{"name": "sales", "scale": 0, "min": 0, "max": 4000000000}, {"name": "growth", "scale": 4, "min": -1, "max": 50},
	{"name": "late", "scale": 0, "min": 0, "max": 12}, {"name": "rating", "categories": ["A", "B", "优"]}]}`

// folder is a source's folder with the files named.
func folder(t *testing.T, files ...string) fstest.MapFS {
	t.Helper()
	content := map[string]string{record.RecordsFile: "arrow.csv", parquet.File: "arrow-v1-snappy.parquet"}
	fsys := fstest.MapFS{"tax/schema.json": {Data: []byte(schemaText)}}
	for _, name := range files {
		b, err := os.ReadFile("parquet/testdata/" + content[name])
		if err != nil {
			t.Fatal(err)
		}
		fsys["tax/"+name] = &fstest.MapFile{Data: b}
	}
	return fsys
}

// A folder has one file of records, in whichever format; in all of them the records and their order are the same.
func TestFolder(t *testing.T) {
	var read []*record.Records
	var lists [][]string
	for _, file := range []string{record.RecordsFile, parquet.File} {
		fsys := folder(t, file)
		source, _, err := ReadFolder(t.Context(), fsys, "tax")
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		if err := Identifiers(t.Context(), fsys, "tax", func(id string) bool { list = append(list, id); return len(list) < 500 }); err != nil {
			t.Fatal(err)
		}
		read, lists = append(read, source.Records), append(lists, list)
	}
	for i := range read[0].Len() {
		if read[1].Len() != read[0].Len() || read[1].Row(i) != read[0].Row(i) {
			t.Fatal("CSV and Parquet have different records")
		}
	}
	if !slices.Equal(lists[0], lists[1]) || len(lists[0]) != 500 {
		t.Error("CSV and Parquet have different subjects")
	}
}

func TestFolderRefuses(t *testing.T) {
	damaged := folder(t, parquet.File)
	file := damaged["tax/records.parquet"]
	file.Data = slices.Clone(file.Data[:len(file.Data)-9])
	link := folder(t)
	link["tax/records.parquet"] = &fstest.MapFile{Data: []byte("elsewhere"), Mode: os.ModeSymlink}
	for name, c := range map[string]struct {
		fsys fstest.MapFS
		want string
	}{
		"both":      {folder(t, record.RecordsFile, parquet.File), "tax: both records.csv and records.parquet; keep the one that counts"},
		"neither":   {folder(t), "tax/records.csv: there is no such file (nor records.parquet)"},
		"no file":   {link, "tax/records.parquet: not a regular file"},
		"a cut end": {damaged, "tax/records.parquet: no Parquet file: it does not begin and end with PAR1"},
	} {
		source, report, err := ReadFolder(t.Context(), c.fsys, "tax")
		if source != nil || !errors.Is(err, record.ErrDefects) || report.Total() != 1 || report.Defects[0].String() != c.want {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
