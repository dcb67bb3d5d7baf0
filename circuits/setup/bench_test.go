package setup_test

import (
	"crypto/rand"
	"fmt"
	"testing"

	groth16 "github.com/consensys/gnark/backend/groth16/bn254"

	"weir/circuits/setup"
)

// BenchmarkSetup compares the set-ups on a chain of squarings whose inner wires are almost all committed, about the size
// and shape of the model circuit.
func BenchmarkSetup(b *testing.B) {
	for _, steps := range []int{8_000, 95_800} {
		system := compile(b, &wide{Steps: steps})
		b.Run(fmt.Sprintf("by=weir/constraints=%d", system.GetNbConstraints()), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := setup.Run(system, rand.Reader, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("by=gnark/constraints=%d", system.GetNbConstraints()), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := groth16.Setup(system, new(groth16.ProvingKey), new(groth16.VerifyingKey)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
