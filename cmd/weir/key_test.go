package main

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/member/folder"
	"weir/engine/member/rotation"
	"weir/engine/receipt"
	"weir/testdata/sample"
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
	key, err := w.give("1h")
	if err != nil {
		d.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(d.t.Context(), 2*time.Minute)
	defer cancel()
	scored, err := d.score(ctx, reference, key)
	if err != nil {
		d.t.Fatalf("%s: %v", reference, err)
	}
	if want := d.reference(id); told(scored.Score, scored.Reasons) != want {
		d.t.Errorf("%s: a wrong score, want %s", reference, want)
	}
	return scored.Receipt
}

// verifyAll checks receipts offline, all of them with every key that changed meanwhile.
func (d *deployment) verifyAll(receipts []string) {
	d.t.Helper()
	for i, file := range receipts {
		b, err := os.ReadFile(file)
		if err != nil {
			d.t.Fatal(err)
		}
		if failed := receipt.Verify(b, d.trust(), receiptJudge).Failed(); failed != nil {
			d.t.Errorf("receipt %d of %d: %s: %s", i+1, len(receipts), failed.Name, failed.Why)
		}
	}
}

// decide has the supervisor propose what concerns the offer of a folder, and holders and the supervisor agree to it.
func (d *deployment) decide(offering string, propose []string, folders ...string) (offered folder.Newcomer) {
	d.t.Helper()
	d.weirJSON(&offered, "key", "offer", d.path(offering))
	text, err := json.Marshal(offered)
	if err != nil {
		d.t.Fatal(err)
	}
	var proposal struct{ ID engine.Digest }
	file := write(d.t, string(text), d.root, offering+".json")
	d.weirJSON(&proposal, append(append([]string{"governance", "propose"}, propose...), file)...)
	for _, path := range append(folders, "supervisor") {
		d.weir("governance", "vote", d.path(path), proposal.ID.String(), "yes", "--sure")
	}
	return offered
}

// Keys of running processes are rotated between scores, those of stopped ones too, one is revoked and given back by votes, and
// a fourth holder is admitted and takes a slice of a new model: scoring goes on, and every receipt verifies, old ones as well.
func TestKeysOfProcessesChange(t *testing.T) {
	if testing.Short() {
		t.Skip("about a minute: real processes and real proofs")
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
	d.verifyAll(receipts)

	d.children["bank"].kill(syscall.SIGTERM)
	var alone rotation.State
	d.weirJSON(&alone, "key", "rotate", d.path("bank"), "--set", "node.url=http://"+d.address)
	if alone.Speaks != alone.Signing || alone.Signing == bank.Signing {
		t.Errorf("%+v", alone)
	}
	if err := d.children["bank"].start(); err != nil {
		t.Fatal(err)
	}
	d.recover()
	receipts = append(receipts, d.scoreOf("rotated while it was stopped, another given by votes"))
	d.verifyAll(receipts)

	d.admit()
	receipts = append(receipts, d.scoreOf("with a holder that came later"))
	d.verifyAll(receipts)
}

// recover revokes the key of the utility's agent, and has the others give it another one.
func (d *deployment) recover() {
	var revoked rotation.State
	d.weirJSON(&revoked, "key", "revoke", d.path("utility"), "--yes")
	if revoked.Speaks != "" {
		d.t.Errorf("%+v", revoked)
	}
	d.decide("utility", []string{"recover", d.path("supervisor"), "power-company"}, "tax", "social")
	if err := d.children["utility"].restart(); err != nil {
		d.t.Fatal(err)
	}
}

// admit makes another holder of the tax records by votes, and a model that it takes part in.
func (d *deployment) admit() {
	t := d.t
	d.weir("init", "agent", d.path("fourth"), "--name", "tax-second", "--source", "tax")
	if err := os.CopyFS(d.path("fourth", "records"), sample.Records()); err != nil {
		t.Fatal(err)
	}
	d.introduce("fourth")
	name := d.decide("fourth", []string{"admit", d.path("supervisor")}, "tax", "social").Name
	d.child("fourth", "agent", d.path("fourth"), "--set", "node.url=http://"+d.address, "--set", "auto_approve=true")
	d.holders = maps.Clone(sampleHolders)
	d.holders["tax"], d.edition = name, "-second"
	d.sealModel()
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
	registrar := path + "-registrar"
	d := []string{"init", "registrar", registrar, "--name", "registrar"}
	if status := run(t.Context(), d, bytes.NewReader(nil), new(bytes.Buffer), new(bytes.Buffer)); status != 0 {
		t.Fatal(status)
	}
	if err := os.WriteFile(registrar+"/"+folder.ConsortiumFile, public, 0o644); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	if status := run(t.Context(), []string{"key", "rotate", registrar}, bytes.NewReader(nil), new(bytes.Buffer), &said); status != exitUsage || !strings.Contains(said.String(), "certificates") {
		t.Errorf("a registrar rotates: %d, %s", status, &said)
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
