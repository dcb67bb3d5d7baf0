// Package vocabulary knows which elements and attributes of PMML 3.1 to 4.4 the importer carries, so that nothing in a
// file is passed over in silence: an element that is not listed is a fault, an attribute that is not listed is a note,
// and what PMML itself calls information (headers, statistics, explanations, extensions) is left aside.
//
// It refuses no combination of values; that is for the importer. Source: PMML 4.4, and the schemas of 3.1 to 4.3 where
// they differ.
package vocabulary

import (
	"strings"
	"sync"

	"weir/engine/modelfile/pmml/xmltree"
	"weir/engine/modelfile/refusal"
)

const (
	models      = "Scorecard RegressionModel GeneralRegressionModel TreeModel MiningModel"
	expressions = "Constant FieldRef NormContinuous NormDiscrete Discretize MapValues Apply"
	predicates  = "SimplePredicate CompoundPredicate SimpleSetPredicate True False"
	anyModel    = "modelName functionName algorithmName isScorable x-mathContext"
	inModel     = "MiningSchema Output Targets LocalTransformations ModelVerification"
)

// entry lists what an element may have.
type entry struct {
	attributes, children string
}

// known is the vocabulary. Elements that only inform are in ignored instead.
var known = map[string]entry{
	"PMML":                     {"version x-baseVersion", "DataDictionary TransformationDictionary " + models},
	"DataDictionary":           {"numberOfFields", "DataField"},
	"DataField":                {"name displayName optype dataType isCyclic taxonomy", "Interval Value"},
	"Interval":                 {"closure leftMargin rightMargin", ""},
	"Value":                    {"value displayValue property", ""},
	"TransformationDictionary": {"", "DerivedField"},
	"LocalTransformations":     {"", "DerivedField"},
	"DerivedField":             {"name displayName optype dataType", expressions + " Value"},
	"MiningSchema":             {"", "MiningField"},
	"MiningField": {"name usageType optype importance outliers lowValue highValue missingValueReplacement missingValueTreatment " +
		"invalidValueTreatment invalidValueReplacement x-invalidValueReplacement", ""},
	"Targets":     {"", "Target"},
	"Target":      {"field optype castInteger min max rescaleConstant rescaleFactor", "TargetValue"},
	"TargetValue": {"value displayValue priorProbability defaultValue", ""},
	"Output":      {"", "OutputField"},
	"OutputField": {"name displayName optype dataType targetField feature value rank isFinalResult segmentId x-reportField " +
		"ruleFeature algorithm rankBasis rankOrder isMultiValued", expressions},

	"Constant":        {"dataType missing", ""},
	"FieldRef":        {"field mapMissingTo", ""},
	"NormContinuous":  {"field mapMissingTo outliers", "LinearNorm"},
	"LinearNorm":      {"orig norm", ""},
	"NormDiscrete":    {"field value mapMissingTo method", ""},
	"Discretize":      {"field mapMissingTo defaultValue dataType", "DiscretizeBin"},
	"DiscretizeBin":   {"binValue", "Interval"},
	"MapValues":       {"mapMissingTo defaultValue outputColumn dataType", "FieldColumnPair InlineTable"},
	"FieldColumnPair": {"field column", ""},
	"InlineTable":     {"", "row"},
	"Apply":           {"function mapMissingTo defaultValue invalidValueTreatment", expressions},

	"SimplePredicate":    {"field operator value", ""},
	"CompoundPredicate":  {"booleanOperator", predicates},
	"SimpleSetPredicate": {"field booleanOperator", "Array"},
	"Array":              {"n type", ""},
	"True":               {"", ""},
	"False":              {"", ""},

	"Scorecard": {anyModel + " initialScore useReasonCodes reasonCodeAlgorithm baselineScore baselineMethod",
		inModel + " Characteristics"},
	"Characteristics":     {"", "Characteristic"},
	"Characteristic":      {"name reasonCode baselineScore", "Attribute"},
	"Attribute":           {"reasonCode partialScore", predicates + " ComplexPartialScore"},
	"ComplexPartialScore": {"", expressions},

	"RegressionModel": {anyModel + " modelType targetFieldName normalizationMethod", inModel + " RegressionTable"},
	"RegressionTable": {"intercept targetCategory", "NumericPredictor CategoricalPredictor PredictorTerm"},

	"NumericPredictor":     {"name exponent coefficient", ""},
	"CategoricalPredictor": {"name value coefficient", ""},
	"PredictorTerm":        {"name coefficient", "FieldRef"},

	"GeneralRegressionModel": {anyModel + " modelType targetVariableName targetReferenceCategory linkFunction cumulativeLink " +
		"linkParameter trialsVariable trialsValue distribution distParameter offsetVariable offsetValue modelDF " +
		"endTimeVariable startTimeVariable subjectIDVariable statusVariable baselineStrataVariable",
		inModel + " ParameterList FactorList CovariateList PPMatrix ParamMatrix"},
	"ParameterList": {"", "Parameter"},
	"Parameter":     {"name label referencePoint", ""},
	"FactorList":    {"", "Predictor"},
	"CovariateList": {"", "Predictor"},
	"Predictor":     {"name contrastMatrixType", "Categories"},
	"Categories":    {"", "Category"},
	"Category":      {"value", ""},
	"PPMatrix":      {"", "PPCell"},
	"PPCell":        {"value predictorName parameterName targetCategory", ""},
	"ParamMatrix":   {"", "PCell"},
	"PCell":         {"targetCategory parameterName beta df", ""},

	"TreeModel": {anyModel + " missingValueStrategy missingValuePenalty noTrueChildStrategy splitCharacteristic",
		inModel + " Node"},
	"Node":              {"id score recordCount defaultChild", predicates + " ScoreDistribution Node"},
	"ScoreDistribution": {"value recordCount confidence probability", ""},

	"MiningModel": {anyModel, inModel + " Segmentation"},
	"Segmentation": {"multipleModelMethod missingPredictionTreatment missingThreshold x-missingPredictionTreatment " +
		"x-missingThreshold", "Segment"},
	"Segment": {"id weight", predicates + " " + models},

	"ModelVerification":  {"recordCount fieldCount", "VerificationFields InlineTable"},
	"VerificationFields": {"", "VerificationField"},
	"VerificationField":  {"field column precision zeroThreshold", ""},
}

