package model

import (
	"fmt"

	"weir/engine"
	"weir/engine/pedersen"
)

const (
	// MinSlices and MaxSlices bound the parties of a version.
	MinSlices = 2
	MaxSlices = 8
)

// Check makes every check that the public tables allow: form, resolution, and the policy of the consortium. Every
// holder's agent and the supervisor make it before they approve a version. A failed check is a *Refusal.
//
// A feature counts as used when a line cuts it; holders are counted once however many sources they bring.
func (v *Version) Check(policy Policy) error {
	if err := v.checkForm(); err != nil {
		return err
	}
	holders := map[engine.Name]bool{}
	features := 0
	for i := range v.Slices {
		holders[v.Slices[i].Party.Holder()] = true
		features += len(v.Slices[i].Features())
	}
	return policy.Allows(int(v.Resolution), features, len(holders))
}

func (v *Version) checkForm() error {
	if err := v.checkHead(); err != nil {
		return err
	}
	if n := len(v.Slices); n < MinSlices || n > MaxSlices {
		return refuse(RuleParties, fmt.Sprintf("%d slices", n), "2 to 8 slices", "")
	}
	for i := range v.Slices {
		if _, err := engine.ParsePartyID(string(v.Slices[i].Party)); err != nil {
			return refuse(RuleParties, "malformed party id", "holder/source", "slice %d", i+1)
		}
		if i > 0 && v.Slices[i-1].Party >= v.Slices[i].Party {
			return refuse(RuleParties, "party not after the one before it", "sorted by id, each once", "slice %d", i+1)
		}
		if err := v.Slices[i].check(v.Groups); err != nil {
			return err
		}
	}
	return v.checkResolution()
}

func (v *Version) checkHead() error {
	if v.Params != ParameterSet {
		return refuse(RuleNames, "another parameter set", ParameterSet, "")
	}
	for i, name := range []engine.Name{v.Chain, v.Bank, v.Name, v.Version} {
		if _, err := engine.ParseName(string(name)); err != nil {
			field := [...]string{"chain", "bank", "name", "version"}[i]
			return refuse(RuleNames, "malformed "+field, "1 to 64 letters, digits, '-', '_', '.'", "")
		}
	}
	if v.Groups&1 == 0 || v.Groups >= 1<<Groups {
		return refuse(RuleGroups, fmt.Sprintf("set %#b", v.Groups), "group 0 and some of groups 1 to 3", "")
	}
	if v.Range[0] >= v.Range[1] {
		return refuse(RuleRange, fmt.Sprintf("%d to %d", v.Range[0], v.Range[1]), "low below high", "")
	}
	if _, err := pedersen.DecodePoint(v.BaseC[:]); err != nil {
		return refuse(RuleBase, "not a point", "a canonical point of the prime subgroup", "")
	}
	return nil
}

func (s *Slice) check(groups uint8) error {
	for line := range Lines {
		if s.Map[line] >= Lines {
			return refuse(RuleMap, s.Map[line], Lines-1, "%s, line %d", s.Party, line)
		}
		below := uint64(1)
		for _, edge := range s.Edges[line] {
			if edge < below || edge > TopEdge {
				return refuse(RuleEdges, edge, fmt.Sprintf("%d to 2^32", below), "%s, line %d", s.Party, line)
			}
			below = edge
		}
	}
	for g, limit := range s.Caps {
		if limit >= CapLimit {
			return refuse(RuleCaps, limit, CapLimit-1, "%s, group %d", s.Party, g)
		}
		if groups>>g&1 == 0 && limit != 0 {
			return refuse(RuleCaps, limit, 0, "%s, group %d is not in use", s.Party, g)
		}
	}
	return nil
}
