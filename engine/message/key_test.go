package message_test

import (
	"testing"

	"weir/engine"
	"weir/engine/consent"
	"weir/engine/message"
)

// Keys of entries are pinned: they are what readers of a board ask for.
func TestKeysOfEntries(t *testing.T) {
	d := engine.Digest{1}
	for got, want := range map[string]string{
		message.RecordsKey("tax/vat"): "tax/vat/", message.ModelKey(d): d.String(), message.PeriodKey("2026-11", "bank"): "2026-11/bank",
		message.PairKey("2026-11", "a/b", "c/d"): "2026-11/a/b/c/d",
		message.ConsentKey(consent.Key(d)):       d.String(), message.RetryKey(engine.RequestID(d)): d.String() + "/", message.ContributionKey(d, "tax/vat"): d.String() + "/tax/vat",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
