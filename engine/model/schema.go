package model

import (
	"fmt"

	"weir/engine/schema"
)

// CheckSchema tells whether the slice was made for this schema and reads only features it has; else a *Refusal by
// RuleSchema. A holder makes this check with its own schema: a line on a feature that does not exist would let a bank
// count characteristics that are none.
func (s *Slice) CheckSchema(of *schema.Schema) error {
	if of == nil || of.Digest() != s.Schema {
		return refuse(RuleSchema, "another schema, or none", "the schema named by the slice", "%s", s.Party)
	}
	for _, f := range s.Features() {
		if int(f) >= len(of.Features) {
			return refuse(RuleSchema, fmt.Sprintf("feature %d", f+1), fmt.Sprintf("%d features", len(of.Features)), "%s", s.Party)
		}
	}
	return nil
}
