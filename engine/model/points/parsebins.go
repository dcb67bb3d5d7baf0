package points

import (
	"math/big"

	"weir/engine/schema"
	"weir/engine/schema/strictjson"
)

func readCharacteristic(v strictjson.Value) (Characteristic, error) {
	c := Characteristic{at: v}
	o, err := v.Object("feature", "missing", "absent", "baseline", "bins", "categories")
	if err != nil {
		return c, err
	}
	if c.Feature, _, err = text(o, "feature"); err != nil {
		return c, err
	}
	if c.Missing, err = readPoints(o, "missing"); err != nil {
		return c, err
	}
	c.Absent = c.Missing
	if _, given := o.Optional("absent"); given {
		if c.Absent, err = readPoints(o, "absent"); err != nil {
			return c, err
		}
	}
	if _, c.stated = o.Optional("baseline"); c.stated {
		if c.Baseline, err = readPoints(o, "baseline"); err != nil {
			return c, err
		}
	}
	bins, numeric := o.Optional("bins")
	categories, categorical := o.Optional("categories")
	switch {
	case numeric == categorical:
		return c, v.Errorf("feature %q: want either bins or categories", c.Feature)
	case numeric:
		return c, c.readBins(bins)
	default:
		return c, c.readCategories(categories)
	}
}

func readPoints(o strictjson.Object, key string) (int, error) {
	v, err := o.Required(key)
	if err != nil {
		return 0, err
	}
	n, err := integer(v, MinPoints, MaxPoints)
	return int(n), err
}

func (c *Characteristic) readBins(list strictjson.Value) error {
	items, err := list.List()
	if err != nil {
		return err
	}
	if len(items) < 1 || len(items) > MaxBins {
		return list.Errorf("feature %q: %d bins, want 1 to %d", c.Feature, len(items), MaxBins)
	}
	var below *big.Rat
	for i, item := range items {
		bin, err := readBin(item, i == len(items)-1)
		if err != nil {
			return err
		}
		if bin.Below != "" {
			bound := bin.Below.Rat()
			if below != nil && bound.Cmp(below) <= 0 {
				return bin.at.Errorf("feature %q: bound %s is not above the one before it", c.Feature, bin.Below)
			}
			below = bound
		}
		c.Bins = append(c.Bins, bin)
	}
	return nil
}

func readBin(item strictjson.Value, last bool) (Bin, error) {
	bin := Bin{at: item}
	o, err := item.Object("below", "points")
	if err != nil {
		return bin, err
	}
	if bin.Points, err = readPoints(o, "points"); err != nil {
		return bin, err
	}
	bound, given := o.Optional("below")
	switch {
	case last && given:
		return bin, bound.Errorf("the last bin has no \"below\": it holds everything above the bins before it")
	case last:
		return bin, nil
	case !given:
		return bin, item.Errorf("a bin without \"below\" must be the last")
	}
	bin.at = bound
	bin.Below, err = readBound(bound)
	return bin, err
}

func readBound(v strictjson.Value) (schema.Decimal, error) {
	written, err := v.Number()
	if err != nil {
		return "", err
	}
	if len(written) > maxBoundLength {
		return "", v.Errorf("bound of %d characters, want at most %d", len(written), maxBoundLength)
	}
	bound, err := schema.ParseDecimal(written)
	if err != nil {
		return "", v.Errorf("%v", err)
	}
	if written[0] == '-' && bound.Rat().Sign() == 0 {
		return "", v.Errorf("negative zero: write 0")
	}
	return bound, nil
}

func (c *Characteristic) readCategories(v strictjson.Value) error {
	o, err := v.Map()
	if err != nil {
		return err
	}
	names := o.Keys()
	if len(names) < 1 || len(names) > MaxBins {
		return v.Errorf("feature %q: %d categories, want 1 to %d", c.Feature, len(names), MaxBins)
	}
	for _, name := range names {
		value, _ := o.Optional(name)
		if err := checkLength(value, "category", name); err != nil {
			return err
		}
		points, err := integer(value, MinPoints, MaxPoints)
		if err != nil {
			return err
		}
		c.Categories = append(c.Categories, Category{Name: name, Points: int(points), at: value})
	}
	return nil
}
