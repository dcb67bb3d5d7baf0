package schema

import (
	"fmt"
	"time"

	"weir/engine"
	"weir/engine/canonical"
)

// What a board carries: canonical CBOR of
//
//	[1, source, subjects, epoch, as-of, revision, [[name, scale, min·10^scale, max·10^scale, unit, categories, outside]…]]
const wireVersion = 1

type wireSchema struct {
	_        struct{} `cbor:",toarray"`
	Version  uint8
	Source   string
	Subjects string
	Epoch    string
	AsOf     string // YYYY-MM-DD
	Revision uint32
	Features []wireFeature
}

type wireFeature struct {
	_          struct{} `cbor:",toarray"`
	Name       string
	Scale      uint8
	Min, Max   int64
	Unit       string
	Categories []string
	Outside    string
}

// Encode gives the canonical bytes of the schema and its period, at most MaxSize for a schema made by Parse.
func (s *Schema) Encode() []byte {
	w := wireSchema{
		Version: wireVersion, Source: string(s.Source), Subjects: string(s.Subjects), Epoch: string(s.Epoch),
		AsOf: s.AsOf.Format(time.DateOnly), Revision: s.Revision,
	}
	for _, f := range s.Features {
		w.Features = append(w.Features, wireFeature{Name: f.Name, Scale: f.Scale, Min: f.min, Max: f.max, Unit: f.Unit,
			Categories: f.Categories, Outside: string(f.Outside)})
	}
	return canonical.Encode(w)
}

// Decode reads what Encode wrote, with every check of Parse. What it accepts, Encode gives back byte for byte.
func Decode(b []byte) (*Schema, error) {
	var w wireSchema
	if err := canonical.Decode(b, MaxSize, &w); err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	if w.Version != wireVersion {
		return nil, fmt.Errorf("schema: format version %d, want %d", w.Version, wireVersion)
	}
	s := &Schema{Subjects: engine.SubjectKind(w.Subjects), Period: Period{Revision: w.Revision}}
	if err := s.readHeader(&w); err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	if err := s.addFeatures(w.Features); err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	return s, nil
}

func (s *Schema) readHeader(w *wireSchema) (err error) {
	if s.Source, err = engine.ParseName(w.Source); err != nil {
		return err
	}
	if s.Epoch, err = engine.ParseEpoch(w.Epoch); err != nil {
		return err
	}
	if s.AsOf, err = parseDay(w.AsOf); err != nil {
		return err
	}
	return checkSubjects(s.Subjects)
}

func (s *Schema) addFeatures(features []wireFeature) error {
	if err := checkFeatureCount(len(features)); err != nil {
		return err
	}
	for _, w := range features {
		f := Feature{Name: w.Name, Unit: w.Unit, Scale: w.Scale, Outside: Outside(w.Outside), min: w.Min, max: w.Max}
		f.Categories = append(f.Categories, w.Categories...) // nil for a number
		if err := f.check(); err != nil {
			return err
		}
		if _, twice := s.Index(f.Name); twice {
			return fmt.Errorf("feature %q is given twice", f.Name)
		}
		s.Features = append(s.Features, f)
	}
	return nil
}
