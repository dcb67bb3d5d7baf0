// Package modelbind ties an imported model to the features of data sources and carries it under seal: a mapping file says
// which input of the model is which feature of which source, Draft proposes one, Check tells whether it is complete, and
// Carry turns the model into a *.weir.json that scores, to the point, what the file's own engine scores.
//
// It is for a bank's side alone. It refuses what would not be exact: terms that read two inputs, points that are no whole
// numbers without a stated multiple or rounding, values for which the file gives no score. Bins are cut along the values
// that a feature has, so no bound is ever rounded. A continuous term is carried only as bins whose number the mapping
// states; the bound on what that changes in a score is part of the result.
// Formats: docs/models.md; the model under seal: protocol, section 4.
package modelbind

import (
	"fmt"
	"io"

	"weir/engine"
	"weir/engine/modelbind/reasons"
	"weir/engine/schema"
	"weir/engine/schema/strictjson"
)

// Mapping is a mapping file. Read one with Parse, make one with Draft.
type Mapping struct {
	Name, Version engine.Name // of the model under seal
	Card          Card
	Multiply      schema.Decimal    // of all points; above 0
	Round         bool              // points are rounded to whole numbers after Multiply
	Range         *[2]int64         // how scores are shown; nil for the scores that records can reach
	Scale         *strictjson.Value // what scores mean, as the key "scale" of a model's file; nil for none
	Reasons       reasons.Choice    // what is told beside the score, nothing if zero; its Side is empty where it is left to the file
	Inputs        []Input           // in the order of the file
}

// Card is what a mapping says about a model for people. Empty texts are left out of a model card.
type Card struct {
	Owner         string `json:"owner"`
	Purpose       string `json:"purpose"`
	DataPeriod    string `json:"data_period"`
	SpecialValues string `json:"special_values"`
}

// Input binds one input of the model.
type Input struct {
	Name    string
	Unused  bool // adds nothing to the score, and is bound to nothing
	Source  engine.Name
	Feature string

	// Of a number: the schema's unit and digits after the point, as they were when the mapping was made, and the number
	// that turns the feature's value into the model's.
	Unit   string
	Scale  int64
	Factor schema.Decimal

	Categories []Category // of categories: what the model calls each of the schema's

	NoScore *schema.Decimal // what a value adds for which the file gives no score; in the file's own points
	Bins    int             // bins that a continuous part is cut into; 0 for none

	at *strictjson.Value // nil for a draft
}

// Category is one category of a feature and the text that the model knows it by; Missing where it counts as missing.
type Category struct {
	Name, Text string
	Missing    bool
}

// MaxMapping is the longest mapping file, in bytes.
const MaxMapping = 1 << 20

const maxText = 1000 // characters of a text for people

