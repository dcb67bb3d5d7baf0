package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/engine/member/folder"
	"weir/engine/member/rotation"
)

// weirJSON runs one command with --json and reads what it gives.
func (d *deployment) weirJSON(into any, args ...string) {
	d.t.Helper()
	var out, said bytes.Buffer
	if status := run(d.t.Context(), append(args, "--json"), bytes.NewReader(nil), &out, &said); status != 0 {
		d.t.Fatalf("weir %v: %d: %s", args, status, said.String())
	}
	if err := json.Unmarshal(out.Bytes(), into); err != nil {
		d.t.Fatal(err)
	}
}

// scoreOf asks for the score of one enterprise and compares it with the plaintext; it gives the receipt's file.
func (d *deployment) scoreOf(reference string) string {
	d.t.Helper()
	id := enterprises(d.t, 1)[0]
	w, err := d.enrolled(id)
	if err != nil {
		d.t.Fatal(err)
	}
	key, err := d.give(w.Wallet, time.Hour)
	if err != nil {
		d.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(d.t.Context(), 2*time.Minute)
	defer cancel()
	scored, err := d.score(ctx, reference, key)
	if err != nil {
		d.t.Fatalf("%s: %v", reference, err)
	}
	if want := d.reference(id); scored.Score != want {
		d.t.Errorf("%s: %d, want %d", reference, scored.Score, want)
	}
	return scored.Receipt
}

// Keys of running processes are rotated between scores, those of stopped ones too, and scoring goes on.
func TestKeysOfProcessesRotate(t *testing.T) {
	if testing.Short() {
		t.Skip("about half a minute: real processes and real proofs")
	}
	d := deploy(t, 30*time.Second)
	d.sealModel()
	receipts := []string{d.scoreOf("before")}
	var bank, agent rotation.State
	d.weirJSON(&bank, "key", "rotate", d.path("bank"))
	d.weirJSON(&agent, "key", "rotate", d.path("tax"))
	for _, s := range []rotation.State{bank, agent} {
		if s.Speaks != s.Signing || s.Next != "" {
			t.Errorf("%+v", s)
		}
	}
	receipts = append(receipts, d.scoreOf("rotated while they ran"))

	d.children["bank"].kill(syscall.SIGTERM)
	var alone rotation.State
	d.weirJSON(&alone, "key", "rotate", d.path("bank"), "--set", "node.url=http://"+d.address)
	if alone.Speaks != alone.Signing || alone.Signing == bank.Signing {
		t.Errorf("%+v", alone)
	}
	if err := d.children["bank"].start(); err != nil {
		t.Fatal(err)
	}
	receipts = append(receipts, d.scoreOf("rotated while it was stopped"))
	for _, file := range receipts {
		if _, err := os.Stat(file); err != nil {
			t.Error(err)
		}
	}
}

// What the commands say where there is no ledger: which key the folder has is known, and nothing is changed.
func TestKeyCommandsWithoutANode(t *testing.T) {
	path := t.TempDir() + "/bank"
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"init", "bank", path, "--name", "bank"}, 0, ""},
		{[]string{"key", "status", path}, exitUsage, folder.ConsortiumFile},
		{[]string{"key", "rotate", path}, exitUsage, folder.ConsortiumFile},
		{[]string{"key", "revoke", path}, exitUsage, "--yes"},
		{[]string{"key", "offer", path}, exitUsage, folder.ConsortiumFile},
		{[]string{"init", "node", path + "-node", "--name", "operator", "--chain", "weir-test", "--member", path + "/member.json"}, 0, ""},
	} {
		var out, said bytes.Buffer
		if status := run(t.Context(), c.args, bytes.NewReader(nil), &out, &said); status != c.status || !strings.Contains(said.String(), c.says) {
			t.Fatalf("%v: %d, %s", c.args, status, said.String())
		}
	}
	public, err := os.ReadFile(path + "-node/" + folder.ConsortiumFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+"/"+folder.ConsortiumFile, public, 0o644); err != nil {
		t.Fatal(err)
	}
	before, err := folder.Key(path)
	if err != nil {
		t.Fatal(err)
	}
	var offered [2]bytes.Buffer
	for i := range offered {
		if status := run(t.Context(), []string{"key", "offer", path, "--json"}, bytes.NewReader(nil), &offered[i], new(bytes.Buffer)); status != 0 {
			t.Fatal(status)
		}
	}
	if offered[0].String() != offered[1].String() || !strings.Contains(offered[0].String(), "possession") {
		t.Errorf("%s%s", &offered[0], &offered[1])
	}
	if after, err := folder.Key(path); err != nil || !after.Equal(before) {
		t.Errorf("the signing key changed: %v", err)
	}
}
