package record

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"sort"

	"weir/engine"
	"weir/engine/schema"
)

// MaxRows is the most records of a source. The tree's depth is right up to here: at this many, four subjects to a slot are
// exceeded with probability 6·10^-4 (protocol, section 3).
const MaxRows = 10_000_000

// ErrDuplicate is returned for two records of one subject.
var ErrDuplicate = errors.New("two records of one subject")

// Row is the record of one subject.
type Row struct {
	Subject engine.Subject
	Values  [schema.MaxFeatures]uint32 // encoded, 0 beyond the schema's features
}

// Records is a set of records with at most one per subject, ordered by place in the tree. It is immutable. It takes
// 30 + 4·features bytes a record.
type Records struct {
	features int
	subjects []engine.Subject
	values   []uint32 // features to a record
}

// NewRecords collects rows of a source with the given number of features, 1 to 32, in any order; values beyond are ignored.
func NewRecords(features int, rows []Row) (*Records, error) {
	if features < 1 || features > schema.MaxFeatures || len(rows) > MaxRows {
		return nil, fmt.Errorf("records: %d rows of %d features, want at most %d rows of 1 to %d", len(rows), features, MaxRows, schema.MaxFeatures)
	}
	c := &collector{Records: &Records{features: features}}
	for i := range rows {
		c.add(rows[i].Subject, rows[i].Values[:features], i)
	}
	sort.Sort(c)
	for range c.duplicates {
		return nil, ErrDuplicate
	}
	return c.Records, nil
}

// Len is the number of records.
func (r *Records) Len() int { return len(r.subjects) }

// Row is the i-th record in the order of places, 0 ≤ i < Len.
func (r *Records) Row(i int) Row {
	row := Row{Subject: r.subjects[i]}
	copy(row.Values[:], r.at(i))
	return row
}

// Values are the encoded values of a subject; all 0 and false if it has no record.
func (r *Records) Values(s engine.Subject) ([schema.MaxFeatures]uint32, bool) {
	i, found := r.find(s)
	if !found {
		return [schema.MaxFeatures]uint32{}, false
	}
	return r.Row(i).Values, true
}

// Format keeps records out of every log line.
func (r *Records) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "[%d records withheld]", r.Len()) }

// Slot is the place of a subject in the tree: subject mod 2^30.
func Slot(s engine.Subject) uint32 { return binary.BigEndian.Uint32(s[len(s)-4:]) & (1<<slotBits - 1) }

// comparePlaces orders by slot, then by subject, which also fixes the order within a bucket.
func comparePlaces(a, b engine.Subject) int {
	return cmp.Or(cmp.Compare(Slot(a), Slot(b)), bytes.Compare(a[:], b[:]))
}

func (r *Records) at(i int) []uint32 { return r.values[i*r.features : (i+1)*r.features] }

func (r *Records) find(s engine.Subject) (int, bool) {
	return sort.Find(len(r.subjects), func(i int) int { return comparePlaces(s, r.subjects[i]) })
}

// collector gathers records with their line numbers and sorts both in place.
type collector struct {
	*Records
	lines []uint32
}

func (c *collector) add(s engine.Subject, values []uint32, line int) {
	c.subjects = append(c.subjects, s)
	c.values = append(c.values, values...)
	c.lines = append(c.lines, uint32(line))
}

// Less and Swap, with Len, are sort.Interface.
func (c *collector) Less(i, j int) bool { return comparePlaces(c.subjects[i], c.subjects[j]) < 0 }

func (c *collector) Swap(i, j int) {
	c.subjects[i], c.subjects[j] = c.subjects[j], c.subjects[i]
	c.lines[i], c.lines[j] = c.lines[j], c.lines[i]
	a, b := c.at(i), c.at(j)
	for k := range a {
		a[k], b[k] = b[k], a[k]
	}
}

// duplicates yields, after sorting, the line of each record whose subject an earlier line has, and that line.
func (c *collector) duplicates(yield func(line, first uint32) bool) {
	for i := 0; i < c.Len(); {
		end, first := i+1, c.lines[i]
		for ; end < c.Len() && c.subjects[end] == c.subjects[i]; end++ {
			first = min(first, c.lines[end])
		}
		for _, line := range c.lines[i:end] {
			if line != first && !yield(line, first) {
				return
			}
		}
		i = end
	}
}
