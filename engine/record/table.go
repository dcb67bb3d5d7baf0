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

// Table is rows of a source that is no CSV file: a columnar file, the result of a query. Its cells are the same decimal text
// and categories as those of records.csv, and ReadTable holds them to the same rules.
type Table interface {
	// Columns are the table's columns, the same for all rows.
	Columns() ([]Column, error)
	// Next fills cells, one for each column, with the next row; io.EOF after the last.
	//
	// An error of either that is a *Damage is the input's fault and ends the reading; any other is passed on.
	Next(ctx context.Context, cells []Cell) error
}

// Column is one column of a Table.
type Column struct {
	Name  string
	Fault string // why no cell of this column can be read, with what to do; "" if they can
}

// Cell is one value of a Table.
type Cell struct {
	Text   string // a number as exact decimal text, a category, an identifier
	Null   bool   // a missing value
	Number bool   // Text was written from a value of a numeric type, and is no identifier
	Fault  string // why this value cannot be read; it does not repeat the value
}

// Damage is why a table cannot be read on. It repeats no value.
type Damage struct{ Reason string }

// Error is the reason.
func (d *Damage) Error() string { return d.Reason }

// ReadTable reads a table in one pass: a column "subject" and exactly the schema's features, in any order, and a row per
// subject. name is what defects give as their file; their lines are rows, from 1. The report is never nil. The error wraps
// ErrDefects if the input is at fault, and otherwise is the table's or ctx's; with an error there are no records.
//
// Memory is one row, the records themselves (at most MaxRows), and at most MaxDefects defects of each column.
func ReadTable(ctx context.Context, table Table, s *schema.Schema, name string) (*Records, *Report, error) {
	t := &rowReader{intake: newIntake(s, name), table: table}
	if err := t.readAll(ctx); err != nil {
		return nil, t.report, fmt.Errorf("%s: after %d rows: %w", name, t.report.Rows, err)
	}
	records, err := t.finish("row")
	return records, t.report, err
}

// rowReader is one reading of a Table.
type rowReader struct {
	intake
	table Table
}

// readAll returns only errors of the table and of ctx; everything else is a defect.
func (t *rowReader) readAll(ctx context.Context) error {
	columns, err := t.table.Columns()
	var damage *Damage
	if errors.As(err, &damage) {
		t.refuse(0, wholeTable, damage.Reason)
		return nil
	}
	if err != nil || !t.readColumns(columns) {
		return err
	}
	return t.readRows(ctx)
}

// readRows is readAll below the columns.
func (t *rowReader) readRows(ctx context.Context) error {
	cells, texts := make([]Cell, len(t.columns)), make([]string, len(t.columns))
	for ctx.Err() == nil {
		err := t.table.Next(ctx, cells)
		var damage *Damage
		switch {
		case err == io.EOF:
			return nil
		case errors.As(err, &damage):
			t.line++
			t.stop(wholeTable, damage.Reason)
			return nil
		case err != nil:
			return err
		case t.report.Rows == MaxRows:
			t.line++
			t.stop(wholeTable, fmt.Sprintf("more than %d rows", MaxRows))
			return nil
		}
		t.report.Rows++
		t.line++
		if t.texts(cells, texts) {
			t.row(texts)
		}
	}
	return ctx.Err()
}

// wholeTable is the name that defects of a table as such are counted under.
const wholeTable = "(table)"

// texts takes the text of each cell, or notes what makes it none; a missing value is the empty text.
func (t *rowReader) texts(cells []Cell, texts []string) bool {
	sound := true
	for i, cell := range cells {
		texts[i] = cell.Text
		if reason := t.fault(i, cell); reason != "" {
			t.refuse(i+1, t.column(i), reason)
			sound = false
		}
	}
	return sound
}

// fault is why a cell is not what records.csv could hold, "" if it is.
func (t *rowReader) fault(i int, cell Cell) string {
	subject := t.columns[i] == subjectPlace
	switch {
	case cell.Fault != "":
		return cell.Fault
	case subject && cell.Null:
		return "NULL, want an identifier"
	case cell.Null:
		return ""
	case subject && cell.Number:
		return "a number, want text: a number has lost the zeros before it"
	case cell.Text == "":
		return "an empty text; a missing value is NULL"
	case len(cell.Text) > csvline.MaxLine:
		return fmt.Sprintf("longer than %d bytes", csvline.MaxLine)
	}
	return csvline.Unreadable(cell.Text)
}

// readColumns maps columns to features, and tells whether the rows can be read.
func (t *rowReader) readColumns(columns []Column) bool {
	if len(columns) > 2*schema.MaxFeatures {
		t.refuse(0, wholeTable, fmt.Sprintf("%d columns, want %q and the schema's features", len(columns), schema.SubjectColumn))
		return false
	}
	for i, column := range columns {
		place, known := t.schema.Index(column.Name)
		if column.Name == schema.SubjectColumn {
			place, known = subjectPlace, true
		}
		switch {
		case !known:
			t.refuse(0, WholeLine, fmt.Sprintf("column %d is no feature of the schema", i+1))
		case slices.Contains(t.columns, place):
			t.refuse(0, column.Name, fmt.Sprintf("column %q stands twice", column.Name))
		case column.Fault != "":
			t.refuse(0, column.Name, fmt.Sprintf("column %q: %s", column.Name, column.Fault))
		}
		if known {
			t.columns = append(t.columns, place)
		}
	}
	if !slices.Contains(t.columns, subjectPlace) {
		t.refuse(0, schema.SubjectColumn, fmt.Sprintf("there is no column %q", schema.SubjectColumn))
	}
	for name := range t.lacking {
		t.refuse(0, name, fmt.Sprintf("there is no column for feature %q", name))
	}
	return len(t.report.Counts) == 0
}
