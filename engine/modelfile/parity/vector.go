package parity

import (
	"math"
	"strconv"

	"weir/engine/modelfile/jsontree"
	"weir/engine/modelfile/refusal"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
)

// Vector says how two tables are compared: row i of the inputs gives row i of the expected results.
type Vector struct {
	Model, Inputs, Expected string // file names as written; for the last two see Source
	Rows                    int    // 0 where the file does not say
	MissingTokens           []string
	Compare                 []Comparison
}

// Comparison is one column of the expected table, the output that it is compared with, and how far the two may differ.
type Comparison struct {
	Column   string // a name, or a position from 0 in a table without a header
	Output   string // as in scoring.Prediction.Named
	Absolute float64
}

// ReadVector reads the description of a comparison; file is only the name used in errors, which are *refusal.Error.
func ReadVector(text []byte, file string) (*Vector, error) {
	root, err := jsontree.ParseJSON(text, file)
	if err != nil {
		return nil, err
	}
	list := &refusal.List{File: file}
	v := &Vector{Model: root.Get("model").Text, Inputs: root.Get("inputs").Text, Expected: root.Get("expected").Text}
	if root.Get("format").Text != "1" || root.Get("compare").Len() == 0 {
		list.Fault(root.At(""), "not a vector of format 1 with columns to compare")
	}
	v.Rows, _ = root.Get("rows").Int()
	tokens, ok := root.Get("missing_tokens").Texts()
	if !ok {
		list.Fault(root.At("missing_tokens"), "not a list of texts")
	}
	v.MissingTokens = append(tokens, "")
	items := root.Get("compare").Items
	for i := range items {
		v.Compare = append(v.Compare, Comparison{items[i].Get("column").Text, items[i].Get("output").Text, number(list, &items[i], "abs", 0)})
	}
	return v, list.Err()
}

// column is the position of a name; in a table without a header, that of a number.
func (t *Table) column(name string) (int, bool) {
	for i, h := range t.Header {
		if h == name {
			return i, true
		}
	}
	i, err := strconv.Atoi(name)
	return i, err == nil && len(t.Header) == 0 && i >= 0
}

// Run scores the rows of inputs and compares them with those of expected. A table of inputs without a header has the
// model's inputs in order. The error is a *refusal.Error for tables that do not fit the model, the vector or each other.
func (v *Vector) Run(m *scoring.Model, inputs, expected *Table) (Report, error) {
	var report Report
	list := &refusal.List{File: v.Inputs}
	positions := v.inputColumns(list, m, inputs)
	wanted := make([]int, len(v.Compare))
	for i, c := range v.Compare {
		p, ok := expected.column(c.Column)
		if !ok {
			list.Fault(refusal.Place{}, "the expected results have no column %.60q", c.Column)
		}
		wanted[i] = p
	}
	if len(inputs.Rows) != len(expected.Rows) || v.Rows != 0 && v.Rows != len(inputs.Rows) {
		list.Fault(refusal.Place{}, "%d rows of inputs for %d expected results, where the vector says %d", len(inputs.Rows),
			len(expected.Rows), v.Rows)
	}
	if err := list.Err(); err != nil {
		return report, err
	}
	values := make([]value.Value, len(m.Inputs))
	for i, row := range inputs.Rows {
		for k, p := range positions {
			values[k] = v.cell(row, p)
		}
		why, difference := v.compare(m.Evaluate(values), expected.Rows[i], wanted)
		report.add(i+1, difference, why)
	}
	return report, nil
}

func (v *Vector) inputColumns(list *refusal.List, m *scoring.Model, inputs *Table) []int {
	positions := make([]int, len(m.Inputs))
	for i, in := range m.Inputs {
		positions[i] = i
		if len(inputs.Header) == 0 {
			continue
		}
		p, ok := inputs.column(in.Name)
		if !ok {
			list.Fault(refusal.Place{Line: 1}, "no column for input %.60q", in.Name)
		}
		positions[i] = p
	}
	return positions
}

// cell is a cell as a value; a missing token, or a cell that is not there, is missing.
func (v *Vector) cell(row []string, p int) value.Value {
	if p >= len(row) {
		return value.Value{}
	}
	for _, token := range v.MissingTokens {
		if row[p] == token {
			return value.Value{}
		}
	}
	return value.FromText(row[p])
}

func (v *Vector) compare(p scoring.Prediction, row []string, wanted []int) (why string, difference float64) {
	for i, c := range v.Compare {
		got, known := p.Named(c.Output)
		want := v.cell(row, wanted[i])
		if !known || want.IsMissing() != (got.IsMissing() || got.IsFault()) {
			return c.Output, difference
		}
		if want.IsMissing() {
			continue
		}
		x, ok := value.ParseNumber(want.Literal())
		if got.Kind() != value.Number || !ok {
			if !value.Equal(got, want) {
				why = c.Output
			}
			continue
		}
		d := math.Abs(got.Float() - x)
		if difference = max(difference, d); !(d <= c.Absolute) {
			why = c.Output
		}
	}
	return why, difference
}
