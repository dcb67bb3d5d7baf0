// Package record is a holder's side of its own data: it reads a source's folder, and commits to the records in a
// positional tree whose root goes on the ledger and whose witness for one subject goes into a proof (formats, "A
// source's folder"; protocol, section 3).
//
// It is for holders only; no package of a bank may import it. Records and trees have no encoder: what leaves is a root of
// 32 bytes. It opens no path, only an fs.FS, and repairs nothing. Its errors name file, line, column and
// reason, never an identifier or a value.
package record

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"weir/engine/schema"
	"weir/engine/schema/strictjson"
)

// The files of a source's folder.
const (
	SchemaFile  = "schema.json"
	RecordsFile = "records.csv"
)

// Format is one way to write the records that lie beside schema.json.
type Format struct {
	File string // its name
	// Read reads it as package record's Read does; name is what defects give as their file.
	Read func(ctx context.Context, f fs.File, s *schema.Schema, name string) (*Records, *Report, error)
}

// CSV is records.csv.
var CSV = Format{File: RecordsFile, Read: func(ctx context.Context, f fs.File, s *schema.Schema, name string) (*Records, *Report, error) {
	return Read(ctx, f, s, name)
}}

// Source is one data source for one period: its public schema and its records.
type Source struct {
	Schema  *schema.Schema
	Records *Records
}

// ReadFolder reads and checks the source in a folder of fsys: schema.json, and the records in exactly one of the formats;
// without any, CSV. Both must be regular files, and the folder must be named like the source. The report is never nil; the
// error wraps ErrDefects if the input is at fault, and is another one if reading itself failed.
func ReadFolder(ctx context.Context, fsys fs.FS, folder string, formats ...Format) (*Source, *Report, error) {
	s, report, err := ReadSchema(fsys, folder)
	if err != nil {
		return nil, report, err
	}
	format, err := choose(fsys, folder, formats, report)
	if err != nil {
		return nil, report, err
	}
	name := path.Join(folder, format.File)
	f, err := openRegular(fsys, name, report)
	if err != nil {
		return nil, report, err
	}
	defer f.Close()
	records, report, err := format.Read(ctx, f, s, name)
	if err != nil {
		return nil, report, err
	}
	return &Source{Schema: s, Records: records}, report, nil
}

// choose finds the one format that a folder has its records in.
func choose(fsys fs.FS, folder string, formats []Format, report *Report) (Format, error) {
	chosen := CSV
	var found []string
	for _, format := range formats {
		_, err := fs.Lstat(fsys, path.Join(folder, format.File))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return Format{}, err
		}
		chosen, found = format, append(found, format.File)
	}
	if len(found) == 0 && len(formats) > 1 {
		report.add(Defect{File: path.Join(folder, CSV.File), Name: CSV.File, Reason: fmt.Sprintf("there is no such file (nor %s)", formats[1].File)})
		return Format{}, report.err()
	}
	if len(found) > 1 {
		report.add(Defect{File: folder, Name: found[1], Reason: fmt.Sprintf("both %s; keep the one that counts", strings.Join(found, " and "))})
		return Format{}, report.err()
	}
	return chosen, nil
}

// Folders are the names of the sources' folders directly in fsys, in order. Files and names that begin with a point are passed
// over; a link is refused, since what it leads to may be anywhere.
func Folders(fsys fs.FS) ([]string, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, err
	}
	var folders []string
	for _, e := range entries {
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case e.Type()&fs.ModeSymlink != 0:
			return nil, fmt.Errorf("%w: %s is a link", ErrDefects, e.Name())
		case e.IsDir():
			folders = append(folders, e.Name())
		}
	}
	return folders, nil
}

// ReadSchema reads schema.json in a folder of fsys, which must be named like the source. It reports as ReadFolder does.
func ReadSchema(fsys fs.FS, folder string) (*schema.Schema, *Report, error) {
	report := newReport(nil)
	s, err := readSchema(fsys, folder, report)
	return s, report, err
}

func readSchema(fsys fs.FS, folder string, report *Report) (*schema.Schema, error) {
	name := path.Join(folder, SchemaFile)
	f, err := openRegular(fsys, name, report)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s, err := schema.Parse(f, name)
	var at *strictjson.Error
	if errors.As(err, &at) {
		report.add(Defect{File: name, Line: at.Line, Column: at.Column, Name: SchemaFile, Reason: at.Reason})
		return nil, report.err()
	}
	if err != nil {
		return nil, err
	}
	if string(s.Source) != path.Base(folder) {
		report.add(Defect{File: name, Name: SchemaFile, Reason: fmt.Sprintf("source %q is in a folder of another name", s.Source)})
		return nil, report.err()
	}
	return s, nil
}

// openRegular opens a file that is neither a link nor a pipe nor a device, so that nothing outside the folder is read and
// nothing blocks.
func openRegular(fsys fs.FS, name string, report *Report) (fs.File, error) {
	info, err := fs.Lstat(fsys, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		report.add(Defect{File: name, Name: path.Base(name), Reason: "there is no such file"})
		return nil, report.err()
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		report.add(Defect{File: name, Name: path.Base(name), Reason: "not a regular file"})
		return nil, report.err()
	}
	return fsys.Open(name)
}
