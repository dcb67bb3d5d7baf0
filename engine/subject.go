package engine

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
)

// SubjectKind says how an identifier is read. It is hashed with the identifier, so the same text under two kinds is
// two subjects.
type SubjectKind string

const (
	// USCC is the unified social credit code of GB 32100-2015: 18 characters with a check character.
	USCC SubjectKind = "uscc"
	// Opaque is any text of 1 to 64 bytes 0x21 to 0x7E.
	Opaque SubjectKind = "opaque"
)

// Identifier is a subject in clear text, checked against its kind.
type Identifier struct {
	Kind SubjectKind
	Text string
}

// Subject is the place-giving hash of an identifier: the first 30 bytes, big-endian, of
// SHA-256("weir/subject/v1" ‖ kind ‖ identifier), so below 2^240 (protocol, section 3).
type Subject [30]byte

// ErrIdentifier is returned for an identifier that its kind does not allow.
var ErrIdentifier = errors.New("identifier not allowed")

// ParseIdentifier checks text against kind. Errors wrap ErrIdentifier and do not repeat the text.
func ParseIdentifier(kind SubjectKind, text string) (Identifier, error) {
	var err error
	switch kind {
	case USCC:
		err = checkUSCC(text)
	case Opaque:
		err = checkOpaque(text)
	default:
		err = fmt.Errorf("%w: kind %q, want %q or %q", ErrIdentifier, kind, USCC, Opaque)
	}
	if err != nil {
		return Identifier{}, err
	}
	return Identifier{Kind: kind, Text: text}, nil
}

// Subject hashes the identifier.
func (id Identifier) Subject() Subject {
	sum := sha256.Sum256([]byte("weir/subject/v1" + string(id.Kind) + id.Text))
	return Subject(sum[:30])
}

// usccAlphabet gives each allowed character its value (GB 32100-2015, table 1: no I, O, S, V, Z).
const usccAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// USCCCheckCharacter computes the eighteenth character from the first seventeen: its value is −Σ value_i·3^(i−1) mod 31
// over i = 1..17 (GB 32100-2015, section 5.4).
func USCCCheckCharacter(first17 string) (byte, error) {
	if len(first17) != 17 {
		return 0, fmt.Errorf("%w: %d characters before the check character, want 17", ErrIdentifier, len(first17))
	}
	sum, weight := 0, 1
	for i := range len(first17) {
		value := strings.IndexByte(usccAlphabet, first17[i])
		if value < 0 {
			return 0, fmt.Errorf("%w: character %d is not one of %s", ErrIdentifier, i+1, usccAlphabet)
		}
		sum += value * weight
		weight = weight * 3 % 31
	}
	return usccAlphabet[(31-sum%31)%31], nil
}

func checkUSCC(text string) error {
	if len(text) != 18 {
		return fmt.Errorf("%w: unified social credit code of %d characters, want 18", ErrIdentifier, len(text))
	}
	want, err := USCCCheckCharacter(text[:17])
	if err != nil {
		return err
	}
	if text[17] != want {
		return fmt.Errorf("%w: check character of the unified social credit code is wrong", ErrIdentifier)
	}
	return nil
}

func checkOpaque(text string) error {
	if len(text) < 1 || len(text) > 64 {
		return fmt.Errorf("%w: opaque identifier of %d bytes, want 1 to 64", ErrIdentifier, len(text))
	}
	for i := range len(text) {
		if text[i] < 0x21 || text[i] > 0x7e {
			return fmt.Errorf("%w: byte %d of an opaque identifier is outside 0x21 to 0x7E", ErrIdentifier, i+1)
		}
	}
	return nil
}
