package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/consent"
	"weir/engine/member/control"
	"weir/engine/member/folder"
	"weir/engine/message"
	"weir/engine/receipt"
	"weir/ledger/contract/tasks"
	"weir/ledger/deposit"
	"weir/ledger/witness/watch"
)

// result runs one command to its end and gives its status and what it said.
func result(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, said bytes.Buffer
	status = run(t.Context(), args, bytes.NewReader(nil), &out, &said)
	return status, out.String(), said.String()
}

// want is result for a command whose status is known.
func want(t *testing.T, status int, args ...string) string {
	t.Helper()
	got, out, said := result(t, args...)
	if got != status {
		t.Fatalf("weir %s: status %d, want %d\n%s%s", strings.Join(args, " "), got, status, out, said)
	}
	return out + said
}

// consented is a consent for one score of the n-th enterprise, and what it must be.
func (d *deployment) consented(n int) (consent.Key, string) {
	d.t.Helper()
	id := enterprises(d.t, n+1)[n]
	w, err := d.enrolled(id)
	if err != nil {
		d.t.Fatal(err)
	}
	key, err := w.give("1h")
	if err != nil {
		d.t.Fatal(err)
	}
	return key, d.reference(id)
}

// released counts the responses that any party released.
func (d *deployment) released() int {
	d.t.Helper()
	found, err := d.client.Find(d.t.Context(), message.KindReleased, "")
	if err != nil {
		d.t.Fatal(err)
	}
	return len(found)
}

