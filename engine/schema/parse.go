package schema

import (
	"fmt"
	"io"
	"time"

	"weir/engine"
	"weir/engine/schema/strictjson"
)

// Parse reads schema.json (formats, "A source's folder"). file is only the name used in errors, which are
// "file:line:column: reason" and of type *strictjson.Error where the content is at fault. At most MaxSize bytes are read.
func Parse(r io.Reader, file string) (*Schema, error) {
	root, err := strictjson.Parse(r, file, MaxSize)
	if err != nil {
		return nil, err
	}
	o, err := root.Object("source", "epoch", "as_of", "revision", "subjects", "features")
	if err != nil {
		return nil, err
	}
	s := new(Schema)
	for _, read := range []func(strictjson.Object) error{s.readSource, s.readSubjects, s.readPeriod, s.readFeatures} {
		if err := read(o); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *Schema) readSource(o strictjson.Object) error {
	v, text, err := requiredText(o, "source")
	if err != nil {
		return err
	}
	s.Source, err = engine.ParseName(text)
	return at(v, err)
}

func (s *Schema) readSubjects(o strictjson.Object) error {
	v, text, err := optionalText(o, "subjects", string(engine.USCC))
	if err != nil {
		return err
	}
	s.Subjects = engine.SubjectKind(text)
	return at(v, checkSubjects(s.Subjects))
}

func (s *Schema) readPeriod(o strictjson.Object) error {
	v, text, err := requiredText(o, "epoch")
	if err != nil {
		return err
	}
	if s.Epoch, err = engine.ParseEpoch(text); err != nil {
		return at(v, err)
	}
	v, text, err = optionalText(o, "as_of", s.Epoch.LastDay().Format(time.DateOnly))
	if err != nil {
		return err
	}
	if s.AsOf, err = parseDay(text); err != nil {
		return at(v, err)
	}
	v, found := o.Optional("revision")
	if !found {
		return nil
	}
	revision, err := v.Integer(0, 1<<32-1)
	s.Revision = uint32(revision)
	return err
}

func (s *Schema) readFeatures(o strictjson.Object) error {
	v, err := o.Required("features")
	if err != nil {
		return err
	}
	items, err := v.List()
	if err != nil {
		return err
	}
	if err := checkFeatureCount(len(items)); err != nil {
		return at(v, err)
	}
	names := make(map[string]bool)
	for _, item := range items {
		f, err := parseFeature(item)
		if err != nil {
			return err
		}
		if names[f.Name] {
			return item.Errorf("feature %q is given twice", f.Name)
		}
		names[f.Name] = true
		s.Features = append(s.Features, f)
	}
	return nil
}

// parseDay reads YYYY-MM-DD.
func parseDay(text string) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil || day.Format(time.DateOnly) != text {
		return time.Time{}, fmt.Errorf("day %q: want an existing day as YYYY-MM-DD", text)
	}
	return day, nil
}

// at gives an error the place of the value it is about.
func at(v strictjson.Value, err error) error {
	if err == nil {
		return nil
	}
	return v.Errorf("%v", err)
}

func requiredText(o strictjson.Object, key string) (strictjson.Value, string, error) {
	v, err := o.Required(key)
	if err != nil {
		return v, "", err
	}
	text, err := v.Text()
	return v, text, err
}

func optionalText(o strictjson.Object, key, otherwise string) (strictjson.Value, string, error) {
	v, found := o.Optional(key)
	if !found {
		return v, otherwise, nil
	}
	text, err := v.Text()
	return v, text, err
}
