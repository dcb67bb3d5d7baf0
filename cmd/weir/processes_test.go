package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/bank/bankd"
	"weir/engine/consent"
	"weir/engine/directory"
	"weir/engine/member"
	"weir/engine/member/control"
	"weir/engine/member/folder"
	"weir/engine/message"
	"weir/engine/model/points"
	"weir/engine/model/reason"
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

// deployment is a consortium of real processes: a node, three agents, a bank and a registrar, each a child of the test, over
// loopback. Supervisor and wallets act by the program's commands, each with a folder of its own.
type deployment struct {
	t       *testing.T
	root    string
	address string
	genesis *message.Genesis
	client  *api.Client                 // of the test itself, which looks and asks
	members *directory.Directory        // as the ledger shows them
	holders map[engine.Name]engine.Name // by source, of the model in use
	edition string                      // added to its version: a bank gives a name and version once
	model   engine.Digest
	sources map[engine.Name]*record.Source
	card    *points.Model

	set map[string][]string // more settings of a child, by its name

	mu       sync.Mutex
	children map[string]*child
	wallets  map[engine.Identifier]*wallet
}

// child is one process, which may be killed and started again.
type child struct {
	args []string
	mu   sync.Mutex
	cmd  *exec.Cmd
	log  *os.File
}

// deploy founds a consortium whose tasks last a window each, and starts its processes.
func deploy(t *testing.T, window time.Duration) *deployment { return deployWitnessed(t, window, 0) }

// deployWitnessed is deploy with three witnesses, of whom so many are needed, none of them started: court and press are
// processes of their own, the third is the tax agent. For 0 there are none.
func deployWitnessed(t *testing.T, window time.Duration, need int) *deployment {
	t.Helper()
	d := &deployment{t: t, set: map[string][]string{}, root: t.TempDir(), children: map[string]*child{}, wallets: map[engine.Identifier]*wallet{}, holders: sampleHolders, sources: map[engine.Name]*record.Source{}}
	d.weir("init", "bank", d.path("bank"), "--name", "bank")
	d.weir("init", "registrar", d.path("registrar"), "--name", "registrar")
	d.weir("init", "supervisor", d.path("supervisor"), "--name", "supervisor")
	policy := write(t, `{"max_resolution": 13}`, d.root, "policy.json")
	found := []string{"init", "node", d.path("node"), "--name", "operator", "--chain", "weir-test", "--window", window.String(), "--policy", policy}
	var outside []string
	if need > 0 {
		outside = []string{"court", "press"}
		found = append(found, "--witness-need", strconv.Itoa(need), "--witness", d.path("tax", folder.WitnessPublicFile))
	}
	for _, name := range outside {
		d.weir("init", "witness", d.path(name), "--name", name+".example")
		found = append(found, "--witness", d.path(name, folder.WitnessPublicFile))
	}
	for source, holder := range sampleHolders {
		init := []string{"init", "agent", d.path(string(source)), "--name", string(holder), "--source", string(source)}
		if need > 0 && source == "tax" {
			init = append(init, "--cosign")
			d.set["tax"] = []string{"--set", "cosign=true"}
		}
		d.weir(init...)
		if err := os.CopyFS(d.path(string(source), "records"), sample.Records()); err != nil {
			t.Fatal(err)
		}
	}
	members := []string{"bank", "registrar", "supervisor", "tax", "utility", "social"}
	for _, member := range members {
		found = append(found, "--member", d.path(member, folder.MemberFile))
	}
	d.weir(found...)
	for _, member := range append(members, outside...) {
		d.introduce(member)
	}
	d.address = freeAddress(t)
	d.join()
	d.start()
	return d
}

