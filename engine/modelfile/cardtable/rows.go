package cardtable

import (
	"bytes"
	"encoding/csv"
	"errors"
	"slices"

	"weir/engine/modelfile/refusal"
)

// MaxRows is the most rows that a table may have, and the most bins and categories in all of them.
const MaxRows = 100_000

// Row is one row of a table: the cells of the columns asked for, and where it stands.
type Row struct {
	At    refusal.Place
	Cells []string
}

// Columns reads the first line of a CSV file; nil if it is none.
func Columns(text []byte) []string {
	line, _, _ := bytes.Cut(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")), []byte("\n"))
	header, err := csv.NewReader(bytes.NewReader(line)).Read()
	if err != nil {
		return nil
	}
	return header
}

// HasColumns tells whether a header has all of some columns.
func HasColumns(header []string, columns ...string) bool {
	for _, c := range columns {
		if !slices.Contains(header, c) {
			return false
		}
	}
	return true
}

// ReadCSV reads the columns named of a CSV file with a header; other columns are left aside with a note, but for an
// unnamed first one, which is the index that pandas writes. Faults are recorded in list.
func ReadCSV(list *refusal.List, text []byte, columns ...string) []Row {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))))
	header, err := r.Read()
	if err != nil {
		list.Fault(refusal.Place{Line: 1}, "no header of a CSV file")
		return nil
	}
	positions := make([]int, len(columns))
	for i, c := range columns {
		positions[i] = slices.Index(header, c)
		if positions[i] < 0 || slices.Contains(header[positions[i]+1:], c) {
			list.Fault(refusal.Place{Line: 1}, "column %q is missing or there twice", c)
			return nil
		}
	}
	for i, c := range header {
		if !slices.Contains(columns, c) && (c != "" || i > 0) {
			list.Note(refusal.Place{Line: 1}, "column %.40q has no part in the score", c)
		}
	}
	var rows []Row
	for {
		record, err := r.Read()
		if err != nil {
			fault(list, err)
			return rows
		}
		if len(rows) == MaxRows {
			list.Fault(refusal.Place{}, "more than %d rows", MaxRows)
			return nil
		}
		line, _ := r.FieldPos(0)
		row := Row{At: refusal.Place{Line: line}}
		for _, p := range positions {
			row.Cells = append(row.Cells, record[p])
		}
		rows = append(rows, row)
	}
}

func fault(list *refusal.List, err error) {
	var syntax *csv.ParseError
	if errors.As(err, &syntax) {
		list.Fault(refusal.Place{Line: syntax.Line, Column: syntax.Column}, "not CSV: %s", syntax.Err)
	}
}
