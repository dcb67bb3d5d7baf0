// Package parquet reads flat tables from Apache Parquet files, for holders' records (formats, "A source's folder"; the
// format: https://parquet.apache.org/docs/file-format). It is for package source.
//
// A file is foreign: every length, count and place in it is checked against the file before memory is spent, runs are
// never written out, and what is held at a time is bounded by MaxHeld whatever the file says. It reads one value a row, of
// text, whole numbers, decimals, floats and truth values, in data pages of both versions, plain, with dictionaries, as runs
// or as differences, uncompressed or with snappy, gzip or zstd. It refuses nesting, dates, encryption and everything
// else by name, and repeats no value.
package parquet

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"weir/engine/record"
	"weir/engine/schema"
)

// Limits of a file, in bytes.
const (
	MaxFile   = 64 << 30  // the file
	MaxFooter = 8 << 20   // its metadata
	MaxPage   = 16 << 20  // a page, compressed and not
	MaxHeld   = 256 << 20 // pages and dictionaries of all columns at one time
)

// File is what the records of a folder are called in this format.
const File = "records.parquet"

// Format is the format as a folder's reader takes it.
var Format = record.Format{File: File, Read: func(ctx context.Context, f fs.File, s *schema.Schema, name string) (*record.Records, *record.Report, error) {
	t, err := Open(f)
	if err != nil {
		return nil, &record.Report{}, fmt.Errorf("%s: %w", name, err)
	}
	defer t.Close()
	return record.ReadTable(ctx, t, s, name)
}}

// Table is a file as a record.Table. It is read once, from the first row to the last.
type Table struct {
	r       io.ReaderAt
	size    int64
	footer  *footer
	columns []*column
	memory  memory
	group   int   // after the current row group
	left    int64 // rows of the current row group
}

// Open takes a file that can be read at any place; it reads nothing yet.
func Open(f fs.File) (*Table, error) {
	r, random := f.(io.ReaderAt)
	if !random {
		return nil, errors.New("a file that cannot be read at any place")
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return &Table{r: r, size: info.Size()}, nil
}

// Close frees what decompressing held. The file is its owner's.
func (t *Table) Close() { t.memory.close() }

// Columns reads the metadata (record.Table).
func (t *Table) Columns() ([]record.Column, error) {
	if err := t.readFooter(); err != nil {
		return nil, damage(err)
	}
	columns := make([]record.Column, len(t.footer.columns))
	for i := range columns {
		e := &t.footer.columns[i]
		convert, fault := e.converter()
		columns[i] = record.Column{Name: e.name, Fault: fault}
		t.columns = append(t.columns, &column{element: e, convert: convert, memory: &t.memory})
	}
	return columns, nil
}

const magic = "PAR1"

// readFooter reads the end of the file: metadata, their length, and what marks the format.
func (t *Table) readFooter() error {
	var head, end [8]byte
	if t.size < int64(len(head)+len(end))-4 || t.size > MaxFile {
		return fmt.Errorf("a file of %d bytes, want 12 to %d", t.size, int64(MaxFile))
	}
	if err := t.readAt(head[:4], 0); err != nil {
		return err
	}
	if err := t.readAt(end[:], t.size-8); err != nil {
		return err
	}
	if string(end[4:]) == "PARE" {
		return errors.New("an encrypted file")
	}
	if string(head[:4]) != magic || string(end[4:]) != magic {
		return errors.New("no Parquet file: it does not begin and end with PAR1")
	}
	length := int64(binary.LittleEndian.Uint32(end[:]))
	if length > MaxFooter || length > t.size-12 {
		return fmt.Errorf("metadata of %d bytes, want at most %d and within the file", length, MaxFooter)
	}
	b := make([]byte, length)
	if err := t.readAt(b, t.size-8-length); err != nil {
		return err
	}
	var err error
	if t.footer, err = readFooter(b); err != nil {
		return err
	}
	return t.checkGroups(t.size - 8 - length)
}

// checkGroups holds row groups to the file, if its columns can be read at all.
func (t *Table) checkGroups(end int64) error {
	for i := range t.footer.columns {
		if _, fault := t.footer.columns[i].converter(); fault != "" {
			return nil
		}
	}
	rows := int64(0)
	for i := range t.footer.groups {
		g := &t.footer.groups[i]
		if err := g.check(t.footer.columns, end); err != nil {
			return fmt.Errorf("row group %d: %w", i+1, err)
		}
		if rows += g.rows; g.rows > record.MaxRows || rows > record.MaxRows {
			return fmt.Errorf("more than %d rows", record.MaxRows)
		}
	}
	if rows != t.footer.rows {
		return errors.New("row groups with another number of rows than the file")
	}
	return nil
}

func (t *Table) readAt(b []byte, at int64) error {
	n, err := t.r.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	if errors.Is(err, io.EOF) {
		return errEnds
	}
	return err
}

// Next reads a row (record.Table).
func (t *Table) Next(ctx context.Context, cells []record.Cell) error {
	for t.left == 0 {
		if t.group == len(t.footer.groups) {
			return io.EOF
		}
		g := &t.footer.groups[t.group]
		for i, c := range t.columns {
			c.begin(t.r, &g.chunks[i])
		}
		t.group, t.left = t.group+1, g.rows
	}
	t.left--
	for i, c := range t.columns {
		var err error
		if cells[i], err = c.next(ctx); err != nil {
			return damage(fmt.Errorf("row group %d, column %d: %w", t.group, i+1, err))
		}
	}
	return nil
}

// damage tells what a file says about itself from what a disk or a context says.
func damage(err error) error {
	var path *fs.PathError
	switch {
	case errors.As(err, &path), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &record.Damage{Reason: "the file has ended early"}
	}
	return &record.Damage{Reason: err.Error()}
}
