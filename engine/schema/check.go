package schema

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"weir/engine"
)

// The rules that schema.json and the canonical encoding share. None of these errors says where: the caller knows.

func checkSubjects(kind engine.SubjectKind) error {
	if kind != engine.USCC && kind != engine.Opaque {
		return fmt.Errorf("subjects %q: want %q or %q", string(kind), engine.USCC, engine.Opaque)
	}
	return nil
}

func checkFeatureCount(n int) error {
	if n < 1 || n > MaxFeatures {
		return fmt.Errorf("%d features, want 1 to %d (a source with more is two sources)", n, MaxFeatures)
	}
	return nil
}

func checkFeatureName(name string) error {
	if err := checkLabel(name); err != nil {
		return fmt.Errorf("feature name: %w", err)
	}
	if name == SubjectColumn {
		return fmt.Errorf("feature name %q is the name of the identifier's column", name)
	}
	return nil
}

func checkUnit(unit string) error {
	if unit == "" {
		return nil
	}
	if err := checkLabel(unit); err != nil {
		return fmt.Errorf("unit: %w", err)
	}
	return nil
}

func checkOutside(rule Outside) error {
	switch rule {
	case OutsideError, OutsideClamp, OutsideMissing:
		return nil
	}
	return fmt.Errorf("outside %q: want %q, %q or %q", string(rule), OutsideError, OutsideClamp, OutsideMissing)
}

// checkLabel allows what a person can read and write in one cell of a table.
func checkLabel(text string) error {
	if n := utf8.RuneCountInString(text); n < 1 || n > MaxNameLength {
		return fmt.Errorf("%d characters, want 1 to %d", n, MaxNameLength)
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Errorf("%q holds a character that does not print", text)
	}
	if strings.TrimSpace(text) != text {
		return fmt.Errorf("%q begins or ends with a space", text)
	}
	return nil
}

// check is for a feature whose parts were read without rules, from the canonical encoding.
func (f *Feature) check() error {
	if err := checkFeatureName(f.Name); err != nil {
		return err
	}
	if err := checkUnit(f.Unit); err != nil {
		return err
	}
	if err := checkOutside(f.Outside); err != nil {
		return err
	}
	if !f.Numeric() {
		if f.Scale != 0 || f.min != 0 || f.max != 0 {
			return fmt.Errorf("feature %q has categories and a range", f.Name)
		}
		return f.checkCategories()
	}
	if f.Scale > MaxScale {
		return fmt.Errorf("feature %q: scale %d, want 0 to %d", f.Name, f.Scale, MaxScale)
	}
	if min(f.min, f.max) <= -far || max(f.min, f.max) >= far {
		return fmt.Errorf("range of feature %q: %w", f.Name, errFar)
	}
	return f.checkRange()
}

func (f *Feature) checkCategories() error {
	if n := len(f.Categories); n < 1 || n > MaxCategories {
		return fmt.Errorf("feature %q: %d categories, want 1 to %d", f.Name, n, MaxCategories)
	}
	if f.Outside != OutsideError {
		return fmt.Errorf("feature %q: outside %q is for numbers, an unknown category is always an error", f.Name, f.Outside)
	}
	for _, category := range f.Categories {
		if err := checkLabel(category); err != nil {
			return fmt.Errorf("category of feature %q: %w", f.Name, err)
		}
	}
	sorted := slices.Sorted(slices.Values(f.Categories))
	for i := 1; i < len(sorted); i++ {
		if sorted[i] == sorted[i-1] {
			return fmt.Errorf("feature %q: category %q is given twice", f.Name, sorted[i])
		}
	}
	return nil
}

// checkRange holds min ≤ max and the greatest encoding below 2^32. The bounds must be within ±far.
func (f *Feature) checkRange() error {
	if f.min > f.max {
		least, greatest := f.Range()
		return fmt.Errorf("feature %q: min %s is above max %s", f.Name, least, greatest)
	}
	if greatest := f.end() - 1; greatest >= Beyond {
		return fmt.Errorf("feature %q: its greatest value would be encoded as %d, which is not below 2^32 = %d: take a smaller scale or range",
			f.Name, greatest, Beyond)
	}
	return nil
}
