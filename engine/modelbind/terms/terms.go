// Package terms takes an imported model apart into what each of its inputs adds to the score, and says how each of these
// functions behaves: constant between known bounds, monotone between them, or neither. That is what decides whether a
// model can go under seal, where a score is a sum of points of bins.
//
// It is for banks. It takes scorecards and regressions apart; for trees it says which inputs each of them reads. It
// refuses terms that read two inputs at once and models that are no sum (several classes, votes, chains), naming the term.
// What an input adds is never computed from a copy of the model's rules: it is the answer of the model's own engine to a
// row that has this input only, so that it cannot differ from it. Sources: protocol, section 4; PMML 4.4, "Scorecard",
// "Regression", "General Regression".
package terms

import (
	"fmt"
	"maps"
	"math/big"
	"slices"

	"weir/engine/modelfile/link"
	"weir/engine/modelfile/predicate"
	"weir/engine/modelfile/regression"
	"weir/engine/modelfile/scorecard"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
)

// Sum is a model as a constant and what each input adds. The score is Link of the sum.
type Sum struct {
	Constant *big.Rat
	Exact    bool         // points are decimals, added exactly; else doubles
	Link     link.Inverse // of the sum, Identity for scorecards
	Class    string       // of a classification: the class whose probability Link gives
	Parts    []Part       // one for each input that counts, in the order of the model's inputs
	Unused   []int        // inputs that add nothing
	Above    bool         // of a file with reason codes: points above the baselines are a reason, not points below
}

// Part is what one input adds to the sum.
type Part struct {
	Input  int // index among the model's inputs
	Name   string
	Terms  int // characteristics or terms of the file that are in it
	Form   Form
	Breaks []float64 // increasing: between two of them Form holds; on each of them the part may have a value of its own
	Texts  []string  // sorted: the categories that the file's rules name, none for numbers

	// Baseline is what a file with reason codes measures them from: the sum of the characteristics' baselines; else nil.
	Baseline *big.Rat

	alone *scoring.Model // a model of this input only
}

// At is what the input adds where it has this value, which may be missing. A value for which the file gives no score has
// none; why then says so without the value.
func (p *Part) At(v value.Value) (x *big.Rat, why string) {
	result := p.alone.Evaluate([]value.Value{v})
	switch {
	case result.Outcome != scoring.Scored:
		return nil, result.Outcome.String() + ": " + result.Why
	case result.IsExact:
		return result.Exact.Rat(), ""
	}
	return new(big.Rat).SetFloat64(result.Score), ""
}

// Of is the sum for a row of the model's inputs, in their order; why says where there is none. It is what a sealed score
// stands for.
func (s *Sum) Of(values []value.Value) (sum *big.Rat, why string) {
	sum = new(big.Rat).Set(s.Constant)
	for i := range s.Parts {
		x, why := s.Parts[i].At(values[s.Parts[i].Input])
		if x == nil {
			return nil, why
		}
		sum.Add(sum, x)
	}
	return sum, ""
}

// Obstacle is why a model, or one of its terms, is no sum over single inputs.
type Obstacle struct {
	Term   string // empty for the whole model
	Inputs []string
	Why    string
}

// String is the obstacle as a sentence.
func (o Obstacle) String() string {
	if o.Term == "" {
		return o.Why
	}
	return fmt.Sprintf("%s: %s", o.Term, o.Why)
}

// Split takes a model apart. With obstacles there is no sum.
func Split(m *scoring.Model) (*Sum, []Obstacle) {
	if t := m.Root.Target; t != nil {
		return nil, []Obstacle{{Why: "the file rescales or rounds its score (Targets): not carried under seal"}}
	}
	s := &splitter{model: m, reader: newReader(m), sum: &Sum{Constant: new(big.Rat)}}
	switch p := m.Root.Predictor.(type) {
	case *scorecard.Card:
		s.card(p)
	case *regression.Model:
		s.regression(p)
	default:
		return nil, []Obstacle{{Why: "neither a scorecard nor a regression: trees and ensembles run in the plaintext engine only"}}
	}
	if len(s.obstacles) > 0 {
		return nil, s.obstacles
	}
	s.finish()
	return s.sum, nil
}

// term is one characteristic or regression term: what it reads, and how it is evaluated alone.
type term struct {
	reads reading
	index int
}

type splitter struct {
	model     *scoring.Model
	reader    *reader
	sum       *Sum
	obstacles []Obstacle
	byInput   map[int][]term
	together  func(indices []int) scoring.Predictor // a predictor of some terms without the constant
	baseline  func(indices []int) *big.Rat          // of some terms; nil where the file has no reason codes
}

// take files a term under its input.
func (s *splitter) take(name string, index int, r reading) {
	inputs := slices.Sorted(maps.Keys(r.inputs))
	switch {
	case r.form == opaque:
		s.obstacles = append(s.obstacles, Obstacle{name, s.names(inputs), "it has a part that this program cannot look into"})
	case len(inputs) > 1:
		s.obstacles = append(s.obstacles, Obstacle{name, s.names(inputs), fmt.Sprintf("it reads %d inputs at once (%q): under seal a characteristic reads one",
			len(inputs), s.names(inputs))})
	case len(inputs) == 0:
		s.constant(name, index)
	default:
		if s.byInput == nil {
			s.byInput = map[int][]term{}
		}
		s.byInput[inputs[0]] = append(s.byInput[inputs[0]], term{r, index})
	}
}

