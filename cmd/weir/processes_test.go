package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"weir/circuits/keycache"
	"weir/engine"
	"weir/engine/authority"
	"weir/engine/bank/bankd"
	"weir/engine/consent"
	"weir/engine/directory"
	"weir/engine/member"
	"weir/engine/member/control"
	"weir/engine/member/folder"
	"weir/engine/message"
	"weir/engine/model/points"
	"weir/engine/proof"
	"weir/engine/receipt"
	"weir/engine/record"
	"weir/engine/schema"
	"weir/engine/vault"
	"weir/ledger/api"
	"weir/testdata/sample"
)

// sources of the sample, each with a holder of its own.
var sampleHolders = map[engine.Name]engine.Name{"tax": "tax-office", "utility": "power-company", "social": "social-security"}

// deployment is a consortium of real processes: a node, three agents and a bank, each a child of the test, over loopback.
// Registrar, supervisor and wallets act in the test itself, as clients of the node.
type deployment struct {
	t       *testing.T
	root    string
	address string
	genesis *message.Genesis
	client  *api.Client
	members *directory.Directory        // as the ledger shows them
	holders map[engine.Name]engine.Name // by source, of the model in use
	edition string                      // added to its version: a bank gives a name and version once
	keys    *proof.Keys
	model   engine.Digest
	sources map[engine.Name]*record.Source
	card    *points.Model

	registrar *authority.Registrar

	mu       sync.Mutex
	children map[string]*child
	wallets  map[engine.Identifier]*enrolledWallet
}

// child is one process, which may be killed and started again.
type child struct {
	args []string
	mu   sync.Mutex
	cmd  *exec.Cmd
	log  *os.File
}

