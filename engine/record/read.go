package record

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"

	"weir/engine"
	"weir/engine/schema"
	"weir/engine/schema/csvline"
)

// Read reads records.csv in one pass: a header with the subject's column first and then exactly the schema's features in any
// order, and a row per subject. file is only the name used in defects. The report is never nil. The error wraps
// ErrDefects if the input is at fault, and otherwise is r's or ctx's; with an error there are no records.
//
// Memory is one line of at most 64 KiB, the records themselves (at most MaxRows), and at most MaxDefects defects of
// each column. What makes the rest unreadable, such as a wrong header or too long a line, ends the reading.
func Read(ctx context.Context, r io.Reader, s *schema.Schema, file string) (*Records, *Report, error) {
	t := &tableReader{
		lines: csvline.NewReader(r), schema: s, file: file, report: newReport(s),
		rows: &collector{Records: &Records{features: len(s.Features)}},
	}
	if err := t.readAll(ctx); err != nil {
		return nil, t.report, fmt.Errorf("%s:%d: read: %w", file, t.lines.Number()+1, err)
	}
	sort.Sort(t.rows)
	t.refuseDuplicates()
	if err := t.report.err(); err != nil {
		return nil, t.report, err
	}
	return t.rows.Records, t.report, nil
}

// tableReader is one reading of records.csv.
type tableReader struct {
	lines    *csvline.Reader
	schema   *schema.Schema
	file     string
	report   *Report
	rows     *collector
	ending   string   // of the header, and so of every line
	features []int    // by cell after the first: the feature's place in the schema
	cells    []string // of the current line
}

// readAll returns only errors of the reader below and of ctx; everything else is a defect.
func (t *tableReader) readAll(ctx context.Context) error {
	if sound, err := t.readHeader(); !sound || err != nil {
		return err
	}
	for ctx.Err() == nil {
		line, ending, err := t.lines.Next()
		switch {
		case err == io.EOF:
			return nil
		case errors.Is(err, csvline.ErrTooLong):
			t.tooLong()
			return nil
		case err != nil:
			return err
		case t.report.Rows == MaxRows:
			t.stop(fmt.Sprintf("more than %d rows", MaxRows))
			return nil
		}
		t.report.Rows++
		t.checkEnding(ending)
		t.readRow(line)
	}
	return ctx.Err()
}

// readRow encodes one line. A line with defects keeps its subject, so that duplicates are still found.
func (t *tableReader) readRow(line string) {
	if !t.splitRow(line) {
		return
	}
	id, err := engine.ParseIdentifier(t.schema.Subjects, t.cells[0])
	if err != nil {
		t.refuse(1, schema.SubjectColumn, err.Error())
	}
	var values [schema.MaxFeatures]uint32
	for i, cell := range t.cells[1:] {
		values[t.features[i]] = t.encode(i, cell)
	}
	if err == nil {
		t.rows.add(id.Subject(), values[:len(t.features)], t.lines.Number())
	}
}

// encode gives the value of the i-th feature cell of a row, counts what became of it, and notes a defect.
func (t *tableReader) encode(i int, cell string) uint32 {
	place := t.features[i]
	value, outcome, err := t.schema.Features[place].Encode(cell)
	if err != nil {
		t.refuse(i+2, t.schema.Features[place].Name, err.Error())
		return schema.Absent
	}
	switch count := &t.report.Features[place]; outcome {
	case schema.Empty:
		count.Missing++
	case schema.Clamped:
		count.Clamped++
	case schema.SetMissing:
		count.SetMissing++
	}
	return value
}

// splitRow fills cells with exactly one cell per column, or notes why it cannot.
func (t *tableReader) splitRow(line string) bool {
	if line == "" {
		t.refuse(0, WholeLine, "empty line")
		return false
	}
	var fault *csvline.CellError
	if t.cells, fault = csvline.Split(line, t.cells[:0]); fault != nil {
		t.refuse(fault.Cell+1, t.column(fault.Cell), fault.Reason)
		return false
	}
	if want := 1 + len(t.features); len(t.cells) != want {
		t.refuse(0, WholeLine, fmt.Sprintf("%d cells, want %d as in the header", len(t.cells), want))
		return false
	}
	return csvline.Unreadable(line) == "" || t.refuseUnreadable()
}

