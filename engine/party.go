package engine

import (
	"fmt"
	"strings"
)

// Name is what a participant of a consortium (bank, holder, registrar, supervisor) is registered under, and what a
// data source is called: 1 to 64 characters of A–Z, a–z, 0–9, '-', '_' and '.', beginning with a letter or digit.
type Name string

// MaxNameLength bounds a Name, in bytes.
const MaxNameLength = 64

// ParseName checks the alphabet and length of a Name.
func ParseName(text string) (Name, error) {
	if text == "" || len(text) > MaxNameLength {
		return "", fmt.Errorf("name of %d characters, want 1 to %d", len(text), MaxNameLength)
	}
	for i, r := range text {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !letter && (i == 0 || !strings.ContainsRune("-_.", r)) {
			return "", fmt.Errorf("name %q: character %d is not one of A-Z, a-z, 0-9, '-', '_', '.' (first: a letter or digit)", text, i+1)
		}
	}
	return Name(text), nil
}

// PartyID names one (holder, source) pair as "holder/source". A holder with two sources is two parties. Parties are
// ordered by the bytes of their id (protocol, section 2).
type PartyID string

// NewPartyID joins a holder and a source.
func NewPartyID(holder, source Name) PartyID { return PartyID(holder + "/" + source) }

// ParsePartyID reads "holder/source".
func ParsePartyID(text string) (PartyID, error) {
	holder, source, found := strings.Cut(text, "/")
	if !found {
		return "", fmt.Errorf("party %q: want holder/source", text)
	}
	for _, part := range []string{holder, source} {
		if _, err := ParseName(part); err != nil {
			return "", fmt.Errorf("party %q: %w", text, err)
		}
	}
	return PartyID(text), nil
}

// Holder is the organisation that keeps the records.
func (p PartyID) Holder() Name {
	holder, _, _ := strings.Cut(string(p), "/")
	return Name(holder)
}

// Source is the data source within the holder.
func (p PartyID) Source() Name {
	_, source, _ := strings.Cut(string(p), "/")
	return Name(source)
}
