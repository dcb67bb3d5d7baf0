// Package labelled reads scores with their outcomes from a CSV file, for package evaluate: a header, then one case a
// line, with a column of scores and a column of labels among others that are not looked at.
//
// It takes one line at a time, so its memory does not grow with the file. It refuses, with file, line and cell, what
// would otherwise be guessed: a score that is no plain decimal (empty, NaN, an exponent), a label that is not one of the
// two, lines of another length than the header. Nothing is skipped. Errors never repeat a cell.
//
// Source of the form of numbers: the project's formats, "A source's folder".
package labelled

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"weir/engine/schema"
	"weir/engine/schema/csvline"
)

// Layout says what to read from a file.
type Layout struct {
	Score     string // name of the column of scores
	Label     string // name of the column of labels; empty: the cases have no outcome
	Good, Bad string // the two labels, as written
	Whole     bool   // scores are whole numbers
}

// MaxScoreLength is the longest score in characters.
const MaxScoreLength = 64

// Error is a fault of a file. Cell counts from 1 and is 0 where the whole line is meant; Line is 0 for the whole file.
type Error struct {
	File       string
	Line, Cell int
	Column     string // name of the cell's column; empty for the whole line
	Reason     string
	Cause      error // what add returned, nil for all else
}

// Error is "file:line:cell: column: reason".
func (e *Error) Error() string {
	switch {
	case e.Line == 0:
		return fmt.Sprintf("%s: %s", e.File, e.Reason)
	case e.Cell == 0:
		return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Reason)
	}
	return fmt.Sprintf("%s:%d:%d: %s: %s", e.File, e.Line, e.Cell, e.Column, e.Reason)
}

// Unwrap is Cause.
func (e *Error) Unwrap() error { return e.Cause }

// Read gives every case to add, in the file's order; bad is false throughout without a column of labels. file is only
// the name in errors, which are *Error, or what r returned. An error of add is the Cause of one at the score's cell.
func Read(r io.Reader, file string, layout Layout, add func(score float64, bad bool) error) error {
	t := &table{lines: csvline.NewReader(r), file: file, layout: layout}
	if err := t.readHeader(); err != nil {
		return err
	}
	for {
		switch err := t.readLine(); {
		case err == io.EOF && t.lines.Number() == 1:
			return &Error{File: file, Reason: "a header without cases"}
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		score, err := t.score()
		if err != nil {
			return err
		}
		bad, err := t.bad()
		if err != nil {
			return err
		}
		if err := add(score, bad); err != nil {
			return &Error{file, t.lines.Number(), t.scoreAt + 1, layout.Score, err.Error(), err}
		}
	}
}

// table is one reading of a file.
type table struct {
	lines            *csvline.Reader
	file             string
	layout           Layout
	scoreAt, labelAt int // cells, from 0
	width            int // cells of the header
	cells            []string
}

func (t *table) readHeader() error {
	switch err := t.readLine(); {
	case err == io.EOF:
		return &Error{File: t.file, Reason: "empty, want a header and cases"}
	case err != nil:
		return err
	}
	t.width = len(t.cells)
	var err error
	if t.scoreAt, err = t.find(t.layout.Score); err != nil || t.layout.Label == "" {
		return err
	}
	t.labelAt, err = t.find(t.layout.Label)
	return err
}

// find is the place of a column in the header.
func (t *table) find(column string) (int, error) {
	at := slices.Index(t.cells, column)
	switch {
	case at < 0:
		return 0, t.errorf(0, "", "no column %q", column)
	case slices.Contains(t.cells[at+1:], column):
		return 0, t.errorf(at+1, column, "the column stands twice")
	}
	return at, nil
}

// readLine fills cells; io.EOF is the end of the file.
func (t *table) readLine() error {
	line, _, err := t.lines.Next()
	switch {
	case err == io.EOF:
		return io.EOF
	case errors.Is(err, csvline.ErrTooLong):
		return t.errorf(0, "", "line longer than %d bytes", csvline.MaxLine)
	case err != nil:
		return fmt.Errorf("%s: read: %w", t.file, err)
	case line == "":
		return t.errorf(0, "", "empty line")
	}
	if reason := unreadable(line); reason != "" {
		return t.errorf(0, "", "%s", reason)
	}
	var fault *csvline.CellError
	if t.cells, fault = csvline.Split(line, t.cells[:0]); fault != nil {
		return t.errorf(0, "", "cell %d: %s", fault.Cell+1, fault.Reason)
	}
	if t.width > 0 && len(t.cells) != t.width {
		return t.errorf(0, "", "%d cells, want %d as in the header", len(t.cells), t.width)
	}
	return nil
}

// unreadable says what is wrong with the bytes of a line. Cells that nobody looks at may hold tabs and the like.
func unreadable(line string) string {
	switch {
	case strings.IndexByte(line, 0) >= 0:
		return "a NUL byte (is the file UTF-16? it must be UTF-8)"
	case !utf8.ValidString(line):
		return "not UTF-8 (was the file saved as GBK or UTF-16? it must be UTF-8)"
	case strings.IndexByte(line, '\r') >= 0:
		return "a carriage return inside the line"
	}
	return ""
}

func (t *table) score() (float64, error) {
	text := t.cells[t.scoreAt]
	refuse := func(format string, args ...any) (float64, error) {
		return 0, t.errorf(t.scoreAt+1, t.layout.Score, format, args...)
	}
	if text == "" {
		return refuse("empty")
	}
	if len(text) > MaxScoreLength {
		return refuse("%d characters, want at most %d", len(text), MaxScoreLength)
	}
	number, err := schema.ParseDecimal(text)
	if err != nil {
		return refuse("%v", err)
	}
	if t.layout.Whole && number.Digits() > 0 {
		return refuse("want a whole number, as the model gives")
	}
	score, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return refuse("not a number that float64 has")
	}
	return score, nil
}

func (t *table) bad() (bool, error) {
	if t.layout.Label == "" {
		return false, nil
	}
	switch t.cells[t.labelAt] {
	case t.layout.Good:
		return false, nil
	case t.layout.Bad:
		return true, nil
	}
	return false, t.errorf(t.labelAt+1, t.layout.Label, "want %q for good or %q for bad", t.layout.Good, t.layout.Bad)
}

func (t *table) errorf(cell int, column, format string, args ...any) error {
	return &Error{File: t.file, Line: t.lines.Number(), Cell: cell, Column: column, Reason: fmt.Sprintf(format, args...)}
}
