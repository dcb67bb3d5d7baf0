// Package points is the bank's side of a scoring model: the file with the points, its compilation into the tables that
// are sealed, and the plaintext score that every encrypted result is compared with.
//
// Only a bank, and tools that a bank runs, may import it: whoever holds a Model or a Slice of this package knows the
// points. Nothing here has an encoding outward; what the others see is model.Version. It refuses files that are not
// exactly in the format, with file, line and column, and models that tell more than they may, naming the rule.
//
// Sources: the project's formats, "A model"; protocol, section 4.
package points

import (
	"fmt"
	"io"

	"weir/engine"
	"weir/engine/model/reason"
	"weir/engine/model/scale"
	"weir/engine/schema"
	"weir/engine/schema/strictjson"
)

// Model is a scorecard as its file says it. Make one with Parse; treat it as immutable.
// Score = Base + Σ points of the bin that each characteristic falls into.
type Model struct {
	Name       engine.Name
	Version    engine.Name
	Base       int64        // −MaxBase to MaxBase
	Range      [2]int64     // how a score is shown: low < high, both within ±MaxBase
	Resolution int          // bits, 1 to model.MaxResolution; 0 where the file leaves it to Compile
	Scale      *scale.Scale // what a score means; nil where the file does not say
	Sources    []Source     // 2 to 8, by name
	// Groups are what is told beside the score, at most three, in the order of the file; all count alike.
	Groups []reason.Group
}

// Source is what a model takes from one data source.
type Source struct {
	Name            engine.Name
	Characteristics []Characteristic // 1 to 32, in the order of the file

	at strictjson.Value
}

// Characteristic gives points for one feature: by Bins if it is a number, else by Categories.
type Characteristic struct {
	Feature    string
	Missing    int // points where the record has no value
	Absent     int // points where there is no record at all
	Baseline   int // which of the points are adverse (package reason); as the file states it, or half way between least and most
	Bins       []Bin
	Categories []Category

	stated bool // the baseline
	at     strictjson.Value
}

// Bin holds the numbers from the bound of the bin before it (that one included) to Below (excluded), in the feature's
// own unit. The last bin of a characteristic has no bound: Below is empty.
type Bin struct {
	Below  schema.Decimal
	Points int

	at strictjson.Value
}

// Category gives points for one of a feature's categories.
type Category struct {
	Name   string
	Points int

	at strictjson.Value
}

// Limits of a model's file.
const (
	MaxFile        = 1 << 20              // bytes
	MinPoints      = -2048                // points of a bin, a category, a missing value, an absent record
	MaxPoints      = 2047                 // ditto
	MaxBase        = 1_000_000_000        // magnitude of base and range
	MaxBins        = 193                  // bins of one characteristic: what 32 lines hold
	maxBoundLength = 64                   // characters of a bin's bound
	maxNameLength  = schema.MaxNameLength // characters of a feature or category
)

// Shown is the score as a person sees it: clamped to the model's range.
func (m *Model) Shown(score int64) int64 { return min(max(score, m.Range[0]), m.Range[1]) }

// Probability is the probability that a case with this unclamped score is bad; false where the model has no scale.
func (m *Model) Probability(score int64) (scale.Probability, bool) {
	if m.Scale == nil {
		return 0, false
	}
	return m.Scale.Probability(score), true
}

// Band is the band of a score, clamped or not; false where the model has no scale, or its scale no bands.
func (m *Model) Band(score int64) (string, bool) {
	if m.Scale == nil {
		return "", false
	}
	return m.Scale.Band(score)
}

// Grade is the grade of an unclamped score; false where the model has no scale, or its scale no grades.
func (m *Model) Grade(score int64) (string, bool) {
	if m.Scale == nil {
		return "", false
	}
	return m.Scale.Grade(score)
}

// Everything that has points prints as nothing, whatever the verb.

// Format withholds the model.
func (Model) Format(f fmt.State, _ rune) { io.WriteString(f, "[model with points]") }

// Format withholds the source, whose place in the file holds its text.
func (Source) Format(f fmt.State, _ rune) { io.WriteString(f, "[source with points]") }

// Format withholds the characteristic.
func (Characteristic) Format(f fmt.State, _ rune) { io.WriteString(f, "[characteristic with points]") }

// Format withholds the bin.
func (Bin) Format(f fmt.State, _ rune) { io.WriteString(f, "[bin with points]") }

// Format withholds the category.
func (Category) Format(f fmt.State, _ rune) { io.WriteString(f, "[category with points]") }

// Format withholds the compiled model.
func (Compiled) Format(f fmt.State, _ rune) { io.WriteString(f, "[compiled model with points]") }

// Format withholds the slice.
func (Slice) Format(f fmt.State, _ rune) { io.WriteString(f, "[slice with points]") }

// Format withholds the weight.
func (Weight) Format(f fmt.State, _ rune) { io.WriteString(f, "[weight of a characteristic]") }
