package poseidon

import (
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

func BenchmarkHash8(b *testing.B) {
	var x [8]fr.Element
	for b.Loop() {
		x[0] = Hash8(x)
	}
}