// introduce puts the consortium's public file into a folder.
func (d *deployment) introduce(path ...string) {
	d.t.Helper()
	public, err := os.ReadFile(d.path("node", folder.ConsortiumFile))
	if err == nil {
		err = os.WriteFile(filepath.Join(d.path(path...), folder.ConsortiumFile), public, 0o644)
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *deployment) path(parts ...string) string {
	return filepath.Join(append([]string{d.root}, parts...)...)
}

// weir runs one command to its end and gives what it printed; it must succeed.
func (d *deployment) weir(args ...string) string {
	d.t.Helper()
	out, err := d.try(d.t.Context(), args...)
	if err != nil {
		d.t.Fatal(err)
	}
	return out
}

// commandError is a command that did not succeed.
type commandError struct {
	status int
	said   string
}

func (e *commandError) Error() string { return fmt.Sprintf("status %d: %s", e.status, e.said) }

// try runs one command to its end and gives what it printed. Commands that dial the node are told where it is.
func (d *deployment) try(ctx context.Context, args ...string) (string, error) {
	if args[0] == "consent" || args[0] == "supervisor" {
		args = append(args, "--set", "node.url=http://"+d.address)
	}
	var out, said bytes.Buffer
	if status := run(ctx, args, bytes.NewReader(nil), &out, &said); status != 0 {
		return out.String(), &commandError{status, fmt.Sprintf("weir %s: %s", strings.Join(args, " "), said.String())}
	}
	return out.String(), nil
}

func freeAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// dialNode makes a client of a node for the time of the test.
func dialNode(t *testing.T, address string, c *folder.Consortium) *api.Client {
	t.Helper()
	reach := folder.Reach{URL: "http://" + address}
	joined, err := reach.Join(t.TempDir(), c, member.LogMemory{Memory: new(vault.Transient)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { joined.Client.Close() })
	return joined.Client
}

// join makes what the test itself acts with.
func (d *deployment) join() {
	t := d.t
	consortium, err := folder.ReadConsortium(d.path("node", folder.ConsortiumFile))
	if err != nil {
		t.Fatal(err)
	}
	d.genesis, err = consortium.Genesis()
	if err != nil {
		t.Fatal(err)
	}
	reach := folder.Reach{URL: "http://" + d.address}
	joined, err := reach.Join(d.root, consortium, member.LogMemory{Memory: new(vault.Transient)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	d.client, d.members = joined.Client, joined.Members
	if d.card, err = points.Parse(bytes.NewReader(cardWithReasons(d.t)), "card.weir.json"); err != nil {
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
		d.child(string(source), append([]string{"agent", d.path(string(source)), "--set", "node.url=http://" + d.address, "--set", "auto_approve=true"}, d.set[string(source)]...)...)
	}
	d.child("bank", "bank", d.path("bank"), "--set", "node.url=http://"+d.address)
	d.child("registrar", "registrar", d.path("registrar"), "--set", "node.url=http://"+d.address)
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

// cardWithReasons is the sample's scorecard, which tells of three characteristics whether they are adverse.
func cardWithReasons(t *testing.T) []byte {
	t.Helper()
	text, err := io.ReadAll(sample.Model())
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.Replace(text, []byte(`"resolution": 10`), []byte(`"resolution": 13`), 1)
	groups := ""
	for _, name := range []string{"tax/vat_sales_12m", "tax/late_filings_12m", "tax/tax_credit_rating"} {
		groups += fmt.Sprintf(`, {"name": %q, "characteristics": [%q]}`, name, name)
	}
	text = bytes.TrimSuffix(bytes.TrimSpace(text), []byte("}"))
	return append(text, `, "groups": [`+groups[2:]+"]}"...)
}

// sealModel has the bank seal the sample's scorecard and everybody approve it.
func (d *deployment) sealModel() {
	d.t.Helper()
	file := d.path("model.weir.json")
	version := func(edition string) []byte { return fmt.Appendf(nil, `"version": "%s%s"`, d.card.Version, edition) }
	if err := os.WriteFile(file, bytes.Replace(cardWithReasons(d.t), version(""), version(d.edition), 1), 0o600); err != nil {
		d.t.Fatal(err)
	}
	seal := []string{"bank", "seal", d.path("bank"), file}
	for source, holder := range d.holders {
		seal = append(seal, "--holder", fmt.Sprintf("%s=%s", source, holder))
	}
	var sealed bankd.Sealed
	d.eventually("seal", 3*time.Minute, func(ctx context.Context) error {
		out, err := d.try(ctx, seal...)
		if err != nil {
			return err
		}
		return json.Unmarshal([]byte(out), &sealed)
	})
	d.model = sealed.Model
	d.weir("supervisor", "approve", d.path("supervisor"), d.model.String())
	d.eventually("approvals", 2*time.Minute, func(ctx context.Context) error {
		_, err := d.try(ctx, "bank", "approved", d.path("bank"), d.model.String())
		return err
	})
	d.showsApprovals(file)
}

// showsApprovals: the model's card says who approved it, from the bank's folder and from a holder's.
func (d *deployment) showsApprovals(file string) {
	d.t.Helper()
	d.t.Setenv("WEIR_NODE_URL", "http://"+d.address)
	for member, want := range map[string]int{"bank": 0, "tax": 0, "supervisor": 0, "": 2} {
		var out, said bytes.Buffer
		status := run(d.t.Context(), []string{"model", "show", file, "--node", d.path(member), "--json"}, bytes.NewReader(nil), &out, &said)
		if status != want {
			d.t.Errorf("show from %s: exit status %d: %s", member, status, said.String())
			continue
		}
		var card modelCard
		if err := json.Unmarshal(out.Bytes(), &card); status == 0 && (err != nil || len(card.Approvals) != 1 || card.Approvals[0].Model != d.model ||
			len(card.Approvals[0].Approved) != 4 || len(card.Approvals[0].Missing) != 0) {
			d.t.Errorf("show from %s: %v, %+v", member, err, card.Approvals)
		}
	}
}

// wallet is an enterprise's wallet; one command at a time has its folder.
type wallet struct {
	sync.Mutex
	d    *deployment
	path string
	key  string // that it shows to the registrar
}

// newWallet makes a wallet for an enterprise.
func (d *deployment) newWallet(name string, id engine.Identifier) (*wallet, error) {
	w := &wallet{d: d, path: d.path(name)}
	out, err := d.try(d.t.Context(), "init", "wallet", w.path, "--subject", id.Text, "--json")
	var made struct{ Key string }
	if err == nil {
		err = json.Unmarshal([]byte(out), &made)
	}
	w.key = made.Key
	if err == nil {
		d.introduce(name)
	}
	return w, err
}

// identify has the registrar's operator say that the wallet is an enterprise's.
func (w *wallet) identify(id engine.Identifier) {
	w.d.t.Helper()
	w.d.eventually("identify", time.Minute, func(ctx context.Context) error {
		_, err := w.d.try(ctx, "registrar", "identify", w.d.path("registrar"), id.Text, "--key", w.key)
		return err
	})
}

// enrol obtains the wallet's certificate.
func (w *wallet) enrol() (string, error) {
	w.Lock()
	defer w.Unlock()
	return w.d.try(w.d.t.Context(), "consent", "enrol", w.path)
}

// give consents to one score of the sample's scorecard.
func (w *wallet) give(lasts string) (consent.Key, error) {
	w.Lock()
	defer w.Unlock()
	out, err := w.d.try(w.d.t.Context(), "consent", "give", w.path, "--bank", "bank", "--model", string(w.d.card.Name), "--output", "score-and-reasons",
		"--for", lasts, "--json")
	var given struct{ Consent engine.Digest }
	if err == nil {
		err = json.Unmarshal([]byte(out), &given)
	}
	return consent.Key(given.Consent), err
}

func (w *wallet) revoke(key consent.Key) error {
	w.Lock()
	defer w.Unlock()
	_, err := w.d.try(w.d.t.Context(), "consent", "revoke", w.path, engine.Digest(key).String())
	return err
}

// enrolled is an enterprise's wallet, identified and enrolled when it is first needed.
func (d *deployment) enrolled(id engine.Identifier) (*wallet, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if w := d.wallets[id]; w != nil {
		return w, nil
	}
	w, err := d.newWallet(fmt.Sprintf("wallet-%d", len(d.wallets)), id)
	if err != nil {
		return nil, err
	}
	w.identify(id)
	if _, err := w.enrol(); err != nil {
		return nil, err
	}
	d.wallets[id] = w
	return w, nil
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

// reference is the plaintext score and what is told beside it, as told writes them.
func (d *deployment) reference(id engine.Identifier) string {
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
	reasons, err := d.card.Reasons(schemas, records)
	if err != nil {
		d.t.Fatal(err)
	}
	return told(score, reasons)
}

func told(score int64, reasons []reason.Reason) string { return fmt.Sprint(score, reasons) }

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
