package bench

import (
	"fmt"
	"testing"

	"weir/circuits"
	"weir/circuits/contribution"
	"weir/engine/proof"
	"weir/engine/receipt"
	"weir/engine/receipt/receipttest"
)

// BenchmarkReceipt is the offline verification of a receipt with real proofs, all in: the verifying key read and folded,
// every point, path, signature and proof. B/receipt is its size on a ledger of a dozen blocks; each doubling of the ledger
// adds 32 bytes for each block that the receipt touches.
func BenchmarkReceipt(b *testing.B) {
	keys, err := machineKeys(b)().Keys(b.Context(), circuits.Contribution, contribution.Compile)
	if err != nil {
		b.Fatal(err)
	}
	for _, holders := range []int{2, 3, 8} {
		b.Run(fmt.Sprintf("holders=%d", holders), func(b *testing.B) {
			s := receipttest.Settle(b, receipttest.Options{Holders: holders, Keys: keys})
			file := s.Receipt(b).Encode()
			b.ReportAllocs()
			stop := reportCPU(b, 1)
			for b.Loop() {
				if failed := receipt.Verify(file, s.Trust, proof.ContributionJudge).Failed(); failed != nil {
					b.Fatal(failed)
				}
			}
			stop()
			b.ReportMetric(float64(len(file)), "B/receipt")
		})
	}
}
