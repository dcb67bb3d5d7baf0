package record

import (
	"fmt"
	"slices"
	"sort"

	"weir/engine"
	"weir/engine/schema"
)

// intake is one reading of rows, whatever they are read from: it encodes cells, gathers records and notes defects.
type intake struct {
	schema  *schema.Schema
	file    string // what defects name
	report  *Report
	rows    *collector
	line    int   // of the row at hand, from 1
	columns []int // by cell: the feature's place in the schema, or subjectPlace
}

// subjectPlace is the place of the cell that names the subject.
const subjectPlace = -1

func newIntake(s *schema.Schema, file string) intake {
	return intake{schema: s, file: file, report: newReport(s), rows: &collector{Records: &Records{features: len(s.Features)}}}
}

// row encodes the cells of one row, one for each column. A row with defects keeps its subject, so that duplicates are
// still found.
func (t *intake) row(cells []string) {
	var values [schema.MaxFeatures]uint32
	var id engine.Identifier
	var fault error
	for i, place := range t.columns {
		if place != subjectPlace {
			values[place] = t.encode(i, cells[i])
			continue
		}
		if id, fault = engine.ParseIdentifier(t.schema.Subjects, cells[i]); fault != nil {
			t.refuse(i+1, schema.SubjectColumn, fault.Error())
		}
	}
	if fault == nil {
		t.rows.add(id.Subject(), values[:len(t.schema.Features)], t.line)
	}
}

// encode gives the value of the i-th cell of a row, counts what became of it, and notes a defect.
func (t *intake) encode(i int, cell string) uint32 {
	place := t.columns[i]
	value, outcome, err := t.schema.Features[place].Encode(cell)
	if err != nil {
		t.refuse(i+1, t.schema.Features[place].Name, err.Error())
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

// lacking are the names of the features without a column.
func (t *intake) lacking(yield func(name string) bool) {
	for place := range t.schema.Features {
		if !slices.Contains(t.columns, place) && !yield(t.schema.Features[place].Name) {
			return
		}
	}
}

// finish gives the records, or the error that counts the defects. unit is what a place in the input is called.
func (t *intake) finish(unit string) (*Records, error) {
	sort.Sort(t.rows)
	t.refuseDuplicates(unit)
	if err := t.report.err(); err != nil {
		return nil, err
	}
	return t.rows.Records, nil
}

// refuseDuplicates notes every record whose subject an earlier line has, in the order of lines.
func (t *intake) refuseDuplicates(unit string) {
	var pairs [][2]uint32
	for line, first := range t.rows.duplicates {
		pairs = append(pairs, [2]uint32{line, first})
	}
	slices.SortFunc(pairs, func(a, b [2]uint32) int { return int(a[0]) - int(b[0]) })
	column := 1 + slices.Index(t.columns, subjectPlace)
	for _, pair := range pairs {
		t.report.add(Defect{File: t.file, Line: int(pair[0]), Column: column, Name: schema.SubjectColumn,
			Reason: fmt.Sprintf("the same subject as on %s %d", unit, pair[1])})
	}
}

// stop notes why reading ends at the current line. It counts under the file, so that it is listed after however many
// defects of lines.
func (t *intake) stop(name, reason string) {
	t.refuse(0, name, reason+"; nothing after this was read")
}

// refuse notes a defect of the current line; column counts cells from 1.
func (t *intake) refuse(column int, name, reason string) {
	t.report.add(Defect{File: t.file, Line: t.line, Column: column, Name: name, Reason: reason})
}

// column is the name of the i-th cell's column.
func (t *intake) column(i int) string {
	switch {
	case i >= len(t.columns):
		return WholeLine
	case t.columns[i] == subjectPlace:
		return schema.SubjectColumn
	}
	return t.schema.Features[t.columns[i]].Name
}
