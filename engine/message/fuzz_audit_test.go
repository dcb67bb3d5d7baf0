package message_test

import (
	"errors"
	"testing"

	"weir/engine/canonical"
	"weir/engine/internal/messagetest"
	"weir/engine/message"
	"weir/engine/period"
)

// FuzzSignedPairing signs any body as each message of a pair's key exchange and opens it: whatever a member signs, nothing
// panics, and what is accepted is about the pair and month asked for.
func FuzzSignedPairing(f *testing.F) {
	g, pair := messagetest.Genesis(), period.PairOf("power/meter", "tax/vat")
	for _, body := range []any{
		messagetest.Secret(f, "tax").Key("tax/vat"),
		period.Encapsulation{First: pair.First, Second: pair.Second, Period: messagetest.Month, Ciphertext: make([]byte, period.EncapsulationSize)},
		period.PairKey{}.Confirm("tax/vat", pair, messagetest.Month),
	} {
		f.Add(canonical.Encode(body))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		key, errKey := message.OpenPeriodKey(g, messagetest.SignBody(message.KindPeriodKey, "tax", b), "tax/vat", messagetest.Month)
		e, errEncapsulation := message.OpenEncapsulation(g, messagetest.SignBody(message.KindEncapsulation, "power", b), pair, messagetest.Month)
		c, errConfirmation := message.OpenConfirmation(g, messagetest.SignBody(message.KindPairConfirmed, "tax", b), "tax/vat", pair, messagetest.Month)
		for _, err := range []error{errKey, errEncapsulation, errConfirmation} {
			if err != nil && !errors.Is(err, message.ErrPost) {
				t.Fatalf("untyped error: %v", err)
			}
		}
		if errKey == nil && (key.Owner != "tax/vat" || key.Period != messagetest.Month) ||
			errEncapsulation == nil && (period.Pair{First: e.First, Second: e.Second}) != pair ||
			errConfirmation == nil && (c.From != "tax/vat" || c.Period != messagetest.Month) {
			t.Fatal("accepted for another owner, pair or month")
		}
	})
}
