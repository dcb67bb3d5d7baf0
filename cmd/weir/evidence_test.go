package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/member/folder"
	"weir/ledger/deposit"
	"weir/ledger/node/noded"
	"weir/ledger/proof"
	"weir/ledger/witness/witnessd"
)

// evidenceWorld is a consortium without circuits, whose node and witnesses run in this process. It is founded as the command
// does it, but for the proofs' keys, which evidence has nothing to do with.
type evidenceWorld struct {
	t       *testing.T
	root    string
	address string
	stop    map[string]func()
}

func foundEvidence(t *testing.T, need int) *evidenceWorld {
	t.Helper()
	w := &evidenceWorld{t: t, root: t.TempDir(), address: freeAddress(t), stop: map[string]func(){}}
	want(t, 0, "init", "bank", w.path("bank"), "--name", "bank", "--cosign")
	want(t, 0, "init", "agent", w.path("tax"), "--name", "tax-office", "--source", "tax")
	want(t, 0, "init", "registrar", w.path("registrar"), "--name", "registrar")
	want(t, 0, "init", "witness", w.path("court"), "--name", "court.example")
	want(t, 0, "init", "witness", w.path("press"), "--name", "press.example")
	f := &founding{console: &console{stdout: io.Discard, stderr: io.Discard}, name: "operator", chain: "weir-test", window: "10s", need: uint32(need)}
	for _, m := range []string{"bank", "tax", "registrar"} {
		f.members = append(f.members, w.path(m, folder.MemberFile))
	}
	for _, m := range []string{"court", "press", "bank"} {
		f.witnesses = append(f.witnesses, w.path(m, folder.WitnessPublicFile))
	}
	if err := f.foundWithoutProofs(w.path("node")); err != nil {
		t.Fatal(err)
	}
	public, err := os.ReadFile(w.path("node", folder.ConsortiumFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []string{"bank", "tax", "registrar", "court", "press"} {
		if err := os.WriteFile(w.path(m, folder.ConsortiumFile), public, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(w.path("trust.json"), []byte(want(t, 0, "init", "trust", w.path("bank", folder.ConsortiumFile))), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("WEIR_NODE_URL", "http://"+w.address)
	w.node("node", w.address)
	if need > 0 {
		w.witness("court")
		w.witness("press")
	}
	t.Cleanup(func() {
		for _, stop := range w.stop {
			stop()
		}
	})
	return w
}

// foundWithoutProofs is found, for a consortium that registers no circuits.
func (f *founding) foundWithoutProofs(path string) error {
	genesis, err := f.genesis()
	if err != nil {
		return err
	}
	m, err := folder.Init(path, engine.Name(f.name), "node", noded.Example(engine.Name(f.name)), bytes.NewReader(bytes.Repeat([]byte{7}, 64)))
	if err != nil {
		return err
	}
	consortium, err := f.consortium(genesis, m)
	if err != nil {
		return err
	}
	return consortium.Write(filepath.Join(path, folder.ConsortiumFile))
}

func (w *evidenceWorld) path(parts ...string) string {
	return filepath.Join(append([]string{w.root}, parts...)...)
}

// begin runs something until its name's stop is called.
func (w *evidenceWorld) begin(name string, do func(ctx context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() {
		if err := do(ctx); err != nil && !errors.Is(err, context.Canceled) {
			w.t.Errorf("%s: %v", name, err)
		}
	})
	w.stop[name] = sync.OnceFunc(func() { cancel(); ended.Wait() })
}

func (w *evidenceWorld) node(name, address string) {
	w.t.Helper()
	config := noded.Defaults()
	config.Name, config.Listen.Address, config.Tiles = "operator", address, false
	ready := make(chan struct{})
	w.begin(name, func(ctx context.Context) error {
		return noded.Run(ctx, w.path(name), &config, nil, slog.New(slog.DiscardHandler), func(net.Addr) { close(ready) })
	})
	select {
	case <-ready:
	case <-time.After(30 * time.Second):
		w.t.Fatalf("%s does not listen", name)
	}
}

func (w *evidenceWorld) witness(name string) {
	config := witnessd.Defaults()
	config.Node.URL = "http://" + w.address
	w.begin(name, func(ctx context.Context) error {
		return witnessd.Run(ctx, w.path(name), &config, slog.New(slog.DiscardHandler))
	})
}

// file is one to be deposited.
func (w *evidenceWorld) file(name, content string) string {
	w.t.Helper()
	path := w.path(name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// verify runs weir evidence verify --json.
func (w *evidenceWorld) verify(status int, args ...string) *depositVerification {
	w.t.Helper()
	got, out, said := result(w.t, append([]string{"evidence", "verify", "--json", "--trust", w.path("trust.json")}, args...)...)
	if got != status {
		w.t.Fatalf("verify %v: status %d, want %d\n%s%s", args, got, status, out, said)
	}
	if out == "" {
		return nil
	}
	r := new(depositVerification)
	if err := json.Unmarshal([]byte(out), r); err != nil {
		w.t.Fatal(err)
	}
	return r
}

// A deposit under two witnesses of three: its certificate verifies offline, and nothing else does.
func TestEvidenceDeposit(t *testing.T) {
	w := foundEvidence(t, 2)
	file := w.file("contract.txt", "we agree")
	want(t, 0, "evidence", "deposit", file, "--as", w.path("bank"), "--note", "loan file 7", "--public", "batch of today")
	certificate := file + certificateSuffix
	if info, err := os.Stat(certificate); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if kept, _ := filepath.Glob(w.path("bank", "deposits", "*")); len(kept) != 0 {
		t.Errorf("left over: %q", kept)
	}
	w.stop["node"]() // offline
	r := w.verify(0, file, certificate)
	if !r.Verified || r.Facts.Depositor != "bank" || r.Facts.Note != "loan file 7" || r.Facts.Public != "batch of today" || r.Facts.Name != "contract.txt" ||
		len(r.Checks) != len(deposit.Checks()) {
		t.Errorf("%+v", r)
	}
	out := want(t, 0, "evidence", "verify", file, certificate, "--trust", w.path("bank", folder.ConsortiumFile))
	if !strings.Contains(out, "ok      file") || !strings.Contains(out, "verified: bank deposited this file by") {
		t.Error(out)
	}
	for name, change := range map[string]func() (file, certificate string){
		"file":     func() (string, string) { return w.file("other.txt", "we agree!"), certificate },
		"encoding": func() (string, string) { return file, w.file("short", "no certificate") },
		"ledger": func() (string, string) {
			return file, w.spoil(certificate, func(c *deposit.Certificate) { c.Bundle = w.lessWitnessed(c.Bundle) })
		},
		"digest": func() (string, string) {
			return file, w.spoil(certificate, func(c *deposit.Certificate) { c.Document.Note = "loan file 8" })
		},
		"depositor": func() (string, string) {
			return file, w.spoil(certificate, func(c *deposit.Certificate) { c.Document.Depositor = "tax-office" })
		},
	} {
		f, c := change()
		r := w.verify(1, f, c)
		if last := r.Checks[len(r.Checks)-1]; r.Verified || last.OK || string(last.Name) != name {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if status, _, _ := result(t, "evidence", "verify", file, w.path("nowhere"), "--trust", w.path("trust.json")); status != 2 {
		t.Errorf("a certificate that is not there: status %d", status)
	}
	if status, _, _ := result(t, "evidence", "verify", certificate, "--trust", w.path("trust.json")); status != 1 {
		t.Errorf("a certificate alone, which is no evidence of a fork: status %d", status)
	}
}

// spoil is a certificate with a change.
func (w *evidenceWorld) spoil(certificate string, change func(*deposit.Certificate)) string {
	w.t.Helper()
	c, err := openCertificate(certificate)
	if err != nil {
		w.t.Fatal(err)
	}
	change(c)
	return w.file("spoiled", string(canonical.Encode(*c)))
}

// lessWitnessed is a bundle whose checkpoint has lost a cosignature (A19).
func (w *evidenceWorld) lessWitnessed(encoded []byte) []byte {
	w.t.Helper()
	var b proof.Bundle
	if err := canonical.Decode(encoded, proof.MaxBundle, &b); err != nil {
		w.t.Fatal(err)
	}
	at := bytes.LastIndex(bytes.TrimSuffix(b.Checkpoint, []byte("\n")), []byte("\n"))
	b.Checkpoint = b.Checkpoint[:at+1]
	return b.Encode()
}

// Without a quorum there is no certificate; the same command later gives one for the same deposit.
func TestEvidenceWaitsForWitnesses(t *testing.T) {
	w := foundEvidence(t, 2)
	w.stop["press"]()
	file := w.file("contract.txt", "we agree")
	out := want(t, 3, "evidence", "deposit", file, "--as", w.path("bank"), "--wait", "1s")
	if !strings.Contains(out, errNotFinalYet.Error()) {
		t.Error(out)
	}
	digest := strings.Split(want(t, 0, "evidence", "deposit", file, "--as", w.path("bank"), "--prepare"), "\n")[0]
	w.witness("press")
	said := want(t, 0, "evidence", "deposit", file, "--as", w.path("bank"))
	if !strings.Contains(said, "going on with what was begun") {
		t.Error(said)
	}
	w.verify(0, file, file+certificateSuffix)
	found := want(t, 0, "evidence", "lookup", file, file+certificateSuffix, "--as", w.path("tax"))
	if !strings.Contains(found, digest) || strings.Count(found, "bank") != 1 {
		t.Errorf("deposited more than once, or something else than %s:\n%s", digest, found)
	}
	want(t, 2, "evidence", "deposit", file, "--as", w.path("bank")) // its certificate is there
}

// A batch is one deposit with a certificate for each file; nothing in it can be exchanged for another.
func TestEvidenceBatch(t *testing.T) {
	w := foundEvidence(t, 0)
	var files []string
	for i := range 5 {
		files = append(files, w.file(fmt.Sprintf("scan-%d.tif", i), fmt.Sprint("page ", i)))
	}
	args := append([]string{"evidence", "deposit", "--as", w.path("bank"), "--out", w.path("certificates")}, files...)
	want(t, 0, args...)
	certificates := func(i int) string { return w.path("certificates", filepath.Base(files[i])+certificateSuffix) }
	for i, file := range files {
		if r := w.verify(0, file, certificates(i)); r.Facts.Documents != 5 || r.Facts.Type != "image/tiff" {
			t.Errorf("%+v", r.Facts)
		}
	}
	w.verify(1, files[0], certificates(1))
	found := want(t, 0, "evidence", "lookup", files[3], certificates(3), "--as", w.path("tax"))
	if strings.Count(found, "bank") != 1 {
		t.Error(found)
	}
	if err := os.WriteFile(files[0], []byte("another page"), 0o644); err != nil {
		t.Fatal(err)
	}
	w.verify(1, files[0], certificates(0))
	want(t, 1, "evidence", "lookup", strings.Repeat("0", 63)+"1", "--as", w.path("tax"))
	want(t, 2, "evidence", "lookup", "digest", "--as", w.path("tax"))
}

// A deposit that was begun goes on with its salt, and not with another file.
func TestEvidenceGoesOn(t *testing.T) {
	w := foundEvidence(t, 0)
	file := w.file("contract.txt", "we agree")
	first := want(t, 0, "evidence", "deposit", file, "--as", w.path("bank"), "--prepare")
	again := want(t, 0, "evidence", "deposit", file, "--as", w.path("bank"), "--prepare", "--note", "ignored")
	if digest := strings.SplitN(first, "\n", 2)[0]; !strings.Contains(again, digest) {
		t.Errorf("two salts:\n%s\n%s", first, again)
	}
	w.crash(1)
	two := []string{w.file("one", "1"), w.file("two", "2")}
	want(t, 0, append([]string{"evidence", "deposit", "--as", w.path("bank"), "--prepare"}, two...)...)
	w.crash(2)
	for _, args := range [][]string{{file}, two} {
		want(t, 0, append([]string{"evidence", "deposit", "--as", w.path("bank")}, args...)...)
		for _, f := range args {
			w.verify(0, f, f+certificateSuffix)
			if found := want(t, 0, "evidence", "lookup", f, f+certificateSuffix, "--as", w.path("tax")); strings.Count(found, "bank") != 1 {
				t.Error(found)
			}
		}
	}
	if err := os.Remove(file + certificateSuffix); err != nil {
		t.Fatal(err)
	}
	want(t, 0, "evidence", "deposit", file, "--as", w.path("bank"), "--prepare")
	out := want(t, 2, "evidence", "deposit", file, "--as", w.path("bank"), "--stamp", w.file("token", "no token"))
	if !strings.Contains(out, "time stamp refused") {
		t.Error(out)
	}
	w.file("contract.txt", "we do not agree")
	out = want(t, 2, "evidence", "deposit", file, "--as", w.path("bank"))
	if !strings.Contains(out, "has changed since its deposit was begun") {
		t.Error(out)
	}
	kept, err := filepath.Glob(w.path("bank", "deposits", "*.begun"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("%q, %v", kept, err)
	}
	if err := os.WriteFile(kept[0], []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, 2, "evidence", "deposit", file, "--as", w.path("bank"))
}

// crash posts what was begun over so many files and forgets it, as a process that was killed before it wrote a certificate.
func (w *evidenceWorld) crash(files int) {
	w.t.Helper()
	kept, err := filepath.Glob(w.path("bank", "deposits", "*.begun"))
	if err != nil || len(kept) == 0 {
		w.t.Fatalf("%q, %v", kept, err)
	}
	m, err := new(console).openFolder(w.path("bank"), "")
	if err != nil {
		w.t.Fatal(err)
	}
	name, author, err := m.author()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, file := range kept {
		content, err := os.ReadFile(file)
		if err != nil {
			w.t.Fatal(err)
		}
		var b begun
		if err := canonical.Decode(content, 1<<20, &b); err != nil {
			w.t.Fatal(err)
		}
		if len(b.Documents) != files {
			continue
		}
		body, _, err := b.body()
		if err != nil {
			w.t.Fatal(err)
		}
		if _, _, err := post(w.t.Context(), m, author, name, body); err != nil {
			w.t.Fatal(err)
		}
	}
}

// A18: two clients to whom an operator showed two histories compare what they saw, and have evidence; two who saw one history
// at different times have none.
func TestEvidenceFork(t *testing.T) {
	w := foundEvidence(t, 0)
	post := func(as, name string) {
		t.Helper()
		want(t, 0, "evidence", "deposit", w.file(name, name), "--as", w.path(as))
	}
	show := func(name, note string) string {
		t.Helper()
		var text string
		for range 100 { // until the witness has seen something
			status, out, _ := result(t, "witness", "show", w.path(name))
			if text = out; status == 0 {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		return w.file(note, text)
	}
	w.witness("court")
	post("bank", "one")
	time.Sleep(200 * time.Millisecond)
	w.stop["court"]()
	early := show("court", "early.note")
	post("bank", "two")
	w.witness("press")
	late := show("press", "late.note")
	w.stop["press"]()
	compare := func(status int, first, second string, more ...string) string {
		t.Helper()
		return want(t, status, append([]string{"evidence", "fork", "--first", first, "--second", second, "--trust", w.path("trust.json"), "--out", w.path("fork.evidence")}, more...)...)
	}
	compare(2, early, late)
	if out := compare(1, early, late, "--as", w.path("press")); !strings.Contains(out, "one history") {
		t.Error(out)
	}
	compare(1, early, early)
	compare(2, early, w.file("bad.note", "hello"), "--as", w.path("press"))

	w.stop["node"]()
	if err := os.RemoveAll(w.path("node", "ledger")); err != nil {
		t.Fatal(err)
	}
	w.node("node", w.address) // the same key, and another history
	for _, name := range []string{"three", "four", "five", "six"} {
		post("tax", name)
	}
	if err := os.Remove(w.path("press", "witness.seen")); err != nil { // somebody who saw nothing before
		t.Fatal(err)
	}
	w.witness("press")
	other := show("press", "other.note")
	w.stop["press"]()
	for range 2 {
		out := compare(0, late, other, "--as", w.path("registrar"))
		if !strings.Contains(out, "has signed two histories") {
			t.Error(out)
		}
		late, other = other, late
	}
	if info, err := os.Stat(w.path("fork.evidence")); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("%v, %v", info, err)
	}
	out := want(t, 0, "evidence", "verify", w.path("fork.evidence"), "--trust", w.path("node", folder.ConsortiumFile))
	if !strings.Contains(out, "weir/weir-test has signed two histories") || !strings.Contains(out, "blocks, root") {
		t.Error(out)
	}
	b, err := os.ReadFile(w.path("fork.evidence"))
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)-3] ^= 1
	if out := want(t, 1, "evidence", "verify", w.file("spoiled.evidence", string(b)), "--trust", w.path("trust.json")); !strings.Contains(out, "NOT evidence") {
		t.Error(out)
	}
}
