// Package regression evaluates linear predictors: one table of terms for a number, several for a classification, and
// the link or normalisation that turns them into predictions.
//
// It is the form that PMML RegressionModel and GeneralRegressionModel are read into. All arithmetic is in doubles, in
// the order of the file. It refuses nothing itself; a row with a missing number has no score. Sources: PMML 4.4,
// "Regression" and "General Regression".
package regression

import (
	"math"
	"slices"

	"weir/engine/modelfile/link"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
)

// Normalization says how the tables of a classification become probabilities.
type Normalization uint8

// The normalisations of a classification. Binary: the first table through the inverse link, the second 1 less that.
const (
	Binary Normalization = iota
	Softmax
	Simplemax
)

// Model is a regression (one table without a category) or a classification (two or more tables).
type Model struct {
	Tables        []Table
	Link          link.Inverse  // of a regression, and of Binary
	Normalization Normalization // of a classification
	Single        bool          // sums are rounded to float32 after every term
}

// Table is one linear predictor.
type Table struct {
	Category  string // of a classification
	Intercept float64
	Terms     []Term
}

// Term is a coefficient times a product.
type Term struct {
	Coefficient float64
	Factors     []Factor
}

// Factor is one factor of a term: a power of a number, or with IsCategory 1 where the field has that value and else 0.
type Factor struct {
	Name          string
	Slot          int
	Exponent      float64
	IsCategory    bool
	Category      value.Value
	MissingIsZero bool // a missing category counts as another one instead of leaving the row without a score
}

// IsClassification tells whether the model predicts a category.
func (m *Model) IsClassification() bool { return len(m.Tables) > 1 }

// Predict evaluates one row.
func (m *Model) Predict(row []value.Value) scoring.Prediction {
	sums := make([]float64, len(m.Tables))
	for i := range m.Tables {
		sum, fault := m.Tables[i].sum(row, m.Single)
		if fault.IsFault() {
			return scoring.Failed(fault)
		}
		sums[i] = sum
	}
	if !m.IsClassification() {
		p := scoring.Numeric(m.Link.Of(sums[0]))
		p.Margin = sums[0]
		return p
	}
	m.normalize(sums)
	probabilities := make([]scoring.Probability, len(sums))
	for i, p := range sums {
		probabilities[i] = scoring.Probability{Class: m.Tables[i].Category, P: p}
	}
	return scoring.Classified(probabilities)
}

func (m *Model) normalize(sums []float64) {
	switch m.Normalization {
	case Binary:
		sums[0] = m.Link.Of(sums[0])
		sums[1] = 1 - sums[0]
	case Softmax:
		link.Softmax(sums)
	case Simplemax:
		total := 0.0
		for _, s := range sums {
			total += s
		}
		for i := range sums {
			sums[i] /= total
		}
	}
}

// sum is the linear predictor, or a fault.
func (t *Table) sum(row []value.Value, single bool) (float64, value.Value) {
	total := t.Intercept
	for i := range t.Terms {
		x, fault := t.Terms[i].of(row)
		if fault.IsFault() {
			return 0, fault
		}
		total += x
		if single {
			total = float64(float32(total))
		}
	}
	return total, value.Value{}
}

// Less is the table whose sum is that of t less that of another. It keeps the category of t.
func (t *Table) Less(other *Table) *Table {
	difference := &Table{Category: t.Category, Intercept: t.Intercept - other.Intercept, Terms: slices.Clone(t.Terms)}
	for _, term := range other.Terms {
		term.Coefficient = -term.Coefficient
		difference.Terms = append(difference.Terms, term)
	}
	return difference
}

func (t *Term) of(row []value.Value) (float64, value.Value) {
	product := t.Coefficient
	for i := range t.Factors {
		x, fault := t.Factors[i].of(row)
		if fault.IsFault() {
			return 0, fault
		}
		product *= x
	}
	return product, value.Value{}
}

func (f *Factor) of(row []value.Value) (float64, value.Value) {
	v := row[f.Slot]
	switch {
	case v.IsFault():
		return 0, v
	case v.IsMissing() && !f.MissingIsZero:
		return 0, value.Undefine("field " + f.Name + " is missing")
	case f.IsCategory && !v.IsMissing() && value.Equal(v, f.Category):
		return 1, value.Value{}
	case f.IsCategory:
		return 0, value.Value{}
	case f.Exponent == 1:
		return v.Float(), value.Value{}
	}
	return math.Pow(v.Float(), f.Exponent), value.Value{}
}
