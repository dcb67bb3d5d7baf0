package lightgbm

import (
	"maps"
	"slices"
	"strings"

	"weir/engine/modelfile/boosted"
	"weir/engine/modelfile/jsontree"
	"weir/engine/modelfile/link"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
)

var headerKeys = map[string]bool{"version": true, "num_class": true, "num_tree_per_iteration": true, "label_index": true,
	"max_feature_idx": true, "objective": true, "average_output": true, "feature_names": true, "monotone_constraints": true,
	"feature_infos": true, "tree_sizes": true}

func (r *reader) readHeader(b *block) {
	r.unknown(b, headerKeys)
	switch v := b.text("version"); v {
	case "v2", "v3", "v4":
	default:
		r.Fault(b.at("version"), "version %.20q is not one of v2, v3, v4: save the model again with a current LightGBM", v)
	}
	if r.int(b, "num_class", 1) != 1 || r.int(b, "num_tree_per_iteration", 1) != 1 {
		r.Fault(b.at("num_class"), "a model of several classes: train one model per class, or one of good against bad")
	}
	if sizes := len(fields(b.text("tree_sizes"), MaxTrees+1)); sizes > 0 && sizes != r.trees {
		r.Fault(b.at("tree_sizes"), "%d sizes for %d trees", sizes, r.trees)
	}
	names := fields(b.text("feature_names"), MaxFeatures+1)
	if last := r.int(b, "max_feature_idx", -1); last+1 != len(names) || last < 0 || last >= MaxFeatures {
		r.Fault(b.at("feature_names"), "not one name for each of max_feature_idx+1 features, of which %d are allowed", MaxFeatures)
		return
	}
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] {
			r.Fault(b.at("feature_names"), "feature %.60q is named twice", name)
		}
		seen[name] = true
		r.inputs = append(r.inputs, scoring.Input{Name: name, Type: value.Double})
		r.forest.Features = append(r.forest.Features, boosted.Feature{Name: name})
	}
}

// fields are the first words of a line, at most so many.
func fields(text string, most int) (words []string) {
	for word := range strings.FieldsSeq(text) {
		if len(words) == most {
			break
		}
		words = append(words, word)
	}
	return words
}

// unknown notes the keys that are not known, in their order.
func (r *reader) unknown(b *block, known map[string]bool) {
	for _, key := range slices.Sorted(maps.Keys(b.values)) {
		if !known[key] {
			r.Note(b.at(key), "%.40q is not known and has no part in the prediction", key)
		}
	}
}

// readObjective sets the link. The line is a name and parameters, "binary sigmoid:1".
func (r *reader) readObjective(b *block) {
	f := &r.forest
	f.Divisor, f.Scale = 1, 1
	if _, averaged := b.values["average_output"]; averaged {
		f.Divisor = float64(max(len(f.Trees), 1))
	}
	words := fields(b.text("objective"), maxKeys)
	if len(words) == 0 {
		r.Note(b.at("objective"), "no objective: the sum of the trees is the prediction")
		return
	}
	switch words[0] {
	case "binary", "cross_entropy", "xentropy":
		f.Link, f.Classes = link.Logit, [2]string{"0", "1"}
	case "cross_entropy_lambda", "xentlambda":
		f.Link = link.Log1pExp
	case "poisson", "gamma", "tweedie":
		f.Link = link.Exp
	case "regression", "regression_l2", "l2", "mean_squared_error", "mse", "regression_l1", "l1", "huber", "fair", "quantile",
		"mape", "lambdarank", "rank_xendcg", "custom":
	default:
		r.Fault(b.at("objective"), "objective %.40q is not supported: multi-class ones need one model per class", words[0])
	}
	for _, word := range words[1:] {
		r.parameter(b, words[0], word)
	}
}

func (r *reader) parameter(b *block, objective, word string) {
	name, text, _ := strings.Cut(word, ":")
	switch {
	case name == "sigmoid" && objective == "binary":
		x, ok := value.ParseNumber(text)
		if !ok || x <= 0 {
			r.Fault(b.at("objective"), "sigmoid is not a positive number")
		}
		r.forest.Scale = x
	case name == "sqrt":
		r.forest.Link = link.SignedSquare
	}
}

// readCategories maps the texts of pandas categories to codes. The file lists them in the order of the categorical columns
// without naming these; a column is categorical where its feature_infos is a list of codes. Where the two do not agree in
// number, nobody can tell which list belongs to which column, and the file is refused.
func (r *reader) readCategories(b *block) {
	if r.pandas == "" || r.pandas == "null" || r.pandas == "[]" {
		return
	}
	lists, err := jsontree.ParseJSON([]byte(r.pandas), r.File)
	at := b.at("pandas_categorical")
	at.Line = r.line
	if err != nil || lists.Kind != jsontree.List {
		r.Fault(at, "not a JSON list of lists")
		return
	}
	var columns []int
	for i, info := range fields(b.text("feature_infos"), len(r.inputs)) {
		if !strings.HasPrefix(info, "[") && info != "none" {
			columns = append(columns, i)
		}
	}
	if len(columns) != lists.Len() {
		r.Fault(at, "%d lists of categories for %d categorical features: train with categories as numbers", lists.Len(), len(columns))
		return
	}
	for k, i := range columns {
		r.category(i, &lists.Items[k])
	}
}

func (r *reader) category(i int, list *jsontree.Value) {
	codes := map[string]int32{}
	numeric := true
	for _, word := range words(list) {
		_, isNumber := value.ParseNumber(word)
		numeric = numeric && isNumber
	}
	for code, word := range words(list) {
		if x, ok := value.ParseNumber(word); ok && numeric {
			word = value.FromNumber(x).Literal()
		}
		codes[word] = int32(code)
	}
	if len(codes) != list.Len() || len(codes) == 0 {
		r.Fault(list.At("pandas_categorical"), "categories of %.60q that are neither distinct texts nor distinct numbers", r.inputs[i].Name)
		return
	}
	r.forest.Features[i].Codes = codes
	if !numeric || list.Kind != jsontree.Numbers {
		r.inputs[i].Type = value.String
	}
}

// words are the texts or numbers of a list as written.
func words(list *jsontree.Value) []string {
	if list.Kind == jsontree.Numbers {
		numbers, _ := list.Float64s()
		var all []string
		for _, x := range numbers {
			all = append(all, value.FromNumber(x).Literal())
		}
		return all
	}
	var all []string
	for i := range list.Items {
		all = append(all, list.Items[i].Text)
	}
	return all
}
