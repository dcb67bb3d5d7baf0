package record

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/fstest"
)

const plainSchema = `{"source": "tax", "epoch": "2026-10", "subjects": "opaque", "features": [{"name": "n", "scale": 0, "min": 0, "max": 9}]}`

func folder(schema, records string) fstest.MapFS {
	return fstest.MapFS{"tax/schema.json": {Data: []byte(schema)}, "tax/records.csv": {Data: []byte(records)}}
}

func TestReadFolderRefuses(t *testing.T) {
	link := &fstest.MapFile{Data: []byte("elsewhere"), Mode: fs.ModeSymlink}
	device := &fstest.MapFile{Mode: fs.ModeDevice}
	good := folder(plainSchema, "subject,n\na,1\n")
	for name, c := range map[string]struct {
		fsys   fstest.MapFS
		folder string
		want   string
	}{
		"no folder":          {good, "utility", "utility/schema.json: there is no such file"},
		"no schema":          {fstest.MapFS{"tax/records.csv": good["tax/records.csv"]}, "tax", "tax/schema.json: there is no such file"},
		"no records":         {fstest.MapFS{"tax/schema.json": good["tax/schema.json"]}, "tax", "tax/records.csv: there is no such file"},
		"a link for records": {fstest.MapFS{"tax/schema.json": good["tax/schema.json"], "tax/records.csv": link}, "tax", "tax/records.csv: not a regular file"},
		"a link for schema":  {fstest.MapFS{"tax/schema.json": link}, "tax", "tax/schema.json: not a regular file"},
		"a device":           {fstest.MapFS{"tax/schema.json": good["tax/schema.json"], "tax/records.csv": device}, "tax", "tax/records.csv: not a regular file"},
		"a folder":           {fstest.MapFS{"tax/schema.json": good["tax/schema.json"], "tax/records.csv/x": {}}, "tax", "tax/records.csv: not a regular file"},
		"another name":       {fstest.MapFS{"vat/schema.json": good["tax/schema.json"], "vat/records.csv": good["tax/records.csv"]}, "vat", "vat/schema.json: source \"tax\" is in a folder of another name"},
		"a faulty schema":    {folder("{\n  \"source\": 1}", ""), "tax", "tax/schema.json:2:13: a number, want text"},
		"faulty records":     {folder(plainSchema, "subject,n\na,x\n"), "tax", "tax/records.csv:2:2: n: not a decimal number"},
	} {
		source, report, err := ReadFolder(t.Context(), c.fsys, c.folder)
		if !errors.Is(err, ErrDefects) || source != nil || list(report.Defects) != c.want {
			t.Errorf("%s: %v; defects %q, want %q", name, err, list(report.Defects), c.want)
		}
	}
}

func TestReadFolder(t *testing.T) {
	source, report, err := ReadFolder(t.Context(), folder(plainSchema, "subject,n\na,1\n"), "tax")
	if err != nil || source.Schema.Source != "tax" || source.Records.Len() != 1 || report.Rows != 1 {
		t.Fatalf("%v, %v, %v", source, report, err)
	}
}

// TestReadFolderOnDisk uses the tricks that only a real file system has: a link out of the folder and a pipe, which would
// block whoever opens it.
func TestReadFolderOnDisk(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "tax", SchemaFile), plainSchema)
	write(t, filepath.Join(dir, "secret.csv"), "subject,n\na,1\n")
	records := filepath.Join(dir, "tax", RecordsFile)
	for name, place := range map[string]func() error{
		"link": func() error { return os.Symlink("../secret.csv", records) },
		"pipe": func() error { return syscall.Mkfifo(records, 0o600) },
	} {
		if err := place(); err != nil {
			t.Skip(err)
		}
		_, report, err := ReadFolder(t.Context(), os.DirFS(dir), "tax")
		if !errors.Is(err, ErrDefects) || list(report.Defects) != "tax/records.csv: not a regular file" {
			t.Errorf("%s: %v", name, err)
		}
		if err := os.Remove(records); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFolders(t *testing.T) {
	fsys := fstest.MapFS{"tax/schema.json": {}, "social/schema.json": {}, ".git/config": {}, "README.md": {}}
	got, err := Folders(fsys)
	if err != nil || len(got) != 2 || got[0] != "social" || got[1] != "tax" {
		t.Fatalf("%q, %v", got, err)
	}
	fsys["utility"] = &fstest.MapFile{Data: []byte("tax"), Mode: fs.ModeSymlink}
	if _, err := Folders(fsys); !errors.Is(err, ErrDefects) {
		t.Fatalf("a linked folder: %v", err)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