// refuseUnreadable notes each cell that is not readable text. It returns false.
func (t *tableReader) refuseUnreadable() bool {
	for i, cell := range t.cells {
		if reason := csvline.Unreadable(cell); reason != "" {
			t.refuse(i+1, t.column(i), reason)
		}
	}
	return false
}

// readHeader tells whether the rows can be read.
func (t *tableReader) readHeader() (sound bool, err error) {
	line, ending, err := t.lines.Next()
	switch {
	case err == io.EOF:
		t.report.add(Defect{File: t.file, Name: WholeLine, Reason: "the file is empty, want a header"})
		return false, nil
	case errors.Is(err, csvline.ErrTooLong):
		t.tooLong()
		return false, nil
	case err != nil:
		return false, err
	}
	t.ending = ending
	if reason := csvline.Unreadable(line); reason != "" {
		t.refuse(0, WholeLine, reason)
		return false, nil
	}
	cells, fault := csvline.Split(line, nil)
	if fault != nil {
		t.refuse(fault.Cell+1, WholeLine, fault.Reason)
		return false, nil
	}
	t.readColumns(cells)
	return len(t.report.Counts) == 0, nil
}

// readColumns maps cells to features. It does not repeat a cell: without a header, the cells of the first line are a record.
func (t *tableReader) readColumns(cells []string) {
	if cells[0] != schema.SubjectColumn {
		t.refuse(1, schema.SubjectColumn, fmt.Sprintf("the header's first cell is not %q", schema.SubjectColumn))
	}
	for i, cell := range cells[1:] {
		place, known := t.schema.Index(cell)
		switch {
		case !known:
			t.refuse(i+2, WholeLine, "this header cell is no feature of the schema")
		case slices.Contains(t.features, place):
			t.refuse(i+2, cell, "the header has this feature twice")
		default:
			t.features = append(t.features, place)
		}
	}
	for place := range t.schema.Features {
		if !slices.Contains(t.features, place) {
			t.refuse(0, t.schema.Features[place].Name, fmt.Sprintf("the header lacks feature %q", t.schema.Features[place].Name))
		}
	}
}

// refuseDuplicates notes every record whose subject an earlier line has, in the order of lines.
func (t *tableReader) refuseDuplicates() {
	var pairs [][2]uint32
	for line, first := range t.rows.duplicates {
		pairs = append(pairs, [2]uint32{line, first})
	}
	slices.SortFunc(pairs, func(a, b [2]uint32) int { return int(a[0]) - int(b[0]) })
	for _, pair := range pairs {
		t.report.add(Defect{File: t.file, Line: int(pair[0]), Column: 1, Name: schema.SubjectColumn,
			Reason: fmt.Sprintf("the same subject as on line %d", pair[1])})
	}
}

// checkEnding refuses a line that ends otherwise than the header; the last line may lack an ending.
func (t *tableReader) checkEnding(ending string) {
	if ending != "" && ending != t.ending {
		t.refuse(0, WholeLine, "the line ends otherwise than the header (LF and CRLF mixed)")
	}
}

func (t *tableReader) tooLong() { t.stop(fmt.Sprintf("longer than %d bytes", csvline.MaxLine)) }

// stop notes why reading ends at the current line. It counts under the file, so that it is listed after however many
// defects of lines.
func (t *tableReader) stop(reason string) {
	t.refuse(0, RecordsFile, reason+"; nothing after this was read")
}

// refuse notes a defect of the current line; column counts cells from 1.
func (t *tableReader) refuse(column int, name, reason string) {
	t.report.add(Defect{File: t.file, Line: t.lines.Number(), Column: column, Name: name, Reason: reason})
}

// column is the name of the i-th cell's column.
func (t *tableReader) column(i int) string {
	switch {
	case i == 0:
		return schema.SubjectColumn
	case i <= len(t.features):
		return t.schema.Features[t.features[i-1]].Name
	}
	return WholeLine
}
