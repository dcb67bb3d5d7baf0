package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestIdentifiersRefused(t *testing.T) {
	for name, c := range map[string]struct {
		kind SubjectKind
		text string
	}{
		"no kind":               {"", "91440300708461136T"},
		"unknown kind":          {"passport", "91440300708461136T"},
		"kind in capitals":      {"USCC", "91440300708461136T"},
		"code: empty":           {USCC, ""},
		"code: 17 characters":   {USCC, "91440300708461136"},
		"code: 19 characters":   {USCC, "91440300708461136T0"},
		"code: lower case":      {USCC, "91440300708461136t"},
		"code: lower inside":    {USCC, "91350100m000100Y43"},
		"code: check character": {USCC, "91440300708461136U"},
		"code: digits swapped":  {USCC, "91440300704861136T"},
		"code: letter I":        {USCC, "91440300I08461136T"},
		"code: letter O":        {USCC, "91440300O08461136T"},
		"code: letter S":        {USCC, "91440300S08461136T"},
		"code: letter V":        {USCC, "91440300V08461136T"},
		"code: letter Z":        {USCC, "91440300Z08461136T"},
		"code: checked by I":    {USCC, "91440300708461136I"},
		"code: space":           {USCC, " 1440300708461136T"},
		"code: full width":      {USCC, "９144030070846116"}, // 18 bytes, 16 characters
		"code: NUL":             {USCC, "9144030070846113\x00T"},
		"opaque: empty":         {Opaque, ""},
		"opaque: 65 bytes":      {Opaque, strings.Repeat("a", 65)},
		"opaque: space":         {Opaque, "a b"},
		"opaque: DEL":           {Opaque, "a\x7f"},
		"opaque: NUL":           {Opaque, "\x00"},
		"opaque: not ASCII":     {Opaque, "é"},
	} {
		id, err := ParseIdentifier(c.kind, c.text)
		if !errors.Is(err, ErrIdentifier) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if id != (Identifier{}) {
			t.Errorf("%s: an identifier comes with the error", name)
		}
		if len(c.text) > 2 && strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: the error repeats the text", name)
		}
	}
}

func TestIdentifiersAccepted(t *testing.T) {
	for _, c := range []Identifier{
		{USCC, "91440300708461136T"}, {Opaque, "!"}, {Opaque, "~"}, {Opaque, strings.Repeat("x", 64)},
		{Opaque, "91440300708461136U"}, // under this kind any text goes
	} {
		if id, err := ParseIdentifier(c.Kind, c.Text); err != nil || id != c {
			t.Errorf("%v: %v", c.Kind, err)
		}
	}
}

// Codes that companies print on their own pages, and codes whose sum is done by hand: 17 zeros sum to 0; a leading 1
// sums to 1 and needs 30; a second 1 sums to 3 and needs 28; Y is −1; 17 times Y sum to −Σ 3^i = −26 mod 31.
func TestCheckCharacter(t *testing.T) {
	for _, code := range []string{
		"91350100M000100Y43", "91440300708461136T", "914403001922038216", "91330100799655058B", "91110000802100433B",
		"91110108551385082Q", "92371000MA3MXH0E3W",
		"000000000000000000", "10000000000000000Y", "01000000000000000W", "Y00000000000000001", "YYYYYYYYYYYYYYYYYT",
	} {
		got, err := USCCCheckCharacter(code[:17])
		if err != nil || got != code[17] {
			t.Errorf("%s…: %q %v, want %q", code[:17], got, err, code[17])
		}
		if _, err := ParseIdentifier(USCC, code); err != nil {
			t.Errorf("%s: %v", code, err)
		}
	}
	for _, short := range []string{"", strings.Repeat("0", 16), strings.Repeat("0", 18), strings.Repeat("0", 16) + "Z"} {
		if _, err := USCCCheckCharacter(short); !errors.Is(err, ErrIdentifier) {
			t.Errorf("%d characters: %v", len(short), err)
		}
	}
}

// Every weight is invertible mod 31, so no single changed character can go unnoticed.
func TestOneChangedCharacterIsNoticed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first17 := rapid.StringOfN(rapid.SampledFrom([]rune(usccAlphabet)), 17, 17, 17).Draw(t, "code")
		check, err := USCCCheckCharacter(first17)
		if err != nil {
			t.Fatal(err)
		}
		code := []byte(first17 + string(check))
		place := rapid.IntRange(0, 17).Draw(t, "place")
		other := usccAlphabet[rapid.IntRange(0, 30).Draw(t, "other")]
		same := code[place] == other
		code[place] = other
		if _, err := ParseIdentifier(USCC, string(code)); (err == nil) != same {
			t.Fatalf("character %d changed: %v", place+1, err)
		}
	})
}

func TestSubjectIsTheHashOfKindAndText(t *testing.T) {
	id := Identifier{Kind: USCC, Text: "91440300708461136T"}
	sum := sha256.Sum256([]byte("weir/subject/v1" + "uscc" + "91440300708461136T"))
	got := id.Subject()
	if [30]byte(got) != [30]byte(sum[:30]) {
		t.Errorf("subject %x is not the start of the hash %x", got, sum)
	}
	const golden = "f95a26c6ad8760c82be0457a77e85c00f6f3cc6eaabaa89cb6c292db8caa"
	if hex.EncodeToString(got[:]) != golden {
		t.Errorf("subject %x, want %s", got, golden)
	}
	if (Identifier{Kind: Opaque, Text: id.Text}).Subject() == got {
		t.Error("the kind is not hashed")
	}
}
