package offer_test

import (
	"errors"
	"testing"

	"weir/engine/canonical"
	"weir/engine/internal/messagetest"
	"weir/engine/message"
	"weir/engine/offer"
)

// FuzzSignedBodies signs any body as each kind of an offer and opens it: whatever a member signs, nothing panics.
func FuzzSignedBodies(f *testing.F) {
	g := messagetest.Genesis()
	small := messagetest.Package()
	small.Slices = nil
	for _, body := range []any{messagetest.Records(f), &offer.Approval{}, small} {
		f.Add(canonical.Encode(body))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _, errRecords := offer.OpenRecords(g, messagetest.SignBody(message.KindRecords, "tax", b))
		_, errPackage := offer.OpenPackage(g, messagetest.SignBody(message.KindModel, "bank", b))
		_, _, errApproval := offer.OpenApproval(g, messagetest.SignBody(message.KindApproval, "tax", b))
		if errPackage == nil {
			t.Fatal("a package without slices was accepted")
		}
		for _, err := range []error{errRecords, errApproval} {
			if err != nil && !errors.Is(err, message.ErrPost) {
				t.Fatalf("untyped error %v", err)
			}
		}
	})
}
