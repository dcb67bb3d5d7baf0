package engine

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNamesRefused(t *testing.T) {
	for _, text := range []string{
		"", strings.Repeat("a", MaxNameLength+1), "-a", "_a", ".a", "..", "a b", "a/b", "a\x00", "a\n", "é", "ａ", "a\xff", "a:b",
		`a\b`, "a%2f", "税务",
	} {
		if name, err := ParseName(text); err == nil || name != "" {
			t.Errorf("%q was accepted", text)
		}
	}
}

func TestNamesAccepted(t *testing.T) {
	for _, text := range []string{"a", "Z", "0", "a-_.", "tax.gov", strings.Repeat("a", MaxNameLength)} {
		if name, err := ParseName(text); err != nil || string(name) != text {
			t.Errorf("%q: %q, %v", text, name, err)
		}
	}
}

func TestPartyIDsRefused(t *testing.T) {
	for _, text := range []string{"", "/", "a", "a/", "/a", "a/b/c", "a//b", "-a/b", "a/-b", "a /b", "a\\b", strings.Repeat("a", 65) + "/b"} {
		if party, err := ParsePartyID(text); err == nil || party != "" {
			t.Errorf("%q was accepted", text)
		}
	}
}

func TestPartyIDsJoinHolderAndSource(t *testing.T) {
	name := rapid.Custom(func(t *rapid.T) Name {
		return Name(rapid.StringMatching(`[A-Za-z0-9][-A-Za-z0-9_.]{0,63}`).Draw(t, "name"))
	})
	rapid.Check(t, func(t *rapid.T) {
		holder, source := name.Draw(t, "holder"), name.Draw(t, "source")
		party, err := ParsePartyID(string(NewPartyID(holder, source)))
		if err != nil || party.Holder() != holder || party.Source() != source {
			t.Fatalf("%s/%s: %s, %v", holder, source, party, err)
		}
	})
}
