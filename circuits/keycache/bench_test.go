package keycache_test

import (
	"fmt"
	"testing"

	cs "github.com/consensys/gnark/constraint/bn254"

	"weir/circuits"
	"weir/circuits/accusation"
	"weir/circuits/contribution"
	"weir/circuits/keycache"
	"weir/circuits/model"
)

var protocolCircuits = []struct {
	name    circuits.Name
	compile func() (*cs.R1CS, error)
}{
	{circuits.Contribution, contribution.Compile},
	{circuits.Model, model.Compile},
	{circuits.Accusation, accusation.Compile},
}

// BenchmarkKeys measures, for each circuit of the protocol, making its keys in an empty folder (state=cold) and loading
// them as a new process does (state=warm), without the digest of the executable.
func BenchmarkKeys(b *testing.B) {
	for _, circuit := range protocolCircuits {
		warm := b.TempDir()
		b.Run(fmt.Sprintf("state=cold/circuit=%s", circuit.name), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				keys, err := keycache.Open(b.TempDir(), nil).Keys(b.Context(), circuit.name, circuit.compile)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(keys.R1CS.GetNbConstraints()), "constraints")
			}
		})
		b.Run(fmt.Sprintf("state=warm/circuit=%s", circuit.name), func(b *testing.B) {
			if _, err := keycache.Open(warm, nil).Keys(b.Context(), circuit.name, circuit.compile); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := keycache.Open(warm, nil).Keys(b.Context(), circuit.name, circuit.compile); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