// Parse reads a mapping file. file is only the name used in errors, which are *strictjson.Error or those of r.
func Parse(r io.Reader, file string) (*Mapping, error) {
	root, err := strictjson.Parse(r, file, MaxMapping)
	if err != nil {
		return nil, err
	}
	o, err := root.Object("name", "version", "card", "multiply", "round", "range", "scale", "reasons", "inputs")
	if err != nil {
		return nil, err
	}
	m := &Mapping{Multiply: "1"}
	for _, read := range []func(strictjson.Object) error{m.readNames, m.readCard, m.readPoints, m.readRange, m.readScale, m.readReasons, m.readInputs} {
		if err := read(o); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *Mapping) readNames(o strictjson.Object) error {
	for key, to := range map[string]*engine.Name{"name": &m.Name, "version": &m.Version} {
		text, v, err := text(o, key)
		if err != nil {
			return err
		}
		if *to, err = engine.ParseName(text); err != nil {
			return v.Errorf("%s: %v", key, err)
		}
	}
	return nil
}

func (m *Mapping) readCard(o strictjson.Object) error {
	v, given := o.Optional("card")
	if !given {
		return nil
	}
	card, err := v.Object("owner", "purpose", "data_period", "special_values")
	if err != nil {
		return err
	}
	for key, to := range map[string]*string{"owner": &m.Card.Owner, "purpose": &m.Card.Purpose, "data_period": &m.Card.DataPeriod,
		"special_values": &m.Card.SpecialValues} {
		if _, given := card.Optional(key); !given {
			continue
		}
		if *to, _, err = text(card, key); err != nil {
			return err
		}
	}
	return nil
}

func (m *Mapping) readPoints(o strictjson.Object) error {
	if v, given := o.Optional("multiply"); given {
		var err error
		if m.Multiply, err = positive(v); err != nil {
			return err
		}
	}
	v, given := o.Optional("round")
	if !given {
		return nil
	}
	var err error
	m.Round, err = v.Bool()
	return err
}

func (m *Mapping) readRange(o strictjson.Object) error {
	v, given := o.Optional("range")
	if !given {
		return nil
	}
	ends, err := v.List()
	if err != nil {
		return err
	}
	if len(ends) != 2 {
		return v.Errorf("range of %d numbers, want [low, high]", len(ends))
	}
	m.Range = new([2]int64)
	for i, end := range ends {
		if m.Range[i], err = end.Integer(-1e9, 1e9); err != nil {
			return err
		}
	}
	return nil
}

func (m *Mapping) readReasons(o strictjson.Object) error {
	v, given := o.Optional("reasons")
	if !given {
		return nil
	}
	var err error
	m.Reasons, err = reasons.Read(v)
	return err
}

func (m *Mapping) readInputs(o strictjson.Object) error {
	v, err := o.Required("inputs")
	if err != nil {
		return err
	}
	inputs, err := v.Map()
	if err != nil {
		return err
	}
	for _, name := range inputs.Keys() {
		v, _ := inputs.Optional(name)
		in := Input{Name: name, Factor: "1", at: &v}
		if err := in.read(v); err != nil {
			return err
		}
		m.Inputs = append(m.Inputs, in)
	}
	return nil
}

func (in *Input) read(v strictjson.Value) error {
	o, err := v.Object("unused", "source", "feature", "unit", "scale", "factor", "categories", "no_score", "bins")
	if err != nil {
		return err
	}
	if unused, given := o.Optional("unused"); given {
		if in.Unused, err = unused.Bool(); err != nil {
			return err
		}
		if in.Unused && len(o.Keys()) > 1 {
			return v.Errorf("an unused input is bound to nothing: leave out its other keys")
		}
		if in.Unused {
			return nil
		}
	}
	source, at, err := text(o, "source")
	if err != nil {
		return err
	}
	if source == "" {
		return at.Errorf("input %.60q is not bound: name its source and feature, or say \"unused\": true", in.Name)
	}
	if in.Source, err = engine.ParseName(source); err != nil {
		return at.Errorf("source: %v", err)
	}
	if in.Feature, _, err = text(o, "feature"); err != nil {
		return err
	}
	return in.readDetails(o)
}

func (in *Input) readDetails(o strictjson.Object) error {
	var err error
	if _, given := o.Optional("unit"); given {
		if in.Unit, _, err = text(o, "unit"); err != nil {
			return err
		}
	}
	if v, given := o.Optional("scale"); given {
		if in.Scale, err = v.Integer(0, schema.MaxScale); err != nil {
			return err
		}
	}
	if v, given := o.Optional("factor"); given {
		if in.Factor, err = positive(v); err != nil {
			return err
		}
	}
	if v, given := o.Optional("bins"); given {
		bins, err := v.Integer(2, MaxBins)
		if err != nil {
			return err
		}
		in.Bins = int(bins)
	}
	if v, given := o.Optional("no_score"); given {
		written, err := decimal(v)
		if err != nil {
			return err
		}
		in.NoScore = &written
	}
	v, given := o.Optional("categories")
	if !given {
		return nil
	}
	return in.readCategories(v)
}

// readCategories reads the schema's category as key, and as value the model's text, or false for missing.
func (in *Input) readCategories(v strictjson.Value) error {
	o, err := v.Map()
	if err != nil {
		return err
	}
	for _, name := range o.Keys() {
		v, _ := o.Optional(name)
		c := Category{Name: name}
		if named, err := v.Bool(); err == nil {
			if named {
				return v.Errorf("category %.60q: want the model's text for it, or false where the model has it as missing", name)
			}
			c.Missing = true
		} else if c.Text, err = v.Text(); err != nil {
			return err
		}
		in.Categories = append(in.Categories, c)
	}
	return nil
}

// text is a required text of limited length, which may be empty.
func text(o strictjson.Object, key string) (string, strictjson.Value, error) {
	v, err := o.Required(key)
	if err != nil {
		return "", v, err
	}
	s, err := v.Text()
	if err == nil && len(s) > maxText {
		err = v.Errorf("%s of %d bytes, want at most %d", key, len(s), maxText)
	}
	return s, v, err
}

// decimal is a number as text, or as a JSON number.
func decimal(v strictjson.Value) (schema.Decimal, error) {
	written, err := v.Number()
	if err != nil {
		if written, err = v.Text(); err != nil {
			return "", v.Errorf("want a number")
		}
	}
	if len(written) > 40 {
		return "", v.Errorf("a number of %d characters, want at most 40", len(written))
	}
	d, err := schema.ParseDecimal(written)
	if err != nil {
		return "", v.Errorf("%v", err)
	}
	return d, nil
}

func positive(v strictjson.Value) (schema.Decimal, error) {
	d, err := decimal(v)
	if err == nil && d.Rat().Sign() <= 0 {
		err = v.Errorf("want a number above 0")
	}
	return d, err
}

// Input is the binding of one input, or nil.
func (m *Mapping) Input(name string) *Input {
	for i := range m.Inputs {
		if m.Inputs[i].Name == name {
			return &m.Inputs[i]
		}
	}
	return nil
}

// errorf is a fault of the input, with its place where the mapping was read from a file.
func (in *Input) errorf(format string, args ...any) string {
	text := fmt.Sprintf("input %.60q: ", in.Name) + fmt.Sprintf(format, args...)
	if in.at == nil {
		return text
	}
	return in.at.Errorf("%s", text).Error()
}
