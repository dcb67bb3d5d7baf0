package pmml

import (
	"strconv"

	"weir/engine/modelfile/pmml/formula"
	"weir/engine/modelfile/pmml/xmltree"
	"weir/engine/modelfile/scorecard"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
)

var (
	booleans         = map[string]bool{"true": true, "1": true, "false": false, "0": false}
	reasonAlgorithms = map[string]bool{"pointsAbove": true, "pointsBelow": false}
)

// scorecard reads a Scorecard. Reason codes are given where the file uses them, and as many as it has outputs for.
func (r *reader) scorecard(s *formula.Scope, e *xmltree.Element) scoring.Predictor {
	card := &scorecard.Card{Initial: r.decimal(e, "initialScore"), Above: formula.Choice(s, e, "reasonCodeAlgorithm", false, reasonAlgorithms),
		UseReasons: formula.Choice(s, e, "useReasonCodes", true, booleans), Ranks: reasonRanks(e)}
	list := e.Child("Characteristics")
	if list == nil {
		r.Fault(e.At(), "no characteristics")
		return card
	}
	_, common := e.Attr("baselineScore")
	for _, c := range list.Children {
		if c.Name != "Characteristic" {
			continue
		}
		ch := scorecard.Characteristic{Baseline: r.decimal(e, "baselineScore")}
		ch.Name, _ = c.Attr("name")
		ch.Reason, _ = c.Attr("reasonCode")
		if _, own := c.Attr("baselineScore"); own {
			ch.Baseline = r.decimal(c, "baselineScore")
		} else if !common && card.UseReasons {
			r.Note(c.At(), "no baseline score: its reason codes are measured from 0")
		}
		for _, a := range c.Children {
			if a.Name == "Attribute" {
				ch.Attributes = append(ch.Attributes, r.attribute(s, a))
			}
		}
		if card.UseReasons && !hasReason(ch) {
			r.Note(c.At(), "an attribute without a reason code: it has no reason although the file uses reason codes")
		}
		card.Characteristics = append(card.Characteristics, ch)
	}
	if err := card.Prepare(); err != nil {
		r.Fault(list.At(), "%s", err)
	}
	return card
}

func hasReason(ch scorecard.Characteristic) bool {
	for _, a := range ch.Attributes {
		if a.Reason == "" && ch.Reason == "" {
			return false
		}
	}
	return true
}

func (r *reader) attribute(s *formula.Scope, e *xmltree.Element) scorecard.Attribute {
	a := scorecard.Attribute{When: s.Predicate(e)}
	a.Reason, _ = e.Attr("reasonCode")
	_, simple := e.Attr("partialScore")
	complex := e.Child("ComplexPartialScore")
	switch {
	case simple && complex == nil:
		a.Points = r.decimal(e, "partialScore")
	case complex != nil && !simple:
		a.Formula, _ = s.Expression(expressionIn(complex))
		if a.Formula == nil {
			r.Fault(complex.At(), "no expression")
		}
	default:
		r.Fault(e.At(), "not exactly one of partialScore and <ComplexPartialScore>")
	}
	return a
}

// decimal reads an attribute exactly; one that is not there is 0.
func (r *reader) decimal(e *xmltree.Element, name string) value.Decimal {
	text, ok := e.Attr(name)
	if !ok {
		return value.Decimal{}
	}
	d, err := value.ParseDecimal(text)
	if err != nil {
		r.Fault(e.At(), "attribute %s: %s", name, err)
	}
	return d
}

// reasonRanks is the lowest rank for which there is an output, 0 where there are none.
func reasonRanks(e *xmltree.Element) (lowest int) {
	for _, c := range childrenOf(e.Child("Output"), "OutputField") {
		if feature, _ := c.Attr("feature"); feature == "reasonCode" {
			rank, _ := reasonRank(c)
			lowest = max(lowest, rank)
		}
	}
	return lowest
}

// reasonRank is the rank of an output for a reason code, 1 where it names none.
func reasonRank(e *xmltree.Element) (rank int, ok bool) {
	text, given := e.Attr("rank")
	if !given {
		return 1, true
	}
	rank, err := strconv.Atoi(text)
	return rank, err == nil && rank >= 1
}
