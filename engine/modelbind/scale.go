package modelbind

import (
	"strings"

	"weir/engine/model/scale"
	"weir/engine/schema/strictjson"
)

// readScale keeps the mapping's scale as it is written: it is checked when the scores under seal are known.
func (m *Mapping) readScale(o strictjson.Object) error {
	v, given := o.Optional("scale")
	if !given {
		return nil
	}
	if _, err := v.Map(); err != nil {
		return err
	}
	m.Scale = &v
	return nil
}

// checkScale refuses a scale that the model's file could not have.
func (c *carrier) checkScale() {
	if len(c.reasons) > 0 || c.mapping.Scale == nil {
		return
	}
	if _, err := scale.Read(*c.mapping.Scale, c.span()); err != nil {
		c.refuse("%s", err)
	}
}

// written is a value of a strict file as JSON again.
func written(v strictjson.Value) string {
	var parts []string
	if o, err := v.Map(); err == nil {
		for _, key := range o.Keys() {
			member, _ := o.Optional(key)
			parts = append(parts, quoted(key)+": "+written(member))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	if items, err := v.List(); err == nil {
		for _, item := range items {
			parts = append(parts, written(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	if text, err := v.Text(); err == nil {
		return quoted(text)
	}
	if number, err := v.Number(); err == nil {
		return number
	}
	truth, _ := v.Bool()
	return encoded(truth)
}