// Two witnesses of three make a score, as processes: an agent that cosigns and one outsider. With the agent alone nothing is
// released, the task expires and names nobody; with the second one, killed again and again, it goes on.
func TestScoresNeedWitnesses(t *testing.T) {
	if testing.Short() {
		t.Skip("about half a minute: real processes and real proofs")
	}
	d := deployWitnessed(t, 8*time.Second, 2)
	d.children["bank"].kill(syscall.SIGTERM)
	d.children["bank"].args = append(d.children["bank"].args, "--set", "attempts=1")
	if err := d.children["bank"].start(); err != nil {
		t.Fatal(err)
	}
	d.child("court", "witness", d.path("court"), "--set", "node.url=http://"+d.address)
	d.sealModel()
	key, _ := d.consented(0)
	d.children["court"].kill(syscall.SIGTERM)
	_, err := d.score(t.Context(), "one witness", key)
	var refused *control.RefusedError
	if !errors.As(err, &refused) || !strings.Contains(refused.Reason, "the attempt ended as "+string(tasks.Expired)) || strings.Contains(refused.Reason, "/") {
		t.Fatalf("with one witness of two: %v", err)
	}
	if n := d.released(); n != 0 {
		t.Fatalf("%d responses released without a quorum", n)
	}

	if err := d.children["court"].start(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	key, reference := d.consented(1)
	scored, err := d.score(t.Context(), "two witnesses", key)
	if err != nil || told(scored.Score, scored.Reasons) != reference {
		t.Fatalf("with two witnesses: %+v, %v; want %s", scored, err, reference)
	}
	t.Logf("consent and score under two witnesses: %v", time.Since(began))
	for _, folder := range []string{"bank", "utility"} { // the posts of before stand under former keys, and the quorum's checkpoint shows it
		d.weir("key", "rotate", d.path(folder))
	}
	if err := d.children["utility"].restart(); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(d.children["court"].restart(), d.children["node"].restart()); err != nil {
		t.Fatal(err)
	}
	key, reference = d.consented(2)
	again, err := d.score(t.Context(), "after kill -9", key)
	if err != nil || told(again.Score, again.Reasons) != reference {
		t.Fatalf("after the node and a witness were killed: %+v, %v", again, err)
	}
	d.receiptUnderWitnesses(scored.Receipt)
	d.handOverToAnAgent()
	d.forkAgainst("court", "tax", "utility", "social", "bank")
}

// receiptUnderWitnesses verifies a receipt at the command, under the consortium's quorum, and under others (A19).
func (d *deployment) receiptUnderWitnesses(file string) {
	t := d.t
	t.Helper()
	trusted := d.path("trust.json")
	if err := os.WriteFile(trusted, []byte(want(t, 0, "init", "trust", d.path("tax", folder.ConsortiumFile))), 0o644); err != nil {
		t.Fatal(err)
	}
	verify := func(status int, says, receipt, trust string) {
		t.Helper()
		if out := want(t, status, "receipt", "verify", receipt, "--trust", trust, "--allow-development-keys"); !strings.Contains(out, says) {
			t.Errorf("%q is not in\n%s", says, out)
		}
	}
	verify(0, "verified", file, trusted)
	trust := d.trust()
	spoil := func(name string, change func(*receipt.Trust)) string {
		other := *trust
		change(&other)
		path := d.path(name)
		if err := os.WriteFile(path, other.Encode(), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	all := spoil("all.json", func(t *receipt.Trust) { t.Witnesses.Need = 3 })
	verify(1, "2 have cosigned, the trust file asks for 3", file, all)
	press := spoil("press.json", func(o *receipt.Trust) {
		o.Witnesses.Need = 1
		for _, key := range trust.Witnesses.Keys {
			if strings.HasPrefix(key, "press") {
				o.Witnesses.Keys = []string{key}
			}
		}
	})
	verify(1, "NOT verified: checkpoint", file, press)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r, err := receipt.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func([]byte) []byte{
		"without a line": func(note []byte) []byte {
			at := bytes.LastIndex(bytes.TrimSuffix(note, []byte("\n")), []byte("\n"))
			return note[:at+1]
		},
		"with a line twice": func(note []byte) []byte {
			at := bytes.LastIndex(bytes.TrimSuffix(note, []byte("\n")), []byte("\n"))
			return append(bytes.Clone(note), note[at+1:]...)
		},
		"with a changed line": func(note []byte) []byte {
			changed := bytes.Clone(note)
			changed[len(changed)-20] ^= 1
			return changed
		},
	} {
		other := *r
		other.Checkpoint = change(r.Checkpoint)
		path := d.path("spoiled.receipt")
		if err := os.WriteFile(path, other.Encode(), 0o600); err != nil {
			t.Fatal(err)
		}
		if out := want(t, 1, "receipt", "verify", path, "--trust", trusted, "--allow-development-keys"); !strings.Contains(out, "NOT verified") {
			t.Errorf("%s:\n%s", name, out)
		}
	}
}

// handOverToAnAgent hands a document over to a running agent, under the witnesses' quorum.
func (d *deployment) handOverToAnAgent() {
	t := d.t
	t.Helper()
	file, sealed, received := d.path("contract.txt"), d.path("contract.handover"), d.path("received")
	if err := os.WriteFile(file, []byte("we agree"), 0o644); err != nil {
		t.Fatal(err)
	}
	as := []string{"--as", d.path("bank"), "--node", "http://" + d.address} // whose daemon writes under the same account
	certificate := file + certificateSuffix
	want(t, 0, append([]string{"evidence", "deposit", file}, as...)...)
	want(t, 0, append([]string{"evidence", "grant", certificate, "--to", "tax-office/tax"}, as...)...)
	want(t, 0, append([]string{"evidence", "hand-over", certificate, "--to", "tax-office/tax", "--out", sealed}, as...)...)
	want(t, 1, "evidence", "receive", sealed, "--as", d.path("utility"), "--out", received)
	want(t, 1, "evidence", "receive", sealed, "--as", d.path("bank"), "--out", received)
	want(t, 0, "evidence", "receive", sealed, "--as", d.path("tax"), "--out", received, "--file", file)
	want(t, 0, "evidence", "verify", file, received, "--trust", d.path("trust.json"))
}

// forkAgainst has the operator show another history to everybody: the witness, the agents and the bank each write evidence,
// end with status 1 and do not start again. A18.
func (d *deployment) forkAgainst(everybody ...string) {
	t := d.t
	t.Helper()
	head, err := d.client.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other := d.secondHistory(head.Height + 10)
	d.children["node"].kill(syscall.SIGKILL)
	if err := errors.Join(os.RemoveAll(d.path("node", "ledger")), os.Rename(filepath.Join(other, "ledger"), d.path("node", "ledger"))); err != nil {
		t.Fatal(err)
	}
	if err := d.children["node"].start(); err != nil {
		t.Fatal(err)
	}
	for _, name := range everybody {
		if status := d.children[name].ended(t); status != 1 {
			t.Errorf("%s ended with status %d", name, status)
		}
		files, err := filepath.Glob(d.path(name, "fork-*.evidence"))
		if err != nil || len(files) != 1 {
			t.Errorf("%s: evidence %q, %v", name, files, err)
			continue
		}
		for _, trust := range []string{d.path("trust.json"), d.path("node", folder.ConsortiumFile)} {
			if out := want(t, 0, "evidence", "verify", files[0], "--trust", trust); !strings.Contains(out, "weir/weir-test has signed two histories") {
				t.Errorf("%s: %s", name, out)
			}
		}
		if err := d.children[name].start(); err != nil {
			t.Fatal(err)
		}
		if status := d.children[name].ended(t); status != 1 {
			t.Errorf("%s, started again, ended with status %d", name, status)
		}
		if _, err := os.Stat(d.path(name, watch.HaltFile)); err != nil {
			t.Error(err)
		}
	}
}

// secondHistory is a node's folder with another history, of so many blocks, under the consortium's key and founding document.
func (d *deployment) secondHistory(blocks uint64) string {
	t := d.t
	t.Helper()
	path := d.path("second")
	if err := os.CopyFS(path, os.DirFS(d.path("node"))); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.RemoveAll(filepath.Join(path, "ledger")), os.RemoveAll(filepath.Join(path, "tiles"))); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(path, folder.KeyFile), 0o600); err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	d.child("second", "node", path, "--set", "listen.address="+address)
	consortium, err := folder.ReadConsortium(d.path("node", folder.ConsortiumFile))
	if err != nil {
		t.Fatal(err)
	}
	client := dialNode(t, address, consortium)
	key, err := folder.Key(d.path("registrar"))
	if err != nil {
		t.Fatal(err)
	}
	author := message.NewAuthor(client, d.genesis.Chain, "registrar", key)
	for n := uint64(1); n <= blocks; n++ {
		digest := engine.Digest{}
		binary.BigEndian.PutUint64(digest[:], n)
		if _, err := author.Write(t.Context(), deposit.KindDeposit, deposit.Deposit{Digest: digest, Count: 1}); err != nil {
			t.Fatal(err)
		}
	}
	d.children["second"].kill(syscall.SIGTERM)
	return path
}

// ended waits until a process has ended by itself, and gives its status.
func (c *child) ended(t *testing.T) int {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	stuck := time.AfterFunc(time.Minute, func() { c.cmd.Process.Signal(syscall.SIGQUIT) })
	defer stuck.Stop()
	c.cmd.Wait()
	return c.cmd.ProcessState.ExitCode()
}
