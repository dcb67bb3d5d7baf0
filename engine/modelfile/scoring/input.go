package scoring

import (
	"fmt"
	"math"

	"weir/engine/modelfile/expression"
	"weir/engine/modelfile/predicate"
	"weir/engine/modelfile/value"
)

// OnInvalid is what becomes of an input that is none of the field's type or values.
type OnInvalid uint8

// Invalid inputs are rejected, count as missing, stay as they are if they are of the type, or are replaced.
const (
	RejectInvalid OnInvalid = iota
	InvalidAsMissing
	InvalidAsIs
	InvalidAsValue
)

// Input is one field that a model takes, with the treatments of its mining schema.
type Input struct {
	Name string
	Type value.Type

	Valid     *predicate.Set        // the values allowed, nil for all of the type
	Intervals []expression.Interval // the ranges allowed, none for all numbers
	Forbidden *predicate.Set        // values declared invalid, or nil
	Null      *predicate.Set        // values that stand for a missing one, or nil

	Invalid       OnInvalid
	Substitute    value.Value // with InvalidAsValue
	RejectMissing bool
	Replacement   value.Value // of a missing value; itself missing where there is none

	Outlier   expression.Outlier
	Low, High float64 // the range that Outlier is about
}

// Prepare brings one value to the field's type and applies its treatments, in the order invalid, missing, outlier. The
// result is a fault that rejects the row where a treatment says so.
func (in *Input) Prepare(v value.Value) value.Value {
	cast, castable := value.Cast(v, in.Type)
	if in.Null != nil && !v.IsMissing() && (in.Null.Has(v) || castable && in.Null.Has(cast)) {
		cast, castable = value.Value{}, true
	}
	if !cast.IsMissing() && (!castable || !in.valid(cast)) {
		cast = in.invalid(cast, castable)
		if cast.IsFault() {
			return cast
		}
	}
	if cast.IsMissing() {
		if in.RejectMissing {
			return value.Reject(fmt.Sprintf("input %q is required", in.Name))
		}
		return in.Replacement
	}
	return in.trim(cast)
}

// Plain tells whether Prepare does nothing to a value that is already of the field's type and valid.
func (in *Input) Plain() bool {
	return in.Invalid == RejectInvalid && !in.RejectMissing && in.Replacement.IsMissing() && in.Outlier == expression.OutlierAsIs
}

func (in *Input) valid(v value.Value) bool {
	if in.Forbidden != nil && in.Forbidden.Has(v) {
		return false
	}
	if in.Valid == nil && len(in.Intervals) == 0 {
		return true
	}
	if in.Valid != nil && in.Valid.Has(v) {
		return true
	}
	for _, i := range in.Intervals {
		if i.Contains(v.Float()) {
			return true
		}
	}
	return false
}

func (in *Input) invalid(v value.Value, castable bool) value.Value {
	switch {
	case in.Invalid == InvalidAsMissing:
		return value.Value{}
	case in.Invalid == InvalidAsValue:
		return in.Substitute
	case in.Invalid == InvalidAsIs && castable:
		return v
	case !castable:
		return value.Reject(fmt.Sprintf("input %q is no %s", in.Name, in.Type))
	}
	return value.Reject(fmt.Sprintf("input %q is not among the values that the model allows", in.Name))
}

func (in *Input) trim(v value.Value) value.Value {
	x := v.Float()
	if in.Outlier == expression.OutlierAsIs || in.Low <= x && x <= in.High {
		return v
	}
	if in.Outlier == expression.OutlierAsMissing {
		return in.Replacement
	}
	return value.FromNumber(math.Min(math.Max(x, in.Low), in.High))
}

// treated is a treatment as an expression over a slot.
type treated struct {
	input *Input
	slot  int
}

func (t treated) Evaluate(row []value.Value) value.Value {
	if row[t.slot].IsFault() {
		return row[t.slot]
	}
	return t.input.Prepare(row[t.slot])
}

// Again is the treatment of an input as an expression over a slot, for a nested model that treats a field once more.
func (in *Input) Again(slot int) expression.Expression { return treated{in, slot} }
