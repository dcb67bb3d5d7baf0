package modelbind

import (
	"bytes"
	"encoding/json"
	"io"
)

// Write writes the mapping as its file, inputs in their order. Parse reads it back.
func (m *Mapping) Write(w io.Writer) error {
	var b bytes.Buffer
	b.WriteString("{\n")
	member(&b, "  ", "name", m.Name, true)
	member(&b, "  ", "version", m.Version, true)
	member(&b, "  ", "card", m.Card, true)
	member(&b, "  ", "multiply", m.Multiply, true)
	member(&b, "  ", "round", m.Round, true)
	if m.Range != nil {
		member(&b, "  ", "range", m.Range, true)
	}
	if m.Scale != nil {
		b.WriteString("  \"scale\": " + written(*m.Scale) + ",\n")
	}
	if m.Reasons.Tells() {
		b.WriteString("  \"reasons\": " + m.Reasons.Text() + ",\n")
	}
	b.WriteString("  \"inputs\": {\n")
	for i := range m.Inputs {
		b.WriteString("    " + quoted(m.Inputs[i].Name) + ": ")
		m.Inputs[i].write(&b)
		if i < len(m.Inputs)-1 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
	}
	b.WriteString("  }\n}\n")
	_, err := w.Write(b.Bytes())
	return err
}

func (in *Input) write(b *bytes.Buffer) {
	b.WriteByte('{')
	if in.Unused {
		b.WriteString(`"unused": true}`)
		return
	}
	b.WriteString(`"source": ` + quoted(string(in.Source)) + `, "feature": ` + quoted(in.Feature))
	if len(in.Categories) > 0 {
		in.writeCategories(b)
	} else if in.Source != "" {
		b.WriteString(`, "unit": ` + quoted(in.Unit) + `, "scale": ` + encoded(in.Scale) + `, "factor": ` + quoted(string(in.Factor)))
	}
	if in.Bins > 0 {
		b.WriteString(`, "bins": ` + encoded(in.Bins))
	}
	if in.NoScore != nil {
		b.WriteString(`, "no_score": ` + quoted(string(*in.NoScore)))
	}
	b.WriteByte('}')
}

func (in *Input) writeCategories(b *bytes.Buffer) {
	b.WriteString(`, "categories": {`)
	for i, c := range in.Categories {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(quoted(c.Name) + ": ")
		if c.Missing {
			b.WriteString("false")
		} else {
			b.WriteString(quoted(c.Text))
		}
	}
	b.WriteByte('}')
}

func member(b *bytes.Buffer, indent, key string, v any, more bool) {
	b.WriteString(indent + quoted(key) + ": " + encoded(v))
	if more {
		b.WriteByte(',')
	}
	b.WriteByte('\n')
}

func quoted(s string) string { return encoded(s) }

// encoded is one value as JSON, without the escapes that are for web pages.
func encoded(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("modelbind: " + err.Error()) // texts, numbers and booleans only
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}
