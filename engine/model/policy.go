package model

import (
	"fmt"
	"io"

	"weir/engine/schema/strictjson"
)

// Policy is what a consortium demands of every model: parameters of its ledger.
type Policy struct {
	MaxResolution int `json:"max_resolution"` // bits one score may tell, 1 to MaxResolution
	MinFeatures   int `json:"min_features"`   // characteristics in use over all sources, 1 to 256
	MinHolders    int `json:"min_holders"`    // distinct holders, 2 to 8
}

// DefaultPolicy is 10 bits, 8 characteristics, 2 distinct holders.
func DefaultPolicy() Policy { return Policy{MaxResolution: 10, MinFeatures: 8, MinHolders: 2} }

// maxPolicyFile bounds a policy file, in bytes.
const maxPolicyFile = 64 << 10

// ParsePolicy reads a policy file, `{"max_resolution": 10, "min_features": 8, "min_holders": 2}`; a key that is left
// out keeps its default. file is the name for errors, which are *strictjson.Error (or what r returned).
func ParsePolicy(r io.Reader, file string) (Policy, error) {
	policy := DefaultPolicy()
	root, err := strictjson.Parse(r, file, maxPolicyFile)
	if err != nil {
		return Policy{}, err
	}
	fields, err := root.Object("max_resolution", "min_features", "min_holders")
	if err != nil {
		return Policy{}, err
	}
	for _, f := range []struct {
		key       string
		to        *int
		low, high int64
	}{
		{"max_resolution", &policy.MaxResolution, 1, MaxResolution},
		{"min_features", &policy.MinFeatures, 1, MaxSlices * Lines},
		{"min_holders", &policy.MinHolders, MinSlices, MaxSlices},
	} {
		value, given := fields.Optional(f.key)
		if !given {
			continue
		}
		n, err := value.Integer(f.low, f.high)
		if err != nil {
			return Policy{}, err
		}
		*f.to = int(n)
	}
	return policy, nil
}

// Check tells whether every parameter is within its bounds, as ParsePolicy makes them; a *Refusal names the first that is
// not.
func (p Policy) Check() error {
	for _, f := range []struct {
		rule             Rule
		value, low, high int
	}{
		{RuleMaxResolution, p.MaxResolution, 1, MaxResolution},
		{RuleMinFeatures, p.MinFeatures, 1, MaxSlices * Lines},
		{RuleMinHolders, p.MinHolders, MinSlices, MaxSlices},
	} {
		if f.value < f.low || f.value > f.high {
			return refuse(f.rule, f.value, fmt.Sprintf("%d to %d", f.low, f.high), "the policy itself")
		}
	}
	return nil
}

// Allows applies the policy to a model's figures; a broken rule is a *Refusal.
func (p Policy) Allows(resolution, features, holders int) error {
	if resolution > p.MaxResolution {
		return refuse(RuleMaxResolution, fmt.Sprintf("%d bits", resolution), fmt.Sprintf("at most %d bits", p.MaxResolution), "")
	}
	if features < p.MinFeatures {
		return refuse(RuleMinFeatures, fmt.Sprintf("%d characteristics", features),
			fmt.Sprintf("at least %d", p.MinFeatures), "")
	}
	if holders < p.MinHolders {
		return refuse(RuleMinHolders, fmt.Sprintf("%d distinct holders", holders), fmt.Sprintf("at least %d", p.MinHolders), "")
	}
	return nil
}
