package modelfile_test

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"weir/engine/modelfile/jsontree"
	"weir/engine/modelfile/jsontree/ubjtest"
)

// The fixtures are made here, in the layouts of the libraries, from a seed: as large as a benchmark wants them.

// columns is one XGBoost tree as parallel arrays, a complete binary tree of some depth on numbered features.
func xgboostTree(r *rand.Rand, depth, features int) string {
	splits, nodes := 1<<depth-1, 1<<(depth+1)-1
	list := func(of func(i int) string) string {
		words := make([]string, nodes)
		for i := range words {
			words[i] = of(i)
		}
		return "[" + strings.Join(words, ",") + "]"
	}
	number := func(int) string { return fmt.Sprintf("%.6E", r.NormFloat64()) }
	zero := func(int) string { return "0" }
	child := func(offset int) func(int) string {
		return func(i int) string {
			if i < splits {
				return fmt.Sprint(2*i + offset)
			}
			return "-1"
		}
	}
	return `{"base_weights":` + list(number) + `,"categories":[],"categories_nodes":[],"categories_segments":[],"categories_sizes":[],"default_left":` +
		list(func(int) string { return fmt.Sprint(r.IntN(2)) }) + `,"id":0,"left_children":` + list(child(1)) + `,"loss_changes":` + list(number) +
		`,"parents":` + list(zero) + `,"right_children":` + list(child(2)) + `,"split_conditions":` + list(number) + `,"split_indices":` +
		list(func(int) string { return fmt.Sprint(r.IntN(features)) }) + `,"split_type":` + list(zero) + `,"sum_hessian":` + list(number) +
		`,"tree_param":{"num_deleted":"0","num_feature":"` + fmt.Sprint(features) + `","num_nodes":"` + fmt.Sprint(nodes) + `","size_leaf_vector":"1"}}`
}

func xgboostJSON(trees, depth, features int) string {
	r := rand.New(rand.NewPCG(1, 2))
	all := make([]string, trees)
	for i := range all {
		all[i] = xgboostTree(r, depth, features)
	}
	zeros := strings.TrimSuffix(strings.Repeat("0,", trees), ",")
	return `{"learner":{"attributes":{},"feature_names":[],"feature_types":[],"gradient_booster":{"model":{"gbtree_model_param":{"num_parallel_tree":"1","num_trees":"` +
		fmt.Sprint(trees) + `"},"tree_info":[` + zeros + `],"trees":[` + strings.Join(all, ",\n") + `]},"name":"gbtree"},"learner_model_param":{"base_score":"[5E-1]","num_class":"0","num_feature":"` +
		fmt.Sprint(features) + `","num_target":"1"},"objective":{"name":"binary:logistic"}},"version":[3,0,0]}`
}

func xgboostUBJ(trees, depth, features int) string {
	tree, err := jsontree.ParseJSON([]byte(xgboostJSON(trees, depth, features)), "f")
	if err != nil {
		panic(err)
	}
	return string(ubjtest.Encode(tree))
}

func lightgbmText(trees, depth, features int) string {
	r := rand.New(rand.NewPCG(3, 4))
	splits := 1<<depth - 1
	names := make([]string, features)
	for i := range names {
		names[i] = fmt.Sprint("f", i)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=%d\nobjective=binary sigmoid:1\nfeature_names=%s\n",
		features-1, strings.Join(names, " "))
	words := func(key string, n int, of func(i int) string) {
		all := make([]string, n)
		for i := range all {
			all[i] = of(i)
		}
		fmt.Fprintf(&b, "%s=%s\n", key, strings.Join(all, " "))
	}
	child := func(offset int) func(int) string {
		return func(i int) string {
			if c := 2*i + offset; c < splits {
				return fmt.Sprint(c)
			} else {
				return fmt.Sprint(-(c - splits) - 1)
			}
		}
	}
	for t := range trees {
		fmt.Fprintf(&b, "\nTree=%d\nnum_leaves=%d\nnum_cat=0\n", t, splits+1)
		words("split_feature", splits, func(int) string { return fmt.Sprint(r.IntN(features)) })
		words("threshold", splits, func(int) string { return fmt.Sprint(r.NormFloat64()) })
		words("decision_type", splits, func(int) string { return fmt.Sprint([]int{0, 2, 8, 10}[r.IntN(4)]) })
		words("left_child", splits, child(1))
		words("right_child", splits, child(2))
		words("leaf_value", splits+1, func(int) string { return fmt.Sprint(r.NormFloat64() / 10) })
		b.WriteString("is_linear=0\nshrinkage=0.1\n\n")
	}
	b.WriteString("\nend of trees\n\npandas_categorical:null\n")
	return b.String()
}

func pmmlDocument(features int, model string) string {
	var fields, schema strings.Builder
	for i := range features {
		fmt.Fprintf(&fields, `<DataField name="f%d" optype="continuous" dataType="double"/>`+"\n", i)
		fmt.Fprintf(&schema, `<MiningField name="f%d"/>`, i)
	}
	return `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>` + fields.String() +
		`<DataField name="y" optype="continuous" dataType="double"/></DataDictionary>` + "\n" +
		strings.ReplaceAll(model, "SCHEMA", "<MiningSchema>"+schema.String()+`<MiningField name="y" usageType="target"/></MiningSchema>`) + "</PMML>"
}

