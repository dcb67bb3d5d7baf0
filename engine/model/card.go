package model

import (
	"fmt"

	"weir/engine"
	"weir/engine/schema"
)

// Card is a version in words: what a person is told about a model. It is derived from the version and the schemas that
// the version names, so nobody has to vouch for it.
type Card struct {
	Bank       engine.Name  `json:"bank"`
	Name       engine.Name  `json:"name"`
	Version    engine.Name  `json:"version"`
	Range      [2]int64     `json:"range"`
	Resolution int          `json:"resolution"` // bits one score tells at most
	Sources    []CardSource `json:"sources"`    // by party id
}

// CardSource is one party's characteristics.
type CardSource struct {
	Party           engine.PartyID   `json:"party"`
	Characteristics []Characteristic `json:"characteristics"`
}

// Characteristic is a feature that a model uses. Bins counts all its public bins, those for an absent record or a
// missing value included.
type Characteristic struct {
	Feature string `json:"feature"`
	Bins    int    `json:"bins"`
}

// NewCard puts a version that passed Check into words. Each party's schema must be the one its slice names, else the
// error is a *Refusal by RuleSchema.
func NewCard(v *Version, schemas map[engine.PartyID]*schema.Schema) (Card, error) {
	card := Card{Bank: v.Bank, Name: v.Name, Version: v.Version, Range: v.Range, Resolution: int(v.Resolution)}
	for i := range v.Slices {
		s := &v.Slices[i]
		features := schemas[s.Party]
		if err := s.CheckSchema(features); err != nil {
			return Card{}, err
		}
		source := CardSource{Party: s.Party}
		for _, f := range s.Features() {
			source.Characteristics = append(source.Characteristics, Characteristic{features.Features[f].Name, s.bins(f)})
		}
		card.Sources = append(card.Sources, source)
	}
	return card, nil
}

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

// bins counts the pieces into which all lines of a feature cut the encoded values.
func (s *Slice) bins(feature uint8) int {
	edges := map[uint64]bool{}
	for line := range Lines {
		for _, edge := range s.Edges[line] {
			if s.Map[line] == feature && edge < TopEdge {
				edges[edge] = true
			}
		}
	}
	return len(edges) + 1
}
