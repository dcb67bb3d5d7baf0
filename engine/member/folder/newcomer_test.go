package folder

import (
	"crypto/rand"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/engine/message"
)

func TestNewcomers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tax")
	if _, err := Init(path, "tax", message.RoleHolder, "", rand.Reader); err != nil {
		t.Fatal(err)
	}
	n, err := Possess(path, "weir-1")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(path, "newcomer.json")
	write := func(change func(*Newcomer)) {
		changed := *n
		change(&changed)
		b, err := json.Marshal(changed)
		if err == nil {
			err = os.WriteFile(file, b, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	write(func(*Newcomer) {})
	a, err := ReadNewcomer(file, "weir-1")
	if err != nil || a.Name != "tax" || a.Role != message.RoleHolder || len(a.Possession) != 64 || a.Key == [32]byte{} {
		t.Fatalf("%+v, %v", a, err)
	}
	for name, change := range map[string]func(*Newcomer){
		"no proof":           func(n *Newcomer) { n.Possession = "" },
		"half a proof":       func(n *Newcomer) { n.Possession = n.Possession[:64] },
		"no digits":          func(n *Newcomer) { n.Possession = strings.Repeat("x", 128) },
		"half a key":         func(n *Newcomer) { n.Key = n.Key[:32] },
		"of another ledger":  func(n *Newcomer) { n.Chain = "weir-2" },
		"longer than it may": func(n *Newcomer) { n.Possession = strings.Repeat("0", maxNewcomer) },
	} {
		write(change)
		if a, err := ReadNewcomer(file, "weir-1"); err == nil {
			t.Errorf("%s: %+v", name, a)
		}
	}
	if err := os.WriteFile(file, []byte(`{"name": "tax", "rank": "general"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadNewcomer(file, "weir-1"); err == nil {
		t.Error("a file with a key that nobody knows")
	}
	if _, err := Possess(path, "No Chain"); err == nil {
		t.Error("a proof for no ledger")
	}
}

func TestReachIsReadFromAnybodysConfiguration(t *testing.T) {
	path := t.TempDir()
	for text, want := range map[string]string{"# nothing\n": "http://127.0.0.1:7443", "party: tax/vat\nnode:\n  url: https://node.example\n": "https://node.example"} {
		if err := os.WriteFile(filepath.Join(path, ConfigFile), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if r, err := ReadReach(path, nil, nil); err != nil || r.URL != want {
			t.Errorf("%q: %+v, %v", text, r, err)
		}
	}
	for _, path := range []string{path, t.TempDir()} { // a reader's folder may hold the public file alone
		if r, err := ReadReach(path, []string{"WEIR_NODE_URL=http://env"}, nil); err != nil || r.URL != "http://env" {
			t.Errorf("%+v, %v", r, err)
		}
	}
	if err := os.WriteFile(filepath.Join(path, ConfigFile), []byte("node: [\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadReach(path, nil, nil); err == nil {
		t.Error("no YAML")
	}
}
