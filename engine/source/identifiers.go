package source

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"

	"weir/engine/record"
	"weir/engine/schema"
	"weir/engine/source/parquet"
)

// Identifiers gives the subjects of a folder that ReadFolder has already accepted, as they are written and in the order of
// its file, until more says no. Only a demonstration needs such a list.
func Identifiers(ctx context.Context, fsys fs.FS, folder string, more func(identifier string) bool) error {
	f, err := fsys.Open(path.Join(folder, parquet.File))
	if errors.Is(err, fs.ErrNotExist) {
		if f, err = fsys.Open(path.Join(folder, record.RecordsFile)); err != nil {
			return err
		}
		defer f.Close()
		return csvIdentifiers(f, more)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	return parquetIdentifiers(ctx, f, more)
}

// csvIdentifiers reads the first column.
func csvIdentifiers(f io.Reader, more func(string) bool) error {
	rows := csv.NewReader(withoutMark(f))
	rows.ReuseRecord = true
	if _, err := rows.Read(); err != nil {
		return err
	}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil || !more(row[0]) {
			return err
		}
	}
}

// withoutMark is the text of r without a UTF-8 byte order mark before it.
func withoutMark(r io.Reader) io.Reader {
	text := bufio.NewReader(r)
	if mark, err := text.Peek(3); err == nil && string(mark) == "\xef\xbb\xbf" {
		text.Discard(len(mark))
	}
	return text
}

// parquetIdentifiers reads the column of that name.
func parquetIdentifiers(ctx context.Context, f fs.File, more func(string) bool) error {
	t, err := parquet.Open(f)
	if err != nil {
		return err
	}
	defer t.Close()
	columns, err := t.Columns()
	if err != nil {
		return err
	}
	at := slices.IndexFunc(columns, func(c record.Column) bool { return c.Name == schema.SubjectColumn })
	if at < 0 || slices.ContainsFunc(columns, func(c record.Column) bool { return c.Fault != "" }) {
		return record.ErrDefects
	}
	cells := make([]record.Cell, len(columns))
	for {
		err := t.Next(ctx, cells)
		if err == io.EOF {
			return nil
		}
		if err != nil || !more(cells[at].Text) {
			return err
		}
	}
}
