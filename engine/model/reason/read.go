package reason

import (
	"slices"
	"strings"
	"unicode/utf8"

	"weir/engine"
	"weir/engine/model"
	"weir/engine/schema"
	"weir/engine/schema/strictjson"
)

// maxName is the longest name of a group, in characters: that of any characteristic, source/feature.
const maxName = 2*schema.MaxNameLength + 1

// maxMembers bounds the characteristics of a group: more than all that a model can have is none.
const maxMembers = model.MaxSlices * model.Lines

// Read reads the list of groups of a model's file. find tells whether a characteristic stands in the file. Errors are
// *strictjson.Error.
func Read(v strictjson.Value, find func(Member) bool) ([]Group, error) {
	items, err := v.List()
	if err != nil {
		return nil, err
	}
	if len(items) < 1 || len(items) > MaxGroups {
		return nil, v.Errorf("%d groups, want 1 to %d", len(items), MaxGroups)
	}
	groups := make([]Group, len(items))
	for i, item := range items {
		g := &groups[i]
		if err := g.read(item, find); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(groups[:i], func(other Group) bool { return other.Name == g.Name }) {
			return nil, item.Errorf("group %q stands twice", g.Name)
		}
		if g.Counts != groups[0].Counts || g.Side != groups[0].Side {
			return nil, item.Errorf("group %q counts otherwise than group %q: such sums have no common order, so all groups count alike", g.Name, groups[0].Name)
		}
	}
	return groups, nil
}

func (g *Group) read(v strictjson.Value, find func(Member) bool) error {
	o, err := v.Object("name", "counts", "side", "characteristics")
	if err != nil {
		return err
	}
	name, err := o.Required("name")
	if err != nil {
		return err
	}
	if g.Name, err = name.Text(); err != nil {
		return err
	}
	if n := utf8.RuneCountInString(g.Name); n < 1 || n > maxName {
		return name.Errorf("name of %d characters, want 1 to %d", n, maxName)
	}
	counts, side := string(Adverse), string(Below)
	if err := choice(o, "counts", &counts, string(Adverse), string(Points)); err != nil {
		return err
	}
	if err := choice(o, "side", &side, string(Below), string(Above)); err != nil {
		return err
	}
	g.Counts, g.Side = Counts(counts), Side(side)
	list, err := o.Required("characteristics")
	if err != nil {
		return err
	}
	return g.readMembers(list, find)
}

// choice reads an optional text that is one of a few.
func choice(o strictjson.Object, key string, to *string, allowed ...string) error {
	v, given := o.Optional(key)
	if !given {
		return nil
	}
	text, err := v.Text()
	if err != nil {
		return err
	}
	if !slices.Contains(allowed, text) {
		return v.Errorf("%s %.60q, want %s", key, text, strings.Join(allowed, " or "))
	}
	*to = text
	return nil
}

func (g *Group) readMembers(v strictjson.Value, find func(Member) bool) error {
	items, err := v.List()
	if err != nil {
		return err
	}
	if len(items) < 1 || len(items) > maxMembers {
		return v.Errorf("group %q: %d characteristics, want 1 to %d", g.Name, len(items), maxMembers)
	}
	for _, item := range items {
		text, err := item.Text()
		if err != nil {
			return err
		}
		source, feature, _ := strings.Cut(text, "/")
		member := Member{engine.Name(source), feature}
		if !find(member) {
			return item.Errorf("group %q: the model has no characteristic %.140q; write source/feature", g.Name, text)
		}
		if slices.Contains(g.Members, member) {
			return item.Errorf("group %q: %q stands twice", g.Name, text)
		}
		g.Members = append(g.Members, member)
	}
	return nil
}
