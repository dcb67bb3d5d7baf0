package modelbind

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"weir/engine"
	"weir/engine/modelbind/terms"
	"weir/engine/modelfile/scoring"
	"weir/engine/schema"
)

// Draft proposes a mapping: an input is bound to the one feature that has its name, or the one that has it up to case and
// punctuation. What it could not bind is left empty, which Parse refuses until somebody fills it in; open says why, input
// by input. An input that adds nothing to the score is marked unused.
func Draft(m *scoring.Model, schemas map[engine.Name]*schema.Schema) (mapping *Mapping, open []string) {
	mapping = &Mapping{Name: name(m.Name), Version: "1", Multiply: "1"}
	unused := map[int]bool{}
	if sum, _ := terms.Split(m); sum != nil {
		for _, i := range sum.Unused {
			unused[i] = true
		}
	}
	for i := range m.Inputs {
		in := Input{Name: m.Inputs[i].Name, Unused: unused[i], Factor: "1"}
		if !in.Unused {
			if why := in.find(schemas); why != "" {
				open = append(open, why)
			}
		}
		mapping.Inputs = append(mapping.Inputs, in)
	}
	return mapping, open
}

// name makes a registered word of a model's name.
func name(text string) engine.Name {
	word := strings.Trim(strings.Map(func(r rune) rune {
		r = unicode.ToLower(r)
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, text), "-")
	if n, err := engine.ParseName(word[:min(len(word), 32)]); err == nil {
		return n
	}
	return "model"
}

// find binds the input to the feature of its name.
func (in *Input) find(schemas map[engine.Name]*schema.Schema) string {
	for _, same := range []func(a, b string) bool{func(a, b string) bool { return a == b }, func(a, b string) bool { return plain(a) == plain(b) }} {
		var found []string
		for _, source := range slices.Sorted(maps.Keys(schemas)) {
			for k := range schemas[source].Features {
				f := &schemas[source].Features[k]
				if same(f.Name, in.Name) {
					found = append(found, fmt.Sprintf("%s/%s", source, f.Name))
					in.bind(source, f)
				}
			}
		}
		switch {
		case len(found) == 1:
			return ""
		case len(found) > 1:
			*in = Input{Name: in.Name, Factor: "1"}
			return in.errorf("several features have its name: %s", strings.Join(found, ", "))
		}
	}
	return in.errorf("no feature has its name")
}

func (in *Input) bind(source engine.Name, f *schema.Feature) {
	in.Source, in.Feature, in.Unit, in.Scale, in.Categories = source, f.Name, f.Unit, int64(f.Scale), nil
	for _, c := range f.Categories {
		in.Categories = append(in.Categories, Category{Name: c, Text: c})
	}
}

// plain is a name without case and punctuation.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}
