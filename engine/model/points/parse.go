package points

import (
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"weir/engine"
	"weir/engine/model"
	"weir/engine/model/reason"
	"weir/engine/model/scale"
	"weir/engine/schema"
	"weir/engine/schema/strictjson"
)

// Parse reads a *.weir.json file (formats, "A model"), at most MaxFile bytes of it. file is only the name in errors,
// which are *strictjson.Error, "file:line:column: reason", or what r returned.
func Parse(r io.Reader, file string) (*Model, error) {
	root, err := strictjson.Parse(r, file, MaxFile)
	if err != nil {
		return nil, err
	}
	o, err := root.Object("name", "version", "base", "range", "resolution", "scale", "sources", "groups")
	if err != nil {
		return nil, err
	}
	m := new(Model)
	for _, read := range []func(strictjson.Object) error{m.readNames, m.readNumbers, m.readRange, m.readScale, m.readSources, m.readGroups} {
		if err := read(o); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *Model) readNames(o strictjson.Object) error {
	for i, to := range []*engine.Name{&m.Name, &m.Version} {
		key := [...]string{"name", "version"}[i]
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

func (m *Model) readNumbers(o strictjson.Object) error {
	v, err := o.Required("base")
	if err != nil {
		return err
	}
	if m.Base, err = integer(v, -MaxBase, MaxBase); err != nil {
		return err
	}
	v, stated := o.Optional("resolution")
	if !stated {
		return nil
	}
	bits, err := integer(v, 1, model.MaxResolution)
	m.Resolution = int(bits)
	return err
}

func (m *Model) readRange(o strictjson.Object) error {
	v, err := o.Required("range")
	if err != nil {
		return err
	}
	ends, err := v.List()
	if err != nil {
		return err
	}
	if len(ends) != 2 {
		return v.Errorf("range of %d numbers, want [low, high]", len(ends))
	}
	for i, end := range ends {
		if m.Range[i], err = integer(end, -MaxBase, MaxBase); err != nil {
			return err
		}
	}
	if m.Range[0] >= m.Range[1] {
		return v.Errorf("range %d to %d: low must be below high", m.Range[0], m.Range[1])
	}
	return nil
}

func (m *Model) readScale(o strictjson.Object) error {
	v, stated := o.Optional("scale")
	if !stated {
		return nil
	}
	var err error
	m.Scale, err = scale.Read(v, m.Range)
	return err
}

// readGroups reads the groups of characteristics whose sums are told beside the score, and settles every baseline.
func (m *Model) readGroups(o strictjson.Object) error {
	v, stated := o.Optional("groups")
	if stated {
		var err error
		if m.Groups, err = reason.Read(v, m.has); err != nil {
			return err
		}
	}
	side := reason.Below
	if len(m.Groups) > 0 {
		side = m.Groups[0].Side
	}
	for i := range m.Sources {
		for j := range m.Sources[i].Characteristics {
			m.Sources[i].Characteristics[j].settleBaseline(side)
		}
	}
	return nil
}

func (m *Model) has(member reason.Member) bool {
	return slices.ContainsFunc(m.Sources, func(s Source) bool {
		return s.Name == member.Source && slices.ContainsFunc(s.Characteristics, func(c Characteristic) bool { return c.Feature == member.Feature })
	})
}

func (c *Characteristic) settleBaseline(side reason.Side) {
	if !c.stated {
		all := append(c.filePoints(), c.Missing, c.Absent)
		c.Baseline = side.Baseline(slices.Min(all), slices.Max(all))
	}
}

func (m *Model) readSources(o strictjson.Object) error {
	v, err := o.Required("sources")
	if err != nil {
		return err
	}
	sources, err := v.Map()
	if err != nil {
		return err
	}
	names := sources.Keys()
	if len(names) < model.MinSlices || len(names) > model.MaxSlices {
		return v.Errorf("%d sources, want %d to %d", len(names), model.MinSlices, model.MaxSlices)
	}
	for _, key := range names {
		list, _ := sources.Optional(key)
		name, err := engine.ParseName(key)
		if err != nil {
			return list.Errorf("source: %v", err)
		}
		source := Source{Name: name, at: list}
		if err := source.read(list); err != nil {
			return err
		}
		m.Sources = append(m.Sources, source)
	}
	slices.SortFunc(m.Sources, func(a, b Source) int { return strings.Compare(string(a.Name), string(b.Name)) })
	return nil
}

func (s *Source) read(list strictjson.Value) error {
	items, err := list.List()
	if err != nil {
		return err
	}
	if len(items) < 1 || len(items) > schema.MaxFeatures {
		return list.Errorf("source %q: %d characteristics, want 1 to %d", s.Name, len(items), schema.MaxFeatures)
	}
	seen := map[string]bool{}
	for _, item := range items {
		c, err := readCharacteristic(item)
		if err != nil {
			return err
		}
		if seen[c.Feature] {
			return item.Errorf("feature %q stands twice in source %q", c.Feature, s.Name)
		}
		seen[c.Feature] = true
		s.Characteristics = append(s.Characteristics, c)
	}
	return nil
}

// text is a required string of 1 to maxNameLength characters.
func text(o strictjson.Object, key string) (string, strictjson.Value, error) {
	v, err := o.Required(key)
	if err != nil {
		return "", v, err
	}
	s, err := v.Text()
	if err != nil {
		return "", v, err
	}
	return s, v, checkLength(v, key, s)
}

func checkLength(v strictjson.Value, what, s string) error {
	if n := utf8.RuneCountInString(s); n < 1 || n > maxNameLength {
		return v.Errorf("%s of %d characters, want 1 to %d", what, n, maxNameLength)
	}
	return nil
}

// integer is a whole number from low to high; a zero with a sign is refused, since somebody meant another number.
func integer(v strictjson.Value, low, high int64) (int64, error) {
	n, err := v.Integer(low, high)
	if written, _ := v.Number(); err == nil && n == 0 && written != "0" {
		return 0, v.Errorf("negative zero: write 0")
	}
	return n, err
}
