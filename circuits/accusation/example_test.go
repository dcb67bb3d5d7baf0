package accusation

import (
	"crypto/rand"
	"errors"
	"fmt"
)

// The bank accuses a holder whose response does not open its commitment; nobody can accuse one whose response does.
func Example() {
	in, keys := lying(11), testKeys() // from the exchange, and from the key cache

	proof, err := Prove(keys, rand.Reader, &in.statement, &in.witness)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(proof), "bytes, refused:", Verify(keys.VerifyingKey(), &in.statement, proof) != nil)

	honest := fair(11)
	_, err = Prove(keys, rand.Reader, &honest.statement, &honest.witness)
	fmt.Println("an honest holder opens its commitment:", errors.Is(err, ErrOpens))
	// Output:
	// 228 bytes, refused: false
	// an honest holder opens its commitment: true
}
