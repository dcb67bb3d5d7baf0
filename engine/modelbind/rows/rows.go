// Package rows writes rows of a model's inputs as the records that sources would have to hold to give them, so that a bank
// can try its own rows under real seals before any source takes part: verification, not production.
//
// It refuses, row by row and with the reason, what no record can say. Its files hold the bank's rows: whoever asked for them
// keeps them and takes them away again. Formats: a source's folder.
package rows

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"

	"weir/engine"
	"weir/engine/modelbind"
	"weir/engine/modelfile/value"
	"weir/engine/schema"
)

// Subject is the made-up subject that stands for a row, from 1, when a bank tries its own rows under seal.
func Subject(row int) string { return fmt.Sprintf("row-%08d", row) }

// Records writes rows of a model's inputs as the records that the sources would have to hold to give them: for each
// source that the mapping names, a schema.json for made-up subjects and a records.csv. list has them by input name. A row that
// no records can give (a value outside of the range, with too many digits, a category that no feature has) is in
// unfit, with the reason, and has no record.
func Records(m *modelbind.Mapping, schemas map[engine.Name]*schema.Schema, list []map[string]value.Value) (files map[string][]byte, unfit map[int]string) {
	files, unfit = map[string][]byte{}, map[int]string{}
	cells := make([]map[string]string, len(list))
	for i, row := range list {
		cells[i] = map[string]string{}
		for k := range m.Inputs {
			in := &m.Inputs[k]
			if in.Unused {
				continue
			}
			of := schemas[in.Source]
			index, _ := of.Index(in.Feature)
			text, why := cell(in, row[in.Name], &of.Features[index])
			if why != "" {
				unfit[i] = why
			}
			cells[i][string(in.Source)+"/"+in.Feature] = text
		}
	}
	for name, s := range schemas {
		if !names(m, name) {
			continue
		}
		files[string(name)+"/schema.json"] = schemaFile(s)
		files[string(name)+"/records.csv"] = recordsFile(s, cells, unfit)
	}
	return files, unfit
}

func names(m *modelbind.Mapping, source engine.Name) bool {
	for i := range m.Inputs {
		if m.Inputs[i].Source == source {
			return true
		}
	}
	return false
}

// cell is the record's cell that gives an input, or why there is none.
func cell(in *modelbind.Input, v value.Value, f *schema.Feature) (cell, why string) {
	if v.IsMissing() {
		return "", ""
	}
	if !f.Numeric() {
		return categoryCell(in, v)
	}
	d, err := value.ParseDecimal(v.Literal())
	if err != nil {
		return "", reason(in, "not a number that a record can hold")
	}
	x := new(big.Rat).Quo(d.Rat(), in.Factor.Rat())
	text := x.FloatString(int(f.Scale))
	if back, _ := new(big.Rat).SetString(text); back.Cmp(x) != 0 {
		return "", reason(in, "more digits after the point than %s/%s has", in.Source, in.Feature)
	}
	if x.Sign() == 0 {
		text = strings.TrimPrefix(text, "-")
	}
	if _, _, err := f.Encode(text); err != nil {
		return "", reason(in, "outside of what %s/%s can hold", in.Source, in.Feature)
	}
	return text, ""
}

func categoryCell(in *modelbind.Input, v value.Value) (cell, why string) {
	for _, c := range in.Categories {
		if !c.Missing && (c.Text == v.Literal() || v.Kind() == value.Number && value.Equal(v, number(c.Text))) {
			return c.Name, ""
		}
	}
	return "", reason(in, "no category of %s/%s stands for it", in.Source, in.Feature)
}

// number is a text as a number if it is one.
func number(text string) value.Value {
	if v, ok := value.FromLiteral(text); ok {
		return v
	}
	return value.FromText(text)
}

func reason(in *modelbind.Input, format string, args ...any) string {
	return fmt.Sprintf("input %.60q: ", in.Name) + fmt.Sprintf(format, args...)
}

// encoded is a text or a list of texts as JSON.
func encoded(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic("rows: " + err.Error())
	}
	return string(text)
}

// schemaFile is a schema for made-up subjects.
func schemaFile(s *schema.Schema) []byte {
	var features []string
	for i := range s.Features {
		f := &s.Features[i]
		if !f.Numeric() {
			features = append(features, fmt.Sprintf(`{"name": %s, "categories": %s}`, encoded(f.Name), encoded(f.Categories)))
			continue
		}
		least, greatest := f.Range()
		unit := ""
		if f.Unit != "" {
			unit = `, "unit": ` + encoded(f.Unit)
		}
		features = append(features, fmt.Sprintf(`{"name": %s, "scale": %d, "min": %s, "max": %s, "outside": %s%s}`, encoded(f.Name), f.Scale,
			least, greatest, encoded(string(f.Outside)), unit))
	}
	return fmt.Appendf(nil, `{"source": %s, "epoch": "2026-01", "subjects": "opaque", "features": [%s]}`, encoded(string(s.Source)),
		strings.Join(features, ",\n  "))
}

func recordsFile(s *schema.Schema, cells []map[string]string, unfit map[int]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	header := []string{schema.SubjectColumn}
	for i := range s.Features {
		header = append(header, s.Features[i].Name)
	}
	w.Write(header)
	for i := range cells {
		if unfit[i] != "" {
			continue
		}
		line := []string{Subject(i + 1)}
		for k := range s.Features {
			line = append(line, cells[i][string(s.Source)+"/"+s.Features[k].Name])
		}
		w.Write(line)
	}
	w.Flush()
	return b.Bytes()
}