// allowed is the vocabulary in sets.
type allowed struct {
	attributes, children map[string]bool
}

var sets = sync.OnceValue(func() map[string]allowed {
	all := make(map[string]allowed, len(known))
	for name, e := range known {
		all[name] = allowed{set(e.attributes), set(e.children)}
	}
	return all
})

func set(words string) map[string]bool {
	all := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		all[word] = true
	}
	return all
}

// ignored are the elements that inform people and have no part in a score.
var ignored = set("Extension Header MiningBuildTask ModelStats ModelExplanation ModelLiftGraph Partition PCovMatrix")

// Check walks a document and records its faults and notes in list. A row of an inline table is not looked into.
func Check(list *refusal.List, root *xmltree.Element) {
	entry, ok := sets()[root.Name]
	if !ok {
		list.Fault(root.At(), "element is not supported")
		return
	}
	attributes(list, root, entry)
	for _, child := range root.Children {
		switch {
		case ignored[child.Name]:
		case child.Name == "row" && root.Name == "InlineTable":
		case !entry.children[child.Name]:
			list.Fault(child.At(), "element is not supported in <%.60s>", root.Name)
		default:
			Check(list, child)
		}
	}
	if len(root.Children) > 0 || root.Name == "Constant" || root.Name == "Array" {
		return
	}
	if strings.TrimSpace(root.Text) != "" {
		list.Fault(root.At(), "text where none is expected")
	}
}

func attributes(list *refusal.List, e *xmltree.Element, entry allowed) {
	for _, a := range e.Attributes {
		if a.Prefix == "xsi" || a.Prefix == "xml" {
			continue
		}
		if a.Prefix != "" || !entry.attributes[a.Name] {
			list.Note(e.At(), "attribute %.60q is not known and is left aside", a.Name)
		}
	}
}
