package folder

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/engine/message"
	"weir/engine/model"
	"weir/ledger/proof"
)

type example struct {
	Node struct {
		URL string `koanf:"url"`
	} `koanf:"node"`
	AutoApprove bool          `koanf:"auto_approve"`
	Window      time.Duration `koanf:"window"`
	Workers     int           `koanf:"workers"`
}

func TestInitMakesASecretFolderOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tax")
	m, err := Init(path, "tax", message.RoleHolder, "node:\n  url: http://x\n", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := Key(path)
	if err != nil || hex.EncodeToString(key.Public().(ed25519.PublicKey)) != m.Key {
		t.Fatalf("%v", err)
	}
	if secret, err := RecordKey(path); err != nil || secret == [32]byte{} {
		t.Errorf("%v", err)
	}
	read, err := ReadMember(filepath.Join(path, MemberFile))
	if err != nil || read.Name != "tax" || read.Role != message.RoleHolder || read.SigningKey != [32]byte(key.Public().(ed25519.PublicKey)) {
		t.Errorf("%+v, %v", read, err)
	}
	if _, err := Init(path, "tax", message.RoleHolder, "", rand.Reader); !errors.Is(err, os.ErrExist) {
		t.Errorf("a second time: %v", err)
	}
	if again, err := Key(path); err != nil || !again.Equal(key) {
		t.Errorf("the key was overwritten: %v", err)
	}
	for _, file := range []string{KeyFile, SecretFile} {
		info, err := os.Stat(filepath.Join(path, file))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v", file, err)
		}
		if err := os.Chmod(filepath.Join(path, file), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Key(path); !errors.Is(err, ErrMode) {
		t.Errorf("a key that others can read: %v", err)
	}
	if _, err := RecordKey(path); !errors.Is(err, ErrMode) {
		t.Errorf("a secret that others can read: %v", err)
	}
}

// A client's folder is its owner's alone, and is made once.
func TestAClientsFolderIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wallet")
	if err := InitClient(path, ClientExample("")); err != nil {
		t.Fatal(err)
	}
	if err := InitClient(path, ClientExample("")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("made a second time: %v", err)
	}
	c := ClientDefaults()
	if err := errors.Join(Private(path), Load(path, nil, nil, &c)); err != nil || c.Name != "" || c.Node.URL == "" {
		t.Errorf("%+v, %v", c, err)
	}
	for _, mode := range []os.FileMode{0o750, 0o701, 0o777} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if err := Private(path); !errors.Is(err, ErrMode) {
			t.Errorf("mode %o: %v", mode, err)
		}
		if err := InitClient(path, "x"); !errors.Is(err, ErrMode) {
			t.Errorf("made in a folder of mode %o: %v", mode, err)
		}
	}
	named := ClientDefaults()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, ConfigFile), []byte(ClientExample("supervisor")), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Load(folder, nil, nil, &named); err != nil || named.Name != "supervisor" {
		t.Errorf("%+v, %v", named, err)
	}
}

func TestSecretsAreReadStrictly(t *testing.T) {
	path := t.TempDir()
	for _, text := range []string{"", "00", strings.Repeat("0", 63), strings.Repeat("0", 65), strings.Repeat("g", 64), strings.Repeat("00", 33)} {
		if err := os.WriteFile(filepath.Join(path, KeyFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Key(path); err == nil || strings.Contains(err.Error(), "0000") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestConfigurationIsFileThenEnvironmentThenFlags(t *testing.T) {
	path := t.TempDir()
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(path, ConfigFile), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("node:\n  url: http://file\nwindow: 3h\n")
	c := example{Workers: 2}
	err := Load(path, []string{"WEIR_AUTO_APPROVE=true", "WEIR_PARITY=proofs", "HOME=x", "WEIR_NODE_URL=http://env"}, []string{"node.url=http://flag"}, &c)
	if err != nil || c.Node.URL != "http://flag" || !c.AutoApprove || c.Window != 3*time.Hour || c.Workers != 2 {
		t.Fatalf("%+v, %v", c, err)
	}
	for name, try := range map[string]func() error{
		"unknown key in the file":  func() error { write("node:\n  urls: x\n"); return Load(path, nil, nil, new(example)) },
		"unknown flag":             func() error { write("workers: 1\n"); return Load(path, nil, []string{"worker=2"}, new(example)) },
		"flag without a value":     func() error { return Load(path, nil, []string{"workers"}, new(example)) },
		"no number":                func() error { write("workers: many\n"); return Load(path, nil, nil, new(example)) },
		"no YAML":                  func() error { write("a: [\n"); return Load(path, nil, nil, new(example)) },
		"larger than any":          func() error { write(strings.Repeat("#", maxConfig+1)); return Load(path, nil, nil, new(example)) },
		"no configuration at all":  func() error { return Load(t.TempDir(), nil, nil, new(example)) },
		"a duration of no meaning": func() error { write("window: soon\n"); return Load(path, nil, nil, new(example)) },
	} {
		if err := try(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestConsortiumRoundTrips(t *testing.T) {
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	logKey, err := proof.VerifierKey("weir/x", public)
	if err != nil {
		t.Fatal(err)
	}
	genesis := message.Genesis{Chain: "weir-1", Policy: model.DefaultPolicy(), Circuits: []message.Circuit{},
		Members: []message.Member{{Name: "tax", Role: message.RoleHolder, SigningKey: [32]byte(public)}}}
	c := &Consortium{Founding: genesis.Encode(), Founded: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), Origin: "weir/x", LogKeys: []string{logKey},
		Windows: Windows{"10m", "10m", "10m", "24h"}, Nodes: []Node{{"node", hex.EncodeToString(public)}}}
	path := filepath.Join(t.TempDir(), ConsortiumFile)
	if err := c.Write(path); err != nil {
		t.Fatal(err)
	}
	read, err := ReadConsortium(path)
	if err != nil {
		t.Fatal(err)
	}
	trust, err := read.Trust()
	if err != nil || trust.Chain != "weir-1" || len(trust.ContractSets) != 1 || !strings.Contains(read.Text(), "tax") {
		t.Errorf("%+v, %v", trust, err)
	}
	rules, err := read.Rules()
	if err != nil || rules.Settle != (24*time.Hour).Milliseconds() || len(rules.Nodes) != 1 {
		t.Errorf("%+v, %v", rules, err)
	}
	for name, spoil := range map[string]func(*Consortium){
		"no founding document": func(c *Consortium) { c.Founding = nil },
		"a window of no time":  func(c *Consortium) { c.Windows.Commit = "" },
		"a node without a key": func(c *Consortium) { c.Nodes[0].Key = "00" },
	} {
		bad := *c
		bad.Nodes = []Node{c.Nodes[0]}
		spoil(&bad)
		path := filepath.Join(t.TempDir(), ConsortiumFile)
		if err := bad.Write(path); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadConsortium(path); err == nil {
			t.Errorf("%s: read", name)
		}
	}
}
