package bench_test

import (
	"fmt"

	"weir/bench"
)

func ExampleDerive() {
	d := bench.Derive()
	limbs, ten := d.Terms[0], d.Totals[9]
	fmt.Printf("%s 2^%.1f; together, at %d bits, 2^%.1f\n", limbs.Name, limbs.Log2, ten.Bits, ten.Total)
	// Output: limbs 2^-42.2; together, at 10 bits, 2^-42.1
}
