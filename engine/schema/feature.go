package schema

import (
	"errors"
	"fmt"
)

// The encoding of one value (protocol, section 3). Every encoded value is below 2^32.
const (
	Absent  uint32 = 0 // the subject has no record
	Missing uint32 = 1 // the record has no value
	First   uint32 = 2 // the least value of a number, the first category

	// Beyond is the exclusive upper end of the encoding.
	Beyond uint64 = 1 << 32
)

// Feature is one column of a source: a number if it has no categories, else one of the categories.
type Feature struct {
	Name       string
	Unit       string
	Scale      uint8    // digits after the point, 0 to MaxScale; 0 with categories
	Outside    Outside  // what becomes of a number outside [min, max]; OutsideError with categories
	Categories []string // in the order of their encodings First, First+1, …; nil for a number
	min, max   int64    // in units of 10^-Scale; 0 with categories
}

// MaxScale is the most digits after the point: with ten, one whole unit would no longer fit below 2^32.
const MaxScale = 9

// Outside is a rule of the source for numbers that are well written but outside the feature's range.
type Outside string

const (
	OutsideError   Outside = "error"   // refuse the cell
	OutsideClamp   Outside = "clamp"   // take the nearer end of the range, and count
	OutsideMissing Outside = "missing" // take it as a missing value, and count
)

// Outcome says what happened to a cell that was encoded.
type Outcome int

const (
	Exact      Outcome = iota // the cell's own value
	Empty                     // an empty cell: a missing value
	Clamped                   // the number was outside and moved to the end of the range
	SetMissing                // the number was outside and became a missing value
)

// Why a cell is refused. The errors of Encode wrap one of these and never repeat the cell.
var (
	// ErrNotDecimal is for a number that is not written -?(0|[1-9][0-9]*)(\.[0-9]+)?
	ErrNotDecimal = errors.New("not a decimal number")
	// ErrTooManyDigits is for a number with more digits after the point than the feature's scale.
	ErrTooManyDigits = errors.New("too many digits after the point")
	// ErrOutside is for a number outside the feature's range under the rule OutsideError.
	ErrOutside = errors.New("outside the range")
	// ErrCategory is for text that is none of the feature's categories.
	ErrCategory = errors.New("not a category of this feature")
	// ErrKind is for asking a number's question of a feature with categories, or the other way round.
	ErrKind = errors.New("wrong kind of feature")
)

// Numeric tells whether the feature is a number.
func (f *Feature) Numeric() bool { return len(f.Categories) == 0 }

// Range is the least and the greatest number of a numeric feature, both allowed, written with Scale digits.
func (f *Feature) Range() (least, greatest Decimal) {
	return decimalOf(f.min, f.Scale), decimalOf(f.max, f.Scale)
}

// Encode gives the encoded value of a cell of records.csv. An empty cell is a missing value.
func (f *Feature) Encode(cell string) (uint32, Outcome, error) {
	if cell == "" {
		return Missing, Empty, nil
	}
	if !f.Numeric() {
		value, found := f.Category(cell)
		if !found {
			return 0, Exact, ErrCategory
		}
		return value, Exact, nil
	}
	return f.encodeNumber(cell)
}

func (f *Feature) encodeNumber(cell string) (uint32, Outcome, error) {
	d, err := ParseDecimal(cell)
	if err != nil {
		return 0, Exact, err
	}
	scaled, err := d.scaled(f.Scale)
	if err != nil {
		return 0, Exact, err
	}
	if f.min <= scaled && scaled <= f.max {
		return f.encoded(scaled), Exact, nil
	}
	switch f.Outside {
	case OutsideClamp:
		return f.encoded(min(max(scaled, f.min), f.max)), Clamped, nil
	case OutsideMissing:
		return Missing, SetMissing, nil
	}
	least, greatest := f.Range()
	return 0, Exact, fmt.Errorf("%w %s to %s", ErrOutside, least, greatest)
}

// encoded is value·10^scale − min·10^scale + 2 for a number within the range.
func (f *Feature) encoded(scaled int64) uint32 { return uint32(scaled-f.min) + First }

// Edge is the least encoded value of the numbers ≥ d: First if d is below the range, Beyond if it is above. It is the
// edge e_b of a bin that begins at d (protocol, section 4). Errors: ErrTooManyDigits, ErrKind.
func (f *Feature) Edge(d Decimal) (uint64, error) {
	if !f.Numeric() {
		return 0, fmt.Errorf("%w: %q has categories, not numbers", ErrKind, f.Name)
	}
	scaled, err := d.scaled(f.Scale)
	if err != nil {
		return 0, fmt.Errorf("bound of %q: %w", f.Name, err)
	}
	switch {
	case scaled <= f.min:
		return uint64(First), nil
	case scaled > f.max:
		return Beyond, nil
	}
	return uint64(f.encoded(scaled)), nil
}

// Category is the encoded value of a category, if the feature has it.
func (f *Feature) Category(name string) (uint32, bool) {
	for i, category := range f.Categories {
		if category == name {
			return First + uint32(i), true
		}
	}
	return 0, false
}

// Decode is the text that an encoded value ≥ First stands for: a decimal with Scale digits, or a category. It refuses
// Absent, Missing and what is above the feature's greatest encoding.
func (f *Feature) Decode(value uint32) (string, error) {
	if value < First || uint64(value) >= f.end() {
		return "", fmt.Errorf("%q has no such encoded value", f.Name)
	}
	if !f.Numeric() {
		return f.Categories[value-First], nil
	}
	return string(decimalOf(f.min+int64(value-First), f.Scale)), nil
}

// end is one more than the greatest encoded value.
func (f *Feature) end() uint64 {
	if !f.Numeric() {
		return uint64(First) + uint64(len(f.Categories))
	}
	return uint64(f.max-f.min) + uint64(First) + 1
}
