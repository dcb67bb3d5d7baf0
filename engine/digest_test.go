package engine

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestDigestsRefused(t *testing.T) {
	good := strings.Repeat("0a", 32)
	for name, text := range map[string]string{
		"empty": "", "63 digits": good[1:], "65 digits": good + "0", "upper case": strings.ToUpper(good), "mixed": "0A" + good[2:],
		"not hexadecimal": "0g" + good[2:], "prefix": "0x" + good[2:], "space": " " + good[1:], "full width": "０" + good[3:],
	} {
		if d, err := ParseDigest(text); err == nil || !d.IsZero() {
			t.Errorf("%s was accepted", name)
		}
		d := Digest{1}
		if err := d.UnmarshalText([]byte(text)); err == nil || d != (Digest{1}) {
			t.Errorf("%s: UnmarshalText changed its receiver or gave no error", name)
		}
	}
}

func TestDigestsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Digest(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "digest"))
		back, err := ParseDigest(d.String())
		if err != nil || back != d {
			t.Fatalf("%s: %v", d, err)
		}
		text, err := json.Marshal(map[string]Digest{"d": d})
		if err != nil || string(text) != `{"d":"`+d.String()+`"}` {
			t.Fatalf("JSON %s, %v", text, err)
		}
		var read map[string]Digest
		if err := json.Unmarshal(text, &read); err != nil || read["d"] != d {
			t.Fatalf("JSON back: %v", err)
		}
		if RequestID(d).String() != d.String() || d.Short() != d.String()[:8] || d.IsZero() != (d == Digest{}) {
			t.Fatal("the forms of a digest disagree")
		}
	})
}
