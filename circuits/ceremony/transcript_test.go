package ceremony

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/engine"
)

func golden() *Transcript {
	turn := func(by engine.Name, files ...byte) Contribution {
		c := Contribution{By: by}
		for _, f := range files {
			c.Files = append(c.Files, engine.Digest{f})
		}
		return c
	}
	return &Transcript{
		Circuits: []Subject{
			{Circuit: "a", System: engine.Digest{1}, Constraints: 24, Domain: 32, Private: 3, Committed: []int{21}},
			{Circuit: "b", System: engine.Digest{2}, Constraints: 5, Domain: 8, Private: 5, Committed: []int{}},
		},
		Phase1: Phase1{Contributions: []Contribution{turn("alice", 3)}, Beacon: &beacon1},
		Phase2: Phase2{Start: []engine.Digest{{4}, {5}}, Contributions: []Contribution{turn("bob", 6, 7)}, Beacon: &beacon2,
			Keys: []KeyDigests{{engine.Digest{8}, engine.Digest{9}}, {engine.Digest{10}, engine.Digest{11}}}},
	}
}

func TestTranscriptRoundTripAndDigest(t *testing.T) {
	b := must[[]byte](t)(golden().Encode())
	read := must[*Transcript](t)(DecodeTranscript(b))
	if again := must[[]byte](t)(read.Encode()); !bytes.Equal(again, b) {
		t.Errorf("comes back as\n%s", again)
	}
	const want = "236da75d9c541613f978be0769b1a6f119fe990f6b2d9bf0ffef91b8d2eb7b59"
	if got := read.Digest().String(); got != want {
		t.Errorf("digest %s, want %s", got, want)
	}
}

func TestDigestBindsEverythingButTheKeys(t *testing.T) {
	base := golden().Digest()
	for name, change := range map[string]func(*Transcript){
		"system":       func(t *Transcript) { t.Circuits[0].System[0]++ },
		"constraints":  func(t *Transcript) { t.Circuits[0].Constraints++ },
		"phase 1 file": func(t *Transcript) { t.Phase1.Contributions[0].Files[0][0]++ },
		"name":         func(t *Transcript) { t.Phase1.Contributions[0].By = "carol" },
		"beacon":       func(t *Transcript) { t.Phase1.Beacon = &beacon2 },
		"source":       func(t *Transcript) { t.Phase2.Beacon = &Beacon{beacon2.Value, "elsewhere"} },
		"start":        func(t *Transcript) { t.Phase2.Start[1][0]++ },
		"phase 2 file": func(t *Transcript) { t.Phase2.Contributions[0].Files[1][0]++ },
		"order":        func(t *Transcript) { t.Circuits[0], t.Circuits[1] = t.Circuits[1], t.Circuits[0] },
	} {
		changed := golden()
		if change(changed); changed.Digest() == base {
			t.Errorf("%s is not bound", name)
		}
	}
	keys := golden()
	keys.Phase2.Keys = nil
	if keys.Digest() != base {
		t.Error("the digest is about the keys, which name it")
	}
}

func TestTranscriptRefusals(t *testing.T) {
	for name, change := range map[string]func(*Transcript){
		"no circuit":             func(t *Transcript) { t.Circuits = nil },
		"domain too small":       func(t *Transcript) { t.Circuits[0].Domain = 16 },
		"domain too large":       func(t *Transcript) { t.Circuits[0].Domain = 64 },
		"2^62 constraints":       func(t *Transcript) { t.Circuits[0].Constraints, t.Circuits[0].Domain = 1<<62, 1<<62 },
		"negative private wires": func(t *Transcript) { t.Circuits[0].Private = -1 },
		"2^40 private wires":     func(t *Transcript) { t.Circuits[0].Private = 1 << 40 },
		"negative committed":     func(t *Transcript) { t.Circuits[0].Committed[0] = -1 },
		"two commitments":        func(t *Transcript) { t.Circuits[0].Committed = []int{1, 1} },
		"circuit's path":         func(t *Transcript) { t.Circuits[0].Circuit = "../a" },
		"contributor's name":     func(t *Transcript) { t.Phase1.Contributions[0].By = "a/b" },
		"files missing":          func(t *Transcript) { t.Phase2.Contributions[0].Files = t.Phase2.Contributions[0].Files[:1] },
		"no contribution":        func(t *Transcript) { t.Phase1.Contributions = nil },
		"phase 2 too early":      func(t *Transcript) { t.Phase1.Beacon = nil },
		"start missing":          func(t *Transcript) { t.Phase2.Start = t.Phase2.Start[:1] },
		"keys missing":           func(t *Transcript) { t.Phase2.Keys = nil },
		"keys too early":         func(t *Transcript) { t.Phase2.Beacon = nil },
		"short beacon":           func(t *Transcript) { t.Phase2.Beacon = &Beacon{Value: []byte{1}, Source: "x"} },
		"too many turns": func(t *Transcript) {
			for range maxContributions {
				t.Phase1.Contributions = append(t.Phase1.Contributions, t.Phase1.Contributions[0])
			}
		},
	} {
		bad := golden()
		change(bad)
		b := must[[]byte](t)(bad.Encode())
		if _, err := DecodeTranscript(b); !errors.Is(err, ErrTranscript) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	good := string(must[[]byte](t)(golden().Encode()))
	for name, text := range map[string]string{
		"empty":            "",
		"null":             "null",
		"unknown key":      strings.Replace(good, `"format"`, `"extra": 1, "format"`, 1),
		"another format":   strings.Replace(good, "ceremony/v1", "ceremony/v2", 1),
		"more white space": good + " ",
		"trailing object":  good + "{}",
		"repeated key":     strings.Replace(good, `"format"`, `"format": "x", "format"`, 1),
		"upper-case hex":   strings.Replace(good, "0100", "010A", 1),
		"too long":         good + strings.Repeat(" ", maxTranscriptBytes),
	} {
		if _, err := DecodeTranscript([]byte(text)); !errors.Is(err, ErrTranscript) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestOpenRefusesOversizedTranscript(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("empty folder: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, transcriptFile), make([]byte, maxTranscriptBytes+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil {
		t.Error("a transcript above the limit was read")
	}
}

func FuzzDecodeTranscript(f *testing.F) {
	b, err := golden().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"format":"weir/ceremony/v1"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		read, err := DecodeTranscript(b)
		if err != nil {
			return
		}
		if again := must[[]byte](t)(read.Encode()); !bytes.Equal(again, b) {
			t.Errorf("accepted, but written as\n%s", again)
		}
	})
}
