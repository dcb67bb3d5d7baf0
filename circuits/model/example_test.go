package model

import (
	"crypto/rand"
	"fmt"
)

// The bank proves one slice of its sealed model; a holder's agent verifies before it approves.
func Example() {
	in, keys := honest(11), testKeys() // from the sealing, and from the key cache

	proof, err := Prove(keys, rand.Reader, &in.statement, &in.witness)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(proof), "bytes, refused:", Verify(keys.VerifyingKey(), &in.statement, proof) != nil)

	in.statement.Caps[0]-- // another cap than the proven one
	fmt.Println("other cap, refused:", Verify(keys.VerifyingKey(), &in.statement, proof) != nil)
	// Output:
	// 484 bytes, refused: false
	// other cap, refused: true
}
