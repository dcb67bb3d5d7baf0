package receipt_test

import (
	"bytes"
	"slices"
	"testing"

	"weir/engine/receipt"
	"weir/engine/receipt/receipttest"
)

// Whatever the bytes: no panic, a list of all checks, and a verdict only for the receipts of the corpus.
func FuzzVerify(f *testing.F) {
	s := receipttest.Settle(f, receipttest.Options{Holders: 2})
	open := s.Receipt(f)
	good := [][]byte{open.Encode(), open.Close().Encode()}
	good = append(good, receipttest.Settle(f, receipttest.Options{Holders: 3, Later: true}).Receipt(f).Encode())
	for _, b := range good {
		f.Add(b)
	}
	f.Add([]byte{})
	f.Add([]byte{0x86, 1, 0x40, 0x40, 0x80, 0x40, 0x80})
	f.Fuzz(func(t *testing.T, b []byte) {
		report := receipt.Verify(b, s.Trust, receipttest.Verifier)
		if len(report.Checks) != len(names) {
			t.Fatalf("%d checks", len(report.Checks))
		}
		if report.Verified() && !slices.ContainsFunc(good, func(g []byte) bool { return bytes.Equal(b, g) }) {
			t.Error("another receipt verifies")
		}
		if r, err := receipt.Decode(b); err == nil && !bytes.Equal(r.Encode(), b) {
			t.Error("another form of a receipt")
		}
	})
}
