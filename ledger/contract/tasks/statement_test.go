package tasks_test

import (
	"encoding/hex"
	"testing"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/inquiry"
	"weir/ledger/contract/tasks"
)

// Bodies and statements have one encoding: a change of one of these values is a change of the ledger.
func TestEncodingsArePinned(t *testing.T) {
	d, e := engine.Digest{1}, engine.Digest{2}
	for _, c := range []struct {
		value  any
		golden string
	}{
		{inquiry.Expire{Label: d}, "815820" + zeros("01")},
		{inquiry.Retry{Label: d, Model: e}, "825820" + zeros("01") + "5820" + zeros("02")},
		{inquiry.Missing{Label: d, Party: "tax/vat"}, "825820" + zeros("01") + "677461782f766174"},
		{inquiry.Anchor{Label: d, Checkpoint: []byte{7}}, "825820" + zeros("01") + "4107"},
		{inquiry.Released{Label: d, Party: "tax/vat", Receipt: []byte{7}}, "835820" + zeros("01") + "677461782f766174" + "4107"},
		{inquiry.Answer{Label: d, Party: "tax/vat", Response: []byte{7}}, "835820" + zeros("01") + "677461782f766174" + "4107"},
		{tasks.ContributionStatement{Table: []byte{7}, Root: [32]byte{3}, Tag: [32]byte{4}, Context: d, C: [32]byte{5}},
			"854107" + "5820" + zeros("03") + "5820" + zeros("04") + "5820" + zeros("01") + "5820" + zeros("05")},
		{tasks.AccusationStatement{Label: d, Accused: "tax/vat", Model: e, Seed: engine.Digest{3}, ResponseDigest: engine.Digest{4}, Response: []byte{7},
			B: []byte{8}, C: [32]byte{5}, Pairs: [32]byte{6}}, "895820" + zeros("01") + "677461782f766174" + "5820" + zeros("02") + "5820" + zeros("03") +
			"5820" + zeros("04") + "4107" + "4108" + "5820" + zeros("05") + "5820" + zeros("06")},
	} {
		if got := hex.EncodeToString(canonical.Encode(c.value)); got != c.golden {
			t.Errorf("%T: %s, want %s", c.value, got, c.golden)
		}
	}
}

// zeros is 32 bytes that begin with one given, in hexadecimal.
func zeros(first string) string { return first + hex.EncodeToString(make([]byte, 31)) }
