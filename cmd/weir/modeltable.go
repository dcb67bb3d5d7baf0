package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"

	"weir/engine/modelfile/parity"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
)

// readRows reads rows of cells: by commas where the first line has one, else by tabs, else by blanks. The first line is
// a header unless all of its cells are numbers.
func readRows(file string) (*parity.Table, error) {
	text, err := readSmall(file)
	if err != nil {
		return nil, err
	}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	first, _, _ := bytes.Cut(text, []byte("\n"))
	var rows [][]string
	switch {
	case bytes.ContainsRune(first, ','):
		rows, err = readSeparated(text, ',')
	case bytes.ContainsRune(first, '\t'):
		rows, err = readSeparated(text, '\t')
	default:
		for line := range strings.Lines(string(text)) {
			rows = append(rows, strings.Fields(line))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s: no rows", file)
	}
	if slices.ContainsFunc(rows[0], func(cell string) bool { _, ok := value.ParseNumber(cell); return !ok }) {
		return &parity.Table{Header: rows[0], Rows: rows[1:]}, nil
	}
	return &parity.Table{Rows: rows}, nil
}

func readSeparated(text []byte, comma rune) ([][]string, error) {
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma = comma
	return r.ReadAll()
}

// namedRows are a table's rows by the names of the model's inputs, by position where the table has no header. file is the
// name in errors.
func namedRows(m *scoring.Model, missing []string, t *parity.Table, file string) ([]map[string]value.Value, error) {
	positions := make([]int, len(m.Inputs))
	for i := range m.Inputs {
		positions[i] = i
		if len(t.Header) > 0 {
			if positions[i] = slices.Index(t.Header, m.Inputs[i].Name); positions[i] < 0 {
				return nil, fmt.Errorf("%s:1: no column for input %.60q", file, m.Inputs[i].Name)
			}
		}
	}
	rows := make([]map[string]value.Value, len(t.Rows))
	for i, cells := range t.Rows {
		rows[i] = map[string]value.Value{}
		for k, p := range positions {
			if p < len(cells) && !slices.Contains(missing, cells[p]) {
				rows[i][m.Inputs[k].Name] = value.FromText(cells[p])
			}
		}
	}
	return rows, nil
}

// plainScore is the score that the file gives, exactly where it is exact.
func plainScore(p scoring.Prediction) (string, bool) {
	if p.IsExact {
		return p.Exact.String(), true
	}
	if v, ok := p.Named("predictedValue"); ok && !v.IsMissing() {
		return v.Literal(), true
	}
	return "", false
}

// writeBeside writes a table with a column score. A row without a score has an empty cell there.
func writeBeside(file string, t *parity.Table, scores []string) error {
	header := t.Header
	if len(header) == 0 {
		return fmt.Errorf("%s: the inputs have no header to add a column to", file)
	}
	if slices.Contains(header, "score") {
		return fmt.Errorf("%s: the inputs have a column score already", file)
	}
	return replaceFile(file, func(to io.Writer) error {
		w := csv.NewWriter(to)
		w.Write(append(slices.Clone(header), "score"))
		for i, cells := range t.Rows {
			w.Write(append(slices.Clone(cells), scores[i]))
		}
		w.Flush()
		return w.Error()
	})
}
