package points

import (
	"errors"
	"fmt"
	"math/big"

	"weir/engine"
	"weir/engine/model/reason"
	"weir/engine/schema"
)

// ErrRecord is returned by Score for records that do not belong to the model and schemas: an unknown source, a value
// that its feature's schema does not have.
var ErrRecord = errors.New("record does not fit the model")

// Score is the plaintext reference: base + Σ points, evaluated from the file's own bins over the decoded values in exact
// rational arithmetic. It shares nothing with the tables of Compile, so that comparing the two means something.
//
// records holds the encoded values of one subject by source, in the order of the schema's features (protocol, section
// 3); a source without an entry, or with all values 0, has no record of the subject. schemas must be those that the
// records were encoded with. Errors wrap ErrRecord and repeat no value.
func (m *Model) Score(schemas map[engine.Name]*schema.Schema, records map[engine.Name][schema.MaxFeatures]uint32) (int64, error) {
	score := m.Base
	err := m.each(schemas, records, func(_ engine.Name, _ *Characteristic, points int) { score += int64(points) })
	if err != nil {
		return 0, err
	}
	return score, nil
}

// Reasons are what the model tells beside the score of one subject, in plain text: GroupValues in the order of package reason.
func (m *Model) Reasons(schemas map[engine.Name]*schema.Schema, records map[engine.Name][schema.MaxFeatures]uint32) ([]reason.Reason, error) {
	values, err := m.GroupValues(schemas, records)
	if err != nil {
		return nil, err
	}
	return reason.Reasons(m.keys(), values), nil
}

// GroupValues is Score's counterpart for what is told beside the score: the value of each group for one subject, the points of
// its characteristics or how many of them are adverse, evaluated like Score.
func (m *Model) GroupValues(schemas map[engine.Name]*schema.Schema, records map[engine.Name][schema.MaxFeatures]uint32) ([]int64, error) {
	values := make([]int64, len(m.Groups))
	err := m.each(schemas, records, func(source engine.Name, c *Characteristic, points int) {
		for i := range m.Groups {
			if g := &m.Groups[i]; g.Has(source, c.Feature) {
				values[i] += int64(g.Value(points, c.Baseline))
			}
		}
	})
	return values, err
}

// each finds the points of every characteristic for one subject.
func (m *Model) each(schemas map[engine.Name]*schema.Schema, records map[engine.Name][schema.MaxFeatures]uint32,
	found func(engine.Name, *Characteristic, int)) error {
	for i := range m.Sources {
		s := &m.Sources[i]
		of := schemas[s.Name]
		if of == nil {
			return fmt.Errorf("%w: no schema for source %q", ErrRecord, s.Name)
		}
		values := records[s.Name]
		for j := range s.Characteristics {
			points, err := s.Characteristics[j].score(of, &values)
			if err != nil {
				return fmt.Errorf("source %q: %w", s.Name, err)
			}
			found(s.Name, &s.Characteristics[j], points)
		}
	}
	return nil
}

func (c *Characteristic) score(of *schema.Schema, values *[schema.MaxFeatures]uint32) (int, error) {
	index, found := of.Index(c.Feature)
	if !found {
		return 0, fmt.Errorf("%w: no feature %q", ErrRecord, c.Feature)
	}
	switch values[index] {
	case schema.Absent:
		return c.Absent, nil
	case schema.Missing:
		return c.Missing, nil
	}
	text, err := of.Features[index].Decode(values[index])
	if err != nil {
		return 0, fmt.Errorf("%w: feature %q has no such value", ErrRecord, c.Feature)
	}
	if of.Features[index].Numeric() != (len(c.Bins) > 0) {
		return 0, fmt.Errorf("%w: feature %q is of the other kind", ErrRecord, c.Feature)
	}
	if len(c.Bins) == 0 {
		return c.category(text)
	}
	return c.bin(text)
}

func (c *Characteristic) bin(number string) (int, error) {
	value, ok := new(big.Rat).SetString(number)
	if !ok {
		return 0, fmt.Errorf("%w: feature %q is no number", ErrRecord, c.Feature)
	}
	last := len(c.Bins) - 1
	for _, bin := range c.Bins[:last] {
		if value.Cmp(bin.Below.Rat()) < 0 {
			return bin.Points, nil
		}
	}
	return c.Bins[last].Points, nil
}

func (c *Characteristic) category(name string) (int, error) {
	for _, category := range c.Categories {
		if category.Name == name {
			return category.Points, nil
		}
	}
	return 0, fmt.Errorf("%w: feature %q has a category without points", ErrRecord, c.Feature)
}
