package relationtest

import (
	"context"
	"fmt"

	cs "github.com/consensys/gnark/constraint/bn254"

	"weir/circuits"
	"weir/circuits/keycache"
)

// Keys are development keys of a circuit from the machine's key cache, which every test and the demo share. It panics
// where there are none to be had.
func Keys(circuit circuits.Name, compile func() (*cs.R1CS, error)) circuits.Keys {
	dir, err := keycache.DefaultDir()
	if err != nil {
		panic(fmt.Sprintf("relationtest: %v", err))
	}
	keys, err := keycache.Open(dir, nil).Keys(context.Background(), circuit, compile)
	if err != nil {
		panic(fmt.Sprintf("relationtest: %v", err))
	}
	return keys
}
