package points

import (
	"fmt"

	"weir/engine"
	"weir/engine/model"
	"weir/engine/model/reason"
	"weir/engine/schema"
)

// Compiled is a model cut along the schemas of its sources: what a bank seals, and what it publishes of it.
type Compiled struct {
	Model    *Model
	Base     int64        // base' = base + Σ minima; score = Base + Σ points of the selected rows
	Keys     []reason.Key // of the model's groups: value = Key.Base + Σ of the selected rows
	Slices   []Slice      // one a source, by source name
	Figures  Figures
	Warnings []string // for people: bins that no value reaches
}

// Slice is one source's tables with the points. Rows are numbered 8·line + bin, as in model.Slice.
type Slice struct {
	Source engine.Name
	Schema engine.Digest
	Edges  [model.Lines][model.LineRows - 1]uint64
	Map    [model.Lines]uint8
	Points [model.Rows][model.Groups]uint16 // w_kg by row and group, shifted to minimum 0 per characteristic and group, below 2^12
	Caps   [model.Groups]uint32             // B_g: Σ over the characteristics of the largest shifted weights
	Lines  int                              // lines in use, 1 to 32
}

// Compile cuts a model along the schemas of its sources, by source name. Errors about the file are *strictjson.Error at
// the place in the model's file; a resolution that is too small is a *model.Refusal. Schemas that the model does not
// name are ignored.
func (m *Model) Compile(schemas map[engine.Name]*schema.Schema) (*Compiled, error) {
	c := &Compiled{Model: m, Base: m.Base, Keys: m.keys()}
	var weights []Weight
	for i := range m.Sources {
		s := &m.Sources[i]
		of := schemas[s.Name]
		if of == nil {
			return nil, s.at.Errorf("no schema for source %q", s.Name)
		}
		slice, own, err := c.compileSource(s, of)
		if err != nil {
			return nil, err
		}
		c.Slices = append(c.Slices, slice)
		weights = append(weights, own...)
	}
	for _, w := range weights {
		c.Base += int64(w.Least)
		for i := range c.Keys {
			if m.Groups[i].Has(w.Source, w.Feature) {
				least, _ := w.valuesIn(&m.Groups[i])
				c.Keys[i].Base += int64(least)
			}
		}
	}
	c.Figures = m.figures(weights)
	if err := c.Figures.checkGroups(); err != nil {
		return nil, err
	}
	if err := c.Figures.checkResolution(); err != nil {
		return nil, err
	}
	return c, nil
}

// keys are the keys of the groups as the file gives them: their bases rest on the values that records reach.
func (m *Model) keys() []reason.Key {
	keys := make([]reason.Key, len(m.Groups))
	for i, g := range m.Figures().Groups {
		keys[i] = reason.Key{Name: g.Name, Counts: g.Counts, Side: g.Side, Most: g.Most}
		for _, s := range m.Sources {
			for _, c := range s.Characteristics {
				if g.Has(s.Name, c.Feature) {
					keys[i].Baseline += int64(c.Baseline)
				}
			}
		}
	}
	return keys
}

// Slice is the tables of one source, or nil.
func (c *Compiled) Slice(source engine.Name) *Slice {
	for i := range c.Slices {
		if c.Slices[i].Source == source {
			return &c.Slices[i]
		}
	}
	return nil
}

func (c *Compiled) compileSource(s *Source, of *schema.Schema) (Slice, []Weight, error) {
	slice := Slice{Source: s.Name, Schema: of.Digest()}
	var weights []Weight
	var features []int
	var pieces [][]piece
	for i := range s.Characteristics {
		characteristic := &s.Characteristics[i]
		index, own, err := characteristic.pieces(of)
		if err != nil {
			return slice, nil, err
		}
		weight, warnings := characteristic.weighPieces(s.Name, own)
		c.Warnings = append(c.Warnings, warnings...)
		weights, features, pieces = append(weights, weight), append(features, index), append(pieces, own)
	}
	if err := s.checkLines(weights); err != nil {
		return slice, nil, err
	}
	for i, weight := range weights {
		slice.add(features[i], s.Characteristics[i].cut(pieces[i], c.Model.weigh(&s.Characteristics[i], weight)))
		slice.Caps[0] += uint32(weight.Span())
		for g := range c.Model.Groups {
			if group := &c.Model.Groups[g]; group.Has(s.Name, weight.Feature) {
				least, most := weight.valuesIn(group)
				slice.Caps[1+g] += uint32(most - least)
			}
		}
	}
	slice.finish()
	return slice, weights, nil
}

// weigh gives what a row with so many points of a characteristic adds to each group.
func (m *Model) weigh(c *Characteristic, w Weight) func(points int) weights {
	return func(points int) weights {
		own := weights{uint16(points - w.Least)}
		for i := range m.Groups {
			if g := &m.Groups[i]; g.Has(w.Source, w.Feature) {
				least, _ := w.valuesIn(g)
				own[1+i] = uint16(g.Value(points, c.Baseline) - least)
			}
		}
		return own
	}
}

func (s *Source) checkLines(weights []Weight) error {
	total, most := 0, 0
	for i, w := range weights {
		total += w.Lines
		if w.Lines > weights[most].Lines {
			most = i
		}
	}
	if total > model.Lines {
		return s.at.Errorf("source %q needs %d lines, a source has %d: feature %q takes most, %d lines for its bins; use fewer bins or make two sources of it",
			s.Name, total, model.Lines, weights[most].Feature, weights[most].Lines)
	}
	return nil
}

// add appends the lines of one characteristic.
func (s *Slice) add(feature int, lines []line) {
	for _, l := range lines {
		s.Edges[s.Lines], s.Map[s.Lines] = l.edges, uint8(feature)
		copy(s.Points[model.LineRows*s.Lines:], l.weights[:])
		s.Lines++
	}
}

// finish fills the lines that are not in use: feature 0, no edge below 2^32, no points.
func (s *Slice) finish() {
	for i := s.Lines; i < model.Lines; i++ {
		s.Edges[i] = unusedLine().edges
	}
}

// weighPieces weighs a characteristic by the pieces that values reach, and tells of the others.
func (c *Characteristic) weighPieces(source engine.Name, pieces []piece) (Weight, []string) {
	var points []int
	var warnings []string
	for i, p := range pieces {
		if reached(pieces, i) {
			points = append(points, p.points)
			continue
		}
		warnings = append(warnings, fmt.Sprintf("%s/%s: bin %d lies outside the range of the schema, its points never count", source, c.Feature, i+1))
	}
	return c.weigh(source, points, len(pieces)), warnings
}
