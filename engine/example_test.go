package engine_test

import (
	"fmt"

	"weir/engine"
)

func ExampleParseIdentifier() {
	id, err := engine.ParseIdentifier(engine.USCC, "91350100M000100Y43")
	fmt.Println(id.Kind, err)
	_, err = engine.ParseIdentifier(engine.USCC, "91350100M000100Y44")
	fmt.Println(err)
	// Output:
	// uscc <nil>
	// identifier not allowed: check character of the unified social credit code is wrong
}

func ExampleParsePartyID() {
	party, err := engine.ParsePartyID("tax-office/vat")
	fmt.Println(party.Holder(), party.Source(), err)
	// Output: tax-office vat <nil>
}

func ExampleParseEpoch() {
	quarter, err := engine.ParseEpoch("2026-Q3")
	fmt.Println(quarter.LastDay().Format("2 January 2006"), err)
	_, err = engine.ParseEpoch("2026-02-30")
	fmt.Println(err)
	// Output:
	// 30 September 2026 <nil>
	// epoch "2026-02-30": no such day
}
