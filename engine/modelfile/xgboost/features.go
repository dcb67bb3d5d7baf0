package xgboost

import (
	"fmt"

	"weir/engine/modelfile/boosted"
	"weir/engine/modelfile/jsontree"
	"weir/engine/modelfile/predicate"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
)

// readFeatures makes the inputs: names and types from the learner, categories from the model where the file has them.
func (r *reader) readFeatures() {
	if r.Err() != nil {
		return
	}
	names, ok := r.learner.Get("feature_names").Texts()
	types, ok2 := r.learner.Get("feature_types").Texts()
	at := r.learner.At("feature_names")
	if !ok || !ok2 || len(names) != 0 && len(names) != r.features || len(types) != 0 && len(types) != r.features {
		r.Fault(at, "names or types for another number of features than num_feature")
		return
	}
	if len(names) == 0 {
		r.Note(at, "the file names no features: they are called f0, f1, ... in the order of training")
	}
	categories := r.readCategories()
	seen := map[string]bool{}
	for i := range r.features {
		name, kind := fmt.Sprintf("f%d", i), "float"
		if len(names) > 0 {
			name = names[i]
		}
		if len(types) > 0 {
			kind = types[i]
		}
		if seen[name] {
			r.Fault(at, "feature %.60q is named twice", name)
		}
		seen[name] = true
		r.feature(name, kind, categories[i])
	}
}

// feature adds one input; categories is nil where the file lists none for it.
func (r *reader) feature(name, kind string, categories []value.Value) {
	in := scoring.Input{Name: name, Type: value.Single}
	f := boosted.Feature{Name: name}
	switch {
	case kind == "c" && categories != nil:
		in.Type = value.String
		if categories[0].Kind() == value.Number {
			in.Type = value.Double
		}
		in.Valid = predicate.NewSet(categories)
		f.Codes = make(map[string]int32, len(categories))
		for code, c := range categories {
			f.Codes[c.Literal()] = int32(code)
		}
	case kind == "c":
		r.Note(r.learner.At("feature_types"), "the file lists no categories for %.60q: its values are the codes of training", name)
	case kind != "float" && kind != "int" && kind != "i" && kind != "q":
		r.Fault(r.learner.At("feature_types"), "feature type %.20q is not known", kind)
	}
	r.inputs = append(r.inputs, in)
	r.forest.Features = append(r.forest.Features, f)
}

// readCategories reads cats.enc: for each feature its categories in the order of their codes, nil for none.
func (r *reader) readCategories() [][]value.Value {
	lists := make([][]value.Value, r.features)
	encodings := r.model.Get("cats").Get("enc")
	if encodings.Kind == jsontree.Null || encodings.Len() == 0 {
		return lists
	}
	if encodings.Kind != jsontree.List || encodings.Len() != r.features {
		r.Fault(encodings.At("enc"), "categories for another number of features than num_feature")
		return lists
	}
	for i := range encodings.Items {
		list, ok := encoding(&encodings.Items[i])
		if !ok {
			r.Fault(encodings.Items[i].At("enc"), "categories that are neither texts with offsets nor distinct numbers")
			continue
		}
		lists[i] = list
	}
	return lists
}

// encoding is one feature's categories: texts as bytes with offsets, or numbers.
func encoding(v *jsontree.Value) ([]value.Value, bool) {
	if !v.Has("offsets") {
		return numberEncoding(v.Get("values"))
	}
	offsets, ok := v.Get("offsets").Ints()
	bytes, ok2 := v.Get("values").Ints()
	if !ok || !ok2 {
		return nil, false
	}
	if len(offsets) == 0 {
		return nil, len(bytes) == 0
	}
	raw := make([]byte, len(bytes))
	for i, b := range bytes {
		raw[i] = byte(b) // int8 in the file
		if b < -128 || b > 255 {
			return nil, false
		}
	}
	if offsets[0] != 0 || int(offsets[len(offsets)-1]) != len(raw) {
		return nil, false
	}
	var list []value.Value
	for i := 1; i < len(offsets); i++ {
		if offsets[i] < offsets[i-1] || int(offsets[i]) > len(raw) {
			return nil, false
		}
		list = append(list, value.FromText(string(raw[offsets[i-1]:offsets[i]])))
	}
	return list, distinct(list)
}

func numberEncoding(v *jsontree.Value) ([]value.Value, bool) {
	numbers, ok := v.Float64s()
	if !ok {
		return nil, v.Kind == jsontree.Null
	}
	var list []value.Value
	for _, x := range numbers {
		list = append(list, value.FromNumber(x))
	}
	return list, distinct(list)
}

func distinct(list []value.Value) bool {
	seen := map[string]bool{}
	for _, v := range list {
		seen[v.Literal()] = true
	}
	return len(seen) == len(list)
}
