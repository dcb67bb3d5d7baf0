// Package schema is the public description of a data source: which features its records have, how each is written down,
// and how one value becomes an integer below 2^32 (formats, "A source's folder"; protocol, section 3).
//
// It is for holders, who encode their records with it; for banks, who cut models along it; for everybody who compares the
// digest. It holds no record, and its errors never repeat a cell. All decimals are exact: nothing passes through
// floating point, nothing is rounded, and what does not fit is refused.
package schema

import (
	"time"

	"weir/engine"
	"weir/engine/canonical"
)

// Limits of a schema.
const (
	MaxFeatures   = 32       // features to a source (protocol, section 3)
	MaxSize       = 64 << 10 // bytes, of schema.json and of the canonical encoding
	MaxCategories = 4096     // categories to a feature
	MaxNameLength = 64       // characters of the name of a feature or category, and of a unit
)

// SubjectColumn is the first column of records.csv, and therefore no feature's name.
const SubjectColumn = "subject"

// Schema describes one source for one period. Treat it as immutable: Parse and Decode make it, and everything below
// relies on what they checked.
type Schema struct {
	Source   engine.Name
	Subjects engine.SubjectKind
	Features []Feature // 1 to MaxFeatures, in the order of the encoded values
	Period
}

// Period says when the records hold. It is published with a root but is no part of the schema's digest, so that a model
// outlives a month.
type Period struct {
	Epoch    engine.Epoch
	AsOf     time.Time // a day, at 00:00 UTC
	Revision uint32    // raised by each correction of the same epoch
}

// Digest is schemaDigest of the protocol, section 2: H("weir/schema/v1", [source, features: name, scale, min, max, unit,
// categories in order]). Min and max enter as the integers min·10^scale and max·10^scale, so "1" and "1.0" agree; they
// and the scale are 0 for a feature with categories.
func (s *Schema) Digest() engine.Digest {
	features := make([][]any, len(s.Features))
	for i, f := range s.Features {
		features[i] = []any{f.Name, f.Scale, f.min, f.max, f.Unit, f.Categories}
	}
	return canonical.Digest("weir/schema/v1", []any{string(s.Source), features})
}

// Index is the place of a feature among the encoded values.
func (s *Schema) Index(feature string) (int, bool) {
	for i := range s.Features {
		if s.Features[i].Name == feature {
			return i, true
		}
	}
	return 0, false
}
