// Package source reads a source's folder with its records in any of the file formats that weir knows (formats, "A source's
// folder"). It is for holders and for whoever checks their records; like package record it opens no path, only an fs.FS.
package source

import (
	"context"
	"io/fs"

	"weir/engine/record"
	"weir/engine/source/parquet"
)

// Formats are the formats of records, of which a folder has exactly one.
func Formats() []record.Format { return []record.Format{record.CSV, parquet.Format} }

// ReadFolder is record.ReadFolder over all formats.
func ReadFolder(ctx context.Context, fsys fs.FS, folder string) (*record.Source, *record.Report, error) {
	return record.ReadFolder(ctx, fsys, folder, Formats()...)
}
