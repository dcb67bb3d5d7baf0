package modelbind

import (
	"slices"

	"weir/engine"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
	"weir/engine/schema"
)

// Check tells what is wrong with a mapping, all of it: inputs that are not bound or bound twice, names that the model or
// the schemas do not have, units, digits and kinds that do not fit, categories that are left out or unknown. A mapping
// without faults is complete: every input that counts is one feature.
func (m *Mapping) Check(model *scoring.Model, schemas map[engine.Name]*schema.Schema) (faults []string) {
	taken := map[string]string{}
	for i := range model.Inputs {
		if m.Input(model.Inputs[i].Name) == nil {
			faults = append(faults, (&Input{Name: model.Inputs[i].Name}).errorf("the mapping does not bind it"))
		}
	}
	for i := range m.Inputs {
		in := &m.Inputs[i]
		k := slices.IndexFunc(model.Inputs, func(x scoring.Input) bool { return x.Name == in.Name })
		if k < 0 {
			faults = append(faults, in.errorf("the model has no such input"))
			continue
		}
		if in.Unused {
			continue
		}
		place := string(in.Source) + "/" + in.Feature
		if other, twice := taken[place]; twice {
			faults = append(faults, in.errorf("%s is bound to input %.60q already", place, other))
		}
		taken[place] = in.Name
		faults = append(faults, in.check(&model.Inputs[k], schemas)...)
	}
	return faults
}

func (in *Input) check(of *scoring.Input, schemas map[engine.Name]*schema.Schema) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, in.errorf(format, args...)) }
	s := schemas[in.Source]
	if s == nil {
		fault("there is no schema of source %q", in.Source)
		return faults
	}
	k, found := s.Index(in.Feature)
	if !found {
		fault("source %q has no feature %.60q", in.Source, in.Feature)
		return faults
	}
	f := &s.Features[k]
	if !f.Numeric() {
		return append(faults, in.checkCategories(of, f)...)
	}
	switch {
	case len(in.Categories) > 0:
		fault("feature %q is a number and has no categories", in.Feature)
	case in.Unit != f.Unit:
		fault("unit %q, but the schema says %q", in.Unit, f.Unit)
	case in.Scale != int64(f.Scale):
		fault("scale %d, but the schema says %d digits after the point", in.Scale, f.Scale)
	case of.Type == value.Integer && (f.Scale > 0 || !in.Factor.Rat().IsInt()):
		fault("the model takes whole numbers only, the feature has %d digits after the point and factor %s", f.Scale, in.Factor)
	case !of.Type.Numeric() && (levels(f) > maxLevels || in.Factor != "1"):
		fault("the model takes %s, and a number with %d values is no category of it", of.Type, levels(f))
	}
	return faults
}

func (in *Input) checkCategories(of *scoring.Input, f *schema.Feature) (faults []string) {
	if in.Factor != "1" || in.Unit != "" && in.Unit != f.Unit {
		faults = append(faults, in.errorf("feature %q has categories: unit and factor are for numbers", in.Feature))
	}
	if in.Bins > 0 {
		faults = append(faults, in.errorf("feature %q has categories: bins are for numbers", in.Feature))
	}
	for _, name := range f.Categories {
		if !slices.ContainsFunc(in.Categories, func(c Category) bool { return c.Name == name }) {
			faults = append(faults, in.errorf("category %.60q of the schema is not mapped", name))
		}
	}
	for _, c := range in.Categories {
		if !slices.Contains(f.Categories, c.Name) {
			faults = append(faults, in.errorf("the schema has no category %.60q", c.Name))
			continue
		}
		if _, ok := value.Cast(value.FromText(c.Text), of.Type); !ok && !c.Missing {
			faults = append(faults, in.errorf("category %.60q: the model takes a %s, which %.60q is not", c.Name, of.Type, c.Text))
		}
	}
	return faults
}