func pmmlScorecard(features, bins int) string {
	var b strings.Builder
	for i := range features {
		fmt.Fprintf(&b, `<Characteristic name="c%d" reasonCode="R%d" baselineScore="%d">`, i, i, bins)
		fmt.Fprintf(&b, `<Attribute partialScore="-1.5"><SimplePredicate field="f%d" operator="isMissing"/></Attribute>`, i)
		for k := range bins - 1 {
			fmt.Fprintf(&b, `<Attribute partialScore="%d.25"><SimplePredicate field="f%d" operator="lessThan" value="%g"/></Attribute>`+"\n", k, i, float64(k)/4-1)
		}
		fmt.Fprintf(&b, `<Attribute partialScore="%d"><True/></Attribute></Characteristic>`, bins)
	}
	return pmmlDocument(features, `<Scorecard functionName="regression" initialScore="300">SCHEMA<Output><OutputField name="r1" feature="reasonCode" rank="1" dataType="string"/></Output><Characteristics>`+
		b.String()+`</Characteristics></Scorecard>`)
}

func pmmlRegression(features int) string {
	var b strings.Builder
	for i := range features {
		fmt.Fprintf(&b, `<NumericPredictor name="f%d" exponent="%d" coefficient="0.%d"/>`+"\n", i, i%3+1, i+1)
	}
	return pmmlDocument(features, `<RegressionModel functionName="regression" normalizationMethod="logit">SCHEMA<RegressionTable intercept="-1">`+b.String()+`</RegressionTable></RegressionModel>`)
}

func pmmlGeneral(features int) string {
	var list, covariates, cells, coefficients strings.Builder
	for i := range features {
		fmt.Fprintf(&list, `<Parameter name="p%d"/>`, i)
		fmt.Fprintf(&covariates, `<Predictor name="f%d"/>`, i)
		fmt.Fprintf(&cells, `<PPCell value="%d" predictorName="f%d" parameterName="p%d"/>`+"\n", i%2+1, i, i)
		fmt.Fprintf(&coefficients, `<PCell parameterName="p%d" beta="0.%d"/>`+"\n", i, i+1)
	}
	return pmmlDocument(features, `<GeneralRegressionModel functionName="regression" modelType="generalizedLinear" linkFunction="logit">SCHEMA<ParameterList>`+list.String()+
		`</ParameterList><CovariateList>`+covariates.String()+`</CovariateList><PPMatrix>`+cells.String()+`</PPMatrix><ParamMatrix>`+coefficients.String()+`</ParamMatrix></GeneralRegressionModel>`)
}

// pmmlNode is a tree of nodes whose second child takes all that the first does not.
func pmmlNode(r *rand.Rand, depth, features int, predicate string) string {
	if depth == 0 {
		return fmt.Sprintf(`<Node score="%.6f">%s</Node>`, r.NormFloat64()/10, predicate)
	}
	field, threshold := r.IntN(features), r.NormFloat64()
	left := pmmlNode(r, depth-1, features, fmt.Sprintf(`<SimplePredicate field="f%d" operator="lessThan" value="%.6f"/>`, field, threshold))
	return `<Node>` + predicate + "\n" + left + pmmlNode(r, depth-1, features, "<True/>") + `</Node>`
}

func pmmlTree(r *rand.Rand, depth, features int) string {
	return `<TreeModel functionName="regression">SCHEMA` + pmmlNode(r, depth, features, "<True/>") + `</TreeModel>`
}

func pmmlForest(trees, depth, features int) string {
	r := rand.New(rand.NewPCG(5, 6))
	var b strings.Builder
	for i := range trees {
		fmt.Fprintf(&b, `<Segment id="%d"><True/>%s</Segment>`+"\n", i, pmmlTree(r, depth, features))
	}
	return pmmlDocument(features, `<MiningModel functionName="regression">SCHEMA<Segmentation multipleModelMethod="sum">`+b.String()+`</Segmentation></MiningModel>`)
}

func toadCard(features, bins int) string {
	var b strings.Builder
	for i := range features {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, `"f%d": {"[-inf ~ -1)": 1.5`, i)
		for k := range bins - 2 {
			fmt.Fprintf(&b, `, "[%g ~ %g)": %d.25`, float64(k)/4-1, float64(k+1)/4-1, k)
		}
		fmt.Fprintf(&b, `, "[%g ~ inf)": -3, "nan": 0}`, float64(bins-2)/4-1)
	}
	return "{" + b.String() + "}"
}

// toadCSV and scorecardpyCard are the tables of cards of the same size.
func toadCSV(features, bins int) string {
	return "name,value,score\n" + tableOf(features, bins, " ~ ", "nan")
}

func scorecardpyCard(features, bins int) string {
	return "variable,bin,points\nbasepoints,,450\n" + tableOf(features, bins, ",", "missing")
}

func tableOf(features, bins int, to, missing string) string {
	var b strings.Builder
	for i := range features {
		left := "-inf"
		for k := range bins - 1 {
			right := fmt.Sprint(float64(k)/4 - 1)
			fmt.Fprintf(&b, "f%d,\"[%s%s%s)\",%d\n", i, left, to, right, k)
			left = right
		}
		fmt.Fprintf(&b, "f%d,\"[%s%sinf)\",-3\nf%d,%s,1\n", i, left, to, i, missing)
	}
	return b.String()
}

const scorecardpyTable = "variable,bin,points\nbasepoints,,450\nf0,\"[-inf,0.0)\",-12\nf0,\"[0.0,inf)\",8\nf0,missing,3\n"
