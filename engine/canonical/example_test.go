package canonical_test

import (
	"fmt"

	"weir/engine/canonical"
)

// What Decode accepts has one form: the same number written longer is refused.
func ExampleDecode() {
	type message struct {
		_      struct{} `cbor:",toarray"`
		Number uint64
	}
	b := canonical.Encode(message{Number: 5})
	var m message
	fmt.Printf("%x %v %d\n", b, canonical.Decode(b, 100, &m), m.Number)
	fmt.Println(canonical.Decode([]byte{0x81, 0x18, 0x05}, 100, &m))
	// Output:
	// 8105 <nil> 5
	// not a canonical encoding: *canonical_test.message is not in its one valid form
}
