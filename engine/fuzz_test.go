package engine

import (
	"errors"
	"strings"
	"testing"
)

// FuzzTexts reads one text as everything that people write: no input panics, what is accepted is kept as written, and an
// identifier is never repeated in an error.
func FuzzTexts(f *testing.F) {
	for _, seed := range []string{"91350100M000100Y43", "holder/source", "2026-02-28", "2026-Q4", "0000-12", "\x00", "a/", strings.Repeat("0", 64)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, kind := range []SubjectKind{USCC, Opaque} {
			id, err := ParseIdentifier(kind, text)
			if err == nil && (id.Text != text || len(text) < 1 || len(text) > 64 || strings.ContainsFunc(text, func(r rune) bool { return r < 0x21 || r > 0x7e })) {
				t.Fatalf("accepted %q as %s", text, kind)
			}
			if err != nil && (!errors.Is(err, ErrIdentifier) || len(text) > 20 && strings.Contains(err.Error(), text)) {
				t.Fatalf("untyped error, or one that repeats the identifier: %v", err)
			}
		}
		if epoch, err := ParseEpoch(text); err == nil && (string(epoch) != text || !strings.HasPrefix(epoch.LastDay().Format("2006-01-02"), text[:4])) {
			t.Fatalf("epoch %q ends on %s", text, epoch.LastDay())
		}
		if party, err := ParsePartyID(text); err == nil && NewPartyID(party.Holder(), party.Source()) != PartyID(text) {
			t.Fatalf("party %q is read as another", text)
		}
		if digest, err := ParseDigest(text); err == nil && digest.String() != text {
			t.Fatalf("digest %q is read as another", text)
		}
	})
}
