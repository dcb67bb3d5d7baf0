package deposit_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"weir/ledger/deposit"
)

// FuzzVerify: one certificate is accepted for the file, and no other bytes.
func FuzzVerify(f *testing.F) {
	_, certificate := single(f, found(f))
	trusted := trust(f)
	f.Add(certificate)
	f.Add(certificate[:len(certificate)/2])
	f.Fuzz(func(t *testing.T, b []byte) {
		_, err := deposit.Verify(strings.NewReader(text), b, trusted)
		var check *deposit.CheckError
		if same := bytes.Equal(b, certificate); same != (err == nil) || err != nil && !errors.As(err, &check) {
			t.Fatalf("the certificate itself: %v, %v", same, err)
		}
	})
}
