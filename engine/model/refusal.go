package model

import "fmt"

// Rule names a rule that a version can break. The list only grows: agents and tests compare these words.
type Rule string

// The rules of form hold under every policy; the last three are a consortium's Policy.
const (
	RuleNames      Rule = "names"      // parameter set, chain, bank, name and version are registered words
	RuleRange      Rule = "range"      // low < high
	RuleBase       Rule = "base"       // baseC is an encoded point of the prime subgroup
	RuleGroups     Rule = "groups"     // group 0 in use, none above 3
	RuleParties    Rule = "parties"    // 2 to 8, sorted by id, each once
	RuleEdges      Rule = "edges"      // 1 ≤ e_1 ≤ … ≤ e_7 ≤ 2^32
	RuleMap        Rule = "map"        // a line reads one of 32 features
	RuleCaps       Rule = "caps"       // B_g < 2^17, zero in groups not in use
	RuleResolution Rule = "resolution" // Π_g (1 + Σ B_g) ≤ 2^resolution, and no characteristic above half of it
	RuleSchema     Rule = "schema"     // the slice is made for this schema, and reads only features it has

	RuleMaxResolution Rule = "max_resolution"
	RuleMinFeatures   Rule = "min_features"
	RuleMinHolders    Rule = "min_holders"
)

// Refusal is why a model is not acceptable: the rule, the figure found and the limit it breaks.
type Refusal struct {
	Rule   Rule
	Figure string // what was found
	Limit  string // what is allowed
	Detail string // where, or which characteristics weigh most; may be empty
}

// Error names the rule, the figure and the limit.
func (r *Refusal) Error() string {
	text := fmt.Sprintf("model refused by rule %s: %s, allowed: %s", r.Rule, r.Figure, r.Limit)
	if r.Detail != "" {
		text += " (" + r.Detail + ")"
	}
	return text
}

func refuse(rule Rule, figure, limit any, detail string, args ...any) *Refusal {
	return &Refusal{Rule: rule, Figure: fmt.Sprint(figure), Limit: fmt.Sprint(limit), Detail: fmt.Sprintf(detail, args...)}
}
