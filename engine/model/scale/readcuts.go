package scale

import (
	"math/big"
	"unicode/utf8"

	"weir/engine/schema"
	"weir/engine/schema/strictjson"
)

// MaxBands is how many bands a scale has at most, and how many grades.
const MaxBands = 64

func (s *Scale) readBands(o strictjson.Object, shown [2]int64) error {
	return readCuts(o, "bands", "below", func(at strictjson.Value, name string, last bool) error {
		b := band{name: name}
		if !last {
			var err error
			if b.below, err = score(at, shown[0]+1, shown[1]); err != nil {
				return err
			}
			if n := len(s.bands); n > 0 && b.below <= s.bands[n-1].below {
				return at.Errorf("band %q: bound is not above the one before it", name)
			}
		}
		s.bands = append(s.bands, b)
		return nil
	})
}

func (s *Scale) readGrades(o strictjson.Object) error {
	return readCuts(o, "grades", "probability_below", func(at strictjson.Value, name string, last bool) error {
		g := grade{name: name}
		if !last {
			var err error
			if g.below, err = probability(at); err != nil {
				return err
			}
			if n := len(s.grades); n > 0 && g.below <= s.grades[n-1].below {
				return at.Errorf("grade %q: bound is not above the one before it", name)
			}
		}
		s.grades = append(s.grades, g)
		return nil
	})
}

// readCuts reads a list of names whose every item but the last has a bound, and gives each to add: at is the bound's
// value, or the item's for the last.
func readCuts(o strictjson.Object, key, bound string, add func(at strictjson.Value, name string, last bool) error) error {
	list, given := o.Optional(key)
	if !given {
		return nil
	}
	items, err := list.List()
	if err != nil {
		return err
	}
	if len(items) < 1 || len(items) > MaxBands {
		return list.Errorf("%d %s, want 1 to %d", len(items), key, MaxBands)
	}
	seen := map[string]bool{}
	for i, item := range items {
		at, name, err := readCut(item, bound, i == len(items)-1)
		if err != nil {
			return err
		}
		if seen[name] {
			return item.Errorf("%q stands twice in %s", name, key)
		}
		seen[name] = true
		if err := add(at, name, i == len(items)-1); err != nil {
			return err
		}
	}
	return nil
}

func readCut(item strictjson.Value, bound string, last bool) (strictjson.Value, string, error) {
	o, err := item.Object(bound, "name")
	if err != nil {
		return item, "", err
	}
	v, name, err := required(o, "name")
	if err != nil {
		return item, "", err
	}
	if n := utf8.RuneCountInString(name); n < 1 || n > schema.MaxNameLength {
		return item, "", v.Errorf("name of %d characters, want 1 to %d", n, schema.MaxNameLength)
	}
	at, given := o.Optional(bound)
	switch {
	case last && given:
		return item, "", at.Errorf("the last has no %q: it holds everything above those before it", bound)
	case last:
		return item, name, nil
	case !given:
		return item, "", item.Errorf("one without %q must be the last", bound)
	}
	return at, name, nil
}

// score reads a whole number.
func score(v strictjson.Value, least, most int64) (int64, error) {
	n, err := v.Integer(least, most)
	if text, _ := v.Number(); err == nil && n == 0 && text != "0" {
		return 0, v.Errorf("negative zero: write 0")
	}
	return n, err
}

// probability reads a decimal above 0 and below 1, in millionths.
func probability(v strictjson.Value) (Probability, error) {
	number, err := readDecimal(v)
	if err != nil {
		return 0, err
	}
	scaled := new(big.Rat).Mul(number.Rat(), big.NewRat(millionths, 1))
	if !scaled.IsInt() || scaled.Sign() <= 0 || scaled.Cmp(big.NewRat(millionths, 1)) >= 0 {
		return 0, v.Errorf("want a probability above 0 and below 1 with at most six digits after the point")
	}
	return Probability(scaled.Num().Int64()), nil
}
