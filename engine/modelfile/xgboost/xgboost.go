// Package xgboost reads the model files of XGBoost 1.0 and later, JSON and UBJSON, with one output: regressions, ranking,
// counts and binary classification by gradient boosted trees, DART included.
//
// It refuses, naming what and where: models of several classes or targets, linear boosters, trees with vector leaves,
// objectives that it does not know, and structures that are no trees. It notes keys that it does not know. What a file
// says about training only (statistics of nodes, configuration) has no part in a prediction and is left aside.
//
// Sources: XGBoost's "Introduction to Model IO" and its model schema; the library's regression_loss.h for base_score
// and the transforms.
package xgboost

import (
	"math"
	"slices"

	"weir/engine/modelfile/boosted"
	"weir/engine/modelfile/jsontree"
	"weir/engine/modelfile/refusal"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
)

// Is tells whether a tree is an XGBoost model.
func Is(root *jsontree.Value) bool { return root.Has("learner") }

// Read makes a model of a tree. If the file names a best iteration (early stopping), only the rounds up to it are used, as
// the library's scikit-learn interface does, and a note says so. The error is a *refusal.Error with all faults.
func Read(root *jsontree.Value, file string) (*scoring.Model, error) {
	r := &reader{List: refusal.List{File: file}, learner: root.Get("learner")}
	r.unknown(root, "", "learner", "version", "config", "Config")
	r.unknown(r.learner, "learner", "attributes", "feature_names", "feature_types", "gradient_booster", "learner_model_param",
		"objective", "learner_train_param", "metrics", "default_metric")
	r.readBooster()
	r.readParameters()
	r.readFeatures()
	r.readTrees()
	r.readObjective()
	if err := r.Err(); err != nil {
		return nil, err
	}
	return &scoring.Model{
		Format: "XGBoost" + version(root),
		Inputs: r.inputs, Slots: len(r.inputs),
		Root:  &scoring.Unit{Predictor: &r.forest},
		Notes: r.Notes(),
	}, nil
}

func version(root *jsontree.Value) string {
	v, ok := root.Get("version").Ints()
	if !ok || len(v) < 2 {
		return ""
	}
	return " " + value.FromNumber(float64(v[0])).Literal() + "." + value.FromNumber(float64(v[1])).Literal()
}

type reader struct {
	refusal.List
	learner    *jsontree.Value
	model      *jsontree.Value // gradient_booster.model
	weightDrop *jsontree.Value // null where there is none

	features int
	base     float32
	inputs   []scoring.Input
	forest   boosted.Forest
}

// unknown notes the keys of an object that are not known.
func (r *reader) unknown(v *jsontree.Value, what string, known ...string) {
	for i := range v.Members {
		m := &v.Members[i]
		if !slices.Contains(known, m.Key) {
			r.Note(m.Value.At(what), "key %.60q is not known and has no part in the prediction", m.Key)
		}
	}
}

// readBooster finds the trees and the weights of DART, which stand in different places in different versions.
func (r *reader) readBooster() {
	booster := r.learner.Get("gradient_booster")
	if booster.Get("name").Text == "gblinear" {
		r.Fault(booster.At("gradient_booster"), "a linear booster: export its weights as a PMML RegressionModel")
		return
	}
	r.model, r.weightDrop = booster.Get("model"), &jsontree.Value{}
	inner := booster.Get("gbtree")
	if r.model.Kind != jsontree.Object {
		r.model = inner.Get("model")
	}
	for _, holder := range []*jsontree.Value{booster, inner, r.model} {
		if w := holder.Get("weight_drop"); w.IsArray() && w.Len() > 0 {
			r.weightDrop = w
		}
	}
	if r.model.Kind != jsontree.Object {
		r.Fault(booster.At("gradient_booster"), "no model of trees in it")
	}
	r.unknown(booster, "gradient_booster", "name", "model", "gbtree", "weight_drop", "gbtree_train_param", "tree_train_param",
		"dart_train_param", "updater", "updater_seq", "specified_updater")
	r.unknown(r.model, "model", "gbtree_model_param", "trees", "tree_info", "iteration_indptr", "cats", "weight_drop")
}

// readParameters reads the shape of the model and its base score.
func (r *reader) readParameters() {
	parameters := r.learner.Get("learner_model_param")
	at := parameters.At("learner_model_param")
	features, ok := parameters.Get("num_feature").Int()
	if !ok || features < 1 || features > MaxFeatures {
		r.Fault(at, "num_feature is not between 1 and %d", MaxFeatures)
	}
	r.features = features
	if classes, ok := parameters.Get("num_class").Int(); parameters.Has("num_class") && (!ok || classes > 1) {
		r.Fault(at, "a model of several classes: train one model per class, or one of good against bad")
	}
	if targets, ok := parameters.Get("num_target").Int(); parameters.Has("num_target") && (!ok || targets > 1) {
		r.Fault(at, "a model of several targets: export one model per target")
	}
	base, ok := baseScore(parameters.Get("base_score"))
	if !ok {
		r.Fault(parameters.Get("base_score").At("base_score"), "not one finite number")
	}
	r.base = base
}

// MaxFeatures is the most features that a model may have.
const MaxFeatures = 100_000

// baseScore reads a number, a text of a number, or either as an array of one ("[2.5E-1]").
func baseScore(v *jsontree.Value) (float32, bool) {
	if v.Kind == jsontree.Null {
		return 0.5, true
	}
	if v.Kind == jsontree.Text && len(v.Text) > 0 && v.Text[0] == '[' {
		inner, err := jsontree.ParseJSON([]byte(v.Text), "base_score")
		if err != nil {
			return 0, false
		}
		v = inner
	}
	if v.IsArray() {
		numbers, ok := v.Float32s()
		return first(numbers), ok && len(numbers) == 1 && !isNaN(numbers[0])
	}
	if v.Kind != jsontree.Text && v.Kind != jsontree.Number {
		return 0, false
	}
	x, ok := value.ParseSingle(v.Text)
	return x, ok && !math.IsInf(float64(x), 0)
}

func first(numbers []float32) float32 {
	if len(numbers) == 0 {
		return 0
	}
	return numbers[0]
}
