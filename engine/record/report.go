package record

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"

	"weir/engine/schema"
)

// MaxDefects is how many defects of one column a report lists; all are counted.
const MaxDefects = 100

// ErrDefects is wrapped by the error about input that breaks a rule of the formats; the report lists what and where.
var ErrDefects = errors.New("the source has defects")

// Report is what reading a source found. It holds no identifier and no value.
type Report struct {
	Rows     int            // lines after the header, or rows of a table, sound or not
	Features []FeatureCount // in the schema's order; nil without a schema
	Defects  []Defect       // the first MaxDefects of each column, by line and column
	Counts   map[string]int // all defects by Defect.Name; a column without one has no entry
}

// FeatureCount says what became of a feature's cells, over all rows.
type FeatureCount struct {
	Name       string
	Missing    int // empty cells
	Clamped    int // numbers outside the range, moved to its end
	SetMissing int // numbers outside the range, taken as missing
}

// Defect is one place where the input breaks a rule.
type Defect struct {
	File   string
	Line   int    // from 1, in a table the row; 0 where the whole file is meant
	Column int    // from 1: in records.csv and tables the cell within the line, in schema.json the character; 0: the whole line
	Name   string // what it is counted under: a feature, SubjectColumn, WholeLine or a file's name
	Reason string
}

// WholeLine is the name that defects of a line as such are counted under: its length, ending or number of cells.
const WholeLine = "(line)"

// String is "file:line:column: name: reason", without what is not known or said twice.
func (d Defect) String() string {
	switch {
	case d.Line == 0:
		return fmt.Sprintf("%s: %s", d.File, d.Reason)
	case d.Column == 0:
		return fmt.Sprintf("%s:%d: %s", d.File, d.Line, d.Reason)
	case d.Name == path.Base(d.File):
		return fmt.Sprintf("%s:%d:%d: %s", d.File, d.Line, d.Column, d.Reason)
	}
	return fmt.Sprintf("%s:%d:%d: %s: %s", d.File, d.Line, d.Column, d.Name, d.Reason)
}

// Total is the number of all defects, listed or not.
func (r *Report) Total() int {
	total := 0
	for _, n := range r.Counts {
		total += n
	}
	return total
}

func newReport(s *schema.Schema) *Report {
	r := &Report{Counts: make(map[string]int)}
	if s == nil {
		return r
	}
	for _, f := range s.Features {
		r.Features = append(r.Features, FeatureCount{Name: f.Name})
	}
	return r
}

func (r *Report) add(d Defect) {
	r.Counts[d.Name]++
	if r.Counts[d.Name] <= MaxDefects {
		r.Defects = append(r.Defects, d)
	}
}

// err sorts the defects and wraps ErrDefects with the first, or is nil without any.
func (r *Report) err() error {
	if len(r.Defects) == 0 {
		return nil
	}
	slices.SortStableFunc(r.Defects, func(a, b Defect) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return fmt.Errorf("%w: %d in all, the first: %s", ErrDefects, r.Total(), r.Defects[0])
}
