package pmml

import (
	"weir/engine/modelfile/ensemble"
	"weir/engine/modelfile/pmml/formula"
	"weir/engine/modelfile/pmml/xmltree"
	"weir/engine/modelfile/scoring"
)

var (
	regressionMethods = map[string]ensemble.Method{"sum": ensemble.Sum, "weightedSum": ensemble.WeightedSum,
		"x-weightedSum": ensemble.WeightedSum, "average": ensemble.Average, "weightedAverage": ensemble.WeightedAverage,
		"median": ensemble.Median, "max": ensemble.Max, "selectFirst": ensemble.SelectFirst, "modelChain": ensemble.Chain}
	classificationMethods = map[string]ensemble.Method{"average": ensemble.Average, "weightedAverage": ensemble.WeightedAverage,
		"majorityVote": ensemble.MajorityVote, "weightedMajorityVote": ensemble.WeightedMajorityVote,
		"selectFirst": ensemble.SelectFirst, "modelChain": ensemble.Chain}
	missingPredictions = map[string]ensemble.OnMissing{"continue": ensemble.Continue, "skipSegment": ensemble.Skip,
		"returnMissing": ensemble.Return}
)

// ensemble reads a MiningModel. The outputs of a chain's segments are known to the segments behind them.
func (r *reader) ensemble(s *formula.Scope, e *xmltree.Element, root bool) scoring.Predictor {
	m := &ensemble.Model{Single: single(e)}
	segmentation := e.Child("Segmentation")
	if segmentation == nil {
		r.Fault(e.At(), "no segmentation")
		return m
	}
	methods := regressionMethods
	if function(e) == "classification" {
		methods = classificationMethods
	}
	method, _ := segmentation.Attr("multipleModelMethod")
	known := false
	if m.Method, known = methods[method]; !known {
		r.Fault(segmentation.At(), "multipleModelMethod=%.40q is not supported for a %s", method, function(e))
	}
	for _, attribute := range []string{"missingPredictionTreatment", "x-missingPredictionTreatment"} {
		m.Missing = max(m.Missing, formula.Choice(s, segmentation, attribute, ensemble.Continue, missingPredictions))
	}
	for _, attribute := range []string{"missingThreshold", "x-missingThreshold"} {
		if s.Number(segmentation, attribute, 1) != 1 {
			r.Fault(segmentation.At(), "attribute %s is not supported", attribute)
		}
	}
	for _, c := range segmentation.Children {
		if c.Name == "Segment" {
			m.Segments = append(m.Segments, r.segment(s, c, e, m.Method, root))
		}
	}
	if len(m.Segments) == 0 {
		r.Fault(segmentation.At(), "no segment")
	}
	return m
}

func (r *reader) segment(outer *formula.Scope, e, model *xmltree.Element, method ensemble.Method, root bool) ensemble.Segment {
	segment := ensemble.Segment{When: outer.Predicate(e), Weight: outer.Number(e, "weight", 1)}
	segment.ID, _ = e.Attr("id")
	nested := modelIn(e)
	if nested == nil {
		r.Fault(e.At(), "no model in it")
		return segment
	}
	chained := method == ensemble.Chain || method == ensemble.SelectFirst
	if !chained && function(nested) != function(model) {
		r.Fault(nested.At(), "a %.20s as part of a %.20s", function(nested), function(model))
	}
	if method == ensemble.WeightedSum || method == ensemble.WeightedAverage || method == ensemble.WeightedMajorityVote {
		outer.Required(e, "weight")
	}
	s := formula.NewScope(r.File, outer)
	t := r.schema(s, nested, false)
	segment.Unit = r.unit(s, nested, t, root && method == ensemble.Chain)
	if method == ensemble.Chain {
		for _, o := range segment.Unit.Outputs {
			outer.Alias(o.Name, formula.Field{Slot: o.Slot, Type: o.Type})
		}
	}
	if nested.Child("ModelVerification") != nil {
		r.Note(nested.At(), "the verification records of a segment are not run")
	}
	return segment
}

// modelIn is the model of a segment, or nil.
func modelIn(segment *xmltree.Element) (model *xmltree.Element) {
	for _, c := range segment.Children {
		if isModel(c.Name) {
			model = c
		}
	}
	return model
}

// chainTarget is what the last model of a chain predicts, and so the chain, which may list as targets what the others
// predict as well. It is empty where there is none.
func chainTarget(e *xmltree.Element) (name string) {
	segmentation := e.Child("Segmentation")
	if segmentation == nil {
		return ""
	}
	segments := childrenOf(segmentation, "Segment")
	if method, _ := segmentation.Attr("multipleModelMethod"); method != "modelChain" || len(segments) == 0 {
		return ""
	}
	last := modelIn(segments[len(segments)-1])
	if last == nil {
		return ""
	}
	for _, field := range childrenOf(last.Child("MiningSchema"), "MiningField") {
		if usage, _ := field.Attr("usageType"); isTarget(usage) {
			name, _ = field.Attr("name")
		}
	}
	return name
}
