package folder

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/engine/message"
	"weir/engine/model"
	"weir/ledger/proof"
)

// consortiumOf has these witnesses.
func consortiumOf(t *testing.T, need uint32, keys ...string) *Consortium {
	t.Helper()
	logKey, err := proof.VerifierKey("weir/weir-1", make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	g := message.Genesis{Chain: "weir-1", Policy: model.DefaultPolicy(), Members: []message.Member{{Name: "tax", Role: message.RoleHolder, SigningKey: [32]byte{1}}}}
	return &Consortium{Founding: g.Encode(), Origin: "weir/weir-1", LogKeys: []string{logKey}, Windows: Windows{"1s", "1s", "1s", "24s"},
		Witness: Witness{Need: need, Keys: keys}, Nodes: []Node{{Name: "operator", Key: strings.Repeat("01", 32)}}}
}

func TestWitnessKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "court")
	line, err := InitWitness(path, "court.example", "node:\n  url: http://x\n", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := ReadWitness(filepath.Join(path, WitnessPublicFile)); err != nil || again != line {
		t.Errorf("%q, %v", again, err)
	}
	c, err := Cosigner(path)
	if err != nil || c.Key() != line {
		t.Fatalf("%v", err)
	}
	if _, err := InitWitness(path, "court.example", "", rand.Reader); !errors.Is(err, os.ErrExist) {
		t.Errorf("a second time: %v", err)
	}
	for _, name := range []string{"", "two words", "a+b", strings.Repeat("x", 130)} {
		if _, err := NewWitness(t.TempDir(), name, rand.Reader); !errors.Is(err, ErrWitness) {
			t.Errorf("name %q: %v", name, err)
		}
	}
	other := filepath.Join(t.TempDir(), "press")
	if _, err := NewWitness(other, "press.example", rand.Reader); err != nil {
		t.Fatal(err)
	}
	if _, err := consortiumOf(t, 1, line).Watch(other, Watching{Cosign: true, Log: slog.Default()}); !errors.Is(err, ErrWitness) {
		t.Errorf("a witness that is not listed: %v", err)
	}
	w, err := consortiumOf(t, 1, line).Watch(path, Watching{Cosign: true, Log: slog.Default()})
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	if err := os.Rename(filepath.Join(other, WitnessPublicFile), filepath.Join(path, WitnessPublicFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := Cosigner(path); !errors.Is(err, ErrWitness) {
		t.Errorf("another's public key: %v", err)
	}
	if err := os.Chmod(filepath.Join(path, WitnessKeyFile), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Cosigner(path); !errors.Is(err, ErrMode) {
		t.Errorf("a key that others can read: %v", err)
	}
}

// The digest that members compare, and what they read beside it, have the witnesses in them; a quorum out of reach is refused.
func TestWitnessesOfAConsortium(t *testing.T) {
	line, err := NewWitness(t.TempDir(), "court.example", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := consortiumOf(t, 1, line)
	if text := c.Text(); !strings.Contains(text, line) || !strings.Contains(text, "1 of 1 witnesses") || c.Digest() == consortiumOf(t, 0, line).Digest() {
		t.Error(text)
	}
	for name, bad := range map[string]*Consortium{"out of reach": consortiumOf(t, 2, line), "too many": consortiumOf(t, 1, make([]string, 16)...)} {
		path := filepath.Join(t.TempDir(), ConsortiumFile)
		if err := bad.Write(path); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadConsortium(path); err == nil {
			t.Errorf("%s: read", name)
		}
	}
}