// deploy founds a consortium whose tasks last a window each, and starts its processes.
func deploy(t *testing.T, window time.Duration) *deployment {
	t.Helper()
	d := &deployment{t: t, root: t.TempDir(), children: map[string]*child{}, wallets: map[engine.Identifier]*enrolledWallet{}, holders: sampleHolders, sources: map[engine.Name]*record.Source{}}
	d.weir("init", "bank", d.path("bank"), "--name", "bank")
	d.weir("init", "registrar", d.path("registrar"), "--name", "registrar")
	d.weir("init", "supervisor", d.path("supervisor"), "--name", "supervisor")
	found := []string{"init", "node", d.path("node"), "--name", "operator", "--chain", "weir-test", "--window", window.String()}
	for source, holder := range sampleHolders {
		d.weir("init", "agent", d.path(string(source)), "--name", string(holder), "--source", string(source))
		if err := os.CopyFS(d.path(string(source), "records"), sample.Records()); err != nil {
			t.Fatal(err)
		}
	}
	for _, member := range []string{"bank", "registrar", "supervisor", "tax", "utility", "social"} {
		found = append(found, "--member", d.path(member, folder.MemberFile))
	}
	d.weir(found...)
	public, err := os.ReadFile(d.path("node", folder.ConsortiumFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, member := range []string{"bank", "tax", "utility", "social"} {
		if err := os.WriteFile(d.path(member, folder.ConsortiumFile), public, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	d.address = freeAddress(t)
	d.join()
	d.start()
	return d
}

func (d *deployment) path(parts ...string) string {
	return filepath.Join(append([]string{d.root}, parts...)...)
}

// weir runs one command to its end.
func (d *deployment) weir(args ...string) {
	d.t.Helper()
	var out, said bytes.Buffer
	if status := run(d.t.Context(), args, bytes.NewReader(nil), &out, &said); status != 0 {
		d.t.Fatalf("weir %v: %d: %s", args, status, said.String())
	}
}

func freeAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// join makes what the test itself acts with.
func (d *deployment) join() {
	t := d.t
	consortium, err := folder.ReadConsortium(d.path("node", folder.ConsortiumFile))
	if err != nil {
		t.Fatal(err)
	}
	if d.genesis, err = consortium.Genesis(); err != nil {
		t.Fatal(err)
	}
	reach := folder.Reach{URL: "http://" + d.address}
	joined, err := reach.Join(d.root, consortium, member.LogMemory{Memory: new(vault.Transient)})
	if err != nil {
		t.Fatal(err)
	}
	d.client, d.members = joined.Client, joined.Members
	dir, err := keycache.DefaultDir()
	if err != nil {
		t.Fatal(err)
	}
	if d.keys, err = proof.Load(t.Context(), keycache.Open(dir, nil), nil); err != nil {
		t.Fatal(err)
	}
	key, err := folder.Key(d.path("registrar"))
	if err != nil {
		t.Fatal(err)
	}
	believe := func(engine.Identifier) error { return nil }
	d.registrar = authority.NewRegistrar(d.genesis.Chain, key, 365*24*time.Hour, believe)
	if d.card, err = points.Parse(sample.Model(), sample.ModelFile); err != nil {
		t.Fatal(err)
	}
	for source := range sampleHolders {
		if d.sources[source], _, err = record.ReadFolder(t.Context(), sample.Records(), string(source)); err != nil {
			t.Fatal(err)
		}
	}
}

// start starts every process, and stops them when the test ends.
func (d *deployment) start() {
	d.child("node", "node", d.path("node"), "--set", "listen.address="+d.address)
	for source := range sampleHolders {
		d.child(string(source), "agent", d.path(string(source)), "--set", "node.url=http://"+d.address, "--set", "auto_approve=true")
	}
	d.child("bank", "bank", d.path("bank"), "--set", "node.url=http://"+d.address)
	d.t.Cleanup(func() {
		for name, c := range d.children {
			c.kill(syscall.SIGTERM)
			if d.t.Failed() {
				text, _ := os.ReadFile(d.path(name + ".log"))
				d.t.Logf("%s:\n%s", name, text[max(0, len(text)-4000):])
			}
		}
	})
}

func (d *deployment) child(name string, args ...string) {
	d.t.Helper()
	log, err := os.Create(d.path(name + ".log"))
	if err != nil {
		d.t.Fatal(err)
	}
	c := &child{args: args, log: log}
	d.children[name] = c
	if err := c.start(); err != nil {
		d.t.Fatal(err)
	}
}

// start starts the process: this test's own executable under the program's name.
func (c *child) start() error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cmd = &exec.Cmd{Path: exe, Args: append([]string{"weir"}, c.args...), Stdout: c.log, Stderr: c.log, Env: os.Environ()}
	return c.cmd.Start()
}

// kill ends the process and waits until it is gone.
func (c *child) kill(how syscall.Signal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cmd.Process.Signal(how)
	c.cmd.Wait()
}

// restart is kill -9, and a new start.
func (c *child) restart() error {
	c.kill(syscall.SIGKILL)
	return c.start()
}

// eventually repeats what may fail while processes come and go.
func (d *deployment) eventually(what string, within time.Duration, try func(ctx context.Context) error) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), within)
	defer cancel()
	for {
		err := try(ctx)
		if err == nil {
			return
		}
		if wait(ctx, 100*time.Millisecond) != nil {
			d.t.Fatalf("%s: %v", what, err)
		}
	}
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sealModel has the bank seal the sample's scorecard and everybody approve it.
func (d *deployment) sealModel() {
	text, err := fs.ReadFile(sample.FS, sample.ModelFile)
	if err != nil {
		d.t.Fatal(err)
	}
	card := strings.Replace(string(text), fmt.Sprintf(`"version": %q`, d.card.Version), fmt.Sprintf(`"version": "%s%s"`, d.card.Version, d.edition), 1)
	var sealed bankd.Sealed
	d.eventually("seal", 3*time.Minute, func(ctx context.Context) error {
		return control.Call(ctx, d.path("bank"), "seal", bankd.SealArgument{Model: card, Holders: d.holders}, &sealed)
	})
	d.model = sealed.Model
	key, err := folder.Key(d.path("supervisor"))
	if err != nil {
		d.t.Fatal(err)
	}
	supervisor, err := authority.NewSupervisor(d.members, "supervisor", key, d.members.Ledger(), d.client, d.keys)
	if err != nil {
		d.t.Fatal(err)
	}
	if err := supervisor.Approve(d.t.Context(), d.model); err != nil {
		d.t.Fatal(err)
	}
	d.eventually("approvals", 2*time.Minute, func(ctx context.Context) error {
		return control.Call(ctx, d.path("bank"), "approved", sealed, nil)
	})
}

// mail delivers letters through the node, but enrolments to the registrar in this process.
type mail struct{ d *deployment }

func (m mail) Send(ctx context.Context, to string, kind message.Kind, body []byte) ([]byte, error) {
	if kind == message.KindEnrolment {
		return m.d.registrar.Receive(ctx, kind, body, time.Now())
	}
	return m.d.client.Send(ctx, to, kind, body)
}

// wallet is an enterprise's, enrolled.
func (d *deployment) wallet(id engine.Identifier) (*authority.Wallet, error) {
	w, err := authority.NewWallet(d.members, id, rand.Reader, d.members.Ledger(), mail{d})
	if err != nil {
		return nil, err
	}
	return w, w.Enrol(d.t.Context(), "registrar", time.Now())
}

// give consents to one score.
func (d *deployment) give(w *authority.Wallet, valid time.Duration) (consent.Key, error) {
	terms := consent.Terms{Bank: "bank", Model: string(d.card.Name), Purpose: consent.PreLoan, Output: consent.OutputScore, Uses: 1, Resolution: 10,
		NotAfter: time.Now().Add(valid).Unix()}
	var parties []engine.PartyID
	for source, holder := range d.holders {
		parties = append(parties, engine.NewPartyID(holder, source))
	}
	return w.Give(d.t.Context(), terms, parties, time.Now())
}

// score asks the bank until it answers, whoever is killed meanwhile. A refusal is a *control.RefusedError.
func (d *deployment) score(ctx context.Context, reference string, key consent.Key) (*bankd.Scored, error) {
	argument := bankd.ScoreArgument{Reference: reference, Model: d.model, Consent: engine.Digest(key), Purpose: consent.PreLoan}
	for {
		var scored bankd.Scored
		err := control.Call(ctx, d.path("bank"), "score", argument, &scored)
		if err == nil || !errors.Is(err, control.ErrNotRunning) && !passingRefusal(err) {
			return &scored, err
		}
		if err := wait(ctx, 100*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

// passingRefusal tells whether the bank refused because something else was away, or was going away itself.
func passingRefusal(err error) bool {
	var refused *control.RefusedError
	if !errors.As(err, &refused) {
		return false
	}
	for _, text := range []string{api.ErrUnreachable.Error(), "context canceled"} {
		if bytes.Contains([]byte(refused.Reason), []byte(text)) {
			return true
		}
	}
	return false
}

// reference is the plaintext score.
func (d *deployment) reference(id engine.Identifier) int64 {
	records, schemas := map[engine.Name][schema.MaxFeatures]uint32{}, map[engine.Name]*schema.Schema{}
	for name, source := range d.sources {
		schemas[name] = source.Schema
		if values, present := source.Records.Values(id.Subject()); present {
			records[name] = values
		}
	}
	score, err := d.card.Score(schemas, records)
	if err != nil {
		d.t.Fatal(err)
	}
	return score
}

// enterprises are the codes of the sample's first enterprises.
func enterprises(t *testing.T, n int) []engine.Identifier {
	t.Helper()
	text, err := fs.ReadFile(sample.Records(), "tax/records.csv")
	if err != nil {
		t.Fatal(err)
	}
	var list []engine.Identifier
	for i, line := range bytes.Split(text, []byte("\n")) {
		code, _, _ := bytes.Cut(line, []byte(","))
		if i == 0 || len(code) == 0 {
			continue
		}
		id, err := engine.ParseIdentifier(engine.USCC, string(code))
		if err != nil {
			t.Fatal(err)
		}
		if list = append(list, id); len(list) == n {
			break
		}
	}
	return list
}

// enrolledWallet is one enterprise's wallet; wallets do one thing at a time.
type enrolledWallet struct {
	sync.Mutex
	*authority.Wallet
}

func (w *enrolledWallet) revoke(ctx context.Context, key consent.Key) error {
	w.Lock()
	defer w.Unlock()
	return w.Revoke(ctx, key)
}

// enrolled is an enterprise's wallet, made when it is first needed.
func (d *deployment) enrolled(id engine.Identifier) (*enrolledWallet, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if w := d.wallets[id]; w != nil {
		return w, nil
	}
	w, err := d.wallet(id)
	if err != nil {
		return nil, err
	}
	d.wallets[id] = &enrolledWallet{Wallet: w}
	return d.wallets[id], nil
}

// receiptJudge judges the proofs in a receipt.
var receiptJudge receipt.NewVerifier = proof.ContributionJudge

// trust is whom the consortium's members trust.
func (d *deployment) trust() *receipt.Trust {
	d.t.Helper()
	consortium, err := folder.ReadConsortium(d.path("node", folder.ConsortiumFile))
	if err != nil {
		d.t.Fatal(err)
	}
	trust, err := consortium.ReceiptTrust()
	if err != nil {
		d.t.Fatal(err)
	}
	return trust
}
