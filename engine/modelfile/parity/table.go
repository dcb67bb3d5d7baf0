package parity

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"

	"weir/engine/modelfile/refusal"
)

// Table is rows of texts under a header, which is empty for a table that has none.
type Table struct {
	Header []string
	Rows   [][]string
}

// Layout is how a table is written down. Separator 0 stands for any number of blanks.
type Layout struct {
	Separator rune
	Header    bool
}

// Source splits what a vector says about a table into the file's name and its layout: "a.csv" is separated by commas under
// a header; the remarks that may follow the name are "no header" or "a line" for a table without one, "tabs", "blanks".
func Source(text string) (file string, layout Layout) {
	file, remarks, _ := strings.Cut(text, " ")
	layout = Layout{Separator: ',', Header: !strings.Contains(remarks, "no header") && !strings.Contains(remarks, "a line")}
	switch {
	case strings.Contains(remarks, "tabs"):
		layout.Separator = '\t'
	case strings.Contains(remarks, "blanks"), strings.Contains(remarks, "a line"):
		layout.Separator = 0
	}
	return file, layout
}

// ReadTable reads a table whose rows have the same number of cells; file is only the name used in errors, which are
// *refusal.Error.
func ReadTable(text []byte, file string, layout Layout) (*Table, error) {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	rows, err := blankSeparated(text), error(nil)
	if layout.Separator != 0 {
		rows, err = separated(text, file, layout.Separator)
	}
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, refusal.New(file, refusal.Place{}, "an empty table")
	}
	for i, row := range rows {
		if len(row) != len(rows[0]) {
			return nil, refusal.New(file, refusal.Place{Line: i + 1}, "%d cells where the first line has %d", len(row), len(rows[0]))
		}
	}
	if !layout.Header {
		return &Table{Rows: rows}, nil
	}
	return &Table{Header: rows[0], Rows: rows[1:]}, nil
}

func blankSeparated(text []byte) (rows [][]string) {
	for line := range strings.Lines(string(text)) {
		if cells := strings.Fields(line); len(cells) > 0 {
			rows = append(rows, cells)
		}
	}
	return rows
}

func separated(text []byte, file string, separator rune) (rows [][]string, err error) {
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma, r.FieldsPerRecord = separator, -1
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		var syntax *csv.ParseError
		if errors.As(err, &syntax) {
			return nil, refusal.New(file, refusal.Place{Line: syntax.Line, Column: syntax.Column}, "not CSV: %s", syntax.Err)
		}
		rows = append(rows, row)
	}
}
