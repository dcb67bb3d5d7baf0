package schema

import (
	"fmt"

	"weir/engine/schema/strictjson"
)

// parseFeature reads one item of "features": a number (scale, min, max) or a list of categories, never both.
func parseFeature(item strictjson.Value) (Feature, error) {
	o, err := item.Object("name", "scale", "min", "max", "unit", "outside", "categories")
	if err != nil {
		return Feature{}, err
	}
	v, name, err := requiredText(o, "name")
	if err != nil {
		return Feature{}, err
	}
	if err := checkFeatureName(name); err != nil {
		return Feature{}, at(v, err)
	}
	f := Feature{Name: name}
	if err := f.readRules(o); err != nil {
		return f, err
	}
	if v, found := o.Optional("categories"); found {
		return f, f.readCategories(o, v)
	}
	return f, f.readRange(o)
}

// readRules reads what numbers and categories have in common.
func (f *Feature) readRules(o strictjson.Object) error {
	v, text, err := optionalText(o, "unit", "")
	if err != nil {
		return err
	}
	f.Unit = text
	if err := checkUnit(text); err != nil {
		return at(v, err)
	}
	v, text, err = optionalText(o, "outside", string(OutsideError))
	if err != nil {
		return err
	}
	f.Outside = Outside(text)
	return at(v, checkOutside(f.Outside))
}

func (f *Feature) readCategories(o strictjson.Object, v strictjson.Value) error {
	for _, key := range []string{"scale", "min", "max"} {
		if v, found := o.Optional(key); found {
			return v.Errorf("feature %q has categories and %q, which belongs to a number", f.Name, key)
		}
	}
	items, err := v.List()
	if err != nil {
		return err
	}
	for _, item := range items {
		category, err := item.Text()
		if err != nil {
			return err
		}
		f.Categories = append(f.Categories, category)
	}
	return at(v, f.checkCategories())
}

func (f *Feature) readRange(o strictjson.Object) error {
	v, found := o.Optional("scale")
	if !found {
		return o.Errorf("feature %q has neither categories nor a scale (with min and max)", f.Name)
	}
	scale, err := v.Integer(0, MaxScale)
	if err != nil {
		return err
	}
	f.Scale = uint8(scale)
	if f.min, err = f.readBound(o, "min"); err != nil {
		return err
	}
	if f.max, err = f.readBound(o, "max"); err != nil {
		return err
	}
	v, _ = o.Optional("max")
	return at(v, f.checkRange())
}

// readBound reads min or max as an integer count of 10^-Scale.
func (f *Feature) readBound(o strictjson.Object, key string) (int64, error) {
	v, err := o.Required(key)
	if err != nil {
		return 0, err
	}
	text, err := v.Number()
	if err != nil {
		return 0, err
	}
	d, err := ParseDecimal(text)
	if err != nil {
		return 0, at(v, err)
	}
	scaled, err := d.scaled(f.Scale)
	if err != nil {
		return 0, at(v, fmt.Errorf("%s of feature %q: %w", key, f.Name, err))
	}
	if scaled <= -far || scaled >= far {
		return 0, at(v, fmt.Errorf("%s of feature %q: %w", key, f.Name, errFar))
	}
	return scaled, nil
}
