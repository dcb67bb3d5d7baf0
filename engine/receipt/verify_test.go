package receipt_test

import (
	"testing"

	"weir/engine/receipt"
	"weir/engine/receipt/receipttest"
)

func failed(t *testing.T, r *receipt.Report) {
	t.Helper()
	for _, c := range r.Checks {
		if !c.OK {
			t.Errorf("%s: %s", c.Name, c.Why)
		}
	}
}

func TestVerify(t *testing.T) {
	for name, o := range map[string]receipttest.Options{"two holders": {Holders: 2}, "three": {Holders: 3}, "eight": {Holders: 8},
		"a later sealing": {Holders: 2, Reseal: true}, "a second attempt": {Holders: 2, Expire: true}} {
		s := receipttest.Settle(t, o)
		r := s.Receipt(t)
		report := receipt.Verify(r.Encode(), s.Trust, receipttest.Verifier)
		if !report.Verified() {
			t.Errorf("%s", name)
			failed(t, report)
		}
		t.Log(name, len(r.Encode()), report.Facts.Score)
		for _, c := range report.Checks { t.Log(c.Name, c.Why) }
	}
}