// constant adds a term that reads no input.
func (s *splitter) constant(name string, index int) {
	alone := &scoring.Model{Slots: s.model.Slots, Root: &scoring.Unit{Derived: s.model.Root.Derived, Predictor: s.together([]int{index})}}
	part := Part{alone: alone}
	x, why := part.At(value.Value{})
	if x == nil {
		s.obstacles = append(s.obstacles, Obstacle{Term: name, Why: "it reads no input and has no value (" + why + ")"})
		return
	}
	s.sum.Constant.Add(s.sum.Constant, x)
}

func (s *splitter) names(inputs []int) []string {
	names := make([]string, len(inputs))
	for i, input := range inputs {
		names[i] = s.model.Inputs[input].Name
	}
	return names
}

// finish joins the terms of each input.
func (s *splitter) finish() {
	for input := range s.model.Inputs {
		terms := s.byInput[input]
		if len(terms) == 0 {
			s.sum.Unused = append(s.sum.Unused, input)
			continue
		}
		all, indices := reading{}, []int{}
		for _, t := range terms {
			all.take(t.reads, summed(all.form, t.reads.form))
			indices = append(indices, t.index)
		}
		breaks := append(all.breaks, treatmentBreaks(&s.model.Inputs[input])...)
		slices.Sort(breaks)
		part := Part{Input: input, Name: s.model.Inputs[input].Name, Terms: len(terms), Form: all.form.public(), Breaks: slices.Compact(breaks),
			Texts: slices.Compact(slices.Sorted(slices.Values(all.texts))), alone: s.alone(input, all, s.together(indices))}
		if s.baseline != nil {
			part.Baseline = s.baseline(indices)
		}
		s.sum.Parts = append(s.sum.Parts, part)
	}
}

// alone is the model with one input. Its slots stay where they are: the input is the only one that is filled, by a
// derived field at the front where it does not stand first.
func (s *splitter) alone(input int, r reading, p scoring.Predictor) *scoring.Model {
	inputs := make([]scoring.Input, 0, 1)
	inputs = append(inputs, s.model.Inputs[input])
	unit := &scoring.Unit{Predictor: p}
	for _, d := range s.model.Root.Derived {
		if r.derived[d.Slot] {
			unit.Derived = append(unit.Derived, d)
		}
	}
	return &scoring.Model{Inputs: inputs, Slots: s.model.Slots, Root: &scoring.Unit{Predictor: shifted{to: input, unit: unit}}}
}

// shifted moves the first slot of a row to where the model has the input.
type shifted struct {
	to   int
	unit *scoring.Unit
}

// Predict evaluates the unit on a row with one input.
func (s shifted) Predict(row []value.Value) scoring.Prediction {
	if s.to != 0 {
		row[s.to], row[0] = row[0], value.Value{}
	}
	return s.unit.Predict(row)
}

func (s *splitter) card(card *scorecard.Card) {
	s.sum.Exact = true
	s.sum.Constant.Set(card.Initial.Rat())
	s.together = func(indices []int) scoring.Predictor {
		part := &scorecard.Card{}
		for _, i := range indices {
			part.Characteristics = append(part.Characteristics, card.Characteristics[i])
		}
		if err := part.Prepare(); err != nil {
			panic("terms: a card that was prepared once: " + err.Error())
		}
		return part
	}
	s.reasons(card)
	for i := range card.Characteristics {
		c := &card.Characteristics[i]
		r := reading{}
		for _, a := range c.Attributes {
			read := s.reader.predicate(a.When).steps()
			r.take(read, chosen(r.form, read.form))
			if a.Formula != nil {
				s.sum.Exact = false
				read := s.reader.expression(a.Formula)
				r.take(read, chosen(r.form, read.form))
			}
			if a.When == predicate.Always(true) {
				break // the first attribute that holds counts: nothing after this one is reached
			}
		}
		s.take(fmt.Sprintf("characteristic %q", c.Name), i, r)
	}
}

// reasons keeps what a card measures its reason codes from.
func (s *splitter) reasons(card *scorecard.Card) {
	if !card.UseReasons {
		return
	}
	s.sum.Above = card.Above
	s.baseline = func(indices []int) *big.Rat {
		sum := new(big.Rat)
		for _, i := range indices {
			sum.Add(sum, card.Characteristics[i].Baseline.Rat())
		}
		return sum
	}
}

func (s *splitter) regression(m *regression.Model) {
	table, inverse := &m.Tables[0], m.Link
	switch {
	case !m.IsClassification():
	case len(m.Tables) == 2 && m.Normalization == regression.Softmax:
		table, inverse = m.Tables[0].Less(&m.Tables[1]), link.Logit
	case m.Normalization != regression.Binary:
		s.obstacles = append(s.obstacles, Obstacle{Why: fmt.Sprintf("a classification with %d tables: under seal there is one sum", len(m.Tables))})
		return
	}
	intercept := new(big.Rat).SetFloat64(table.Intercept)
	if intercept == nil {
		s.obstacles = append(s.obstacles, Obstacle{Why: "the intercept is not finite"})
		return
	}
	s.sum.Class, s.sum.Link = table.Category, inverse
	s.sum.Constant.Set(intercept)
	s.together = func(indices []int) scoring.Predictor {
		part := regression.Table{}
		for _, i := range indices {
			part.Terms = append(part.Terms, table.Terms[i])
		}
		return &regression.Model{Tables: []regression.Table{part}, Single: m.Single}
	}
	for i := range table.Terms {
		r := reading{}
		name := fmt.Sprintf("term %d", i+1)
		for k, f := range table.Terms[i].Factors {
			if k == 0 {
				name = fmt.Sprintf("term %d (%s)", i+1, f.Name)
			}
			r = r.times(s.reader.factor(f))
		}
		s.take(name, i, r)
	}
}
