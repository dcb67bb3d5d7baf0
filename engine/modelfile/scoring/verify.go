package scoring

import (
	"errors"
	"fmt"
	"math"

	"weir/engine/modelfile/value"
)

// ErrVerification is wrapped where a model does not answer what its own file says that it answers.
var ErrVerification = errors.New("the model's own verification records are not met")

// Check is one verification record of a file: inputs, and what the model has to answer.
type Check struct {
	Line   int
	Inputs map[string]value.Value
	Want   []Expectation
}

// Expectation is one result of a Check. Precision is relative to a wanted number; below ZeroThreshold both count as
// zero.
type Expectation struct {
	Output                   string
	Want                     value.Value
	Precision, ZeroThreshold float64
}

// Verify runs every Check of the file. The error wraps ErrVerification and names the line and the output of the first
// that fails, and how many do.
func (m *Model) Verify() error {
	failed := 0
	var first string
	for _, c := range m.Verification {
		p := m.EvaluateNamed(c.Inputs)
		for _, e := range c.Want {
			got, known := p.Named(e.Output)
			if known && e.met(got) {
				continue
			}
			if failed++; failed == 1 {
				first = fmt.Sprintf("line %d, output %q", c.Line, e.Output)
			}
			break
		}
	}
	if failed == 0 {
		return nil
	}
	return fmt.Errorf("%w: %d of %d records, first at %s", ErrVerification, failed, len(m.Verification), first)
}

func (e Expectation) met(got value.Value) bool {
	want := e.Want
	switch {
	case want.IsMissing() || got.IsMissing() || got.IsFault():
		return want.IsMissing() && (got.IsMissing() || got.IsFault())
	case got.Kind() != value.Number:
		return value.Equal(want, got)
	}
	x, ok := value.Cast(want, value.Double)
	if !ok {
		return false
	}
	if math.Abs(x.Float()) <= e.ZeroThreshold {
		return math.Abs(got.Float()) <= e.ZeroThreshold
	}
	return math.Abs(got.Float()-x.Float()) <= e.Precision*math.Abs(x.Float())
}
