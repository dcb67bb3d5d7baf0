package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"syscall"
	"testing"
)

// A supervisor's audit does not follow a ledger that went back; a store and a backup are read alike.
func TestAuditOfARolledBackLedger(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	c := newCouncil(t)
	store, backup, earlier := c.path("node", "ledger", "store"), c.path("backup"), c.path("earlier")
	audit := func(more ...string) []string {
		return append([]string{"audit", "--as", c.path("supervisor"), "--json"}, more...)
	}
	height := func(out string) uint64 {
		var a audited
		if err := json.Unmarshal([]byte(out), &a); err != nil || a.Uses == nil || a.Checkpoint == "" || !a.Final {
			t.Fatalf("%v: %s", err, out)
		}
		return a.Height
	}
	c.propose("suspend", c.path("bank"), "power")
	c.node.kill(syscall.SIGTERM)
	if err := os.CopyFS(earlier, os.DirFS(store)); err != nil {
		t.Fatal(err)
	}
	c.ok("ledger", "backup", earlier, backup)
	if err := c.node.start(); err != nil {
		t.Fatal(err)
	}
	c.propose("suspend", c.path("bank"), "tax")
	if h := height(c.ok(audit(c.at()...)...)); h != 2 {
		t.Errorf("at block %d", h)
	}
	c.node.kill(syscall.SIGTERM)
	if h := height(c.ok(audit("--store", store)...)); h != 2 {
		t.Errorf("store at block %d", h)
	}
	if h := height(c.ok(audit("--store", backup)...)); h != 1 {
		t.Errorf("backup at block %d", h)
	}
	if err := os.RemoveAll(store); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(earlier, store); err != nil {
		t.Fatal(err)
	}
	if err := c.node.start(); err != nil {
		t.Fatal(err)
	}
	c.refused(1, "from 3 blocks to 2", audit(c.at()...)...)
	c.propose("suspend", c.path("registrar"), "tax")
	c.propose("suspend", c.path("registrar"), "social")
	c.refused(1, "what is shown is not the ledger", audit(c.at()...)...)
	damage(t, backup)
	c.refused(1, "archive refused", audit("--store", backup)...)
	c.refused(2, "there is no ledger", audit("--store", c.path("tax"))...)
	c.refused(2, "--csv or --json", audit("--csv")...)
	c.refused(2, "--from", audit("--from", "yesterday")...)
	left, err := fs.Glob(os.DirFS(os.TempDir()), "weir-copy-*")
	if err != nil || len(left) != 0 {
		t.Errorf("left over: %q, %v", left, err)
	}
}

func damage(t *testing.T, file string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
