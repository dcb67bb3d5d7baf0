package record_test

import (
	"context"
	"fmt"

	"weir/engine"
	"weir/engine/record"
)

// A holder commits to its records, publishes the root, and later shows one subject, present or absent, under that root.
func ExampleBuild() {
	plant := engine.Identifier{Kind: engine.Opaque, Text: "plant-7"}.Subject()
	records, err := record.NewRecords(2, []record.Row{{Subject: plant, Values: [32]uint32{102, 1}}})
	if err != nil {
		panic(err)
	}
	tree, err := record.Build(context.Background(), record.Key{0x2a}, "bureau/tax", records, nil)
	if err != nil {
		panic(err)
	}
	for _, name := range []string{"plant-7", "plant-8"} {
		w := tree.Witness(engine.Identifier{Kind: engine.Opaque, Text: name}.Subject())
		fmt.Println(name, w.Present, w.Values[:2], w.Verify(tree.Root()))
	}
	// Output:
	// plant-7 true [102 1] <nil>
	// plant-8 false [0 0] <nil>
}
