package model_test

import (
	"fmt"
	"strings"

	"weir/engine/model"
)

func ExampleParsePolicy() {
	policy, err := model.ParsePolicy(strings.NewReader(`{"max_resolution": 9}`), "policy.json")
	fmt.Println(policy, err)
	fmt.Println(policy.Allows(10, 12, 3))
	// Output:
	// {9 8 2} <nil>
	// model refused by rule max_resolution: 10 bits, allowed: at most 9 bits
}
