package record

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

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
	t := &csvReader{intake: newIntake(s, file), lines: csvline.NewReader(r)}
	if err := t.readAll(ctx); err != nil {
		return nil, t.report, fmt.Errorf("%s:%d: read: %w", file, t.lines.Number()+1, err)
	}
	records, err := t.finish("line")
	return records, t.report, err
}

// csvReader is one reading of records.csv.
type csvReader struct {
	intake
	lines  *csvline.Reader
	ending string   // of the header, and so of every line
	cells  []string // of the current line
}

// next is the next line; it ends as csvline.Reader.Next does.
func (t *csvReader) next() (line, ending string, err error) {
	line, ending, err = t.lines.Next()
	t.line = t.lines.Number()
	return line, ending, err
}

// readAll returns only errors of the reader below and of ctx; everything else is a defect.
func (t *csvReader) readAll(ctx context.Context) error {
	if sound, err := t.readHeader(); !sound || err != nil {
		return err
	}
	for ctx.Err() == nil {
		line, ending, err := t.next()
		switch {
		case err == io.EOF:
			return nil
		case errors.Is(err, csvline.ErrTooLong):
			t.tooLong()
			return nil
		case err != nil:
			return err
		case t.report.Rows == MaxRows:
			t.stop(RecordsFile, fmt.Sprintf("more than %d rows", MaxRows))
			return nil
		}
		t.report.Rows++
		t.checkEnding(ending)
		if t.splitRow(line) {
			t.row(t.cells)
		}
	}
	return ctx.Err()
}

// splitRow fills cells with exactly one cell per column, or notes why it cannot.
func (t *csvReader) splitRow(line string) bool {
	if line == "" {
		t.refuse(0, WholeLine, "empty line")
		return false
	}
	var fault *csvline.CellError
	if t.cells, fault = csvline.Split(line, t.cells[:0]); fault != nil {
		t.refuse(fault.Cell+1, t.column(fault.Cell), fault.Reason)
		return false
	}
	if want := len(t.columns); len(t.cells) != want {
		t.refuse(0, WholeLine, fmt.Sprintf("%d cells, want %d as in the header", len(t.cells), want))
		return false
	}
	return csvline.Unreadable(line) == "" || t.refuseUnreadable()
}

// refuseUnreadable notes each cell that is not readable text. It returns false.
func (t *csvReader) refuseUnreadable() bool {
	for i, cell := range t.cells {
		if reason := csvline.Unreadable(cell); reason != "" {
			t.refuse(i+1, t.column(i), reason)
		}
	}
	return false
}

// readHeader tells whether the rows can be read.
func (t *csvReader) readHeader() (sound bool, err error) {
	line, ending, err := t.next()
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
func (t *csvReader) readColumns(cells []string) {
	if cells[0] != schema.SubjectColumn {
		t.refuse(1, schema.SubjectColumn, fmt.Sprintf("the header's first cell is not %q", schema.SubjectColumn))
	}
	t.columns = append(t.columns, subjectPlace)
	for i, cell := range cells[1:] {
		place, known := t.schema.Index(cell)
		switch {
		case !known:
			t.refuse(i+2, WholeLine, "this header cell is no feature of the schema")
		case slices.Contains(t.columns, place):
			t.refuse(i+2, cell, "the header has this feature twice")
		default:
			t.columns = append(t.columns, place)
		}
	}
	for name := range t.lacking {
		t.refuse(0, name, fmt.Sprintf("the header lacks feature %q", name))
	}
}

// checkEnding refuses a line that ends otherwise than the header; the last line may lack an ending.
func (t *csvReader) checkEnding(ending string) {
	if ending != "" && ending != t.ending {
		t.refuse(0, WholeLine, "the line ends otherwise than the header (LF and CRLF mixed)")
	}
}

func (t *csvReader) tooLong() {
	t.stop(RecordsFile, fmt.Sprintf("longer than %d bytes", csvline.MaxLine))
}
