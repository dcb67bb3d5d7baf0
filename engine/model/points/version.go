package points

import (
	"cmp"
	"fmt"
	"slices"

	"weir/engine"
	"weir/engine/model"
)

// GroupsInUse is the set of groups of the model's version, bit g for group g.
func (m *Model) GroupsInUse() uint8 { return 1<<(1+len(m.Groups)) - 1 }

// Version is the public side of the compiled model: all but the points. holders says who keeps each source; baseC is
// baseC = base'·G_0 + β·H of protocol section 2, encoded. The caller checks the result against its consortium's policy
// with Version.Check. The tables of a version's slice i are c.Slice(version.Slices[i].Party.Source()).
func (c *Compiled) Version(chain, bank engine.Name, holders map[engine.Name]engine.Name, baseC [32]byte) (*model.Version, error) {
	v := &model.Version{
		Params: model.ParameterSet, Chain: chain, Bank: bank, Name: c.Model.Name, Version: c.Model.Version,
		Groups: c.Model.GroupsInUse(), Resolution: uint8(c.Figures.Resolution), Range: c.Model.Range, BaseC: baseC,
	}
	for i := range c.Slices {
		s := &c.Slices[i]
		holder, known := holders[s.Source]
		if !known {
			return nil, fmt.Errorf("model %s: nobody holds source %q", c.Model.Name, s.Source)
		}
		v.Slices = append(v.Slices, model.Slice{
			Party: engine.NewPartyID(holder, s.Source), Schema: s.Schema,
			Edges: s.Edges, Map: s.Map, Caps: s.Caps,
		})
	}
	slices.SortFunc(v.Slices, func(a, b model.Slice) int { return cmp.Compare(a.Party, b.Party) })
	return v, nil
}
